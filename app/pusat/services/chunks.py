"""Where chunks of unfinished uploads lie: in `<data>/incoming/<server>/<bundle>/`, or in the database where any of
several hosts may get the next one.

A chunk is named by its hash; what is not what its name says (a power cut left half of it) counts as missing. Nothing is
refused here but a disk that takes no more.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services import stored_files
from app.pusat.services.workplace import Workplace

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Chunks(Protocol):
    """The chunks of this centre. A bundle is named by its server and its hash."""

    def names(self, server_id: str, bundle: str) -> list[str]:
        """The chunks that are here, by name."""

    def keep(self, server_id: str, bundle: str, chunk: str, data: bytes) -> None:
        """Keep a chunk; the same again changes nothing. Refuses P-761 when the disk takes no more."""

    def read(self, server_id: str, bundle: str, chunk: str) -> bytes | None:
        """A whole chunk; None if it is missing."""

    def begun(self, server_id: str) -> Sequence[str]:
        """The server's unfinished bundles, the one that was touched longest ago first."""

    def forget(self, server_id: str, bundle: str) -> None:
        """Throw away all chunks of a bundle."""

    def abandoned(self, before: datetime) -> Sequence[tuple[str, str]]:
        """Server and bundle of everything that nobody has touched since."""


def chunks_of(place: Workplace) -> Chunks:
    """Where this centre keeps them."""
    return ChunksInDatabase(place) if place.shared else ChunksOnDisk(place.incoming_dir)


class ChunksOnDisk:
    """One host: a folder a bundle."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self, server_id: str, bundle: str) -> list[str]:
        """The chunks that are here, by name."""
        folder = self._folder(server_id, bundle)
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if is_hash(path.name))

    def keep(self, server_id: str, bundle: str, chunk: str, data: bytes) -> None:
        """Keep a chunk; the same again changes nothing. Refuses P-761 when the disk takes no more."""
        folder = self._folder(server_id, bundle)
        folder.mkdir(parents=True, exist_ok=True)
        target, beside = folder / chunk, folder / f".{chunk[:16]}.{secrets.token_hex(4)}.tmp"
        if target.is_file() and target.stat().st_size == len(data):
            return
        try:
            beside.write_bytes(data)
            beside.replace(target)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise storage_refused(error) from error

    def read(self, server_id: str, bundle: str, chunk: str) -> bytes | None:
        """A whole chunk; None if it is missing. A half written one is thrown away."""
        path = self._folder(server_id, bundle) / chunk
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data).hexdigest() != chunk:
            path.unlink(missing_ok=True)
            return None
        return data

    def begun(self, server_id: str) -> Sequence[str]:
        """The server's unfinished bundles, the one that was touched longest ago first."""
        folder = self._root / server_id
        found = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime)]

    def forget(self, server_id: str, bundle: str) -> None:
        """Throw away all chunks of a bundle."""
        shutil.rmtree(self._folder(server_id, bundle), ignore_errors=True)

    def abandoned(self, before: datetime) -> Sequence[tuple[str, str]]:
        """Server and bundle of everything that nobody has touched since."""
        folders = [path for path in self._root.glob("*/*") if path.is_dir()]
        return [(path.parent.name, path.name) for path in folders if path.stat().st_mtime < before.timestamp()]

    def _folder(self, server_id: str, bundle: str) -> Path:
        """`server_id` comes from a checked signature, `bundle` is a hash: neither can point elsewhere."""
        if not is_hash(bundle):
            raise ValueError("a bundle is named by its hash")
        return self._root / server_id / bundle


class ChunksInDatabase:
    """Several hosts: each chunk a file of the database, in a transaction of its own."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def names(self, server_id: str, bundle: str) -> list[str]:
        """The chunks that are here, by name."""
        with self._place.look() as session:
            found = stored_files.within(session, f"incoming/{server_id}/{bundle}/")
        return [file.path.rpartition("/")[2] for file in found]

    def keep(self, server_id: str, bundle: str, chunk: str, data: bytes) -> None:
        """Keep a chunk; the same again changes nothing."""
        with self._place.transaction() as session:
            path = f"incoming/{server_id}/{bundle}/{chunk}"
            stored_files.write_once(session, path, data, self._place.clock.now())

    def read(self, server_id: str, bundle: str, chunk: str) -> bytes | None:
        """A whole chunk; None if it is missing."""
        with self._place.look() as session:
            return stored_files.read(session, f"incoming/{server_id}/{bundle}/{chunk}")

    def begun(self, server_id: str) -> Sequence[str]:
        """The server's unfinished bundles, the one that was touched longest ago first."""
        return [bundle for _server, bundle in self._last_touched(f"incoming/{server_id}/")]

    def forget(self, server_id: str, bundle: str) -> None:
        """Throw away all chunks of a bundle."""
        with self._place.transaction() as session:
            stored_files.remove_within(session, f"incoming/{server_id}/{bundle}/")

    def abandoned(self, before: datetime) -> Sequence[tuple[str, str]]:
        """Server and bundle of everything that nobody has touched since."""
        return [whose for whose, at in self._last_touched("incoming/").items() if at < before]

    def _last_touched(self, folder: str) -> dict[tuple[str, str], datetime]:
        with self._place.look() as session:
            files = stored_files.within(session, folder)
        found: dict[tuple[str, str], datetime] = {}
        for file in files:
            _incoming, server_id, bundle, _chunk = file.path.split("/")
            found[server_id, bundle] = max(file.changed_at, found.get((server_id, bundle), file.changed_at))
        return dict(sorted(found.items(), key=lambda one: one[1]))


def is_hash(text: str) -> bool:
    """Whether this is a SHA-256 in hex, as bundles and chunks are named."""
    return _SHA256.fullmatch(text) is not None


def storage_refused(error: OSError) -> Refusal:
    """The refusal for a disk that takes no more: the school tries again later and loses nothing."""
    return Refusal(
        "P-761",
        N_("Pusat tidak dapat menyimpan kiriman saat ini (%(detail)s)."),
        N_("Coba lagi beberapa menit lagi. Beri tahu petugas pusat; data di sekolah tidak hilang."),
        status=503,
        values={"detail": error.strerror or "disk"},
        extra={"retry_after_s": 60},
    )
