"""Sealed packages at a school: completely checked at sync without being revealed, opened after the release.

`check_package` proves everything that can be proven without R. On the day `check_release` (file, network) or
`release_from_code` (telephone) gives R, and `open_package` the payload. Nothing here writes anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from app.domain import canonical, exchange_paths, package_keys
from app.domain.boxing import unbox
from app.domain.codes import parse_code
from app.domain.documents import Index, IndexEntry, Login, LoginSheet, Manifest, Release, Roster, read_document
from app.domain.identities import CentrePublic, ServerIdentity
from app.domain.metadata_checks import Held, check_index, check_listed, check_manifest
from app.domain.package_keys import Binding
from app.domain.protocol_refusals import refuse
from app.domain.records import from_body
from app.domain.sealing import open_seal
from app.domain.signing import MAX_DOCUMENT

PIECE = 256 * 1024

OpenFile = Callable[[str], BinaryIO]  # a file of the exchange tree by its path; FileNotFoundError if it is not there
Progress = Callable[[int, int], None]  # bytes done, bytes in all


@dataclass(frozen=True)
class CheckedPackage:
    """What a school keeps after the complete check."""

    index: Index
    manifest: Manifest
    manifest_sha256: str
    roster: Roster
    device_share: bytes  # D


def read_index(data: bytes, centre: CentrePublic, server: str, held: Held, now: datetime) -> Index:
    """The believed index in `data`; refuses what `metadata_checks.check_index` refuses."""
    index = read_document(Index, data, centre.signers)
    check_index(index, data, server, held, now)
    return index


def read_manifest(
    data: bytes, centre: CentrePublic, entry: IndexEntry, server: str, held: Held, now: datetime
) -> Manifest:
    """The believed manifest in `data`; refuses what `metadata_checks.check_manifest` refuses."""
    manifest = read_document(Manifest, data, centre.signers)
    check_manifest(manifest, data, entry, server, held, now)
    return manifest


def read_roster(data: bytes, manifest: Manifest, identity: ServerIdentity, centre: CentrePublic) -> Roster:
    """The participants; refuses `not-listed`, `box-not-opened`, `version-mixed` and what a signature refuses."""
    check_listed(data, manifest.roster, exchange_paths.roster(manifest.server, manifest.sitting))
    roster = read_document(Roster, unbox(data, identity.box, manifest.binding.context("roster")), centre.signers)
    if Binding(roster.server, roster.sitting, roster.version) != manifest.binding:
        raise refuse("version-mixed")
    if len(roster.participants) != manifest.participants:
        raise refuse("version-mixed")
    return roster


def check_payload(stream: BinaryIO, manifest: Manifest, progress: Progress | None = None) -> None:
    """Refuses `file-damaged` unless the sealed bytes are those of the manifest; nothing is opened."""
    digest, done = hashlib.sha256(), 0
    while piece := stream.read(PIECE):
        digest.update(piece)
        done += len(piece)
        if done > manifest.payload.size:
            break
        if progress:
            progress(done, manifest.payload.size)
    if done != manifest.payload.size or digest.hexdigest() != manifest.payload.sha256:
        raise refuse("file-damaged", path=exchange_paths.payload(manifest.payload.sha256))


def check_package(
    sitting: str,
    open_file: OpenFile,
    identity: ServerIdentity,
    centre: CentrePublic,
    held: Held,
    now: datetime,
    progress: Progress | None = None,
) -> CheckedPackage:
    """The complete check of a package at sync, from index to the last payload byte, without revealing anything.

    Also proves that this server can open its own half D. Refuses `missing-file`, `not-listed` (the sitting is not on
    offer) and everything the single steps refuse.
    """
    server = identity.server
    index = read_index(_read(open_file, exchange_paths.index(server)), centre, server, held, now)
    path = exchange_paths.manifest(server, sitting)
    entry = index.entry(sitting)
    if entry is None:
        raise refuse("not-listed", path=path)
    data = _read(open_file, path)
    manifest = read_manifest(data, centre, entry, server, held, now)
    roster = read_roster(_read(open_file, exchange_paths.roster(server, sitting)), manifest, identity, centre)
    with _open(open_file, exchange_paths.payload(manifest.payload.sha256)) as stream:
        check_payload(stream, manifest, progress)
    share = device_share(manifest, identity)
    return CheckedPackage(index, manifest, hashlib.sha256(data).hexdigest(), roster, share)


def device_share(manifest: Manifest, identity: ServerIdentity) -> bytes:
    """D; refuses `box-not-opened` if the package was sealed for other keys than this server's."""
    return unbox(manifest.device_share, identity.box, manifest.binding.context("device-share"))


def check_release(data: bytes, manifest: Manifest, centre: CentrePublic) -> tuple[bytes, datetime]:
    """R and when it was released; refuses a release for another server, sitting or version (`wrong-release`)."""
    release = read_document(Release, data, centre.signers)
    if release.server != manifest.server:
        raise refuse("foreign-server", found=release.server, expected=manifest.server)
    if release.sitting != manifest.sitting:
        raise refuse("foreign-sitting", found=release.sitting, expected=manifest.sitting)
    if release.version != manifest.version:
        raise refuse("wrong-release")
    package_keys.check_release_secret(release.secret, manifest.release_commitment, manifest.binding)
    return release.secret, release.released_at


def release_from_code(manifest: Manifest, typed: str) -> bytes:
    """R from an offline code as typed; refuses `code-length`, `code-group` and `code-wrong`. Slow on purpose."""
    release = package_keys.unwrap_release(manifest.release_by_code, parse_code(typed), manifest.binding)
    package_keys.check_release_secret(release, manifest.release_commitment, manifest.binding)
    return release


def open_package(manifest: Manifest, share: bytes, release: bytes, payload: BinaryIO) -> BinaryIO:
    """The plaintext of the payload, for `payloads.read_payload`; refuses `wrong-release` and `key-not-opened`."""
    binding = manifest.binding
    package_keys.check_release_secret(release, manifest.release_commitment, binding)
    key = package_keys.unwrap_key(manifest.wrapped_key, release, share, binding)
    return open_seal(payload, key, binding.context("payload"))


def read_logins(data: bytes, manifest: Manifest) -> tuple[Login, ...]:
    """The passwords in the section `logins.json`."""
    sheet = from_body(LoginSheet, canonical.loads(data))
    if Binding(sheet.server, sheet.sitting, sheet.version) != manifest.binding:
        raise refuse("version-mixed")
    return sheet.logins


def _open(open_file: OpenFile, path: str) -> BinaryIO:
    try:
        return open_file(path)
    except FileNotFoundError as error:
        raise refuse("missing-file", path=path) from error


def _read(open_file: OpenFile, path: str) -> bytes:
    with _open(open_file, path) as stream:
        data = stream.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise refuse("too-large")
    return data
