"""Results on their way in: chunks named by their hash, put together, and answered by a signed receipt.

Nothing is remembered between two requests but files in `<data>/incoming/<server>/<bundle>/`: a broken upload goes on
with any process of the centre. A chunk is at most 1 MiB, a bundle at most 64, and a server that began many bundles and
finished none loses the oldest beginnings. Without a whole, proven bundle nothing reaches the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.bundles import MAX_BUNDLE
from app.domain.protocol_refusals import refuse
from app.domain.refusals import Refusal
from app.domain.strict_json import parse_json_strictly
from app.domain.wording import N_
from app.models import Upload
from app.pusat.services.workplace import Workplace

CHUNK = 1024 * 1024  # bytes
MOST_CHUNKS = MAX_BUNDLE // CHUNK
MOST_UNFINISHED = 6  # bundles that a server has begun and not completed
ABANDONED_AFTER_S = 14 * 24 * 3600
LONGEST_LIST = 16 * 1024  # bytes of the list that completes an upload

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Completion:
    """What a school says its bundle is made of."""

    size: int
    chunks: Sequence[str]


def stored_receipt(session: Session, server_id: str, bundle: str) -> bytes | None:
    """The receipt that was given for this bundle of this server, if it was received."""
    return session.scalar(select(Upload.receipt).where(Upload.sha256 == bundle, Upload.server_id == server_id))


def list_chunks(place: Workplace, server_id: str, bundle: str) -> list[str]:
    """The chunks of an unfinished bundle that are here."""
    folder = _folder(place, server_id, bundle)
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if _SHA256.fullmatch(path.name))


def keep_chunk(place: Workplace, server_id: str, bundle: str, chunk: str, data: bytes) -> None:
    """Keep a chunk; the same one again changes nothing. Refuses P-756 (413), P-757 (422) and P-758 (413)."""
    if len(data) > CHUNK:
        raise Refusal(
            "P-756",
            N_("Potongan berkas hasil lebih besar dari 1 MiB."),
            N_("Perbarui program di server sekolah, lalu unggah lagi."),
            status=413,
        )
    if not data or hashlib.sha256(data).hexdigest() != chunk:
        raise Refusal(
            "P-757",
            N_("Potongan berkas hasil rusak di perjalanan."),
            N_("Kirim potongan itu sekali lagi; yang sudah diterima tidak hilang."),
            status=422,
        )
    folder = _folder(place, server_id, bundle)
    if not folder.is_dir():
        _make_room(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
    target = folder / chunk
    if target.is_file() and target.stat().st_size == len(data):
        return
    if len(list_chunks(place, server_id, bundle)) >= MOST_CHUNKS:
        raise Refusal(
            "P-758",
            N_("Berkas hasil ini punya terlalu banyak potongan."),
            N_("Buat ulang berkas hasil di server sekolah, lalu unggah lagi."),
            status=413,
        )
    beside = folder / f".{chunk[:16]}.{secrets.token_hex(4)}.tmp"
    try:
        beside.write_bytes(data)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise storage_refused(error) from error


def read_completion(body: bytes) -> Completion:
    """The list that completes an upload; refuses P-759 (400) for anything else."""
    wrong = Refusal(
        "P-759",
        N_("Daftar potongan berkas hasil tidak dapat dibaca."),
        N_("Perbarui program di server sekolah, lalu unggah lagi."),
    )
    try:
        found = parse_json_strictly(body, LONGEST_LIST)
    except Refusal as refusal:
        wrong.status = refusal.status
        raise wrong from refusal
    if not isinstance(found, dict) or set(found) != {"size", "chunks"}:
        raise wrong
    size, chunks = found["size"], found["chunks"]
    fits = isinstance(size, int) and not isinstance(size, bool) and 0 < size <= MAX_BUNDLE
    named = isinstance(chunks, list) and 0 < len(chunks) <= MOST_CHUNKS
    if not fits or not named or not all(isinstance(name, str) and _SHA256.fullmatch(name) for name in chunks):
        raise wrong
    return Completion(size, chunks)


def assemble(place: Workplace, server_id: str, bundle: str, said: Completion) -> bytes:
    """The bundle's bytes; refuses P-760 (409, with the chunks that are missing) and P-350 (409, other bytes)."""
    folder = _folder(place, server_id, bundle)
    pieces, missing = [], []
    for name in said.chunks:
        data = _chunk(folder / name)
        if data is None:
            missing.append(name)
        else:
            pieces.append(data)
    if missing:
        raise Refusal(
            "P-760",
            N_("Berkas hasil belum lengkap: %(n)s potongan belum diterima."),
            N_("Lanjutkan pengunggahan; hanya yang kurang yang perlu dikirim."),
            status=409,
            values={"n": len(missing)},
            extra={"missing": list(dict.fromkeys(missing))},
        )
    data = b"".join(pieces)
    if len(data) != said.size or hashlib.sha256(data).hexdigest() != bundle:
        forget(place, server_id, bundle)
        raise refuse("bundle-damaged")
    return data


def forget(place: Workplace, server_id: str, bundle: str) -> None:
    """Throw away the chunks of a bundle; what they made is elsewhere by now."""
    shutil.rmtree(_folder(place, server_id, bundle), ignore_errors=True)


def forget_abandoned(place: Workplace) -> int:
    """Throw away bundles that nobody went on with for two weeks; gives how many. The school still has them whole."""
    oldest = place.clock.now().timestamp() - ABANDONED_AFTER_S
    abandoned = [
        folder for folder in place.incoming_dir.glob("*/*") if folder.is_dir() and folder.stat().st_mtime < oldest
    ]
    for folder in abandoned:
        shutil.rmtree(folder, ignore_errors=True)
    return len(abandoned)


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


def is_hash(text: str) -> bool:
    """Whether this is a SHA-256 in hex, as bundles and chunks are named."""
    return _SHA256.fullmatch(text) is not None


def _folder(place: Workplace, server_id: str, bundle: str) -> Path:
    """`server_id` comes from a checked signature, `bundle` is a hash: neither can point elsewhere."""
    if not is_hash(bundle):
        raise ValueError("a bundle is named by its hash")
    return place.incoming_dir / server_id / bundle


def _chunk(path: Path) -> bytes | None:
    """A chunk that is really the one its name says; a half written one (power cut) is thrown away."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(data).hexdigest() != path.name:
        path.unlink(missing_ok=True)
        return None
    return data


def _make_room(folder: Path) -> None:
    """Drop the oldest beginnings of this server before another one begins."""
    if not folder.is_dir():
        return
    begun = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in begun[: max(0, len(begun) - MOST_UNFINISHED + 1)]:
        shutil.rmtree(old, ignore_errors=True)
