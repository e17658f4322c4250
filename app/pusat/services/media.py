"""Pictures and recordings of the bank: stored once under the hash of their bytes, never changed.

Whoever calls `store_media` has had them checked and written anew by `question_files`; nothing else may come in here.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Media
from app.pusat.services.question_files import Media as CheckedMedia


def store_media(session: Session, clock: Clock, files: Iterable[CheckedMedia]) -> int:
    """Store what is not there yet; gives how many were new."""
    wanted = {one.name: one for one in files}
    known = set(session.scalars(select(Media.name).where(Media.name.in_(wanted)))) if wanted else set()
    for name, one in wanted.items():
        if name not in known:
            session.add(Media(name=name, mime=one.mime, data=one.data, size=len(one.data), created_at=clock.now()))
    session.flush()
    return len(wanted) - len(known)


def read_media(session: Session, name: str) -> Media:
    """A picture or recording with its bytes; Refusal P-401 if there is none of this name."""
    media = session.get(Media, name, options=[undefer(Media.data)])
    if media is None:
        raise Refusal(
            "P-401",
            N_("Gambar atau rekaman ini tidak ada di bank soal."),
            N_("Impor ulang berkas soalnya, atau sisipkan gambarnya di halaman ubah soal."),
            status=404,
        )
    return media


def known_media(session: Session, names: Iterable[str]) -> set[str]:
    """Those of `names` that are stored."""
    wanted = list(names)
    return set(session.scalars(select(Media.name).where(Media.name.in_(wanted)))) if wanted else set()
