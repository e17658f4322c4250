"""Who may call which page. Deny by default: an endpoint that declares nothing stops the start.

A view declares one of: `@needs(permission)` (a signed-in staff member), `@open_to_all(reason)`, or `@machine(reason)`
(the view checks a signature or bearer itself; no cookie counts there, so no CSRF token is asked).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, redirect, request, url_for
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from app.domain.permissions import Permission, may
from app.domain.refusals import Refusal
from app.models import Staff, db

View = TypeVar("View", bound=Callable[..., Any])
MARK = "guyub_access"
OPEN_ENDPOINTS = frozenset({"static"})  # Flask's own; everything else declares itself
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

csrf = CSRFProtect()
login_manager = LoginManager()


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declared about who may call it."""

    kind: str
    permission: Permission | None = None
    reason: str = ""


def needs(permission: Permission) -> Callable[[View], View]:
    """Only for signed-in staff whose role has this permission."""
    return _marker(Access("staff", permission=permission))


def open_to_all(reason: str) -> Callable[[View], View]:
    """For everyone; the reason says why that is right."""
    return _marker(Access("open", reason=reason))


def machine(reason: str) -> Callable[[View], View]:
    """For programs that prove themselves by signature or bearer, checked by the view; cookies are not looked at."""
    return _marker(Access("machine", reason=reason))


def _marker(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, MARK, access)
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """What the endpoint declared, or None."""
    if endpoint in OPEN_ENDPOINTS:
        return Access("open", reason="files of the program itself")
    return getattr(app.view_functions[endpoint], MARK, None)


def init_access(app: Flask) -> None:
    """Sign-in, CSRF and the gate before every request."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)
    login_manager.init_app(app)
    login_manager.session_protection = None  # it trusts a forwarded address; the cookie is signed and same-site
    login_manager.user_loader(_load_staff)
    app.before_request(_gate)


def check_every_endpoint(app: Flask) -> None:
    """Stop the start if an endpoint declares nothing."""
    silent = sorted({rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None})
    if silent:
        raise RuntimeError(f"these endpoints declare no access: {', '.join(silent)}")


class SignedIn:
    """The signed-in staff member of a request: plain data, so that no page holds a database row by accident."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, staff: Staff) -> None:
        self.id = staff.id
        self.username = staff.username
        self.name = staff.name
        self.role = staff.role
        self._epoch = staff.login_epoch

    def get_id(self) -> str:
        """What the cookie carries: account and login epoch; raising the epoch ends every open login."""
        return f"{self.id}.{self._epoch}"

    def may(self, permission: Permission) -> bool:
        """Whether this person's role has the permission."""
        return may(self.role, permission)


def _load_staff(identity: str) -> SignedIn | None:
    """The signed-in member, unless deactivated or their logins were ended."""
    number, _dot, epoch = identity.partition(".")
    staff = db.session.get(Staff, int(number)) if number.isdecimal() else None
    if staff is None or not staff.active or epoch != str(staff.login_epoch):
        return None
    return SignedIn(staff)


def _gate() -> Response | None:
    if request.endpoint is None:
        return None  # unknown address or method: the error page follows
    access = access_of(current_app, request.endpoint)
    if access is None:
        raise Refusal("W-100", "Halaman ini tertutup.", "Kembali ke halaman awal.", status=403)
    if access.kind == "machine":
        return None
    if request.method not in SAFE_METHODS:
        csrf.protect()
    if access.permission is None:
        return None
    return _gate_staff(access.permission)


def _gate_staff(permission: Permission) -> Response | None:
    if not current_user.is_authenticated:
        if request.method in SAFE_METHODS and "HX-Request" not in request.headers:
            return redirect(url_for("staff.sign_in", next=request.full_path.rstrip("?")))
        raise Refusal("W-101", "Anda belum masuk.", "Masuk dahulu, lalu ulangi.", status=401)
    if not may(current_user.role, permission):
        raise Refusal(
            "W-102",
            "Akun Anda tidak berhak membuka halaman ini.",
            "Minta rekan yang berwenang, atau masuk dengan akun lain.",
            status=403,
        )
    return None
