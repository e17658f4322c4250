"""What a participant sees, at an exam PC and on a phone, good day and bad."""

from __future__ import annotations

from camera import DESK, PHONE, Seat
from playwright.sync_api import Browser

from app.demo.school import OpenSitting

Card = tuple[str, str, str]  # number, name, password
ESSAY = "Dua pot kacang hijau yang sama, satu di tempat terang dan satu di tempat gelap, diukur setiap hari."
MINIMUM_MS = 200_000  # the demo lets people finish after two minutes


class Student(Seat):
    """A participant with a login card."""

    def __init__(self, browser: Browser, address: str, card: Card, size: tuple[int, int] = DESK) -> None:
        super().__init__(browser, address, size)
        self.number, self.name, self.password = card

    def log_in(self) -> None:
        self.go("/")
        self.page.get_by_label("Nomor peserta").fill(self.number)
        self.page.get_by_label("Kata sandi", exact=True).fill(self.password)

    def enter(self, token: str) -> None:
        self.log_in()
        self.press("Masuk")
        self.page.get_by_label("Token").fill(token)
        self.press("Lanjut")
        self.page.get_by_role("button", name="Mulai").wait_for()

    def start(self, token: str) -> None:
        self.enter(token)
        self.press("Mulai")
        self.page.locator(".question").wait_for()

    def open(self, kind: str) -> None:
        """Go on to the next question that holds `kind` (a selector)."""
        while not self.page.locator(f".question {kind}").count():
            self.step()

    def step(self) -> None:
        before = self.page.locator(".question-number strong").inner_text()
        self.press("Soal berikutnya")
        self.page.locator(f".question-number strong:text-is('{int(before) + 1}')").wait_for()

    def answer(self, questions: int, *, doubt: int = 0) -> None:
        """Answer this and the next questions somehow; every `doubt`-th is marked doubtful."""
        for place in range(1, questions + 1):
            if self.page.locator(".choice").count():
                self.page.locator(".choice").nth(place % 2).click()
            elif self.page.locator(".table-row").count():
                for row in self.page.locator(".table-row").all():
                    row.locator("label.cell").nth(place % 2).click()
            else:
                written = ESSAY if self.page.locator("textarea").count() else "42"
                self.page.get_by_label("Jawaban").fill(written)
            if doubt and place % doubt == 0:
                self.page.locator("label.doubt").click()
            if place < questions:
                self.step()


def way_in(siti: Student, token: str) -> None:
    """From the login to the first questions."""
    siti.log_in()
    siti.shoot("peserta-masuk")
    siti.press("Masuk")
    siti.page.get_by_label("Token").fill(token)
    siti.shoot("peserta-data", whole=True)
    siti.press("Lanjut")
    siti.page.get_by_role("button", name="Mulai").wait_for()
    siti.shoot("peserta-mulai", whole=True)
    siti.press("Mulai")
    siti.page.locator(".question").wait_for()
    siti.answer(8, doubt=4)
    siti.step()
    siti.open("fieldset.choices")
    siti.page.locator(".choice").nth(1).click()
    siti.page.locator(".saving", has_text="Tersimpan").wait_for()
    siti.page.mouse.move(0, 0)
    siti.shoot("peserta-soal")
    siti.press("Daftar soal")
    siti.shoot("peserta-daftar-soal")
    siti.press("Tutup")


def on_a_phone(browser: Browser, address: str, card: Card, token: str) -> None:
    """The same room on a small screen."""
    someone = Student(browser, address, card, PHONE)
    someone.start(token)
    someone.answer(6, doubt=3)
    someone.step()
    someone.open("fieldset.choices")
    someone.page.locator(".choice").first.click()
    someone.shoot("peserta-soal-hp")
    someone.press("Daftar soal")
    someone.shoot("peserta-daftar-hp")


def without_server(siti: Student) -> None:
    """The line is cut; answers wait in the browser and go up later."""
    siti.step()
    siti.context.set_offline(True)
    siti.answer(1)
    siti.page.locator(".saving", has_text="Menunggu server").wait_for()
    siti.page.mouse.move(0, 0)
    siti.shoot("peserta-tanpa-server")
    siti.context.set_offline(False)
    siti.page.locator(".saving", has_text="Tersimpan").wait_for()


def move(browser: Browser, address: str, budi: Student) -> Student:
    """Budi's PC broke: he sits down at another one and asks for it."""
    other = Student(browser, address, (budi.number, budi.name, budi.password))
    other.log_in()
    other.press("Masuk")
    other.page.get_by_role("button", name="Minta pindah komputer").wait_for()
    other.shoot("peserta-pindah")
    other.press("Minta pindah komputer")
    other.sees("Tunggu persetujuan proktor")
    return other


def way_out(siti: Student) -> None:
    """Check, finish, receipt."""
    siti.press("Daftar soal")
    siti.page.locator("dialog.list .squares .square").last.click()
    siti.page.keyboard.press("Escape")
    siti.page.locator("footer .finish:enabled").wait_for(timeout=MINIMUM_MS)
    siti.page.locator("footer .finish").click()
    siti.sees("Periksa sebelum selesai")
    siti.shoot("peserta-periksa", height=DESK[1])
    siti.press("Selesai")
    siti.page.get_by_label("Saya sudah memeriksa").check()
    siti.press("Selesai")
    siti.page.locator(".receipt-code").wait_for()
    siti.shoot("peserta-selesai")


def a_full_room(browser: Browser, address: str, sitting: OpenSitting, cards: tuple[Card, ...]) -> None:
    """Others work, each at another question."""
    for place, card in enumerate(cards):
        someone = Student(browser, address, card)
        someone.start(sitting.token)
        someone.answer(3 + 2 * place, doubt=5)
        someone.page.locator(".saving", has_text="Tersimpan").wait_for()
