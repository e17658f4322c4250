"""The one place where an application is put together: `create_app(settings)` in a few ordered steps."""

from __future__ import annotations

import secrets
from datetime import timedelta
from types import ModuleType

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.models import db
from app.services.keyfiles import keep_secret
from app.settings import Settings
from app.web import (
    access,
    audit_pages,
    current,
    errors,
    headers,
    health,
    locale,
    logging,
    metrics,
    migration,
    pages,
    staff_pages,
    static_files,
    transactions,
)


def create_app(settings: Settings, given: current.Given | None = None) -> Flask:
    """The web application of this server's role. The exam process has its own, `app.sekolah.exam_app`."""
    app = Flask("app")
    _configure(app, settings)
    current.install(app, given or current.Given(settings))
    _open_database(app, settings)
    _furnish(app)
    _move_in(app, settings)
    pages.add_front_door(app)
    access.check_every_endpoint(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    for folder in (settings.data_dir, settings.exchange_dir, settings.run_dir):
        folder.mkdir(parents=True, exist_ok=True)
    app.config.update(
        SECRET_KEY=keep_secret(settings.keys_dir, "cookie.key", lambda: secrets.token_bytes(32)),
        SESSION_COOKIE_NAME=f"guyub_{settings.role}",  # cookies know no ports: both roles may run on one address
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.staff_session_hours),
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1_000_000,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    hops = settings.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _open_database(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    if not settings.uses_sqlite:
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_pre_ping": True}
    db.init_app(app)
    migration.migrate.init_app(app, db)


def _furnish(app: Flask) -> None:
    """What every page needs, in the order requests pass it."""
    metrics.init_metrics(app)
    logging.init_request_log(app)
    headers.init_headers(app)
    errors.init_errors(app)
    transactions.init_transactions(app)
    access.init_access(app)
    locale.init_locale(app)
    health.init_health(app)
    static_files.init_static_addresses(app)
    pages.init_pages(app)
    staff_pages.init_staff_pages(app)
    app.register_blueprint(audit_pages.blueprint)


def _move_in(app: Flask, settings: Settings) -> None:
    """The role's own rooms. Only one role is ever imported into a running server."""
    if settings.role == "pusat":
        from app import pusat

        _register(pusat, app)
    else:
        from app import sekolah

        _register(sekolah, app)


def _register(role: ModuleType, app: Flask) -> None:
    register = getattr(role, "register", None)
    if register is not None:
        register(app)
