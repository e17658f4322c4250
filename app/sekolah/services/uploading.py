"""*Upload Hasil*: a closed sitting becomes a bundle, goes to the centre by network or stick, and a receipt comes back.

The bundle is a file in the exchange tree, the same bytes by either way, made once and sent again as often as it takes.
Nothing is ever deleted here, and a sitting counts as uploaded only when the centre's signed receipt for exactly this
bundle is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import exchange_paths
from app.domain.audit_events import AuditEvent
from app.domain.bundles import build_bundle, check_receipt
from app.domain.documents import Receipt, read_document
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Bundle, HeldSitting, HeldState, StateEntry
from app.sekolah.services import day, identity
from app.sekolah.services.downloads import TELL_EVERY_MS
from app.sekolah.services.identity import Office
from app.sekolah.services.kept_words import keep
from app.sekolah.services.results import newest_journal_id, read_results
from app.sekolah.services.workplace import Workplace
from app.services import audit
from app.sync import exchange
from app.sync.transport import Transport
from app.sync.uploading import CentreApi, find_receipt, put_on_stick, upload

MADE_FROM = "bundle_of_"  # state entry per sitting: how far the journal was when its newest bundle was made
ORDERED = "upload_of_"  # state entry per sitting: the bundle that somebody wanted sent over the network
AFTER_THE_END = (HeldState.CLOSED, HeldState.UPLOADED)

MakeApi = Callable[[Office], CentreApi]


@dataclass(frozen=True)
class Standing:
    """A closed sitting on the upload page. `late` says that answers came in after its newest bundle."""

    sitting: HeldSitting
    bundle: Bundle | None
    late: bool


def standings(session: Session) -> list[Standing]:
    """Every closed sitting with its newest bundle, in the order of their start."""
    query = select(HeldSitting).where(HeldSitting.state.in_(AFTER_THE_END)).order_by(HeldSitting.starts_at)
    return [
        Standing(sitting, newest_bundle(session, sitting.id), _is_outdated(session, sitting.id))
        for sitting in session.scalars(query)
    ]


def newest_bundle(session: Session, sitting_id: str) -> Bundle | None:
    """The sitting's newest bundle."""
    query = select(Bundle).where(Bundle.sitting_id == sitting_id).order_by(Bundle.made_at.desc())
    return session.scalar(query.limit(1))


def waiting(place: Workplace) -> list[str]:
    """Closed sittings without a receipt for all that they hold."""
    with place.look() as session:
        return [
            standing.sitting.id
            for standing in standings(session)
            if standing.late or standing.bundle is None or standing.bundle.receipt is None
        ]


def begun(place: Workplace) -> list[str]:
    """Sittings whose newest bundle was to be sent over the network and has no receipt: the line or the power went."""
    with place.look() as session:
        found = [newest_bundle(session, standing.sitting.id) for standing in standings(session)]
        return [
            bundle.sitting_id for bundle in found if bundle and bundle.receipt is None and _ordered(session, bundle)
        ]


def order(place: Workplace, sitting_id: str, actor: str) -> Bundle:
    """Make the bundle and remember that it is to be sent, until its receipt is here; refuses as `make_bundle`."""
    bundle = make_bundle(place, sitting_id, actor)
    entry = StateEntry(name=ORDERED + sitting_id, value={"bundle": bundle.sha256}, changed_at=place.clock.now())
    with place.transaction() as session:
        session.merge(entry)
    return bundle


def make_bundle(place: Workplace, sitting_id: str, actor: str) -> Bundle:
    """The sitting's bundle: the one that is there, or a new one if answers came in since.

    Refuses (S-240) a sitting that is not closed yet.
    """
    with place.look() as session:
        sitting = day.find_sitting(session, sitting_id)
        office = identity.office(session, place.keys_dir)
        if sitting.state not in AFTER_THE_END:
            raise Refusal(
                "S-240",
                N_("Tes %(title)s belum ditutup."),
                N_("Tutup tes di Status Tes dahulu, lalu unggah hasilnya."),
                status=409,
                values={"title": sitting.title},
            )
        there = newest_bundle(session, sitting_id)
        if there is not None and not _is_outdated(session, sitting_id) and _file(place, office, there).is_file():
            return there
        results = read_results(session, place.clock, sitting, office.server_id)
        journal = newest_journal_id(session, sitting_id)
    built = build_bundle(results, office.server, office.centre)
    exchange.write(place.exchange_dir, exchange_paths.upload(office.server_id, built.name), built.data)
    with place.transaction() as session:
        bundle = Bundle(
            sha256=built.name, sitting_id=sitting_id, size=len(built.data), made_at=place.clock.now(), made_by=actor
        )
        session.add(bundle)
        value = {"journal": journal}
        session.merge(StateEntry(name=MADE_FROM + sitting_id, value=value, changed_at=place.clock.now()))
        audit.record(session, place.clock, actor, AuditEvent.BUNDLE_MADE, sitting_id, {"bundle": built.name})
    return bundle


