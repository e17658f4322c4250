"""States as words and shapes: the same word for the same state on every page, colour and shape always with it."""

from __future__ import annotations

from datetime import datetime

from flask_babel import get_locale, gettext

from app.domain.attempt_states import CLOSED_BY_WORDS, Standing
from app.domain.wording import N_
from app.models import DownloadState, HeldState
from app.sekolah.services.board import BoardRow
from app.sekolah.services.contact import STATE_WORDS, Contact, ServerState
from app.web.locale import clock_words

_HELD = {
    HeldState.LOCKED: ("idle", N_("Terkunci")),
    HeldState.OPEN: ("busy", N_("Sudah dirilis")),
    HeldState.ACTIVE: ("good", N_("Berlangsung")),
    HeldState.CLOSED: ("warn", N_("Ditutup, belum diunggah")),
    HeldState.UPLOADED: ("good", N_("Selesai, tanda terima ada")),
}
_DOWNLOAD = {
    DownloadState.WAITING: ("idle", N_("Menunggu")),
    DownloadState.RUNNING: ("busy", N_("Berjalan")),
    DownloadState.DONE: ("good", N_("Selesai")),
    DownloadState.FAILED: ("bad", N_("Gagal")),
}
_SERVER = {
    ServerState.NEW: "idle",
    ServerState.ACTIVE: "good",
    ServerState.STANDBY: "warn",
    ServerState.OFFLINE: "bad",
}
STANDING_SHAPES = {
    Standing.ABSENT: "idle",
    Standing.WAITING: "idle",
    Standing.ADMITTED: "busy",
    Standing.WORKING: "busy",
    Standing.SILENT: "bad",
    Standing.FINISHED: "good",
}
COUNT_WORDS = {
    Standing.ABSENT: N_("Belum masuk"),
    Standing.WAITING: N_("Menunggu token"),
    Standing.ADMITTED: N_("Siap mulai"),
    Standing.WORKING: N_("Mengerjakan"),
    Standing.SILENT: N_("Diam"),
    Standing.FINISHED: N_("Selesai"),
}


def held_word(state: HeldState) -> tuple[str, str]:
    """Shape and translated word of a sitting's state."""
    shape, word = _HELD[state]
    return shape, gettext(word)


def download_word(state: DownloadState) -> tuple[str, str]:
    """Shape and translated word of a download row."""
    shape, word = _DOWNLOAD[state]
    return shape, gettext(word)


def server_word(contact: Contact) -> tuple[str, str]:
    """Shape and translated word of the server's state."""
    return ("good" if contact.well else _SERVER[contact.state]), gettext(STATE_WORDS[contact.state])


def row_words(row: BoardRow) -> str:
    """How a student stands, in a sentence."""
    return str(gettext(row.words, **row.values))


def closed_words(row: BoardRow) -> str:
    """Who ended a finished attempt; empty while it is open."""
    return str(gettext(CLOSED_BY_WORDS[row.closed_by])) if row.closed_by is not None else ""


def left_words(left_ms: int) -> str:
    """Time left as `01.23.45`; the browser counts it on."""
    seconds = max(0, left_ms // 1000)
    sign = "." if str(get_locale()) == "id" else ":"
    return sign.join(f"{part:02d}" for part in (seconds // 3600, seconds // 60 % 60, seconds % 60))


def standing_choices() -> list[tuple[str, str]]:
    """What the board can be narrowed down to: those who ask for a reset, and each standing, with their words."""
    return [("asks", gettext("Minta reset")), *((one.value, gettext(word)) for one, word in COUNT_WORDS.items())]


def clock_of(at: datetime | None, zone: str) -> str:
    """`07.30`, for tables that say the zone elsewhere; a dash for never."""
    return clock_words(at, zone).split(" ", 1)[0] if at else "–"
