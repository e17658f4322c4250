"""Opens a released package: paper and media become files that students' browsers fetch; passwords never do.

The sealed payload stays as it is. What comes out is written aside and put in its place only when the last byte has been
proven, so a half-opened package is never seen. The login sheet is read from the sealed payload each time it is printed
and is not stored in the clear anywhere.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.domain import exchange_paths
from app.domain.documents import Manifest, read_document
from app.domain.metadata_checks import check_not_expired
from app.domain.package_keys import Binding
from app.domain.package_opening import open_package, read_logins
from app.domain.payloads import LOGINS, Section, read_payload
from app.domain.protocol_refusals import refuse
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import HeldSitting, HeldState
from app.sekolah.services import identity
from app.sekolah.services.workplace import Workplace
from app.services.keyfiles import sync_directory

PAPERS = "papers/"
PAPER_SUFFIX = ".gz"  # the paper's bytes are gzipped already; a file server hands them out as they are


def held_manifest(place: Workplace, sitting: HeldSitting) -> Manifest:
    """The manifest kept at sync, its signature judged again; refuses one that is not this sitting's."""
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
    manifest = read_document(Manifest, str(sitting.detail["manifest"]).encode(), office.centre.signers)
    if manifest.binding != Binding(office.server_id, sitting.id, sitting.version):
        raise refuse("version-mixed")
    return manifest


def open_sitting(place: Workplace, sitting_id: str) -> HeldSitting:
    """Open the payload of a sitting whose release is stored. Opening twice changes nothing.

    Refuses S-221 without a release, `manifest-expired`, and whatever a damaged payload refuses; the sitting then stays
    locked and the release stays stored.
    """
    with place.look() as session:
        sitting = session.get_one(HeldSitting, sitting_id)
    if sitting.state is not HeldState.LOCKED:
        return sitting
    manifest = held_manifest(place, sitting)
    check_not_expired(manifest, place.clock.now())
    paper = _unpack(place, sitting, manifest)
    with place.transaction() as session:
        sitting = session.get_one(HeldSitting, sitting_id)
        sitting.paper_sha256, sitting.state = paper, HeldState.OPEN
    return sitting


def login_sheet(place: Workplace, sitting: HeldSitting) -> dict[str, str]:
    """Passwords by participant number, read from the sealed payload for printing; kept nowhere."""
    manifest = held_manifest(place, sitting)
    found: list[bytes] = []

    def keep(section: Section, pieces: Iterator[bytes]) -> None:
        if section.name == LOGINS:
            found.append(b"".join(pieces))
        else:
            _drain(pieces)

    with _payload(place, manifest).open("rb") as sealed:
        read_payload(open_package(manifest, sitting.device_share, _release(sitting), sealed), keep)
    if not found:
        raise refuse("payload-malformed")
    return {login.number: login.password for login in read_logins(found[0], manifest)}


def _unpack(place: Workplace, sitting: HeldSitting, manifest: Manifest) -> str:
    """Write paper and media; returns the hash in the paper's name."""
    place.open_dir.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".opening-", dir=place.open_dir))
    written: list[str] = []

    def keep(section: Section, pieces: Iterator[bytes]) -> None:
        if section.name == LOGINS:
            _drain(pieces)
            return
        name = section.name + PAPER_SUFFIX if section.name.startswith(PAPERS) else section.name
        written.append(name)
        target = aside / name
        target.parent.mkdir(exist_ok=True)
        with target.open("wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())

    try:
        with _payload(place, manifest).open("rb") as sealed:
            read_payload(open_package(manifest, sitting.device_share, _release(sitting), sealed), keep)
        papers = [name for name in written if name.startswith(PAPERS)]
        if len(papers) != 1:
            raise refuse("payload-malformed")
        for name in written:
            _put_in_place(aside / name, place.open_dir / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Path(papers[0]).name.split(".", 1)[0]


def _put_in_place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.chmod(0o644)
    source.replace(target)
    sync_directory(target.parent)


def _payload(place: Workplace, manifest: Manifest) -> Path:
    path = exchange_paths.payload(manifest.payload.sha256)
    file = place.exchange_dir / path
    if not file.is_file():
        raise refuse("missing-file", path=path)
    return file


def _release(sitting: HeldSitting) -> bytes:
    if sitting.release_secret is None:
        raise Refusal(
            "S-221",
            N_("Rilis untuk %(title)s belum diterima."),
            N_("Tunggu rilis dari pusat, atau minta kode rilis lewat telepon."),
            status=409,
            values={"title": sitting.title},
        )
    return sitting.release_secret


def _drain(pieces: Iterator[bytes]) -> None:
    for _piece in pieces:
        pass
