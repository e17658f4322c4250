"""The staff navigation of a school's server, in the order of an exam day, with the names people know."""

from __future__ import annotations

from flask import Flask

from app.domain.permissions import Permission
from app.domain.wording import N_
from app.services import box
from app.web.pages import NavItem, add_navigation

DAY, BEFORE, SERVER = N_("Hari ujian"), N_("Persiapan"), N_("Server")


def add_to_navigation(app: Flask) -> None:
    """Add the lines."""
    add_navigation(
        app,
        NavItem(N_("Ringkasan"), "sekolah.overview", Permission.SIGN_IN, DAY),
        NavItem(N_("Status Tes"), "sekolah.sittings", Permission.WATCH_ROOM, DAY),
        NavItem(N_("Status Peserta"), "sekolah.board", Permission.WATCH_ROOM, DAY),
        NavItem(N_("Reset Peserta"), "sekolah.resets", Permission.WATCH_ROOM, DAY),
        NavItem(N_("Tambahan Waktu"), "sekolah.extra_time", Permission.HELP_PARTICIPANT, DAY),
        NavItem(N_("Upload Hasil"), "sekolah.uploads", Permission.UPLOAD_RESULTS, DAY),
        NavItem(N_("Status Download"), "sekolah.downloads", Permission.SYNC, BEFORE),
        NavItem(N_("Rilis"), "sekolah.release", Permission.OPEN_PACKAGE, BEFORE),
        NavItem(N_("Daftar Peserta"), "sekolah.participants", Permission.WATCH_ROOM, BEFORE),
        NavItem(N_("Kelompok Tes"), "sekolah.grouping", Permission.WATCH_ROOM, BEFORE),
        NavItem(N_("Kesiapan"), "sekolah.ready", Permission.SET_UP_SERVER, SERVER),
        NavItem(N_("Kesiapan lab"), "sekolah.lab", Permission.SET_UP_SERVER, SERVER),
        NavItem(N_("Gladi"), "sekolah.rehearsal", Permission.SET_UP_SERVER, SERVER),
        NavItem(N_("USB"), "sekolah.usb", Permission.SYNC, SERVER),
        NavItem(N_("Aktivasi Server"), "sekolah.activation", Permission.SET_UP_SERVER, SERVER),
        NavItem(N_("Mesin"), "sekolah.machine", Permission.SET_UP_SERVER, SERVER, box.is_here),
        NavItem(N_("Catatan"), "audit.log", Permission.READ_AUDIT, SERVER),
        NavItem(N_("Akun petugas"), "staff.accounts", Permission.MANAGE_STAFF, SERVER),
    )
