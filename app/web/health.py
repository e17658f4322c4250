"""What machines ask: is the process alive, is each dependency ready (and if not, what helps), and the counters.

`/readyz` names no person and no secret, so it may be read by the whole LAN.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from flask import Blueprint, Flask, Response, current_app, jsonify
from flask_babel import gettext as _
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.models import db
from app.web.access import open_to_all
from app.web.current import settings

Check = Callable[[], tuple[bool, str, str]]
blueprint = Blueprint("health", __name__)
RESERVE_BYTES = 500_000_000


def init_health(app: Flask) -> None:
    """Register the three addresses and the checks of the house; a role adds its own with `add_check`."""
    app.extensions["guyub_checks"] = {}
    app.register_blueprint(blueprint)
    add_check(app, "database", _check_database)
    add_check(app, "disk", _check_disk)


def add_check(app: Flask, name: str, check: Check) -> None:
    """A dependency: the check returns (ready, state in words, remedy)."""
    app.extensions["guyub_checks"][name] = check


@blueprint.get("/healthz")
@open_to_all("says only that the process answers")
def healthz() -> Response:
    """The process lives."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@open_to_all("states of dependencies, no person and no secret")
def readyz() -> tuple[Response, int]:
    """Each dependency with its state and what helps."""
    found = {}
    for name, check in current_app.extensions["guyub_checks"].items():
        ready, state, remedy = check()
        found[name] = {"ready": ready, "state": state, "remedy": remedy}
    ready = all(item["ready"] for item in found.values())
    return jsonify(ready=ready, dependencies=found), 200 if ready else 503


@blueprint.get("/metrics")
@open_to_all("counters, no person and no secret")
def metrics() -> Response:
    """Counters of all processes of this server."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest()
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _check_database() -> tuple[bool, str, str]:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        db.session.rollback()
        kind = type(error).__name__
        return False, _("Basis data tidak menjawab (%(kind)s).", kind=kind), _("Periksa disk dan layanan basis data.")
    return True, _("Basis data menjawab."), ""


def _check_disk() -> tuple[bool, str, str]:
    free = shutil.disk_usage(settings().data_dir).free
    megabytes = free // 1_000_000
    if free < RESERVE_BYTES:
        return (
            False,
            _("Sisa disk tinggal %(megabytes)s MB.", megabytes=megabytes),
            _("Kosongkan disk sampai paling sedikit 500 MB."),
        )
    return True, _("Sisa disk %(megabytes)s MB.", megabytes=megabytes), ""
