"""The role of a school's server: admits students, keeps their answers, sends results. Never imports the centre."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Attach the role's pages to the web application."""
    from app.sekolah.views import exam_room, student_api

    for room in (exam_room, student_api):
        app.register_blueprint(room.blueprint)
