"""`/gladi`: what an exam PC opens for a rehearsal. The trial server lets it join; the real one leads there."""

from __future__ import annotations

import time

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from app.sekolah.services import rehearsal_guests, rehearsing
from app.web.access import machine, open_to_all
from app.web.current import settings

blueprint = Blueprint("gladi", __name__, url_prefix="/gladi")
_WHY = "exam PCs join before anybody has an account; only a trial server lets them"


@blueprint.get("/")
@open_to_all(_WHY)
def guest() -> str | Response:
    """The page of a PC that takes part."""
    here = settings()
    if rehearsal_guests.invited(here.data_dir):
        return render_template("sekolah/guest.html")
    said = rehearsing.progress(here.data_dir) if rehearsing.running(here.run_dir, here.data_dir) else {}
    if not said.get("guests_welcome"):
        raise rehearsal_guests.no_rehearsal()
    host = request.host.rpartition(":")[0] or request.host
    return redirect(f"http://{host}:{int(said['port'])}/gladi/")


@blueprint.post("/ikut")
@machine(_WHY)
def join() -> dict[str, object]:
    """One more PC."""
    return {"guest": rehearsal_guests.join(settings().data_dir, request.remote_addr or "")}


@blueprint.get("/rencana/<int:number>")
@machine(_WHY)
def plan(number: int) -> dict[str, object]:
    """What this PC is to do, once it is known."""
    return {"plan": rehearsal_guests.plan_for(settings().data_dir, number, time.time())}


@blueprint.post("/hasil/<int:number>")
@machine(_WHY)
def results(number: int) -> dict[str, object]:
    """What it measured."""
    rehearsal_guests.keep_result(settings().data_dir, number, request.get_json(silent=True))
    return {}
