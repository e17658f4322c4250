"""Whether a signed index or manifest may be believed now: the attacks an honest signature does not stop.

An old file, a stale one, one for somebody else, or pieces of two versions are all truly signed by the centre. The list
of attacks is that of The Update Framework (rollback, freeze, mix-and-match, wrong target). The clock is an argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain import exchange_paths
from app.domain.documents import FileRef, Index, IndexEntry, Manifest
from app.domain.protocol_refusals import refuse

CLOCK_TOLERANCE = timedelta(days=1)  # a school's clock may be a little behind; a day means it lost its battery


@dataclass(frozen=True)
class HeldPackage:
    """A package version that this server already accepted. An empty hash means it was not kept."""

    version: int
    manifest_sha256: str = ""


@dataclass(frozen=True)
class Held:
    """What this server already accepted; the past that nobody may take it back behind."""

    index_version: int = 0
    index_sha256: str = ""
    packages: Mapping[str, HeldPackage] = field(default_factory=dict)


def check_index(index: Index, data: bytes, server: str, held: Held, now: datetime) -> None:
    """Refuses `foreign-server`, `index-rollback`, `version-reused`, `clock-behind`, `index-expired`, `bad-field`."""
    if index.server != server:
        raise refuse("foreign-server", found=index.server, expected=server)
    if index.version < held.index_version:
        raise refuse("index-rollback")
    if index.version == held.index_version and held.index_sha256 not in ("", _sha256(data)):
        raise refuse("version-reused")
    check_clock(index.issued_at, now)
    if now >= index.expires_at:
        raise refuse("index-expired")
    if len({entry.sitting for entry in index.entries}) != len(index.entries):
        raise refuse("bad-field", field="index.entries")


def check_listed(data: bytes, listed: FileRef, path: str) -> None:
    """Refuses `not-listed` unless these are the bytes the index names (mix-and-match)."""
    if len(data) != listed.size or _sha256(data) != listed.sha256:
        raise refuse("not-listed", path=path)


def check_manifest(manifest: Manifest, data: bytes, entry: IndexEntry, server: str, held: Held, now: datetime) -> None:
    """Refuses a manifest that is not the one on offer, or older than what is held.

    Reasons: `foreign-server`, `foreign-sitting`, `not-listed`, `version-mixed`, `manifest-rollback`, `version-reused`,
    `clock-behind`, `manifest-expired`.
    """
    if manifest.server != server:
        raise refuse("foreign-server", found=manifest.server, expected=server)
    if manifest.sitting != entry.sitting:
        raise refuse("foreign-sitting", found=manifest.sitting, expected=entry.sitting)
    before = held.packages.get(manifest.sitting)
    if before and manifest.version < before.version:
        raise refuse("manifest-rollback", found=manifest.version, expected=before.version)
    if before and manifest.version == before.version and before.manifest_sha256 not in ("", _sha256(data)):
        raise refuse("version-reused")
    check_listed(data, entry.manifest, exchange_paths.manifest(server, manifest.sitting))
    if manifest.version != entry.version or manifest.payload != entry.payload or manifest.roster != entry.roster:
        raise refuse("version-mixed")
    check_clock(manifest.issued_at, now)
    check_not_expired(manifest, now)


def check_not_expired(manifest: Manifest, now: datetime) -> None:
    """Refuses `manifest-expired`; also asked again on the day, before a package is opened."""
    if now >= manifest.expires_at:
        raise refuse("manifest-expired")


def check_clock(issued_at: datetime, now: datetime) -> None:
    """Refuses `clock-behind` if the server's clock is more than a day before the file was made."""
    if now < issued_at - CLOCK_TOLERANCE:
        raise refuse("clock-behind")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
