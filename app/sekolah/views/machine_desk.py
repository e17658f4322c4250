"""What the pages about the machine share: that there is one, the deed that runs, and how a deed is begun and logged."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from ipaddress import AddressValueError, IPv4Address
from typing import Any, TypeVar

from flask import abort, make_response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import Action, ListDevices
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.services import box_deeds
from app.sekolah.services.box_deeds import DeedState
from app.sekolah.views.box_words import size_words
from app.sekolah.views.desk import actor, page
from app.sekolah.views.setup_pages import look
from app.services import audit, box
from app.web.current import clock, settings
from app.web.headers import CONTENT_RULES
from app.web.jobs import jobs
from app.web.transactions import current_session

View = TypeVar("View", bound=Callable[..., Any])

TABS = (
    (N_("Keadaan"), "sekolah.machine"),
    (N_("Pengaturan"), "sekolah.machine_settings"),
    (N_("Cadangan"), "sekolah.machine_backup"),
    (N_("Pembaruan"), "sekolah.machine_update"),
    (N_("Perangkat USB"), "sekolah.machine_devices"),
    (N_("Layanan"), "sekolah.machine_services"),
    (N_("Akses SSH"), "sekolah.machine_entry"),
)
DEEDS = {
    "setup.apply": N_("Pemasangan server"),
    "doctor": N_("Pemeriksaan mesin"),
    "settings.change": N_("Perubahan pengaturan"),
    "backup.now": N_("Pencadangan"),
    "backup.list": N_("Membaca daftar cadangan"),
    "backup.verify": N_("Pemeriksaan cadangan"),
    "backup.restore": N_("Pemulihan dari cadangan"),
    "stick.in": N_("Mengambil dari USB"),
    "stick.out": N_("Menyalin hasil ke USB"),
    "update": N_("Pembaruan mesin"),
    "support": N_("Berkas bantuan"),
    "restart": N_("Menyalakan ulang layanan"),
    "power": N_("Mematikan atau menyalakan ulang server"),
    "centre.on": N_("Menyalakan mode mandiri"),
    "centre.off": N_("Mematikan mode mandiri"),
}
RESTARTING = frozenset({"restart", "power", "update", "settings.change", "backup.restore", "centre.on", "centre.off"})
CUTTING = frozenset({"restart", "power", "network", "web", "general"})  # within a moment the front is gone
GRACE_S = 1.5
SHOWN_FOR = timedelta(hours=2)  # the newest deed, on every page about the machine
QUICK_S = 30.0  # for what is asked while a page waits


def only_on_a_box(view: View) -> View:
    """Not found where there is no box. Stands below the access mark, so that strangers are asked to sign in first."""

    @wraps(view)
    def guarded(*values: Any, **named: Any) -> Any:
        if not box.is_here():
            abort(404)
        return view(*values, **named)

    return guarded  # type: ignore[return-value] # the same signature


def machine_page(template: str, **data: Any) -> Response:
    """A page about the machine: tabs, the newest deed, and the way to a new address if there is one."""
    text = page(f"machine/{template}", tabs=TABS, follow=_new_address(), **deed_data(), **data)
    response = make_response(text)
    if _new_address():
        rules = CONTENT_RULES | {"connect-src": f"'self' {_new_address()}"}  # to see when the new address answers
        response.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in rules.items())
    return response


def deed_data() -> dict[str, Any]:
    """What the fragment about the newest deed shows."""
    deed = box_deeds.last(settings().run_dir)
    if deed and deed.state != DeedState.RUNNING and clock().now() - datetime.fromisoformat(deed.at) > SHOWN_FOR:
        deed = None
    return {
        "deed": deed,
        "deed_at": datetime.fromisoformat(deed.at) if deed else None,
        "deed_name": _(DEEDS[deed.name]) if deed and deed.name in DEEDS else "",
        "restarts": bool(deed) and deed is not None and deed.name in RESTARTING,
        "size_words": size_words,
    }


def begin(action: Action, event: AuditEvent | None, endpoint: str, **detail: Any) -> Response:
    """Log who asks, have it done beside the requests, and go to the page that shows it."""
    if box_deeds.running(settings().run_dir):
        raise box_deeds.busy()
    if event is not None:
        audit.record(current_session(), clock(), actor(), event, str(detail.pop("subject", "")), detail)
    current_session().commit()
    cuts = action.name in CUTTING or getattr(action, "table", "") in CUTTING
    pause = _let_the_page_arrive if cuts else bool
    box_deeds.begin(settings().run_dir, jobs().start, action, actor(), clock().now(), pause=pause)
    look().forget()
    return redirect(url_for("sekolah.machine_wait" if cuts else endpoint, pindah=detail.get("address")))


def finished(name: str) -> tuple[dict[str, Any], datetime | None]:
    """What the newest finished deed of this name answered, and when it was asked for."""
    deed = box_deeds.last(settings().run_dir, name)
    return (deed.answer, datetime.fromisoformat(deed.at)) if deed else ({}, None)


def devices() -> list[tuple[str, str]]:
    """USB sticks and second disks, as choices of a form; none if the box does not say."""
    try:
        found = box.ask(ListDevices(), patience_s=QUICK_S)["devices"]
    except Refusal:
        return []
    return [(one["device"], _device_line(one)) for one in found]


def _let_the_page_arrive() -> None:
    time.sleep(GRACE_S)


def _device_line(device: dict[str, Any]) -> str:
    size = size_words(device.get("size") or 0)
    if device.get("free") is None:
        return f"{device['name']} ({size})"
    return str(_("%(name)s (%(size)s, sisa %(free)s)", name=device["name"], size=size, free=size_words(device["free"])))


def _new_address() -> str:
    """Where the box is after a change of its address, as the page before this one said."""
    try:
        found = f"{request.scheme}://{IPv4Address(request.args.get('pindah', ''))}"
    except AddressValueError:
        return ""
    return found if found != request.host_url.rstrip("/") else ""
