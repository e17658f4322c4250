"""Results on their way in: chunks named by their hash, put together, and answered by a signed receipt.

Nothing is remembered between two requests but the chunks (`chunks.py`): a broken upload goes on with any process of the
centre, on any of its hosts. A chunk is at most 1 MiB, a bundle at most 64, and a server that began many bundles and
finished none loses the oldest beginnings. Without a whole, proven bundle nothing reaches the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.bundles import MAX_BUNDLE
from app.domain.protocol_refusals import refuse
from app.domain.refusals import Refusal
from app.domain.strict_json import parse_json_strictly
from app.domain.wording import N_
from app.models import Upload
from app.pusat.services.chunks import Chunks, chunks_of, is_hash
from app.pusat.services.workplace import Workplace

CHUNK = 1024 * 1024  # bytes
MOST_CHUNKS = MAX_BUNDLE // CHUNK
MOST_UNFINISHED = 6  # bundles that a server has begun and not completed
ABANDONED_AFTER = timedelta(days=14)
LONGEST_LIST = 16 * 1024  # bytes of the list that completes an upload


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
    return chunks_of(place).names(server_id, bundle)


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
    chunks = chunks_of(place)
    here = chunks.names(server_id, bundle)
    if not here:
        _make_room(chunks, server_id)
    if chunk not in here and len(here) >= MOST_CHUNKS:
        raise Refusal(
            "P-758",
            N_("Berkas hasil ini punya terlalu banyak potongan."),
            N_("Buat ulang berkas hasil di server sekolah, lalu unggah lagi."),
            status=413,
        )
    chunks.keep(server_id, bundle, chunk, data)


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
    if not fits or not named or not all(isinstance(name, str) and is_hash(name) for name in chunks):
        raise wrong
    return Completion(size, chunks)


def assemble(place: Workplace, server_id: str, bundle: str, said: Completion) -> bytes:
    """The bundle's bytes; refuses P-760 (409, with the chunks that are missing) and P-350 (409, other bytes)."""
    chunks = chunks_of(place)
    pieces, missing = [], []
    for name in said.chunks:
        data = chunks.read(server_id, bundle, name)
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
    chunks_of(place).forget(server_id, bundle)


def forget_abandoned(place: Workplace) -> int:
    """Throw away bundles that nobody went on with for two weeks; gives how many. The school still has them whole."""
    chunks = chunks_of(place)
    abandoned = chunks.abandoned(place.clock.now() - ABANDONED_AFTER)
    for server_id, bundle in abandoned:
        chunks.forget(server_id, bundle)
    return len(abandoned)


def _make_room(chunks: Chunks, server_id: str) -> None:
    """Drop the oldest beginnings of this server before another one begins."""
    begun = chunks.begun(server_id)
    for bundle in begun[: max(0, len(begun) - MOST_UNFINISHED + 1)]:
        chunks.forget(server_id, bundle)
