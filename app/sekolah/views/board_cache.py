"""What a web process keeps of the boards that are being watched, so that ten watchers cost one reading.

The part above the rows (server, token, who needs the proctor, counts) is drawn again only when something in it differs.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from app.models import HeldSitting, HeldState
from app.sekolah.services import board, contact, day, readiness
from app.sekolah.services.board import BoardRow
from app.sekolah.services.board_watch import Watch
from app.sekolah.services.exam_time import exam_now_ms
from app.sekolah.views.sitting_pages import free_space, shown_token
from app.sekolah.views.state_words import COUNT_WORDS, STANDING_SHAPES, held_word, server_word
from app.web.current import clock
from app.web.transactions import current_session

EXTENSION = "guyub_boards"
MOST_NEEDY = 6  # named above the board; the others are a number


@dataclass
class Watched:
    """A sitting that somebody watches. `tag` names what stands above its rows, alike in every process."""

    watch: Watch = field(default_factory=Watch)
    tag: str = ""
    drawn: dict[str, str] = field(default_factory=dict)  # by language
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Boards:
    """The watched sittings of this process."""

    by_sitting: dict[str, Watched] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def watched(self, sitting_id: str) -> Watched:
        """The sitting's, made at the first look."""
        with self.lock:
            return self.by_sitting.setdefault(sitting_id, Watched())


def look_at(sitting_id: str) -> Watched:
    """The watched sitting, read again if that was not done a moment ago. Refuses S-230."""
    boards: Boards = current_app.extensions[EXTENSION]
    boot_ms = clock().boot_ms()
    with boards.lock:
        known = boards.by_sitting.get(sitting_id)
    if known is not None and known.watch.is_fresh(boot_ms):
        return known
    session = current_session()
    sitting = day.find_sitting(session, sitting_id)
    found = boards.watched(sitting_id)
    with found.lock:
        if not found.watch.is_fresh(boot_ms):
            found.watch.read(session, sitting, exam_now_ms(session, clock()), boot_ms)
            tag = _tag(top_of_board(sitting, found.watch.rows.values(), found.watch.now_ms))
            if tag != found.tag:
                found.tag, found.drawn = tag, {}
    return found


def top_of_board(sitting: HeldSitting, rows: Iterable[BoardRow], now_ms: int) -> dict[str, Any]:
    """What the part above the rows is drawn from."""
    session = current_session()
    listed = list(rows)
    needy = board.most_urgent(listed)
    said = contact.read(session)
    return {
        "sitting": sitting,
        "now_ms": now_ms,
        "server": server_word(said),
        "health": readiness.room_health(session, clock().now(), free_space()),
        "token": shown_token(sitting),
        "held": held_word(sitting.state),
        "needy": needy[:MOST_NEEDY],
        "more": max(0, len(needy) - MOST_NEEDY),
        "counts": [
            (COUNT_WORDS[standing], number, STANDING_SHAPES[standing])
            for standing, number in board.count_standings(listed).items()
        ],
        "active": sitting.state is HeldState.ACTIVE,
    }


def _tag(top: dict[str, Any]) -> str:
    """Differs whenever the top looks different; the time itself does not count."""
    token = top["token"]
    looks = (
        top["server"],
        top["held"],
        top["health"].name,
        top["health"].ready,
        token and (token.text, token.minutes),
        [(row.id, row.name, row.request_id, row.standing, row.values) for row in top["needy"]],
        top["more"],
        top["counts"],
    )
    return f"{zlib.crc32(repr(looks).encode()):08x}"
