"""What the centre's staff do in the browser before and after an exam, page by page."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.end_to_end import exam_content
from tests.end_to_end.people import WAIT_MS, Staff

ROOM, TITLE = "Lab Utama", "Ujian uji coba"
_ZONE = ZoneInfo("Asia/Jakarta")


def register_school(dewi: Staff) -> tuple[str, str]:
    """A school with one server and one room; gives ID Server and activation code."""
    dewi.go("/sekolah/baru")
    dewi.fill(npsn=exam_content.NPSN, name=exam_content.SCHOOL, city="Garut", province="Jawa Barat")
    dewi.press("Simpan")
    dewi.fill(name="Server utama")
    dewi.press("Tambah server")
    server, code = (dewi.page.locator(".big-code").nth(place).inner_text().strip() for place in (0, 1))
    dewi.follow("Selesai, kembali ke sekolah")
    dewi.page.get_by_text("Tambah ruang").first.click()
    dewi.page.get_by_label("Nama ruang").fill(ROOM)
    dewi.page.get_by_label("Jumlah tempat").fill("10")
    dewi.page.get_by_role("button", name="Tambah ruang").click()
    expect(dewi.page.get_by_role("cell", name=ROOM, exact=True)).to_be_visible()
    return server, code


def import_participants(dewi: Staff) -> None:
    dewi.go("/peserta/impor")
    dewi.upload("Unggah dan periksa", "peserta.xlsx", exam_content.participant_file())
    dewi.press("Impor 3 peserta")
    dewi.sees("Siti Rahayu")


def import_questions(dewi: Staff, word_file: bytes) -> None:
    """A bank from a Word file."""
    dewi.go("/bank/baru")
    dewi.fill(title="Bank uji coba", subject="IPA")
    dewi.press("Simpan")
    bank = dewi.page.url
    dewi.page.goto(f"{bank}/impor")
    dewi.upload("Unggah dan periksa", "soal.docx", word_file)
    dewi.sees("soal baru")
    dewi.picture("pusat-pratinjau-impor")
    dewi.press(f"Impor {len(exam_content.QUESTIONS)} soal")
    dewi.sees(exam_content.MARKER)


def make_paper(dewi: Staff) -> None:
    dewi.go("/paket/baru")
    dewi.fill(title="Paket uji coba", subject="IPA")
    dewi.press("Simpan")
    for box in dewi.page.locator("input[name=question]").all():
        box.check()
    dewi.press("Tambahkan yang dipilih")
    dewi.sees(exam_content.MARKER)


def plan_sitting(dewi: Staff, starts_at: datetime) -> str:
    """A sitting of the three, released by hand; gives its id."""
    local = starts_at.astimezone(_ZONE)
    dewi.go("/jadwal/baru")
    dewi.fill(title=TITLE, date=f"{local:%Y-%m-%d}", time=f"{local:%H.%M}", minutes="90", minimum="0")
    dewi.page.locator("[name=release]").select_option(index=0)
    dewi.press("Simpan jadwal")
    expect(dewi.page.get_by_role("heading", name=TITLE)).to_be_visible()
    sitting = dewi.page.url.rpartition("/jadwal/")[2].split("/")[0]
    dewi.press("Tempatkan 3 peserta")
    expect(dewi.page.get_by_role("cell", name=exam_content.SITI, exact=True)).to_be_visible()
    return sitting


def publish(dewi: Staff, sitting: str) -> None:
    dewi.go(f"/terbit/{sitting}")
    dewi.press("Terbitkan versi", exact=False)
    expect(dewi.page.get_by_text("Semua jadwal sudah terbit dan ditawarkan")).to_be_visible(timeout=WAIT_MS)


def release(dewi: Staff, sitting: str) -> None:
    dewi.go(f"/rilis/{sitting}")
    dewi.press("Rilis sekarang")
    expect(dewi.page.get_by_text("Rilis sekarang")).to_have_count(0)


def phone_code(dewi: Staff, sitting: str, second: str, second_password: str) -> list[str]:
    """The offline release code, issued by two officers; gives its groups as they are read out."""
    dewi.go(f"/rilis/{sitting}/kode")
    dewi.fill(caller="Ratna Puspita, proktor", reason="Internet sekolah putus sejak pagi.")
    dewi.fill(second=second, second_password=second_password)
    dewi.press("Tampilkan kode")
    expect(dewi.page.locator(".big-code").first).to_be_visible()
    dewi.picture("pusat-kode-telepon")
    return [re.sub(r"\W", "", group) for group in dewi.page.locator(".spoken .big-code").all_inner_texts()]


def mark_essays(dewi: Staff, points: dict[str, str]) -> None:
    """Read the essays one after the other, without names, and give each its points; keys are words of the answers."""
    dewi.go("/penilaian/")
    dewi.follow("Mulai menilai")
    waiting = dict(points)
    while waiting:
        page = dewi.page.locator("main")
        expect(page).to_contain_text(re.compile("|".join(waiting)))
        words = next(words for words in waiting if words in page.inner_text())
        assert exam_content.SITI not in page.inner_text()
        dewi.picture("pusat-penilaian")
        dewi.press(waiting.pop(words))
    expect(dewi.page.get_by_role("link", name="Mulai menilai")).to_have_count(0)
