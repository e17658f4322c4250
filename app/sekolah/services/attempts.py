"""What a proctor does to attempts: approve a reset, finish for a student, end a sitting, give time back.

Plain functions on the database session of the page. The exam process' writer reads every attempt anew for each save,
so what is done here counts for the next save, whichever process does it. Every deed leaves a line in the audit log.
None of them ever deletes or changes an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.domain.attempt_states import AttemptState, ClosedBy, may_reopen, require_step
from app.domain.audit_events import AuditEvent
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Attempt, Credit, HeldSitting, HeldState, Outage, RequestState, ResetRequest, StateEntry
from app.models.marks import NextMark
from app.sekolah.services.exam_time import CLOCK_NAME, SETTLEMENT_NAME, clock_state
from app.services import audit

LONGEST_CREDIT_MS = 4 * 3_600_000
SHORTEST_REASON = 5  # characters


def close_sitting(session: Session, clock: Clock, sitting_id: str, actor: str, *, now_ms: int) -> int:
    """Close every attempt of a sitting that was admitted or works. Returns how many were closed.

    The sitting's own state is the caller's business. An attempt whose time had run out counts as closed by the clock.
    """
    open_states = (AttemptState.ADMITTED, AttemptState.WORKING)
    query = select(Attempt).where(Attempt.sitting_id == sitting_id, Attempt.state.in_(open_states))
    query = query.order_by(Attempt.id).with_for_update().execution_options(populate_existing=True)
    found = list(session.scalars(query))
    for attempt in found:
        _close(attempt, now_ms)
    session.execute(
        update(ResetRequest)
        .where(
            ResetRequest.state == RequestState.WAITING,
            ResetRequest.attempt_id.in_(select(Attempt.id).where(Attempt.sitting_id == sitting_id)),
        )
        .values(state=RequestState.REFUSED, answered_at=clock.now(), answered_by=actor)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    audit.record(session, clock, actor, AuditEvent.SITTING_ENDED, sitting_id, {"closed": len(found)})
    return len(found)


def finish_for_student(session: Session, clock: Clock, attempt_id: int, actor: str, *, now_ms: int) -> Attempt:
    """Close one attempt (a student who forgot to, or left). Refuses (S-132, S-133) what is closed or never began."""
    attempt = _locked(session, attempt_id)
    require_step(attempt.state, AttemptState.FINISHED)
    _close(attempt, now_ms)
    session.flush()
    audit.record(session, clock, actor, AuditEvent.ATTEMPT_FINISHED, attempt.number, {"sitting": attempt.sitting_id})
    return attempt


def reset_seat(
    session: Session, clock: Clock, attempt_id: int, actor: str, *, now_ms: int, request_id: int | None = None
) -> Attempt:
    """*Reset Peserta*: the old PC's seat ends now, the student may claim another with the current token.

    Approves every waiting request of the student. What the old PC still holds is kept aside and merged later. A student
    who holds no seat is left as he is. Refuses (S-132) a finished attempt, (S-134) an unknown request.
    """
    attempt = _locked(session, attempt_id)
    if attempt.state is AttemptState.FINISHED:
        require_step(attempt.state, AttemptState.WORKING)
    if request_id is not None:
        _own_request(session, attempt, request_id)
    held = attempt.seat_held
    if held:
        attempt.seat_held = False
        attempt.epoch_ended_ms = now_ms
    answered = _answer_requests(session, clock, attempt, actor, RequestState.APPROVED)
    session.flush()
    if held or answered:  # else another proctor was quicker, and the log has it already
        detail = {"sitting": attempt.sitting_id, "epoch": attempt.epoch, "held": held}
        audit.record(session, clock, actor, AuditEvent.SEAT_RESET, attempt.number, detail)
    return attempt


def refuse_reset(session: Session, clock: Clock, request_id: int, actor: str) -> ResetRequest:
    """The student stays where he is. Refuses (S-134) a request that is unknown."""
    request = session.get(ResetRequest, request_id)
    if request is None:
        raise _unknown_request()
    attempt = _locked(session, request.attempt_id)
    session.refresh(request)
    if request.state is RequestState.WAITING:
        request.state, request.answered_at, request.answered_by = RequestState.REFUSED, clock.now(), actor
        attempt.changed = NextMark()  # the board shows whether a request waits
        session.flush()
        detail = {"sitting": attempt.sitting_id}
        audit.record(session, clock, actor, AuditEvent.RESET_REQUEST_REFUSED, attempt.number, detail)
    return request


def give_credit(
    session: Session,
    clock: Clock,
    sitting_id: str,
    actor: str,
    *,
    now_ms: int,
    amount_ms: int,
    reason: str,
    attempt_id: int | None = None,
    outage_id: int | None = None,
) -> int:
    """Give time back to one student, or to everyone of the sitting who has begun. Returns to how many.

    An attempt that only the clock closed works on if its new deadline lies ahead; who finished stays finished. Refuses
    an amount outside 1 ms to 4 h (S-135), a missing reason (S-136), an outage credited to all already (S-137).
    """
    _check_credit(amount_ms, reason)
    outage = _outage_to_credit(session, sitting_id, attempt_id, outage_id)
    begun = _begun(session, sitting_id, attempt_id, outage)
    over = {attempt.id for attempt in begun if attempt.state is AttemptState.FINISHED}
    reached = [attempt for attempt in begun if _extend(attempt, amount_ms, now_ms)]
    if not reached:
        raise Refusal(
            "S-138",
            N_("Tidak ada peserta yang sedang mengerjakan tes ini."),
            N_("Tambahan waktu hanya untuk peserta yang sudah mulai dan belum selesai."),
            status=409,
        )
    session.add(
        Credit(
            sitting_id=sitting_id,
            attempt_id=attempt_id,
            outage_id=outage_id,
            amount_ms=amount_ms,
            reason=reason.strip(),
            given_at=clock.now(),
            given_by=actor,
        )
    )
    if outage is not None and attempt_id is None:
        outage.credited = True
    session.flush()
    subject = reached[0].number if attempt_id is not None else sitting_id
    detail: dict[str, Any] = {"amount_ms": amount_ms, "reason": reason.strip(), "students": len(reached)}
    audit.record(session, clock, actor, AuditEvent.CREDIT_GIVEN, subject, detail | {"sitting": sitting_id})
    for attempt in reached:
        if attempt.id in over:
            audit.record(session, clock, actor, AuditEvent.ATTEMPT_REOPENED, attempt.number, {"sitting": sitting_id})
    return len(reached)


def settle_clock(session: Session, clock: Clock, lost_ms: int, actor: str, reason: str) -> None:
    """The proctor's word on a reboot whose length the machine cannot know; the exam process takes it within 2 s.

    Refuses (S-139) when nothing waits for a decision, (S-135) a negative time, (S-136) a missing reason.
    """
    if lost_ms != 0:
        _check_credit(lost_ms, reason)
    session.get(StateEntry, CLOCK_NAME, with_for_update=True)  # two proctors decide one after the other
    state = clock_state(session)
    if state is None or state.uncertain_ms is None or session.get(StateEntry, SETTLEMENT_NAME) is not None:
        raise Refusal(
            "S-139",
            N_("Tidak ada gangguan yang menunggu keputusan."),
            N_("Muat ulang halaman untuk melihat keadaan terbaru."),
            status=409,
        )
    session.merge(StateEntry(name=SETTLEMENT_NAME, value={"lost_ms": lost_ms}, changed_at=clock.now()))
    session.flush()
    audit.record(session, clock, actor, AuditEvent.CLOCK_SETTLED, "", {"lost_ms": lost_ms, "reason": reason.strip()})


def _locked(session: Session, attempt_id: int) -> Attempt:
    query = select(Attempt).where(Attempt.id == attempt_id).with_for_update()
    attempt = session.scalar(query.execution_options(populate_existing=True))
    if attempt is None:
        raise Refusal(
            "S-130",
            N_("Peserta ini tidak ada di server ini."),
            N_("Muat ulang daftar peserta, lalu pilih sekali lagi."),
            status=404,
        )
    return attempt


def _close(attempt: Attempt, now_ms: int) -> None:
    over = attempt.deadline_ms is not None and now_ms > attempt.deadline_ms
    attempt.state = AttemptState.FINISHED
    attempt.closed_by = ClosedBy.CLOCK if over else ClosedBy.PROCTOR
    attempt.finished_ms = attempt.deadline_ms if over else now_ms


def _begun(session: Session, sitting_id: str, attempt_id: int | None, outage: Outage | None) -> Sequence[Attempt]:
    """Whom a credit may reach, locked; nobody gets one outage twice, nor one that was over before he began."""
    query = select(Attempt).where(Attempt.sitting_id == sitting_id, Attempt.started_ms.is_not(None))
    if attempt_id is not None:
        query = query.where(Attempt.id == attempt_id)
    if outage is not None:
        alone = select(Credit.attempt_id).where(Credit.outage_id == outage.id, Credit.attempt_id.is_not(None))
        query = query.where(Attempt.started_ms < outage.ended_ms, Attempt.id.not_in(alone))
    query = query.order_by(Attempt.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _extend(attempt: Attempt, amount_ms: int, now_ms: int) -> bool:
    """Move the deadline; False for an attempt that is finished and stays so."""
    if attempt.deadline_ms is None:
        return False
    later_ms = attempt.deadline_ms + amount_ms
    if attempt.state is AttemptState.FINISHED:
        if not may_reopen(attempt.closed_by, now_ms, later_ms):
            return False
        attempt.state, attempt.closed_by, attempt.finished_ms = AttemptState.WORKING, None, None
    attempt.deadline_ms = later_ms
    attempt.credit_ms += amount_ms
    return True


def _check_credit(amount_ms: int, reason: str) -> None:
    if not 0 < amount_ms <= LONGEST_CREDIT_MS:
        raise Refusal(
            "S-135",
            N_("Lama tambahan waktu tidak sah."),
            N_("Tulis paling sedikit 1 menit dan paling banyak 240 menit."),
            status=422,
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refusal(
            "S-136",
            N_("Alasan belum ditulis."),
            N_("Tulis alasannya dengan singkat, misalnya listrik padam pukul 08.10 sampai 08.20."),
            status=422,
        )


def _outage_to_credit(
    session: Session, sitting_id: str, attempt_id: int | None, outage_id: int | None
) -> Outage | None:
    sitting = session.get(HeldSitting, sitting_id, with_for_update=True, populate_existing=True)
    if sitting is None or sitting.state is not HeldState.ACTIVE:
        raise Refusal(
            "S-237",
            N_("Tes ini tidak sedang berlangsung."),
            N_("Buka Status Tes untuk melihat keadaan setiap sesi."),
            status=409,
        )
    if outage_id is None:
        return None
    outage = session.get(Outage, outage_id)
    given = select(Credit.id).where(Credit.outage_id == outage_id, Credit.sitting_id == sitting_id)
    to_all_or_him = or_(Credit.attempt_id.is_(None), Credit.attempt_id == attempt_id)
    before = given.where(Credit.attempt_id.is_(None) if attempt_id is None else to_all_or_him)
    if outage is None or session.scalar(before.limit(1)) is not None:
        raise Refusal(
            "S-137",
            N_("Gangguan ini sudah diganti waktunya."),
            N_("Muat ulang halaman. Untuk menambah lagi, isi lama dan alasan sendiri."),
            status=409,
        )
    return outage


def _own_request(session: Session, attempt: Attempt, request_id: int) -> None:
    request = session.get(ResetRequest, request_id)
    if request is None or request.attempt_id != attempt.id:
        raise _unknown_request()


def _answer_requests(session: Session, clock: Clock, attempt: Attempt, actor: str, state: RequestState) -> bool:
    """Answer every waiting request of the attempt; whether there was any."""
    waiting = ResetRequest.state == RequestState.WAITING
    found = session.scalars(select(ResetRequest).where(ResetRequest.attempt_id == attempt.id, waiting)).all()
    for request in found:
        request.state, request.answered_at, request.answered_by = state, clock.now(), actor
        attempt.changed = NextMark()
    return bool(found)


def _unknown_request() -> Refusal:
    return Refusal(
        "S-134",
        N_("Permintaan reset ini tidak ada."),
        N_("Muat ulang halaman untuk melihat permintaan terbaru."),
        status=404,
    )
