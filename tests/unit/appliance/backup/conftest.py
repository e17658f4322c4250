"""A school's box in a folder: real databases with answers, results with receipts, identity, and backups beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, update
from sqlalchemy.orm import Session

from app.domain import exchange_paths
from app.domain.audit_events import AuditEvent
from app.domain.bundles import AuditHead, Results, build_bundle, build_receipt
from app.domain.identities import CentreIdentity
from app.models import Bundle, HeldSitting, HeldState, Identity
from app.rehearsal.school import BINDING
from app.sekolah.services import identity
from app.services import audit
from app.services.system_clock import SystemClock
from app.sync import exchange
from app.web.transactions import guard_engine
from appliance import settings
from appliance.backup.making import DATABASE, save_into
from appliance.identity import make_identity
from appliance.places import Places
from bench.school import furnish
from tests.ports import free_port

CENTRE = CentreIdentity.generate()
STUDENTS = 6


@dataclass
class Told:
    """What an action told while it ran."""

    lines: list[tuple[str, int, int]] = field(default_factory=list)

    def __call__(self, text: str, done: int = 0, of: int = 0) -> None:
        self.lines.append((text, done, of))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def school_box(tmp_path: Path) -> Places:
    """A box at which a sitting was closed, uploaded and receipted."""
    return make_box(tmp_path / "box")


@pytest.fixture
def fresh_box(tmp_path: Path) -> Places:
    """Another box, never used: an identity of its own, a school's folder with an empty database."""
    places = Places(tmp_path / "fresh")
    make_identity(places, set_up=False)
    settings.write(places.box, settings.BoxSettings())
    furnish(places.sekolah, free_port(), waiting=1)
    with_session(places, lambda session: session.execute(update(HeldSitting).values(state=HeldState.CLOSED)))
    return places


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Where backups go."""
    (tmp_path / "usb").mkdir()
    return tmp_path / "usb" / "guyub-cadangan"


@pytest.fixture
def back_up(shelf: Path, told: Told) -> Callable[[Places], str]:
    """Makes a backup of a box on the shelf; gives its id."""
    return lambda places: str(save_into(places, shelf, SystemClock(), told, reason="test")["id"])


def make_box(root: Path, state: HeldState = HeldState.UPLOADED) -> Places:
    places = Places(root)
    make_identity(places, set_up=True)
    known = settings.BoxSettings()
    general = dataclasses.replace(known.general, school_name="SMA Contoh", set_up=True)
    settings.write(places.box, dataclasses.replace(known, general=general))
    school = furnish(places.sekolah, free_port(), working=STUDENTS, answered=True)
    for folder in ("run", "reserve", "backups"):
        (places.sekolah / folder).mkdir(exist_ok=True)
        (places.sekolah / folder / "left-out").write_text("not needed", encoding="ascii")
    own = identity.own_keys(school.settings.keys_dir, BINDING.server)
    results = Results(
        server=BINDING.server, sitting=BINDING.sitting, version=1, made_at=datetime.now(UTC),
        attempts=(), outages=(), credits=(), audit=AuditHead(1, "ab" * 32),
    )  # fmt: skip
    bundle = build_bundle(results, own, CENTRE.public)
    exchange.write(school.settings.exchange_dir, exchange_paths.upload(BINDING.server, bundle.name), bundle.data)
    receipt = build_receipt(results, bundle.name, bundle.content_sha256, datetime.now(UTC), CENTRE)

    def fill(session: Session) -> None:
        sign, box = CENTRE.public.sign.public_bytes_raw(), CENTRE.public.box.public_bytes_raw()
        session.execute(update(Identity).values(centre_sign_public=sign, centre_box_public=box))
        session.execute(update(HeldSitting).values(state=state))
        session.add(
            Bundle(
                sha256=bundle.name,
                sitting_id=BINDING.sitting,
                size=len(bundle.data),
                made_at=datetime.now(UTC),
                made_by="ratna",
                receipt=receipt,
                receipt_at=datetime.now(UTC),
            )
        )
        for number in range(3):
            audit.record(session, SystemClock(), "ratna", AuditEvent.TOKEN_SHOWN, BINDING.sitting, {"number": number})

    with_session(places, fill)
    return places


def with_session(places: Places, do: Callable[[Session], object]) -> None:
    """Do something in the school's database and commit it."""
    engine = create_engine(f"sqlite:///{places.sekolah / DATABASE}")
    guard_engine(engine)
    with Session(engine) as session:
        do(session)
        session.commit()
    engine.dispose()
