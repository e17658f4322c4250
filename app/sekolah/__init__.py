"""The role of a school's server: syncs, admits students, keeps their answers, sends results. Never imports the centre.

The exam process has an application of its own (`exam_app`).
"""

from __future__ import annotations

from importlib import import_module

from flask import Flask

STAFF_PAGES = (
    "overview",
    "activation",
    "sync",
    "release",
    "sitting",
    "people",
    "board",
    "time",
    "upload",
    "stick",
    "care",
    "lab",
    "rehearsal",
    "machine",
    "machine_settings",
    "machine_backup",
    "machine_update",
    "machine_service",
    "machine_entry",
)


def register(app: Flask) -> None:
    """Attach the pages of students and staff, the navigation, the jobs and the checks of `/readyz`."""
    from app.sekolah.views import desk, exam_room, machine_certificate, rehearsal_guests, setup_pages, student_api
    from app.sekolah.views.board_cache import EXTENSION, Boards
    from app.sekolah.views.machine_update_pages import BoxRequest
    from app.sekolah.views.navigation import add_to_navigation
    from app.sekolah.views.readyz import add_checks
    from app.sekolah.views.setup_gate import close_until_set_up
    from app.web import jobs

    jobs.install(app)
    app.extensions[EXTENSION] = Boards()
    for name in STAFF_PAGES:  # each module puts its pages on the one blueprint
        import_module(f"app.sekolah.views.{name}_pages")
    setup_pages.install(app)
    app.request_class = BoxRequest
    for room in (exam_room, student_api, rehearsal_guests, desk, setup_pages, machine_certificate):
        app.register_blueprint(room.blueprint)
    close_until_set_up(app)
    add_to_navigation(app)
    add_checks(app)