def send(place: Workplace, make_api: MakeApi, sitting_id: str, actor: str) -> Bundle:
    """Send the bundle, or what the centre still lacks of it, and store the receipt.

    Refuses what the line and the receipt's signature refuse; the bundle's row then says why, and nothing is lost.
    """
    bundle = make_bundle(place, sitting_id, actor)
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
    data = _file(place, office, bundle).read_bytes()
    try:
        receipt, _said = upload(
            make_api(office), office.server_id, sitting_id, data, office.centre, _Teller(place, bundle.sha256)
        )
    except Refusal as refusal:
        cause, remedy = keep(refusal)
        with place.transaction() as session:
            row = session.get_one(Bundle, bundle.sha256)
            row.cause, row.remedy = cause, remedy
        raise
    with place.transaction() as session:
        audit.record(session, place.clock, actor, AuditEvent.BUNDLE_UPLOADED, sitting_id, {"bundle": bundle.sha256})
    return _keep_receipt(place, office, bundle.sha256, receipt, actor)


def take_receipt(place: Workplace, data: bytes, actor: str) -> Bundle:
    """A receipt that came as a file. Refuses S-241 if it is for no bundle of this server."""
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
        claimed = read_document(Receipt, data, office.centre.signers)
        bundle = session.get(Bundle, claimed.bundle)
    if bundle is None:
        raise Refusal(
            "S-241",
            N_("Tanda terima ini bukan untuk berkas hasil dari server ini."),
            N_("Pilih tanda terima yang dibuat pusat untuk server ini."),
            status=409,
        )
    return _keep_receipt(place, office, bundle.sha256, data, actor)


def put_out(place: Workplace, folder: Path, sitting_ids: list[str], actor: str) -> list[str]:
    """Write the bundles of these sittings into a stick's `guyub` folder; returns their paths in it."""
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
    written = []
    for sitting_id in sitting_ids:
        bundle = make_bundle(place, sitting_id, actor)
        written.append(put_on_stick(folder, office.server_id, _file(place, office, bundle).read_bytes()))
        with place.transaction() as session:
            detail = {"bundle": bundle.sha256}
            audit.record(session, place.clock, actor, AuditEvent.RESULTS_TAKEN_OUT, sitting_id, detail)
    return written


def look_for_receipts(place: Workplace, transport: Transport, actor: str) -> list[Bundle]:
    """Take the receipts that lie on a stick (or in the centre's tree) for bundles that have none yet."""
    with place.look() as session:
        office = identity.office(session, place.keys_dir)
        bundles = list(session.scalars(select(Bundle).where(Bundle.receipt.is_(None))))
    found = []
    for bundle in bundles:
        receipt = find_receipt(transport, office.server_id, bundle.sitting_id, bundle.sha256, office.centre)
        if receipt is not None:
            found.append(_keep_receipt(place, office, bundle.sha256, receipt[0], actor))
    return found


def _keep_receipt(place: Workplace, office: Office, sha256: str, data: bytes, actor: str) -> Bundle:
    with place.transaction() as session:
        bundle = session.get_one(Bundle, sha256)
        said = check_receipt(data, sha256, office.server_id, bundle.sitting_id, office.centre)
        if bundle.receipt is None:
            bundle.receipt, bundle.receipt_at = data, place.clock.now()
            detail = {"bundle": sha256, "attempts": said.attempts}
            audit.record(session, place.clock, actor, AuditEvent.RECEIPT_STORED, bundle.sitting_id, detail)
        bundle.sent, bundle.cause, bundle.remedy = bundle.size, "", ""
        sitting = session.get_one(HeldSitting, bundle.sitting_id)
        newest = newest_bundle(session, sitting.id)
        if newest is not None and newest.sha256 == sha256 and sitting.state is HeldState.CLOSED:
            sitting.state = HeldState.UPLOADED
    exchange.write(place.exchange_dir, exchange_paths.receipt(office.server_id, sha256), data)
    return bundle


def _is_outdated(session: Session, sitting_id: str) -> bool:
    made = session.get(StateEntry, MADE_FROM + sitting_id)
    return made is not None and newest_journal_id(session, sitting_id) > int(made.value["journal"])


def _ordered(session: Session, bundle: Bundle) -> bool:
    """A failure counts too: it stood for this before orders were remembered."""
    entry = session.get(StateEntry, ORDERED + bundle.sitting_id)
    return bool(bundle.cause) or (entry is not None and entry.value["bundle"] == bundle.sha256)


def _file(place: Workplace, office: Office, bundle: Bundle) -> Path:
    return exchange.locate(place.exchange_dir, exchange_paths.upload(office.server_id, bundle.sha256))


class _Teller:
    """Keeps in the row how much the centre has, a few times a second at most."""

    def __init__(self, place: Workplace, sha256: str) -> None:
        self._place = place
        self._sha256 = sha256
        self._told_ms = 0

    def __call__(self, done: int, total: int) -> None:
        now_ms = self._place.clock.boot_ms()
        if now_ms - self._told_ms < TELL_EVERY_MS and done < total:
            return
        self._told_ms = now_ms
        with self._place.transaction() as session:
            session.get_one(Bundle, self._sha256).sent = done
