"""Judges a restored backup where it lies: is it whole, and is it what was backed up?

The database as SQLite judges it, rows and audit head as they were counted when it was made, the audit chain from its
first line, every bundle's file by its hash, every receipt under the centre's key. It changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.domain import exchange_paths
from app.domain.bundles import check_receipt
from app.domain.identities import CentrePublic
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Bundle, Identity
from app.services import audit
from app.sync import exchange
from appliance.backup import database
from appliance.backup.making import DATABASE, FORMAT, MANIFEST, STAGING


@dataclass(frozen=True)
class Checked:
    """What was found in a backup."""

    at: str
    version: str
    roles: dict[str, dict[str, Any]]
    receipts: int


def read_manifest(restored: Path) -> dict[str, Any]:
    """What the backup says of itself; refuses B-315 (not one of ours, or of a later kind)."""
    try:
        found = json.loads((restored / STAGING / MANIFEST).read_text(encoding="utf-8"))
        known = found["format"] == FORMAT and set(found["roles"]) <= {"sekolah", "pusat"}
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise Refusal(
            "B-315",
            N_("Isi cadangan ini tidak dikenal oleh versi server ini."),
            N_("Perbarui server ke versi terbaru, lalu ulangi. Atau pilih cadangan lain."),
            status=409,
        )
    return dict(found)


def check(restored: Path) -> Checked:
    """Everything; refuses B-315 to B-319 at the first thing that is not as it was."""
    manifest = read_manifest(restored)
    receipts = 0
    for role, facts in manifest["roles"].items():
        copy = restored / STAGING / role / DATABASE
        _require_whole(copy, facts)
        _require_known_version(facts["revision"])
        with _reading(copy) as session:
            _require_chain(session)
            if role == "sekolah":
                receipts = _count_receipts(session, restored / role / "exchange")
    return Checked(manifest["at"], manifest["version"], manifest["roles"], receipts)


@contextmanager
def _reading(copy: Path) -> Iterator[Session]:
    engine = create_engine(f"sqlite:///file:{copy}?mode=ro&uri=true")
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _require_whole(copy: Path, facts: dict[str, Any]) -> None:
    try:
        os.chown(copy, os.geteuid(), -1)  # it is ours here: its owner has no way into this folder
        faults = database.ask("intact", copy)["faults"]
        found = None if faults else database.ask("facts", copy)
    except OSError as error:
        faults, found = [str(error)], None
    if found == facts:
        return
    raise Refusal(
        "B-316",
        N_("Basis data dalam cadangan ini tidak sama dengan saat dicadangkan."),
        N_("Pakai cadangan lain, lalu buat cadangan baru di perangkat lain."),
        status=409,
        values={"detail": str(faults[:1])},
    )


def _require_known_version(revision: str | None) -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from app.services.database_upgrade import MIGRATIONS

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if revision in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        return
    raise Refusal(
        "B-317",
        N_("Cadangan ini dibuat oleh program yang lebih baru (basis data %(revision)s)."),
        N_("Perbarui server ini dahulu, lalu pulihkan cadangannya."),
        status=409,
        values={"revision": revision or "-"},
    )


def _require_chain(session: Session) -> None:
    broken = audit.verify(session)
    if broken is not None:
        raise Refusal(
            "B-318",
            N_("Rantai log audit dalam cadangan ini putus pada baris %(number)s."),
            N_("Pilih cadangan lain. Laporkan kepada pusat: log audit pernah diubah."),
            status=409,
            values={"number": broken.number},
        )


def _count_receipts(session: Session, exchange_dir: Path) -> int:
    """How many receipts hold; each bundle's file must be there, and be what its name says."""
    known = session.execute(
        select(Identity.server_id, Identity.centre_sign_public, Identity.centre_box_public)
    ).one_or_none()
    bundles = session.execute(select(Bundle.sha256, Bundle.sitting_id, Bundle.receipt)).all()
    if known is None:
        return 0
    centre, receipts = CentrePublic.from_raw(known.centre_sign_public, known.centre_box_public), 0
    for bundle in bundles:
        try:
            file = exchange.locate(exchange_dir, exchange_paths.upload(known.server_id, bundle.sha256))
            if hashlib.sha256(file.read_bytes()).hexdigest() != bundle.sha256:
                raise _damaged_results(bundle.sitting_id)
            if bundle.receipt is not None:
                check_receipt(bundle.receipt, bundle.sha256, known.server_id, bundle.sitting_id, centre)
                receipts += 1
        except OSError as error:
            raise _damaged_results(bundle.sitting_id) from error
        except Refusal as refusal:
            raise _damaged_results(bundle.sitting_id) from refusal
    return receipts


def _damaged_results(sitting: str) -> Refusal:
    return Refusal(
        "B-319",
        N_("Berkas hasil atau tanda terima sesi %(sitting)s dalam cadangan ini rusak."),
        N_("Pilih cadangan lain. Hasil sesi itu juga dapat dibuat lagi di Upload Hasil."),
        status=409,
        values={"sitting": sitting},
    )
