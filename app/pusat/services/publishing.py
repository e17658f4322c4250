"""Publishing a sitting: its paper without key, sealed for the room's server, proven to open, and put on offer.

A publication is one version with keys of its own; the paper as it was sealed, key included, stays at the centre in
`snapshot`, so that scores never follow a later change of the bank. Refused are papers with problems, sittings without
participants, servers that are not activated, and a new version of what is already released (unless the server behind
it was replaced since: its package could not be opened by the new machine).

K and D exist only while this module works; R and the offline code are kept under the centre's data key.
"""

from __future__ import annotations

import base64
import io
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select

from app.domain import exchange_paths, package_keys, payloads
from app.domain.audit_events import AuditEvent
from app.domain.documents import Manifest, read_document
from app.domain.package_building import BuiltPackage, PackageOrder, build_package
from app.domain.package_keys import Binding, PackageSecrets, Stretching
from app.domain.package_opening import open_package
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Media, Publication, Sitting, SittingState
from app.pusat.services import offers, tree
from app.pusat.services.paper_files import PaperFile, make_paper_file
from app.pusat.services.publishing_checks import Material, read_material
from app.pusat.services.sealed_versions import marks
from app.pusat.services.secrets_box import release_code_place, release_secret_place
from app.pusat.services.workplace import Workplace
from app.services import audit
from app.sync import exchange

EXPIRES_AFTER = timedelta(days=30)  # after the start: room for a postponed sitting, an end for a forgotten one
SNAPSHOT_SCHEMA = 1

Step = Callable[[str], None]


@dataclass(frozen=True)
class _Sealed:
    """A package that lies in the tree's payload folder under a draft name."""

    built: BuiltPackage
    keys: PackageSecrets
    draft: Path


def publish_sitting(
    place: Workplace, sitting_id: str, actor: str, tell: Step | None = None, stretching: Stretching | None = None
) -> int:
    """Seal and offer the next version of a sitting; gives its number.

    `tell` hears each step as Indonesian source text. Refuses P-440 and P-701 to P-704; then nothing has changed.
    """
    say = tell or (lambda _words: None)
    say(N_("Memeriksa paket soal dan peserta"))
    with place.look() as session:
        material = read_material(session, place.box, sitting_id)
    paper = make_paper_file(material.title, material.subject, material.questions, material.media)
    version = material.version + 1
    _refuse_past(place, material)
    order = PackageOrder(
        server=material.server,
        schedule=material.schedule,
        version=version,
        issued_at=place.clock.now().replace(microsecond=0),
        expires_at=material.schedule.starts_at + EXPIRES_AFTER,
        questions=len(material.questions),
        candidates=material.candidates,
    )
    say(N_("Menyegel paket"))
    sealed = _seal(place, order, paper, stretching)
    try:
        say(N_("Membuka ulang paket untuk membuktikan segelnya"))
        _prove(place, sealed, paper)
        say(N_("Menandatangani dan menawarkan paket"))
        exchange.put_in_place(sealed.draft, exchange.locate(place.exchange_dir, sealed.built.payload_path))
    finally:
        sealed.draft.unlink(missing_ok=True)
    _store(place, material, order, sealed, paper, actor)
    for server_id in _servers_of(place, sitting_id):
        offers.align_server(place, server_id)
    return version


def _refuse_past(place: Workplace, material: Material) -> None:
    if place.clock.now() >= material.schedule.starts_at + EXPIRES_AFTER:
        raise Refusal(
            "P-703",
            N_("Waktu ujian ini sudah lewat lebih dari 30 hari."),
            N_("Betulkan tanggalnya di halaman jadwal, lalu terbitkan lagi."),
            status=409,
        )


