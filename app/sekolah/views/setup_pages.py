"""Setting up a box in the browser, once: code from the console, one form, a look at it all, then it happens.

Nothing is kept between the pages but the mark that the code was right: the form carries itself along, and the page
that shows how far it is can be followed to the box's new address with a signed mark. Once the box is set up, every
page here is gone for good.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import CheckSetupCode, SetUp
from app.sekolah.services import box_deeds, box_forms
from app.sekolah.services.box_deeds import Deed, DeedState
from app.sekolah.services.box_forms import Reading
from app.sekolah.services.box_look import BoxLook
from app.sekolah.views.box_words import card_line, followed_to, language_choices, zone_choices
from app.sekolah.views.live import live
from app.services import audit, box
from app.services.login_delays import LoginDelays
from app.web.access import open_to_all
from app.web.current import clock, settings
from app.web.headers import CONTENT_RULES
from app.web.jobs import jobs
from app.web.transactions import current_session, reads_only

LOOK = "guyub_box_look"
DELAYS = "guyub_setup_delays"
_CODE_WAS_RIGHT = "setup_code"
_FOLLOWED_FOR_S = 3600
_WHY = "nobody has an account on a box that is not set up; the code on its console is asked for first"

blueprint = Blueprint("setup", __name__, url_prefix="/pemasangan")


def install(app: Flask) -> None:
    """Give the application its glance at the box and its count of wrong codes."""
    app.extensions[LOOK] = BoxLook()
    app.extensions[DELAYS] = LoginDelays()


@blueprint.get("/")
@open_to_all(_WHY)
def start() -> Response | str:
    """The question for the code on the console."""
    if not box.waits_for_set_up():
        return _gone()
    if session.get(_CODE_WAS_RIGHT):
        return redirect(url_for("setup.form"))
    return render_template("setup/code.html", refused="")


@blueprint.post("/")
@open_to_all(_WHY)
@reads_only
def check_code() -> Response | tuple[str, int]:
    """Ask the box whether it is the code; wrong ones make the next guess wait."""
    if not box.waits_for_set_up():
        return _gone()
    delays: LoginDelays = current_app.extensions[DELAYS]
    wait = delays.wait_s("setup", "", clock().now())  # for all addresses together: the code has six digits
    if wait:
        refused = _("Terlalu banyak percobaan. Tunggu %(seconds)s detik, lalu coba lagi.", seconds=wait)
        return render_template("setup/code.html", refused=refused), 429
    code = "".join(request.form.get("code", "").split())[:32]
    if not box.ask(CheckSetupCode(code=code)).get("right"):
        delays.note_wrong("setup", "", clock().now())
        refused = _("Kode ini tidak cocok. Baca enam angka pada layar server, lalu ketik lagi.")
        return render_template("setup/code.html", refused=refused), 401
    delays.note_right("setup", "")
    session[_CODE_WAS_RIGHT] = True
    return redirect(url_for("setup.form"))


@blueprint.get("/isi")
@open_to_all(_WHY)
def form() -> Response | str:
    """The form, with what is usual filled in."""
    return _not_now() or _form(Reading(_usual()))


@blueprint.post("/isi")
@open_to_all(_WHY)
@reads_only
def check() -> Response | str | tuple[str, int]:
    """Everything that was typed on one page, to look at before it happens; or the form again with its errors."""
    away = _not_now()
    if away:
        return away
    reading = box_forms.read_setup(request.form)
    if request.form.get("step") == "change":
        return _form(Reading(reading.values))
    if reading.errors:
        return _form(reading), 422
    return render_template(
        "setup/check.html", typed=_as_fields(reading), zones=dict(zone_choices()), cards=_card_choices()
    )


@blueprint.post("/pasang")
@open_to_all(_WHY)
def apply() -> Response | tuple[str, int]:
    """Have it done; the page that comes shows how far it is."""
    away = _not_now()
    if away:
        return away
    reading = box_forms.read_setup(request.form)
    if reading.errors:
        return _form(reading), 422
    action = box_forms.as_action(reading)
    detail = {"mode": action.mode, "address": action.network["lan_address"], "account": action.account}
    audit.record(current_session(), clock(), audit.SYSTEM, AuditEvent.BOX_SET_UP, action.school_name, detail)
    current_session().commit()
    deed = box_deeds.begin(settings().run_dir, jobs().start, action, audit.SYSTEM, clock().now())
    new = followed_to(action.network["lan_address"])
    mark = _marks().dumps({"at": deed.at, "new": new, "mode": action.mode, "account": action.account})
    return redirect(url_for("setup.progress", tanda=mark))


@blueprint.get("/kemajuan")
@open_to_all("who holds the mark that was given when setting up began, for an hour")
def progress() -> Response:
    """How far it is, and at the end where to go on; also at the new address."""
    told = _told()
    if told is None:
        return _gone()
    response = make_response(render_template("setup/progress.html", **told))
    if told["new"]:
        rules = CONTENT_RULES | {"connect-src": f"'self' {told['new']}"}  # to see when the new address answers
        response.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in rules.items())
    return response


@blueprint.get("/kemajuan/langsung")
@open_to_all("the same, for the page that watches")
def progress_live() -> Response:
    """What changes of it."""
    told = _told()
    return _gone() if told is None else live(render_template("setup/_progress.html", **told))


def look() -> BoxLook:
    """The glance of this process."""
    found: BoxLook = current_app.extensions[LOOK]
    return found


def _gone() -> Response:
    return redirect(url_for("staff.sign_in"))


def _not_now() -> Response | None:
    if not box.waits_for_set_up():
        return _gone()
    if not session.get(_CODE_WAS_RIGHT):
        return redirect(url_for("setup.start"))
    return redirect(url_for("setup.start")) if box_deeds.running(settings().run_dir) else None


def _told() -> dict[str, Any] | None:
    """What the page shows, if the mark in its address is that of the setting up noted here."""
    try:
        mark = _marks().loads(request.args.get("tanda", ""), max_age=_FOLLOWED_FOR_S)
    except BadData:
        return None
    noted = (box_deeds.last(settings().run_dir), box_deeds.last(settings().run_dir, SetUp.name))
    deed = next((one for one in noted if one is not None and one.at == mark["at"]), None)
    if deed is None:
        return None
    if deed.state is DeedState.LOST:  # our own process was restarted by it: the box itself knows how it went
        look().forget()
        deed = _as_the_box_says(deed)
    here = request.host_url.rstrip("/")
    new = mark["new"] if mark["new"] != here else ""
    return {
        "deed": deed,
        "new": new,
        "mark": request.args["tanda"],
        "chosen": mark,
        "refusal": deed.answer.get("refusal"),
    }


def _as_the_box_says(deed: Deed) -> Deed:
    state = DeedState.RUNNING if box.waits_for_set_up() else DeedState.DONE
    return Deed(deed.name, deed.actor, deed.at, state, deed.text, deed.done, deed.of)


def _marks() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="box-set-up")


def _form(reading: Reading) -> str:
    return render_template(
        "setup/form.html",
        typed=_as_fields(reading),
        errors=reading.errors,
        cards=_card_choices(),
        languages_of_box=language_choices(),
        zones=zone_choices(),
    )


def _as_fields(reading: Reading) -> dict[str, Any]:
    """The values under the names of the form's fields."""
    values: dict[str, Any] = {name: value for name, value in reading.values.items() if name != "network"}
    network: dict[str, Any] = reading.values["network"]
    return values | network | {"dns": " ".join(network["dns"]), "again": values.get("password", "")}


def _usual() -> dict[str, Any]:
    return {
        "language": "id",
        "time_zone": "Asia/Jakarta",
        "mode": "sekolah",
        "network": {"lan_card": "", "lan_address": "192.168.0.200/24", "internet": "dhcp", "dns": []},
    }


def _card_choices() -> list[tuple[str, str]]:
    return [(card["mac"], card_line(card)) for card in look().glance().get("cards", [])]
