"""What every page draws from: navigation by permission, the component page `/gaya`, and the names templates may use."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, current_app, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.permissions import Permission, Role
from app.web.access import needs, open_to_all
from app.web.current import clock, settings

blueprint = Blueprint("web", __name__)


@dataclass(frozen=True, slots=True)
class NavItem:
    """A line of the navigation; `label` is Indonesian source text, translated where it is drawn."""

    label: str
    endpoint: str
    permission: Permission
    group: str = ""


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
    return [item for item in items if current_user.is_authenticated and current_user.may(item.permission)]


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


def _template_names() -> dict[str, object]:
    return {
        "role": settings().role,
        "Permission": Permission,
        "navigation": open_items,
        "role_words": role_words,
        "translated": gettext,  # for labels that come as data
    }
