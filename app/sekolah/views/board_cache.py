"""One reading of the board for all who watch it: at most one a second and process, and the last few are remembered.

A watcher names the version it has; if it is still remembered only the difference is drawn. Forgetting one costs a whole
board and nothing else, so several processes need not agree.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from flask import current_app

from app.models import HeldSitting
from app.sekolah.services.board import Board, read_board
from app.web.current import clock
from app.web.transactions import current_session

EXTENSION = "guyub_boards"
FRESH_MS = 900
REMEMBERED = 12


@dataclass
class BoardCache:
    """The newest board of each sitting with the time of its reading, and earlier ones by version."""

    newest: dict[str, tuple[int, Board]] = field(default_factory=dict)
    known: OrderedDict[str, Board] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def remember(self, board: Board) -> None:
        """Keep a board under its version; the oldest goes."""
        self.known[board.version] = board
        self.known.move_to_end(board.version)
        while len(self.known) > REMEMBERED:
            self.known.popitem(last=False)


def cached_board(sitting: HeldSitting, now_ms: int, has: str) -> tuple[Board, Board | None]:
    """The board now, and the one whose version begins what the watcher `has` (None if it is forgotten)."""
    cache: BoardCache = current_app.extensions[EXTENSION]
    boot_ms = clock().boot_ms()
    with cache.lock:
        read_ms, board = cache.newest.get(sitting.id, (None, None))
        if board is None or read_ms is None or boot_ms - read_ms >= FRESH_MS or boot_ms < read_ms:
            board = read_board(current_session(), sitting, now_ms)
            cache.newest[sitting.id] = (boot_ms, board)
            cache.remember(board)
        return board, cache.known.get(has.partition("-")[0])
