"""Names of the files in the exchange tree: the same by network and on a stick.

A path is built only from ids and hashes that match their patterns, and `check_path` accepts nothing but such paths, so
no name from outside can point elsewhere.
"""

from __future__ import annotations

import re

from app.domain.protocol_refusals import refuse

_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}"
_SHA = r"[0-9a-f]{64}"
_PATHS = re.compile(
    rf"servers/{_ID}/(index\.signed|{_ID}\.(manifest|roster|release))"
    rf"|payloads/{_SHA}\.seal"
    rf"|uploads/{_ID}/{_SHA}\.bundle"
    rf"|receipts/{_ID}/{_SHA}\.receipt"
    rf"|activation/{_ID}\.(request|response)"
)


def check_path(path: str) -> str:
    """`path` itself; refuses `unsafe-path` for whatever is not a path of the tree."""
    if not _PATHS.fullmatch(path):
        raise refuse("unsafe-path", path=path[:100])
    return path


def index(server: str) -> str:
    """What is on offer for a server."""
    return check_path(f"servers/{server}/index.signed")


def manifest(server: str, sitting: str) -> str:
    """The signed description of a sitting's package."""
    return check_path(f"servers/{server}/{sitting}.manifest")


def roster(server: str, sitting: str) -> str:
    """The boxed list of participants."""
    return check_path(f"servers/{server}/{sitting}.roster")


def release(server: str, sitting: str) -> str:
    """What opens the package; there from the moment of release."""
    return check_path(f"servers/{server}/{sitting}.release")


def payload(sha256: str) -> str:
    """The sealed payload."""
    return check_path(f"payloads/{sha256}.seal")


def upload(server: str, sha256: str) -> str:
    """A results bundle, named by the SHA-256 of its bytes."""
    return check_path(f"uploads/{server}/{sha256}.bundle")


def receipt(server: str, sha256: str) -> str:
    """The centre's receipt for a bundle."""
    return check_path(f"receipts/{server}/{sha256}.receipt")


def activation_response(server: str) -> str:
    """The centre's answer to a request for activation without a network."""
    return check_path(f"activation/{server}.response")
