"""The state of every server of the country on one page: who is in touch, who holds what, who has finished.

All figures come from rows that other work keeps (last report, publications, releases, uploads); showing them asks a
fixed number of queries for a page of servers, however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.wording import N_
from app.models import Publication, Release, School, Server, Sitting, SittingState, Upload

PER_PAGE = 100
IN_TOUCH = timedelta(minutes=15)
SHOWN_AFTER_START = timedelta(days=2)
CLOCK_OFF_MS = 60_000
FREE_BYTES = 500_000_000


class Contact(StrEnum):
    """Whether a server is there."""

    NEW = "new"  # not activated
    NEVER = "never"  # activated, and nothing heard since
    IN_TOUCH = "in_touch"
    SILENT = "silent"


@dataclass(frozen=True)
class FleetFilter:
    """What the page shows; `text` looks into school, city, NPSN and ID Server."""

    text: str = ""
    province: str = ""
    contact: str = ""
    page: int = 1


@dataclass
class Work:
    """The sittings of these days on one server."""

    published: int = 0
    held: int = 0  # downloaded in the version on offer
    released: int = 0
    uploaded: int = 0
    waiting: int = 0
    working: int = 0
    finished: int = 0


@dataclass(frozen=True)
class Line:
    """A server in the list. `notices` are Indonesian source texts."""

    server: Server
    contact: Contact
    work: Work
    clock_ms: int | None
    program: str
    notices: list[str]


@dataclass(frozen=True)
class Fleet:
    """A page of servers, how many there are in all, and how many of each kind."""

    lines: list[Line]
    total: int
    page: int
    pages: int
    counts: dict[str, int]


@dataclass(frozen=True)
class History:
    """What is known of one server."""

    line: Line
    sittings: list[tuple[Sitting, Publication | None, Release | None]]
    uploads: list[tuple[Upload, str]]
    reported: dict[str, dict[str, Any]] = field(default_factory=dict)


def watch(session: Session, now: datetime, wanted: FleetFilter) -> Fleet:
    """A page of the fleet."""
    query = _filtered(select(Server).join(School), now, wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, wanted.page), pages)
    query = query.options(joinedload(Server.school)).order_by(School.province, School.name, Server.id)
    servers = session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).unique().all()
    work = _work(session, [server.id for server in servers], now)
    lines = [_line(server, work[server.id], now) for server in servers]
    return Fleet(lines, total, page, pages, count_all(session, now))


def count_all(session: Session, now: datetime) -> dict[str, int]:
    """How many servers there are of each contact state, and in all."""
    counts = {"all": session.scalar(select(func.count(Server.id))) or 0}
    for kind in Contact:
        counts[kind.value] = session.scalar(select(func.count(Server.id)).where(_is(kind, now))) or 0
    return counts


def read_history(session: Session, now: datetime, server: Server) -> History:
    """One server with its sittings and uploads, newest first."""
    work = _work(session, [server.id], now)
    sittings = session.execute(
        select(Sitting, Publication, Release)
        .join(Publication, and_(Publication.sitting_id == Sitting.id, Publication.version == Sitting.version))
        .outerjoin(Release, and_(Release.sitting_id == Sitting.id, Release.version == Sitting.version))
        .where(Publication.server_id == server.id)
        .order_by(Sitting.starts_at.desc())
        .limit(100)
    )
    uploads = session.execute(
        select(Upload, Sitting.title)
        .join(Sitting, Sitting.id == Upload.sitting_id)
        .where(Upload.server_id == server.id)
        .order_by(Upload.received_at.desc())
        .limit(100)
    )
    reported = {entry["sitting"]: entry for entry in _reported(server)}
    return History(
        _line(server, work[server.id], now),
        [(row[0], row[1], row[2]) for row in sittings],
        [(row[0], row[1]) for row in uploads],
        reported,
    )


def _filtered(query: Select[Server], now: datetime, wanted: FleetFilter) -> Select[Server]:
    if wanted.text.strip():
        like = f"%{wanted.text.strip()}%"
        query = query.where(
            or_(*(column.ilike(like) for column in (School.name, School.city, School.npsn, Server.id, Server.name)))
        )
    if wanted.province:
        query = query.where(School.province == wanted.province)
    if wanted.contact in set(Contact):
        query = query.where(_is(Contact(wanted.contact), now))
    return query


def _is(kind: Contact, now: datetime) -> Any:
    since = now - IN_TOUCH
    return {
        Contact.NEW: Server.activated_at.is_(None),
        Contact.NEVER: and_(Server.activated_at.is_not(None), Server.last_report.is_(None)),
        Contact.IN_TOUCH: and_(
            Server.activated_at.is_not(None), Server.last_report.is_not(None), Server.last_contact_at >= since
        ),
        Contact.SILENT: and_(
            Server.activated_at.is_not(None), Server.last_report.is_not(None), Server.last_contact_at < since
        ),
    }[kind]


def _contact(server: Server, now: datetime) -> Contact:
    if server.activated_at is None:
        return Contact.NEW
    if server.last_report is None or server.last_contact_at is None:
        return Contact.NEVER
    return Contact.IN_TOUCH if server.last_contact_at >= now - IN_TOUCH else Contact.SILENT


def _work(session: Session, server_ids: list[str], now: datetime) -> dict[str, Work]:
    """The sittings of these days per server: published, released, uploaded; the rest comes from the report."""
    found: dict[str, Work] = defaultdict(Work)
    uploaded = select(Upload.sitting_id).where(Upload.sitting_id == Sitting.id).exists()
    query = (
        select(Publication.server_id, Sitting.id, Sitting.version, Sitting.state, uploaded, Server.last_report)
        .join(Sitting, and_(Publication.sitting_id == Sitting.id, Publication.version == Sitting.version))
        .join(Server, Server.id == Publication.server_id)
        .where(
            Publication.server_id.in_(server_ids),
            Sitting.state != SittingState.DRAFT,
            Sitting.starts_at > now - SHOWN_AFTER_START,
        )
    )
    for server_id, sitting_id, version, state, sent, report in session.execute(query):
        work = found[server_id]
        work.published += 1
        work.released += state is not SittingState.PUBLISHED
        work.uploaded += bool(sent)
        for entry in (report or {}).get("sittings", ()):
            if entry["sitting"] == sitting_id:
                work.held += entry["version"] == version
                work.waiting += entry["waiting"]
                work.working += entry["working"]
                work.finished += entry["finished"]
    return found


def _line(server: Server, work: Work, now: datetime) -> Line:
    report = server.last_report or {}
    clock_ms = report.get("clock_offset_ms")
    contact = _contact(server, now)
    notices = []
    if clock_ms is not None and abs(clock_ms) > CLOCK_OFF_MS:
        notices.append(N_("Jamnya jauh dari jam pusat."))
    if report and report.get("free_bytes", FREE_BYTES) < FREE_BYTES:
        notices.append(N_("Disknya hampir penuh."))
    if work.published > work.held and report:
        notices.append(N_("Belum mengunduh semua paket."))
    return Line(server, contact, work, clock_ms, str(report.get("program", "")), notices)


def _reported(server: Server) -> list[dict[str, Any]]:
    report = server.last_report or {}
    return list(report.get("sittings", ()))
