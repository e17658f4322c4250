"""Anto, who unpacks a box: sets it up at its console, or in a browser with the code that stands there."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.end_to_end.machines import PASSWORD
from tests.image.hardware import BOX, Box

SCHOOL = "SMA Uji Coba"
WAIT_MS = 180_000
CODE = "cat /var/lib/guyub/box/setup-code"


def set_up_on_console(box: Box) -> None:
    """Key by key on the serial line, as a technician's notebook shows it."""
    line = box.serial
    line.answer("Enter: siapkan server", "\r", 400)
    line.answer("Choose a language", "\r")
    line.answer("Zona waktu sekolah ini", "\r")
    line.answer("Alamat server di ruang ujian", "\r")
    line.answer("Bagaimana server ini mendapat internet", "\r")
    line.answer("dipakai untuk apa", "\r")
    line.answer("Nama sekolah.", f"{SCHOOL}\r")
    line.answer("ID Server dari surat", "\r")
    line.answer("Nama akun pengelola", "anto\r")
    line.answer("Nama lengkap", "Anto Supriyadi\r")
    line.answer("Kata sandi untuk akun ini", f"{PASSWORD}\r")
    line.answer("sekali lagi", f"{PASSWORD}\r")
    line.answer("Siapkan server seperti ini?", "\r")
    line.answer("Server siap di http://192.168.0.200", "\r", 600)
    line.answer("Tulis kode ini", "\r")
    line.wait_for("Enter: menu petugas", 120)


def set_up_in_browser(box: Box, browser: Browser, code: str) -> None:
    """Code, form, a look at it all, and the page that says that it is done."""
    page = browser.new_page(base_url=box.url, locale="id-ID")
    page.set_default_timeout(WAIT_MS)
    page.route(f"http://{BOX}/**", lambda route: route.abort())  # not of this room, whoever else may answer there
    page.goto("/")
    page.get_by_label("Kode pemasangan").fill(code)
    page.get_by_role("button", name="Lanjut").click()
    for label, value in (
        ("Nama sekolah", SCHOOL),
        ("Nama lengkap", "Anto Supriyadi"),
        ("Nama akun", "anto"),
        ("Kata sandi", PASSWORD),
        ("Kata sandi sekali lagi", PASSWORD),
    ):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Periksa isian").click()
    page.get_by_role("button", name="Ya, atur server ini").click()
    expect(page.get_by_text("Server siap").first).to_be_visible(timeout=WAIT_MS)
    page.close()


def give_account(box: Box, account: str, name: str, role: str) -> None:
    """One more account, so that a test has everybody it needs."""
    box.door.run(
        f"printf '%s\\n' '{PASSWORD}' | GUYUB_CONFIG=/run/guyub/sekolah.toml setpriv --reuid=guyub --regid=guyub "
        f"--init-groups guyub staff add {account} --name '{name}' --staff-role {role} --password-stdin",
        120,
    )
