"""The settings of the box, a form for each table; they count at once."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import ChangeSettings, ReadSettings
from app.domain.permissions import Permission
from app.sekolah.services import box_care, box_forms
from app.sekolah.services.box_forms import Reading
from app.sekolah.views.box_words import card_line, followed_to, language_choices, zone_choices
from app.sekolah.views.desk import blueprint
from app.sekolah.views.machine_desk import QUICK_S, begin, devices, machine_page, only_on_a_box
from app.sekolah.views.setup_pages import look
from app.services import box
from app.web.access import needs
from app.web.transactions import current_session

NOT_LOGGED = frozenset({"smb_password", "keys"})
CUTS_OFF = frozenset({"network", "web"})  # who works in the browser would lose the line


@blueprint.get("/mesin/pengaturan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine_settings() -> Response:
    """Every table as it stands."""
    return _forms(_tables())


@blueprint.post("/mesin/pengaturan/<table>")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def change_machine_settings(table: str) -> Response | tuple[Response, int]:
    """Change one table, or show its form again with what is wrong."""
    if table not in box_forms.READERS:
        abort(404)
    reading = box_forms.READERS[table](request.form)
    if reading.errors:
        current_session().rollback()  # nothing is held up while the box is asked
        tables = _tables()
        return _forms({**tables, table: {**tables.get(table, {}), **reading.values}}, table, reading), 422
    if table in CUTS_OFF:
        box_care.require_no_sitting(current_session())
    detail: dict[str, Any] = {name: value for name, value in reading.values.items() if name not in NOT_LOGGED}
    if table == "network":
        detail["address"] = followed_to(reading.values["lan_address"]).rpartition("/")[2]
    action = ChangeSettings(table=table, values=reading.values)
    return begin(action, AuditEvent.BOX_SETTINGS_CHANGED, "sekolah.machine_settings", subject=table, **detail)


def _tables() -> dict[str, Any]:
    return box.ask(ReadSettings(), patience_s=QUICK_S)


def _device_choices(chosen: str) -> list[tuple[str, str]]:
    """What is plugged in, and what was chosen before even if it is not."""
    found = [("", _("Belum dipilih")), *devices()]
    return found if chosen in dict(found) else [*found, (chosen, _("%(device)s (tidak terpasang)", device=chosen))]


def _forms(tables: dict[str, Any], opened: str = "", reading: Reading | None = None) -> Response:
    cards = [(card["mac"], card_line(card)) for card in look().glance().get("cards", [])]
    return machine_page(
        "settings.html",
        tables=tables,
        opened=opened,
        errors=reading.errors if reading else {},
        cards=cards,
        devices=_device_choices(tables.get("backup", {}).get("device", "")),
        languages_of_box=language_choices(),
        zones=zone_choices(),
    )
