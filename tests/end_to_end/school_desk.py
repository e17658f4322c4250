"""What technician and proctor do in the browser at the school's server, page by page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.end_to_end import exam_content
from tests.end_to_end.machines import Machine, until
from tests.end_to_end.people import WAIT_MS, Staff


def activate(anto: Staff, centre: str, server: str, code: str) -> None:
    """ID Server and code, then a look at the school's name."""
    anto.go("/sekolah/aktivasi")
    anto.fill(address=centre, server_id=server, code=code)
    anto.press("Aktifkan lewat internet")
    expect(anto.page.locator(".school-name")).to_have_text(exam_content.SCHOOL)
    anto.picture("sekolah-aktivasi")
    anto.press("Ya, ini sekolah kami")
    anto.sees(f"Server ini aktif untuk {exam_content.SCHOOL}")


def sync(anto: Staff, sitting: str, machine: Machine) -> None:
    """*Status Download*: press, and watch the rows until all is there."""
    anto.go("/sekolah/unduhan")
    anto.press("Sinkronkan")
    until(lambda: sitting in held(machine), "the package is there", 30, machine.log)
    expect(anto.page.locator(".download-group").nth(1).get_by_text("Selesai")).to_have_count(3, timeout=WAIT_MS)
    anto.picture("sekolah-status-download")


def fetch_release(ratna: Staff) -> None:
    """*Rilis*: press, unless the server was quicker and fetched it by itself."""
    ratna.go("/sekolah/rilis")
    out = ratna.page.get_by_text("Semua paket sudah dirilis.")
    if not out.is_visible():
        ratna.press("Periksa rilis sekarang")
        ratna.go("/sekolah/rilis")
    expect(out).to_be_visible(timeout=WAIT_MS)


def type_code(ratna: Staff, groups: list[str]) -> None:
    """Type a code as it was heard, and send it."""
    ratna.go("/sekolah/rilis")
    for place, group in enumerate(groups, 1):
        ratna.page.get_by_label(f"Kelompok {place}", exact=True).fill(group)
    ratna.press("Buka dengan kode")


def release_by_code(ratna: Staff, groups: list[str]) -> None:
    type_code(ratna, groups)
    ratna.go("/sekolah/rilis")
    ratna.sees("Semua paket sudah dirilis.")
    ratna.sees("kode telepon")


def activate_sitting(ratna: Staff) -> str:
    """Let students in; gives the entry token as it stands on the screen."""
    ratna.go("/sekolah/tes")
    ratna.press("Aktifkan tes")
    return token(ratna)


def token(ratna: Staff) -> str:
    ratna.go("/sekolah/tes")
    return ratna.page.locator(".token-line .big-code").inner_text().strip()


def approve_reset(ratna: Staff, number: str) -> None:
    """*Status Peserta*: the request shows up at the student by itself, and is approved there."""
    ratna.go("/sekolah/status")
    button = ratna.page.locator("tr", has_text=number).get_by_role("button", name="Setujui reset")
    expect(button).to_be_visible(timeout=WAIT_MS)
    ratna.picture("sekolah-minta-reset")
    button.click()


def close(ratna: Staff, sitting: str) -> None:
    ratna.go(f"/sekolah/tes/{sitting}/tutup")
    ratna.press("Ya, tutup tes")
    ratna.sees("Tes ditutup")


def upload(ratna: Staff) -> None:
    ratna.go("/sekolah/unggah")
    ratna.press("Unggah sekarang")
    expect(ratna.page.get_by_text("Tanda terima disimpan")).to_be_visible(timeout=WAIT_MS)
    ratna.picture("sekolah-upload-hasil")


def login_cards(machine: Machine, sitting: str) -> dict[str, str]:
    """Passwords from the sheet that the proctor prints."""
    from app.sekolah.services import day, opening

    with machine.office() as (place, session):
        return opening.login_sheet(place, day.find_sitting(session, sitting))


def held(machine: Machine) -> list[str]:
    """Sittings that the server holds."""
    from app.sekolah.services import day

    with machine.office() as (_place, session):
        return [one.id for one in day.held_sittings(session)]
