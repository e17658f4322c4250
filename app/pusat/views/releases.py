"""Pages of release: what is planned and done, release by hand, and the offline code that two officers issue."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Sitting, SittingState, Staff
from app.pusat.jobs import place
from app.pusat.services import publishing_checks, release_codes, release_lists, releasing, sealed_versions, sittings
from app.pusat.views.forms import Told, box, tell
from app.services import staff_accounts
from app.services.login_delays import LoginDelays
from app.web.access import needs
from app.web.current import clock
from app.web.transactions import current_session, reads_only, writing

blueprint = Blueprint("releases", __name__, url_prefix="/rilis")


@blueprint.get("/")
@needs(Permission.RELEASE)
def overview() -> str:
    """What waits for its release, and what was released."""
    session = current_session()
    waiting = release_lists.waiting(session)
    return render_template(
        "pusat/releases/overview.html",
        changed=release_lists.changed_after_publishing(session, clock().now()),
        waiting=waiting,
        outdated=sealed_versions.outdated(session, waiting),
        released=release_lists.released(session),
        now=clock().now(),
    )


@blueprint.route("/<sitting_id>", methods=["GET", "POST"])
@needs(Permission.RELEASE)
@reads_only
def confirm(sitting_id: str) -> Response | str | tuple[str, int]:
    """Release a sitting by hand, after one question."""
    refused = None
    if request.method == "POST":
        current_session().rollback()
        try:
            releasing.release_sitting(place(), sitting_id, current_user.username)
        except Refusal as refusal:
            refused = tell(refusal)
        else:
            flash(_("Paket sudah dirilis. Server sekolah mengambilnya sendiri dalam waktu singkat."), "success")
            return redirect(url_for("releases.overview"))
    session = current_session()
    sitting = sittings.find_sitting(session, sitting_id)
    page = render_template(
        "pusat/releases/confirm.html",
        sitting=sitting,
        refused=refused,
        early=sitting.release_at is not None and clock().now() < sitting.release_at,
        out=sitting.state in (SittingState.RELEASED, SittingState.CLOSED),
        again=publishing_checks.needs_sealing_again(session, sitting),
        changes=sealed_versions.differences(session, sitting),
    )
    return page, refused.status if refused else 200


@blueprint.route("/<sitting_id>/kode", methods=["GET", "POST"])
@needs(Permission.ISSUE_RELEASE_CODE)
@reads_only
def code(sitting_id: str) -> str | tuple[str, int]:
    """Ask for caller, reason and the second officer; then show the code this once."""
    if request.method == "GET":
        return _code_form(sitting_id, None)
    try:
        second = _second_officer()
        with writing():
            session = current_session()
            sitting = sittings.find_sitting(session, sitting_id)
            form = request.form
            issued = release_codes.issue_code(
                session,
                clock(),
                box(),
                sitting,
                current_user.username,
                second,
                form.get("caller", ""),
                form.get("reason", ""),
            )
            session.commit()
    except Refusal as refusal:
        return _code_form(sitting_id, tell(refusal))
    sitting = sittings.find_sitting(current_session(), sitting_id)
    return render_template(
        "pusat/releases/code.html",
        sitting=sitting,
        groups=release_codes.spoken(issued),
        code=issued,
        second=second,
        caller=request.form.get("caller", ""),
        now=clock().now(),
    )


@blueprint.get("/kode")
@needs(Permission.ISSUE_RELEASE_CODE)
def issues() -> str:
    """Every offline code that was issued."""
    return render_template("pusat/releases/issues.html", issues=release_codes.list_issues(current_session()))


def _second_officer() -> str:
    """The second officer's username, after their password was checked while no transaction was open."""
    username = staff_accounts.tidy_username(request.form.get("second", ""))[:64]
    delays: LoginDelays = current_app.extensions["guyub_login_delays"]
    address, now = request.remote_addr or "", clock().now()
    wait = delays.wait_s(username, address, now)
    if wait:
        raise Refusal(
            "P-735",
            N_("Terlalu banyak percobaan untuk akun petugas kedua."),
            N_("Tunggu %(seconds)s detik, lalu coba lagi."),
            status=429,
            values={"seconds": wait},
        )
    first_id = current_user.id
    staff = staff_accounts.find_staff(current_session(), username)
    known: Staff | None = staff
    known_hash = staff.password_hash if staff else None
    if known is not None:
        current_session().expunge(known)
    current_session().rollback()
    if not staff_accounts.password_fits(known_hash, request.form.get("second_password", "")):
        delays.note_wrong(username, address, now)
        known = None
    else:
        delays.note_right(username, address)
    return release_codes.check_second(first_id, known).username


def _code_form(sitting_id: str, refused: Told | None) -> tuple[str, int]:
    session = current_session()
    sitting: Sitting = sittings.find_sitting(session, sitting_id)
    page = render_template(
        "pusat/releases/code_form.html",
        sitting=sitting,
        issues=release_codes.list_issues(session, sitting_id),
        typed=request.form,
        refused=refused,
        early=sitting.release_at is not None and clock().now() < sitting.release_at,
    )
    return page, refused.status if refused else 200
