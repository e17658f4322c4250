"""Pages of the centre. A new room of pages adds its blueprint and its line of the navigation to the two lists below."""

from __future__ import annotations

from flask import Blueprint

from app.domain.permissions import Permission
from app.domain.wording import N_
from app.pusat.views import (
    bank,
    fleet,
    home,
    machine_api,
    marking,
    papers,
    participants,
    publishing,
    questions,
    releases,
    results,
    schools,
    servers,
    sheets,
    sittings,
)
from app.web.pages import NavItem

BLUEPRINTS: list[Blueprint] = [
    home.blueprint,
    schools.blueprint,
    servers.blueprint,
    participants.blueprint,
    machine_api.blueprint,
    bank.blueprint,
    questions.blueprint,
    papers.blueprint,
    sittings.blueprint,
    publishing.blueprint,
    releases.blueprint,
    fleet.blueprint,
    results.blueprint,
    marking.blueprint,
    sheets.blueprint,
]

NAVIGATION: list[NavItem] = [
    NavItem(N_("Beranda"), "home.show", Permission.SIGN_IN),
    NavItem(N_("Bank soal"), "bank.overview", Permission.WRITE_QUESTIONS, N_("Soal")),
    NavItem(N_("Paket soal"), "papers.overview", Permission.WRITE_QUESTIONS, N_("Soal")),
    NavItem(N_("Sekolah"), "schools.overview", Permission.MANAGE_SCHOOLS, N_("Sekolah dan peserta")),
    NavItem(N_("Peserta"), "participants.overview", Permission.MANAGE_PARTICIPANTS, N_("Sekolah dan peserta")),
    NavItem(N_("Jadwal"), "sittings.overview", Permission.PLAN_SITTINGS, N_("Ujian")),
    NavItem(N_("Penerbitan"), "publishing.overview", Permission.PUBLISH, N_("Ujian")),
    NavItem(N_("Rilis"), "releases.overview", Permission.RELEASE, N_("Ujian")),
    NavItem(N_("Keadaan server"), "fleet.overview", Permission.WATCH_SERVERS, N_("Ujian")),
    NavItem(N_("Hasil"), "results.overview", Permission.READ_RESULTS, N_("Hasil")),
    NavItem(N_("Penilaian uraian"), "marking.overview", Permission.MARK_ESSAYS, N_("Hasil")),
    NavItem(N_("Akun petugas"), "staff.accounts", Permission.MANAGE_STAFF, N_("Pengelolaan")),
    NavItem(N_("Catatan"), "audit.log", Permission.READ_AUDIT, N_("Pengelolaan")),
]