def _seal(place: Workplace, order: PackageOrder, paper: PaperFile, stretching: Stretching | None) -> _Sealed:
    keys = package_keys.new_secrets()
    folder = place.exchange_dir / "payloads"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{secrets.token_hex(8)}.tmp"
    sources = [
        payloads.source_of(payloads.paper_name(paper.sha256), paper.data),
        *(payloads.source(payloads.media_name(name), _media_reader(place, name)) for name in paper.body["media"]),
    ]
    try:
        with draft.open("wb") as sink:
            built = build_package(order, sources, place.centre, sink, keys, stretching=stretching)
            sink.flush()
            os.fsync(sink.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return _Sealed(built, keys, draft)


def _media_reader(place: Workplace, name: str) -> Callable[[], BinaryIO]:
    def open_bytes() -> BinaryIO:
        with place.look() as session:
            return io.BytesIO(session.scalars(select(Media.data).where(Media.name == name)).one())

    return open_bytes


def _prove(place: Workplace, sealed: _Sealed, paper: PaperFile) -> None:
    """Open the package as the school will, and compare the paper byte for byte. AssertionError would be a bug."""
    manifest = read_document(
        Manifest,
        sealed.built.files[exchange_paths.manifest(sealed.built.manifest.server, sealed.built.manifest.sitting)],
        place.centre.public.signers,
    )
    package_keys.unwrap_release(manifest.release_by_code, sealed.keys.code, manifest.binding)
    found: list[bytes] = []

    def keep(section: payloads.Section, pieces: Any) -> None:
        is_paper = section.name == payloads.paper_name(paper.sha256)
        kept = [piece for piece in pieces if is_paper]
        found.extend([b"".join(kept)] if is_paper else [])

    with sealed.draft.open("rb") as stream:
        payloads.read_payload(open_package(manifest, sealed.keys.device_share, sealed.keys.release, stream), keep)
    if found != [paper.data]:
        raise RuntimeError("the sealed package does not hold the paper it was made from")


def _store(
    place: Workplace, material: Material, order: PackageOrder, sealed: _Sealed, paper: PaperFile, actor: str
) -> None:
    binding, manifest = order.binding, sealed.built.manifest
    kept_secret = place.box.seal(release_secret_place(binding.sitting, binding.version), sealed.keys.release)
    kept_code = place.box.seal(release_code_place(binding.sitting, binding.version), sealed.keys.code)
    with place.transaction() as session:
        sitting = session.get_one(Sitting, binding.sitting, with_for_update=True)
        if read_material(session, place.box, binding.sitting) != material:
            raise Refusal(
                "P-704",
                N_("Jadwal ini baru saja diubah atau diterbitkan oleh orang lain."),
                N_("Muat ulang halaman, periksa isinya, lalu terbitkan lagi bila masih perlu."),
                status=409,
            )
        session.add(
            Publication(
                sitting_id=binding.sitting,
                version=binding.version,
                server_id=binding.server,
                release_secret=kept_secret,
                release_code=kept_code,
                snapshot=_snapshot(material, paper, sealed.built, binding),
                payload_sha256=manifest.payload.sha256,
                payload_size=manifest.payload.size,
                published_at=place.clock.now(),
                published_by=actor,
            )
        )
        tree.share_from_disk(place, session, sealed.built.payload_path)
        sitting.version, sitting.state = binding.version, SittingState.PUBLISHED
        session.flush()
        detail = {"version": binding.version, "server": binding.server, "participants": manifest.participants}
        audit.record(session, place.clock, actor, AuditEvent.SITTING_PUBLISHED, binding.sitting, detail)


def _snapshot(material: Material, paper: PaperFile, built: BuiltPackage, binding: Binding) -> dict[str, Any]:
    """What the centre keeps of a version: the paper with its key, and the small signed files, to be laid out again."""
    files = built.files
    return {
        "schema": SNAPSHOT_SCHEMA,
        "title": material.title,
        "subject": material.subject,
        "questions": [question.to_dict() for question in material.questions],
        "paper_sha256": paper.sha256,
        "seats": {candidate.number: candidate.seat for candidate in material.candidates},
        "people": material.people,
        "marks": marks(material.schedule, material.title, material.questions, material.people),
        "manifest": files[exchange_paths.manifest(binding.server, binding.sitting)].decode("utf-8"),
        "roster": base64.b64encode(files[exchange_paths.roster(binding.server, binding.sitting)]).decode("ascii"),
    }


def _servers_of(place: Workplace, sitting_id: str) -> list[str]:
    """Every server that was ever offered this sitting: one that no longer is must see it go from its list."""
    with place.look() as session:
        query = select(Publication.server_id).where(Publication.sitting_id == sitting_id).distinct()
        return list(session.scalars(query))
