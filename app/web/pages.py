"""What every page draws from: navigation by permission, the component page `/gaya`, and the names templates may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission, Role
from app.services import box
from app.web.access import needs, open_to_all
from app.web.current import clock, settings

CENTRE_PORTS = {"http": 8100, "https": 8143}  # of a centre that runs on a school's box

blueprint = Blueprint("web", __name__)


@dataclass(frozen=True, slots=True)
class NavItem:
    """A line of the navigation; `label` is Indonesian source text, translated where it is drawn."""

    label: str
    endpoint: str
    permission: Permission
    group: str = ""
    shown: Callable[[], bool] | None = None  # where the page exists only on some machines


def init_pages(app: Flask) -> None:
    """Register the shared pages and template names."""
    app.extensions["guyub_navigation"] = []
    app.register_blueprint(blueprint)
    app.context_processor(_template_names)


def add_navigation(app: Flask, *items: NavItem) -> None:
    """Add lines to the staff navigation, in this order."""
    app.extensions["guyub_navigation"].extend(items)


def add_front_door(app: Flask) -> None:
    """`/` leads staff to their pages where the role has no front page of its own."""
    if not any(rule.rule == "/" for rule in app.url_map.iter_rules()):
        app.add_url_rule("/", "front_door", _front_door)


def open_items() -> list[NavItem]:
    """The lines that the signed-in person may open."""
    items: list[NavItem] = current_app.extensions["guyub_navigation"]
    if not current_user.is_authenticated:
        return []
    return [item for item in items if current_user.may(item.permission) and (item.shown is None or item.shown())]


@open_to_all("leads to the sign-in")
def _front_door() -> Response:
    return redirect(url_for("staff.home"))


@blueprint.get("/gaya")
@needs(Permission.SIGN_IN)
def style_page() -> str:
    """Every component of the visual language on one page."""
    return render_template("web/gaya.html", now=clock().now())


def role_words(role: str) -> str:
    """A staff role as people call it."""
    words = {
        Role.AUTHOR: gettext("Penulis soal"),
        Role.OPERATOR: gettext("Petugas pusat"),
        Role.ADMINISTRATOR: gettext("Pengelola"),
        Role.PROKTOR: gettext("Proktor"),
        Role.TEKNISI: gettext("Teknisi"),
    }
    return str(words.get(Role(role), role))


def other_side() -> str:
    """On a box in mode mandiri the address of the other role on the same machine, else nothing."""
    if not (box.run_folder() / "pusat.toml").exists():
        return ""
    host = urlsplit(request.host_url).hostname or ""
    named = f"[{host}]" if ":" in host else host
    port = f":{CENTRE_PORTS[request.scheme]}" if settings().role == "sekolah" else ""
    return f"{request.scheme}://{named}{port}/staf/"


def _template_names() -> dict[str, object]:
    return {
        "role": settings().role,
        "Permission": Permission,
        "navigation": open_items,
        "role_words": role_words,
        "other_side": other_side,
        "translated": gettext,  # for labels that come as data
    }
