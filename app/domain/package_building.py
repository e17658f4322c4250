"""Sealed packages at the centre: paper, media and logins go in; a manifest, a roster and a sealed payload come out.

Everything is made for one server, one sitting and one version, with fresh keys. No answer key can pass: `payloads`
refuses a paper that has one. What a school does with the result is in `package_opening`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from app.domain import canonical, exchange_paths, package_keys
from app.domain.boxing import box
from app.domain.documents import (
    FileRef,
    Index,
    IndexEntry,
    Login,
    LoginSheet,
    Manifest,
    Release,
    Roster,
    RosterEntry,
    Schedule,
    write_document,
)
from app.domain.identities import CentreIdentity, ServerPublic
from app.domain.package_keys import Binding, PackageSecrets, Stretching
from app.domain.payloads import LOGINS, Source, payload_stream, source_of
from app.domain.records import to_body
from app.domain.sealing import RandomBytes, seal
from app.domain.student_passwords import verifier


@dataclass(frozen=True)
class Candidate:
    """A participant as the centre knows them when it seals."""

    number: str
    name: str
    gender: str
    class_name: str
    seat: int
    password: str


@dataclass(frozen=True)
class PackageOrder:
    """What is to be sealed, and for whom. Times are UTC."""

    server: ServerPublic
    schedule: Schedule
    version: int
    issued_at: datetime
    expires_at: datetime
    questions: int
    candidates: Sequence[Candidate]

    @property
    def binding(self) -> Binding:
        """What the keys will be bound to."""
        return Binding(self.server.server, self.schedule.sitting, self.version)


@dataclass(frozen=True)
class BuiltPackage:
    """A finished package: `files` (path to bytes) and the payload already written to the sink, at `payload_path`."""

    files: dict[str, bytes]
    payload_path: str
    entry: IndexEntry
    manifest: Manifest


def build_package(
    order: PackageOrder,
    sources: Sequence[Source],
    centre: CentreIdentity,
    sink: BinaryIO,
    keys: PackageSecrets,
    *,
    stretching: Stretching | None = None,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> BuiltPackage:
    """Seal paper and media (`sources`) and the logins into `sink`, and sign what goes with it.

    `keys` come fresh from `package_keys.new_secrets` for every version; the centre keeps R and the code of them. The
    sink's bytes belong at `payload_path`. Refuses `key-in-paper`; ValueError for data that breaks a field's rule.
    """
    binding = order.binding
    payload = _seal_payload(order, sources, sink, keys, random_bytes)
    roster = _box_roster(order, keys, centre)
    manifest = Manifest(
        server=binding.server,
        version=binding.version,
        issued_at=order.issued_at,
        expires_at=order.expires_at,
        schedule=order.schedule,
        questions=order.questions,
        participants=len(order.candidates),
        payload=payload,
        roster=file_ref(roster),
        wrapped_key=package_keys.wrap_key(keys.key, keys.release, keys.device_share, binding, random_bytes),
        device_share=box(keys.device_share, order.server.box, binding.context("device-share")),
        release_by_code=package_keys.wrap_release(keys.release, keys.code, binding, stretching, random_bytes),
        release_commitment=package_keys.commitment(keys.release, binding),
    )
    signed = write_document(manifest, centre.sign)
    files = {
        exchange_paths.manifest(binding.server, binding.sitting): signed,
        exchange_paths.roster(binding.server, binding.sitting): roster,
    }
    entry = IndexEntry(binding.sitting, binding.version, file_ref(signed), manifest.roster, payload)
    return BuiltPackage(files, exchange_paths.payload(payload.sha256), entry, manifest)


def build_index(
    server: str,
    version: int,
    issued_at: datetime,
    expires_at: datetime,
    entries: Sequence[IndexEntry],
    centre: CentreIdentity,
) -> bytes:
    """The signed list of all packages on offer to a server. `version` must be higher at each change."""
    return write_document(Index(server, version, issued_at, expires_at, tuple(entries)), centre.sign)


def build_release(binding: Binding, release: bytes, released_at: datetime, centre: CentreIdentity) -> bytes:
    """The signed release file. Whoever has this and the school's disk can read the package."""
    document = Release(binding.server, binding.sitting, binding.version, released_at, release)
    return write_document(document, centre.sign)


def file_ref(data: bytes) -> FileRef:
    """A file's hash and size."""
    return FileRef(hashlib.sha256(data).hexdigest(), len(data))


def _seal_payload(
    order: PackageOrder, sources: Sequence[Source], sink: BinaryIO, keys: PackageSecrets, random_bytes: RandomBytes
) -> FileRef:
    binding = order.binding
    logins = tuple(Login(candidate.number, candidate.password) for candidate in order.candidates)
    sheet = canonical.dumps(to_body(LoginSheet(binding.server, binding.sitting, binding.version, logins)))
    measured = _Measured(sink)
    with payload_stream([*sources, source_of(LOGINS, sheet)]) as plain:
        seal(plain, cast("BinaryIO", measured), keys.key, binding.context("payload"), random_bytes)
    return FileRef(measured.digest.hexdigest(), measured.size)


def _box_roster(order: PackageOrder, keys: PackageSecrets, centre: CentreIdentity) -> bytes:
    binding = order.binding
    pepper = package_keys.login_pepper(keys.release, binding)
    participants = tuple(
        RosterEntry(
            number=candidate.number,
            name=candidate.name,
            gender=candidate.gender,
            class_name=candidate.class_name,
            seat=candidate.seat,
            verifier=verifier(pepper, binding.sitting, candidate.number, candidate.password),
        )
        for candidate in order.candidates
    )
    roster = Roster(binding.server, binding.sitting, binding.version, participants)
    return box(write_document(roster, centre.sign), order.server.box, binding.context("roster"))


class _Measured:
    """A sink that hashes and counts what passes through."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: Any) -> int:
        self._sink.write(data)
        self.digest.update(data)
        self.size += len(data)
        return len(data)
