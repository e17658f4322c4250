"""What proctor, technician and the centre's staff see on their pages."""

from __future__ import annotations

from pathlib import Path

from camera import DESK, Seat

from app.demo.people import NPSN

GIFT = Path(__file__).resolve().parents[2] / "app" / "demo" / "numerasi.gift"
TALL, VERDICT = 900, 1250
REHEARSAL_MS = 300_000


def before_the_day(dewi: Seat) -> tuple[str, str]:
    """The centre prepares; gives ID Server and activation code of a spare server."""
    dewi.go(f"/sekolah/{NPSN}")
    dewi.fill(name="Server cadangan")
    dewi.press("Tambah server")
    server, code = (dewi.page.locator(".big-code").nth(place).inner_text().strip() for place in (0, 1))
    dewi.shoot("pusat-kode-server")
    dewi.go("/bank/baru")
    dewi.fill(title="Bank Numerasi", subject="Matematika")
    dewi.press("Simpan")
    dewi.page.goto(f"{dewi.page.url}/impor")
    dewi.page.locator("input[type=file][name=file]").set_input_files(GIFT)
    dewi.press("Unggah dan periksa")
    dewi.sees("soal baru")
    dewi.shoot("pusat-impor-soal", height=TALL)
    dewi.go("/peserta/")
    dewi.shoot("pusat-peserta")
    return server, code


def schedule(dewi: Seat) -> None:
    """Sittings and their releases."""
    dewi.go("/beranda/")
    dewi.shoot("pusat-beranda", height=TALL)
    dewi.go("/jadwal/")
    dewi.shoot("pusat-jadwal")
    dewi.go("/rilis/")
    dewi.shoot("pusat-rilis")


def fleet(dewi: Seat) -> None:
    dewi.go("/armada/")
    dewi.shoot("pusat-armada")


def phone_code(dewi: Seat, sitting: str) -> None:
    """The offline release code, by two officers."""
    dewi.go(f"/rilis/{sitting}/kode")
    dewi.fill(caller="Ratna Puspita, proktor", reason="Internet sekolah putus sejak pukul 06.40.")
    dewi.fill(second="maria", second_password="demo-maria-2026")  # noqa: S106 - the demo's, printed at its start
    dewi.press("Tampilkan kode")
    dewi.page.locator(".big-code").first.wait_for()
    dewi.shoot("pusat-kode-rilis")


def results(dewi: Seat, sitting: str) -> None:
    """Scores, and essays that wait for a marker."""
    dewi.go(f"/hasil/{sitting}")
    dewi.shoot("pusat-hasil", height=TALL)
    dewi.go("/penilaian/")
    dewi.page.get_by_role("link", name="Mulai menilai").first.click()
    dewi.page.wait_for_url("**/penilaian/*/*")
    dewi.shoot("pusat-uraian", height=TALL)


def activate(anto: Seat, server: str, code: str) -> None:
    """ID Server and code, then a look at the school's name."""
    anto.go("/sekolah/aktivasi")
    anto.fill(server_id=server, code=code)
    anto.shoot("teknisi-aktivasi")
    anto.press("Aktifkan lewat internet")
    anto.page.locator(".school-name").wait_for()
    anto.shoot("teknisi-pastikan")
    anto.press("Ya, ini sekolah kami")
    anto.sees("Server ini aktif untuk")


def technician(anto: Seat) -> None:
    anto.go("/sekolah/unduhan")
    anto.shoot("teknisi-unduhan", height=TALL)
    anto.go("/sekolah/kesiapan")
    anto.shoot("teknisi-kesiapan")
    anto.go("/sekolah/usb")
    anto.shoot("teknisi-usb")


def rehearse(anto: Seat) -> None:
    """A rehearsal of a server that has no sitting near: waiting for exam PCs, and the verdict."""
    anto.go("/sekolah/gladi")
    anto.fill(students="30")
    anto.page.get_by_label("Komputer peserta ikut").check()
    anto.press("Mulai gladi")
    pcs = [Seat(anto.browser, anto.address) for _pc in range(2)]
    anto.page.get_by_text("Sudah ikut:").wait_for(timeout=REHEARSAL_MS)
    for pc in pcs:
        pc.go("/gladi")
        pc.sees("Komputer ini ikut")
    anto.sees("Sudah ikut: 2 komputer")
    anto.shoot("teknisi-gladi")
    anto.press("Mulai sekarang")
    anto.page.get_by_role("button", name="Mulai gladi").wait_for(timeout=REHEARSAL_MS)
    anto.shoot("proktor-gladi", height=VERDICT)
    for pc in pcs:
        pc.context.close()


def exam_running(ratna: Seat) -> None:
    """Token, board with a request, extra time."""
    ratna.go("/sekolah/")
    ratna.shoot("proktor-ringkasan")
    ratna.go("/sekolah/tes")
    ratna.shoot("proktor-tes")
    ratna.go("/sekolah/status")
    ratna.page.get_by_role("button", name="Setujui reset").first.wait_for()
    ratna.shoot("proktor-status", height=TALL)
    ratna.go("/sekolah/waktu")
    ratna.fill(minutes="10", reason="Listrik padam pukul 08.10 sampai 08.20.")
    ratna.shoot("proktor-waktu")
    ratna.go("/sekolah/rilis")
    ratna.shoot("proktor-rilis", height=TALL)


def approve(ratna: Seat, number: str) -> None:
    ratna.go("/sekolah/status")
    ratna.page.locator("tr", has_text=number).get_by_role("button", name="Setujui reset").click()


def end(ratna: Seat, sitting: str) -> None:
    """Close the sitting, upload, receipt."""
    ratna.go(f"/sekolah/tes/{sitting}/tutup")
    ratna.shoot("proktor-tutup", height=DESK[1])
    ratna.press("Ya, tutup tes")
    ratna.sees("Tes ditutup")
    ratna.go("/sekolah/unggah")
    ratna.press("Unggah sekarang")
    ratna.sees("Tanda terima disimpan")
    ratna.shoot("proktor-unggah")
