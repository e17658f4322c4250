"""Pages of publishing: what waits, what a sitting still lacks, and runs with their bars."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain.permissions import Permission
from app.models import Sitting, SittingState
from app.pusat.jobs import place
from app.pusat.services import publishing_checks, publishing_runs, sealed_versions, sittings
from app.pusat.services.paper_files import Problem
from app.web.access import needs
from app.web.current import clock
from app.web.jobs import jobs
from app.web.transactions import current_session, reads_only

blueprint = Blueprint("publishing", __name__, url_prefix="/terbit")


@blueprint.get("/")
@needs(Permission.PUBLISH)
def overview() -> str:
    """Drafts and what changed since it was sealed, with what each lacks, and the newest runs."""
    session = current_session()
    waiting = [
        (sitting, [_words(problem) for problem in publishing_checks.sitting_problems(session, sitting)])
        for sitting in _to_publish(session)
    ]
    return render_template(
        "pusat/publishing/overview.html",
        waiting=waiting,
        ready=sum(not problems for _sitting, problems in waiting),
        runs=publishing_runs.newest_runs(session),
        now=clock().now(),
    )


@blueprint.post("/")
@needs(Permission.PUBLISH)
@reads_only
def start() -> Response:
    """Publish the chosen sittings in the background, and show how far it is."""
    here, actor = place(), current_user.username
    run_id = publishing_runs.begin_run(here, request.form.getlist("sitting"), actor)
    jobs().start("publish", lambda: publishing_runs.do_run(here, run_id))
    return redirect(url_for("publishing.run", run_id=run_id))


@blueprint.get("/proses/<run_id>")
@needs(Permission.PUBLISH)
def run(run_id: str) -> str:
    """How far a run is; asked for by the page itself it is only the changing part."""
    found = publishing_runs.read_run(current_session(), run_id)
    part = "HX-Request" in request.headers
    template = "pusat/publishing/_run.html" if part else "pusat/publishing/run.html"
    return render_template(
        template,
        run=found,
        refused=[{**item, **_told(item)} for item in found.refused],
        stopped=found.stopped(clock().now()),
        step=_step(found.step),
    )


@blueprint.get("/<sitting_id>")
@needs(Permission.PUBLISH)
def show(sitting_id: str) -> str:
    """One sitting before it is published: its facts and everything that keeps it back."""
    session = current_session()
    sitting = sittings.find_sitting(session, sitting_id)
    released = sitting.state not in (SittingState.DRAFT, SittingState.PUBLISHED)
    again = publishing_checks.needs_sealing_again(session, sitting)
    return render_template(
        "pusat/publishing/show.html",
        sitting=sitting,
        problems=[_words(problem) for problem in publishing_checks.sitting_problems(session, sitting)],
        questions=len(publishing_checks.paper_questions(session, sitting.paper_id)),
        participants=len(sitting.enrolments),
        changes=sealed_versions.differences(session, sitting),
        locked=released and not again,
        again=again,
    )


def _to_publish(session: Session) -> list[Sitting]:
    """Drafts, and what is published but no longer as it was sealed, the next one first."""
    found = [*publishing_runs.waiting_sittings(session), *sealed_versions.changed_since_sealing(session)]
    return sorted(found, key=lambda sitting: (sitting.starts_at, sitting.id))


def _words(problem: Problem) -> str:
    return str(_(problem.text, **problem.values))


def _step(step: str) -> str:
    return str(_(step)) if step else ""


def _told(item: dict[str, object]) -> dict[str, object]:
    values = item.get("values")
    known = values if isinstance(values, dict) else {}
    return {"cause": _(str(item["cause"]), **known), "remedy": _(str(item["remedy"]), **known)}
