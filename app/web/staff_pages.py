"""Sign-in, sign-out, own password, and the list of accounts: the pages every staff member of either role meets."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.domain.permissions import ROLES_AT, Permission
from app.domain.refusals import Refusal
from app.models import Staff
from app.services import staff_accounts
from app.services.login_delays import LoginDelays
from app.web.access import SignedIn, needs, open_to_all
from app.web.current import clock, given, settings
from app.web.pages import open_items
from app.web.transactions import current_session, reads_only, writing

blueprint = Blueprint("staff", __name__, url_prefix="/staf")


def init_staff_pages(app: Flask) -> None:
    """Register the pages."""
    app.extensions["guyub_login_delays"] = LoginDelays()
    app.register_blueprint(blueprint)


@blueprint.get("/")
@needs(Permission.SIGN_IN)
def home() -> Response | str:
    """The first page this person may open."""
    items = open_items()
    if items:
        return redirect(url_for(items[0].endpoint))
    return render_template("staff/home.html")


@blueprint.get("/masuk")
@open_to_all("the door itself")
def sign_in() -> Response | str:
    """The sign-in form."""
    if current_user.is_authenticated:
        return redirect(url_for("staff.home"))
    return render_template("staff/sign_in.html", username="", refused="")


@blueprint.post("/masuk")
@open_to_all("the door itself")
@reads_only
def check_sign_in() -> tuple[str, int] | Response:
    """Check name and password; the slow hash is computed while no transaction is open."""
    username = staff_accounts.tidy_username(request.form.get("username", ""))[:64]
    password = request.form.get("password", "")
    delays: LoginDelays = current_app.extensions["guyub_login_delays"]
    address = request.remote_addr or ""
    wait = delays.wait_s(username, address, clock().now())
    if wait:
        refused = _("Terlalu banyak percobaan untuk akun ini. Tunggu %(seconds)s detik, lalu coba lagi.", seconds=wait)
        return render_template("staff/sign_in.html", username=username, refused=refused), 429
    staff = staff_accounts.find_staff(current_session(), username)
    known_hash, staff_id = (staff.password_hash, staff.id) if staff else (None, 0)
    current_session().rollback()
    if not staff_accounts.password_fits(known_hash, password):
        delays.note_wrong(username, address, clock().now())
        if staff_id:  # only names of accounts: under others may stand a password typed in the wrong field
            with writing():
                staff_accounts.note_refusal(current_session(), clock(), username)
        refused = _("Nama akun atau kata sandi tidak cocok. Periksa lalu coba lagi.")
        return render_template("staff/sign_in.html", username=username, refused=refused), 401
    delays.note_right(username, address)
    return _let_in(staff_id)


def _let_in(staff_id: int) -> Response:
    with writing():
        staff = current_session().get_one(Staff, staff_id)
        staff_accounts.note_sign_in(current_session(), clock(), staff)
        session.clear()
        session.permanent = True
        login_user(SignedIn(staff))
    return redirect(_safe_target(request.args.get("next", "")))


@blueprint.post("/keluar")
@needs(Permission.SIGN_IN)
def sign_out() -> Response:
    """End this login."""
    staff_accounts.note_sign_out(current_session(), clock(), current_user.username)
    logout_user()
    session.clear()
    return redirect(url_for("staff.sign_in"))


@blueprint.route("/kata-sandi", methods=["GET", "POST"])
@needs(Permission.SIGN_IN)
def own_password() -> Response | str | tuple[str, int]:
    """Change one's own password; other open logins of the account end."""
    if request.method == "GET":
        return render_template("staff/own_password.html", refused="")
    staff = current_session().get_one(Staff, current_user.id)
    if not staff_accounts.password_fits(staff.password_hash, request.form.get("current", "")):
        return render_template("staff/own_password.html", refused=_("Kata sandi yang sekarang tidak cocok.")), 400
    if request.form.get("new", "") != request.form.get("again", ""):
        return render_template("staff/own_password.html", refused=_("Kedua kata sandi baru tidak sama.")), 400
    staff_accounts.change_password(
        current_session(), clock(), staff, request.form.get("new", ""), current_user.username
    )
    login_user(SignedIn(staff))
    flash(_("Kata sandi sudah diganti."), "success")
    return redirect(url_for("staff.home"))


@blueprint.get("/akun")
@needs(Permission.MANAGE_STAFF)
def accounts() -> str:
    """All accounts of this server."""
    return render_template(
        "staff/accounts.html", accounts=staff_accounts.list_staff(current_session()), roles=ROLES_AT[settings().role]
    )


@blueprint.post("/akun")
@needs(Permission.MANAGE_STAFF)
def add_account() -> str:
    """Add an account with a made password, shown this once."""
    password = staff_accounts.easy_password(given().random)
    staff = staff_accounts.add_staff(
        current_session(),
        clock(),
        username=request.form.get("username", ""),
        name=request.form.get("name", ""),
        role=request.form.get("role", ""),
        password=password,
        place=settings().role,
        actor=current_user.username,
    )
    return render_template("staff/new_password.html", staff=staff, password=password)


@blueprint.post("/akun/<int:staff_id>/kata-sandi")
@needs(Permission.MANAGE_STAFF)
def renew_password(staff_id: int) -> str:
    """A made password for someone who forgot theirs, shown this once."""
    staff = _account(staff_id)
    password = staff_accounts.easy_password(given().random)
    staff_accounts.change_password(current_session(), clock(), staff, password, current_user.username)
    return render_template("staff/new_password.html", staff=staff, password=password)


@blueprint.post("/akun/<int:staff_id>/tutup")
@needs(Permission.MANAGE_STAFF)
def close_account(staff_id: int) -> Response:
    """Close an account; nobody can close their own and so lock everyone out."""
    staff = _account(staff_id)
    if staff.id == current_user.id:
        raise Refusal("W-115", "Akun sendiri tidak dapat ditutup.", "Minta pengelola lain menutupnya.", status=409)
    staff_accounts.deactivate_staff(current_session(), clock(), staff, current_user.username)
    flash(_("Akun %(username)s sudah ditutup.", username=staff.username), "success")
    return redirect(url_for("staff.accounts"))


def _account(staff_id: int) -> Staff:
    staff = current_session().get(Staff, staff_id)
    if staff is None:
        raise Refusal("W-116", "Akun ini tidak ada.", "Muat ulang daftar akun.", status=404)
    return staff


def _safe_target(target: str) -> str:
    """Only a path of this site."""
    parts = urlsplit(target)
    if target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme:
        return target
    return url_for("staff.home")
