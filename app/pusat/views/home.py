"""The centre's first page: what there is, what is next, and what comes up."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.domain.permissions import Permission
from app.pusat.services import overview
from app.web.access import needs
from app.web.current import clock, settings
from app.web.transactions import current_session

blueprint = Blueprint("home", __name__, url_prefix="/beranda")


@blueprint.get("/")
@needs(Permission.SIGN_IN)
def show() -> str:
    """Counts, next steps and the sittings of the days to come."""
    return render_template(
        "pusat/home/show.html",
        counts=overview.count_everything(current_session()),
        coming=overview.coming_sittings(current_session(), clock().now()),
        now=clock().now(),
        centre=getattr(settings(), "centre_name", ""),
    )
