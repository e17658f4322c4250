"""The school's long work, for pages, timers and the console alike: sync, look for releases, upload, report.

The turns (`turns.only_one`) keep them from doing the same twice. How it went is noted as contact; what happened stands
in the database, where every page reads it.
"""

from __future__ import annotations

import random

from flask import Flask, current_app
from sqlalchemy import Engine

from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.models import db
from app.sekolah.services import contact, releasing, reporting, syncing, uploading
from app.sekolah.services.line import open_line, refuse_other_centre
from app.sekolah.services.syncing import Outcome
from app.sekolah.services.workplace import Workplace
from app.services.turns import only_one
from app.settings import SekolahSettings
from app.sync.transport import Transport
from app.web.current import EXTENSION, Given

SYNC_TURN, UPLOAD_TURN = "sync", "upload"
PATIENCE_S = 1.0


def workplace_of(app: Flask) -> Workplace:
    """Where long work of this application happens."""
    given: Given = app.extensions[EXTENSION]
    if not isinstance(given.settings, SekolahSettings):
        raise TypeError("only a school's server has this work")
    with app.app_context():
        engine = db.engine
    return workplace_for(given.settings, engine, given.clock, given.random)


def workplace_for(settings: SekolahSettings, engine: Engine, clock: Clock, chance: random.Random) -> Workplace:
    """The workplace of these settings; `engine` is guarded (`transactions.guard_engine`)."""
    return Workplace(
        engine=engine,
        clock=clock,
        random=chance,
        data_dir=settings.data_dir,
        keys_dir=settings.keys_dir,
        exchange_dir=settings.exchange_dir,
        open_dir=settings.open_dir,
        run_dir=settings.run_dir,
        centre_url=settings.centre_url,
        centre_key=settings.centre_key,
        server_id=settings.server_id,
        proxy=settings.proxy,
        sync_windows=settings.sync_windows,
        sync_kbps=settings.sync_kbps,
        usb_path=settings.usb_path,
        time_zone=settings.time_zone,
    )


def place() -> Workplace:
    """The workplace of the current application."""
    return workplace_of(current_app._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001 - Flask's way to the app itself


def sync_by_network(place: Workplace, actor: str) -> Outcome | None:
    """Sync and take what is released; None if somebody else is at it. How it went is noted as contact."""
    with only_one(place.run_dir, SYNC_TURN, PATIENCE_S) as mine:
        if not mine:
            return None
        try:
            tree = open_line(place).tree()
            outcome = syncing.sync(place, tree, actor)
            releasing.look_for(place, tree, releasing.waiting(place), releasing.BY_NETWORK, actor)
        except Refusal as refusal:
            contact.note(place, refusal)
            raise
        contact.note(place, None)
        return outcome


def sync_from(place: Workplace, transport: Transport, actor: str) -> Outcome | None:
    """The same from a stick or an unpacked archive, receipts included; None if somebody else is at it.

    Receipts come first and need no list of packages: the centre answers brought results with receipts alone.
    """
    refuse_other_centre(place)
    with only_one(place.run_dir, SYNC_TURN, PATIENCE_S) as mine:
        if not mine:
            return None
        receipts = len(uploading.look_for_receipts(place, transport, actor))
        if receipts and not syncing.has_packages(place, transport):
            return Outcome(receipts=receipts)
        outcome = syncing.sync(place, transport, actor)
        releasing.look_for(place, transport, releasing.waiting(place), releasing.BY_FILE, actor)
        outcome.receipts = receipts
        return outcome


def look_for_releases(place: Workplace, sitting_ids: list[str], actor: str) -> list[str]:
    """Ask the centre's tree for these releases now; notes how the line is."""
    try:
        opened = releasing.look_for(place, open_line(place).tree(), sitting_ids, releasing.BY_NETWORK, actor)
    except Refusal as refusal:
        contact.note(place, refusal)
        raise
    contact.note(place, None)
    return opened


def upload_by_network(place: Workplace, sitting_ids: list[str], actor: str) -> int:
    """Send the results of these sittings; returns how many have a receipt now (0 if somebody else is at it)."""
    with only_one(place.run_dir, UPLOAD_TURN, PATIENCE_S) as mine:
        if not mine:
            return 0
        for sitting_id in sitting_ids:
            uploading.order(place, sitting_id, actor)
        line = open_line(place)
        try:
            for sitting_id in sitting_ids:
                uploading.send(place, line.api, sitting_id, actor)
        except Refusal as refusal:
            contact.note(place, refusal)
            raise
        contact.note(place, None)
        return len(sitting_ids)


def report(place: Workplace) -> None:
    """Tell the centre how this server stands; how it went is noted as contact."""
    try:
        reporting.report(place, open_line(place))
    except Refusal as refusal:
        contact.note(place, refusal)
