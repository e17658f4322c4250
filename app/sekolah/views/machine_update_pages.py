"""Updates of the box: a signed bundle from a device, or uploaded straight to where the box takes it from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

from flask import Request, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import Update
from app.domain.permissions import Permission
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.services import box_care, box_deeds
from app.sekolah.views.desk import blueprint
from app.sekolah.views.machine_desk import begin, devices, machine_page, only_on_a_box
from app.sekolah.views.setup_pages import look
from app.services import box
from app.web.access import needs
from app.web.current import settings
from app.web.transactions import current_session

LARGEST = 2_000_000_000  # bytes
UPLOADED, DRAFT = "update.raucb", ".upload"
ENDPOINT = "sekolah.upload_machine_update"


class BoxRequest(Request):
    """A request whose upload of an update goes straight to its place on the disk, not through memory or `/tmp`.

    Forms are read before a view is called, so whether this person may do that is asked here.
    """

    @property
    def max_content_length(self) -> int | None:
        """Larger for an update than for all else."""
        return LARGEST if self._brings_update() else super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        Request.max_content_length.fset(self, value)  # type: ignore[attr-defined]

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if not self._brings_update():
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        folder = _incoming()
        folder.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        return os.fdopen(os.open(folder / DRAFT, flags, 0o640), "w+b")

    def _brings_update(self) -> bool:
        if self.endpoint != ENDPOINT or not box.is_here():
            return False
        allowed = bool(current_user.is_authenticated and current_user.may(Permission.SET_UP_SERVER))
        current_session().rollback()  # whoever saves must not wait until everything has arrived
        return allowed


@blueprint.get("/mesin/pembaruan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def machine_update() -> Response:
    """The version that runs, what the last update came to, and both ways in."""
    return machine_page("update.html", glance=look().glance(), devices=devices())


@blueprint.post("/mesin/pembaruan")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def update_machine() -> Response:
    """Install the update on a device."""
    box_care.require_no_sitting(current_session())
    device = request.form.get("device", "")[:64]
    if not device:
        raise _nothing()
    return _install(device)


@blueprint.post("/mesin/pembaruan/berkas")
@needs(Permission.SET_UP_SERVER)
@only_on_a_box
def upload_machine_update() -> Response:
    """Install the update that was sent along."""
    draft = _incoming() / DRAFT
    try:
        box_care.require_no_sitting(current_session())
        if box_deeds.running(settings().run_dir):
            raise box_deeds.busy()
        file: Any = request.files.get("bundle")
        if file is None or not file.filename:
            raise _nothing()
        _keep(file.stream, draft)
    finally:
        draft.unlink(missing_ok=True)
    return _install("")


def _incoming() -> Path:
    return settings().data_dir / "incoming"


def _install(device: str) -> Response:
    return begin(Update(device=device), AuditEvent.BOX_UPDATED, "sekolah.machine_update", device=device)


def _keep(stream: IO[bytes], draft: Path) -> None:
    """Under its final name only when every byte is on the disk."""
    stream.flush()
    if not draft.is_file() or not draft.stat().st_size:
        raise _nothing()
    os.fsync(stream.fileno())
    draft.replace(draft.with_name(UPLOADED))


def _nothing() -> Refusal:
    return Refusal(
        "B-608",
        N_("Berkas pembaruan belum dipilih atau kosong."),
        N_("Pilih berkas pembaruan (.raucb), atau perangkat yang memuatnya, lalu kirim lagi."),
    )
