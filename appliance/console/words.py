"""What the console says, in the language of whoever stands before it."""

from __future__ import annotations

import gettext
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

import app
from app.domain.refusals import Refusal
from app.domain.wording import N_

CATALOGUES = Path(app.__file__).parent / "translations"
LANGUAGES = ("id", "en")
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


class Words:
    """Source texts in one language. Text that is not in the catalogue is said as it is."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "id"
        self._found = gettext.translation("messages", CATALOGUES, [self.language], fallback=True)

    def __call__(self, text: str, **values: object) -> str:
        said = self._found.gettext(text) if text else ""
        return said % values if values else said

    def refusal(self, told: Refusal) -> str:
        """Cause, remedy and code of a refusal."""
        values = {name: self(value) if isinstance(value, str) else value for name, value in told.values.items()}
        return f"{self(told.cause, **values)}\n\n{self(told.remedy, **values)}\n\n({told.code})"

    def when(self, at: datetime, zone: str) -> str:
        """A time as people write it, with the zone's short name."""
        local = at.astimezone(ZoneInfo(zone))
        return f"{format_datetime(local, 'd MMMM yyyy, HH.mm', locale=self.language)} {ZONES.get(zone, '')}".strip()

    def size(self, number: int) -> str:
        """Bytes as GB."""
        shown = f"{number / 1_000_000_000:.1f}"
        return f"{shown.replace('.', ',') if self.language == 'id' else shown} GB"


STATES = {"good": N_("SIAP"), "warn": N_("PERHATIKAN"), "bad": N_("BELUM SIAP")}
