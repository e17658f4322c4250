"""What a web process keeps of the boards that are being watched, so that ten watchers cost one reading.

The part above the rows (server, token, who needs the proctor, counts) is drawn again only when something in it differs.
What it says of the server itself is looked up at most every five seconds.
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, render_template
from flask_babel import get_locale

from app.domain.attempt_states import Standing
from app.models import HeldSitting, HeldState
from app.sekolah.services import contact, day, readiness
from app.sekolah.services.board import Board, BoardRow, count_standings, most_urgent
from app.sekolah.services.board_watch import Seen, Watch
from app.sekolah.services.contact import Contact
from app.sekolah.services.readiness import Finding
from app.sekolah.views.sitting_pages import ShownToken, free_space, shown_token
from app.sekolah.views.state_words import COUNT_WORDS, STANDING_SHAPES, held_word, row_words, server_word
from app.web.current import clock
from app.web.transactions import current_session

EXTENSION = "guyub_boards"
MOST_NEEDY = 6  # named above the board; the others are a number
ROOM_FRESH_MS = 5_000


@dataclass(frozen=True)
class Room:
    """What stands above the rows and does not come from them."""

    sitting_id: str
    state: HeldState
    contact: Contact
    health: Finding
    token: ShownToken | None


@dataclass(frozen=True)
class News:
    """What a watcher is told. `top` is None where it looks as before; `tag` says how far the watcher has seen now."""

    tag: str
    rows: list[BoardRow]
    people: int
    now_ms: int
    top: str | None
    time_zone: str


@dataclass(frozen=True)
class Top:
    """What the part above the rows is drawn from. `needy` are the first of `urgent` students who need the proctor."""

    room: Room
    now_ms: int
    needy: list[BoardRow]
    urgent: int
    counts: dict[Standing, int]

    def values(self) -> dict[str, Any]:
        """The template's values, in the language of the request."""
        return {
            "room": self.room,
            "now_ms": self.now_ms,
            "server": server_word(self.room.contact),
            "health": self.room.health,
            "token": self.room.token,
            "held": held_word(self.room.state),
            "needy": self.needy,
            "more": self.urgent - len(self.needy),
            "counts": [(COUNT_WORDS[one], self.counts.get(one, 0), STANDING_SHAPES[one]) for one in Standing],
            "active": self.room.state is HeldState.ACTIVE,
        }


@dataclass
class Watched:
    """A sitting that somebody watches. One request at a time looks into it."""

    watch: Watch
    room: Room | None = None
    room_read_ms: int = 0  # since boot
    top: Top | None = None
    top_tag: str = ""  # names how it looks, alike in every process
    drawn: dict[str, str] = field(default_factory=dict)  # by language
    lock: threading.Lock = field(default_factory=threading.Lock)

    def news(self, tag: str) -> News | None:
        """What is new for the watcher with this tag; None for nothing. Refuses S-230."""
        seen, top_tag = _seen(tag)
        with self.lock:
            if not self.watch.is_fresh(clock().boot_ms()):
                self._read()
            elif self.watch.is_behind(seen):
                return None  # another process told this watcher of a later reading; there will be one here in a moment
            rows = self.watch.changed_since(seen)
            if not rows and top_tag == self.top_tag:
                return None
            top = self._drawn(self.top) if self.top and top_tag != self.top_tag else None
            now = self.watch.seen
            return News(_tag(now, self.top_tag), rows, len(self.watch.rows), now.now_ms, top, self.watch.time_zone)

    def _read(self) -> None:
        watch = self.watch
        watch.read(current_session(), clock())
        boot_ms, room = clock().boot_ms(), self.room
        if room is None or room.state is not watch.state or boot_ms - self.room_read_ms >= ROOM_FRESH_MS:
            room = self.room = read_room(day.find_sitting(current_session(), watch.sitting_id))
            self.room_read_ms = boot_ms
        needy = [watch.rows[number] for number in watch.urgent.first(MOST_NEEDY)]
        self.top = Top(room, watch.seen.now_ms, needy, len(watch.urgent), dict(watch.counts))
        look = _look(self.top)
        if look != self.top_tag:
            self.top_tag, self.drawn = look, {}

    def _drawn(self, top: Top) -> str:
        language = str(get_locale())
        if language not in self.drawn:
            self.drawn[language] = render_template("sekolah/_board_top.html", row_words=row_words, **top.values())
        return self.drawn[language]


@dataclass
class Boards:
    """The watched sittings of this process."""

    by_sitting: dict[str, Watched] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def watched(self, sitting_id: str) -> Watched:
        """The sitting's, made at the first look."""
        with self.lock:
            return self.by_sitting.setdefault(sitting_id, Watched(Watch(sitting_id)))


def news(sitting_id: str, tag: str) -> News | None:
    """What is new on the board for a watcher with this tag; None for nothing. Refuses S-230."""
    boards: Boards = current_app.extensions[EXTENSION]
    if sitting_id not in boards.by_sitting:
        day.find_sitting(current_session(), sitting_id)  # nothing is kept of a sitting that is not held here
    return boards.watched(sitting_id).news(tag)


def top_of(board: Board, sitting: HeldSitting) -> dict[str, Any]:
    """The values above the rows of a board that was read for a page."""
    needy = most_urgent(board.rows)
    counts = count_standings(board.rows)
    return Top(read_room(sitting), board.now_ms, needy[:MOST_NEEDY], len(needy), counts).values()


def tag_of(board: Board) -> str:
    """How far the reader of that page has seen; what stands above the rows is told at the first look."""
    return _tag(Seen(board.version, board.horizon, board.now_ms), "new")


def read_room(sitting: HeldSitting) -> Room:
    """The server and the token as they are now."""
    session = current_session()
    said, health = contact.read(session), readiness.room_health(session, clock().now(), free_space())
    return Room(sitting.id, sitting.state, said, health, shown_token(sitting))


def _look(top: Top) -> str:
    """Differs whenever the top looks different in some language; the time itself does not count."""
    room, token = top.room, top.room.token
    looks = (
        room.contact.state,
        room.contact.well,
        room.state,
        room.health.name,
        room.health.ready,
        token and (token.text, token.minutes),
        [(row.id, row.name, row.request_id, row.standing, row.values) for row in top.needy],
        top.urgent,
        [top.counts.get(standing, 0) for standing in Standing],
    )
    return f"{zlib.crc32(repr(looks).encode()):08x}"


def _tag(seen: Seen, top_tag: str) -> str:
    return f"{seen.version}.{seen.mark}.{seen.now_ms}.{top_tag}"


def _seen(tag: str) -> tuple[Seen, str]:
    """A tag as numbers; one that is not ours stands for having seen nothing."""
    parts = tag.split(".")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) < 20 for part in parts[:3]):
        return Seen(), ""
    version, mark, now_ms = map(int, parts[:3])
    return Seen(version, mark, now_ms), parts[3]
