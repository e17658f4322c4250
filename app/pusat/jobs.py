"""Long work outside any request: publishing that survives a closed page, and the ticker that releases on time.

The ticker runs in every web process; a lock lets one of them act at a time (of all hosts, where there are several), and
what it does may be done twice without harm. It keeps nothing in memory: a new process goes on where the old one ended.
"""

from __future__ import annotations

import random
import threading
from contextlib import AbstractContextManager
from datetime import timedelta

from flask import Flask, current_app

from app.models import db
from app.pusat.services import offers, releasing, uploads
from app.pusat.services.centre_keys import centre_identity
from app.pusat.services.secrets_box import SecretsBox
from app.pusat.services.workplace import Workplace
from app.services.turns import only_one, only_one_of_all
from app.settings import PusatSettings
from app.web import jobs
from app.web.current import EXTENSION, Given

TICK_S = 2.0
ALIGN_EVERY = timedelta(hours=1)
_TURN = "ticker"


def workplace_of(app: Flask) -> Workplace:
    """Where long work of this application happens."""
    given: Given = app.extensions[EXTENSION]
    settings = given.settings
    if not isinstance(settings, PusatSettings):
        raise TypeError("only the centre has this work")
    with app.app_context():
        engine = db.engine
    return Workplace(
        engine=engine,
        clock=given.clock,
        centre=centre_identity(settings.keys_dir),
        box=SecretsBox.at(settings.keys_dir),
        exchange_dir=settings.exchange_dir,
        incoming_dir=settings.incoming_dir,
        run_dir=settings.run_dir,
        shared=settings.several_hosts,
    )


def place() -> Workplace:
    """The workplace of the current application."""
    return workplace_of(current_app._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001 - Flask's way to the app itself


def install(app: Flask) -> None:
    """Give the application its jobs and make the centre's keys, so that the first request finds both."""
    jobs.install(app)
    workplace_of(app)


def start_background(app: Flask) -> None:
    """Begin the ticker; for processes that serve, not for commands and tests."""
    Ticker(workplace_of(app)).start()


class Ticker:
    """Releases what is due, and renews lists of packages, every few seconds."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._stopped = threading.Event()
        self._aligned_at = place.clock.now() - ALIGN_EVERY

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="guyub-ticker", daemon=True).start()

    def stop(self) -> None:
        """End after the current tick."""
        self._stopped.set()

    def tick(self) -> int:
        """One round; gives how many sittings it released. Does nothing while another process is at it."""
        with self._turn() as mine:
            if not mine:
                return 0
            released = releasing.release_due(self._place)
            now = self._place.clock.now()
            if not timedelta(0) <= now - self._aligned_at < ALIGN_EVERY:
                offers.align_all(self._place, between=lambda: releasing.release_due(self._place))
                uploads.forget_abandoned(self._place)
                self._aligned_at = now
            return released

    def _turn(self) -> AbstractContextManager[bool]:
        """Of the processes of this host, or of all hosts of the centre."""
        if self._place.shared:
            return only_one_of_all(self._place.engine, _TURN)
        return only_one(self._place.run_dir, _TURN)

    def _run(self) -> None:
        while not self._stopped.wait(TICK_S * random.uniform(0.8, 1.2)):  # noqa: S311 - only spreads the processes
            jobs.guarded("ticker", self.tick)
