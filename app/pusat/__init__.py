"""The centre: question bank, schools, participants, schedule, sealing, release, collection and scoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Put the centre's pages and its part of the navigation into the application.

    The views are imported here and not above: the processes that read strangers' files import this package too, and
    need no web framework.
    """
    from app.pusat import jobs
    from app.pusat.views import BLUEPRINTS, NAVIGATION
    from app.pusat.views.readyz import add_checks
    from app.pusat.views.row_numbers import RowNumber
    from app.web.pages import add_navigation

    jobs.install(app)
    app.url_map.converters["row"] = RowNumber
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    add_navigation(app, *NAVIGATION)
    add_checks(app)
