"""People in front of a browser: a student at an exam PC, and staff at the centre's and the school's pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.end_to_end.exam_content import QUESTIONS, Deed
from tests.end_to_end.machines import PASSWORD, Machine

SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
WAIT_MS = 60_000
TREAT_AS_FAULT = ("Content Security", "Uncaught")


class Person:
    """One browser profile with one page."""

    def __init__(self, browser: Browser, machine: Machine, **options: Any) -> None:
        self.machine = machine
        self.browser = browser
        self.options = {"viewport": {"width": 1280, "height": 800}, **options}
        self.context: BrowserContext
        self.page: Page
        self.faults: list[str] = []
        self._sit_down()

    def _sit_down(self) -> None:
        self.context = self.browser.new_context(**self.options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", lambda line: self.faults.append(line.text) if _is_fault(line.text) else None)

    def go(self, path: str) -> None:
        answer = self.page.goto(self.machine.url + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status} {self.page.locator('main').inner_text()[:500]}"

    def press(self, name: str, *, exact: bool = True) -> None:
        self.page.get_by_role("button", name=name, exact=exact).first.click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def fill(self, **fields: str) -> None:
        """Fields by the name they are sent under, for staff pages."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:visible").first.fill(value)

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=WAIT_MS)

    def picture(self, name: str) -> None:
        """A screenshot for people to look at."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"day-{name}.png", full_page=True)

    def leave(self) -> None:
        self.context.close()


class Staff(Person):
    """Somebody with an account, signed in through the form."""

    def __init__(self, browser: Browser, machine: Machine, username: str, **options: Any) -> None:
        super().__init__(browser, machine, **options)
        self.go("/staf/masuk")
        self.page.get_by_label("Nama akun").fill(username)
        self.page.get_by_label("Kata sandi").fill(PASSWORD)
        self.press("Masuk")
        expect(self.page.get_by_text("Masuk petugas")).to_have_count(0)

    def attach(self, name: str, file_name: str, data: bytes) -> None:
        """Choose a file in a form."""
        kind = "application/octet-stream"
        self.page.locator(f"input[type=file][name={name}]").set_input_files(
            {"name": file_name, "mimeType": kind, "buffer": data}
        )

    def download(self, button: str) -> bytes:
        """Press a button that gives a file."""
        with self.page.expect_download() as coming:
            self.press(button)
        return Path(coming.value.path()).read_bytes()

    def download_link(self, name: str) -> bytes:
        """Follow a link that gives a file."""
        with self.page.expect_download() as coming:
            self.follow(name)
        return Path(coming.value.path()).read_bytes()

    def upload(self, button: str, file_name: str, data: bytes, field: str = "file") -> None:
        self.attach(field, file_name, data)
        self.press(button)


class Student(Person):
    """A participant at an exam PC."""

    def __init__(self, browser: Browser, machine: Machine, number: str, password: str) -> None:
        super().__init__(browser, machine)
        self.number = number
        self.password = password
        self.order: list[str] = []

    # -- the way in -----------------------------------------------------------------------------------------------

    def log_in(self) -> None:
        self.page.goto(self.machine.url)
        self.page.get_by_label("Nomor peserta").fill(self.number)
        self.page.get_by_label("Kata sandi", exact=True).fill(self.password)
        self.press("Masuk")

    def enter(self, token: str) -> None:
        """From the login card to the token's door."""
        self.log_in()
        expect(self.page.get_by_role("heading", name="Konfirmasi Data Peserta")).to_be_visible(timeout=WAIT_MS)
        self.page.get_by_label("Token").fill(token)
        self.press("Lanjut")

    def start(self, token: str) -> None:
        self.enter(token)
        self.press("Mulai")
        expect(self.page.locator(".question")).to_be_visible(timeout=WAIT_MS)

    def change_pc(self) -> None:
        """Leave this PC as it is and sit down at another one."""
        self._sit_down()

    # -- the questions --------------------------------------------------------------------------------------------

    @property
    def place(self) -> int:
        return int(self.page.locator(".question-number strong").inner_text())

    def recognise(self) -> str:
        """Which question is on the screen."""
        stem = self.page.locator(".question .stem").inner_text()
        found = [one for one in QUESTIONS if one in stem]
        assert len(found) == 1, stem
        return found[0]

    def answer(self, answers: Mapping[str, Deed], first: int, last: int) -> None:
        """Answer the questions from one place to another, in the order they are shown."""
        while self.place > first:
            self.press("Soal sebelumnya")
        for place in range(first, last + 1):
            expect(self.page.locator(".question-number strong")).to_have_text(str(place))
            question = self.recognise()
            self.order.append(question)
            if question in answers:
                self.do(answers[question])
            if place < last:
                self.press("Soal berikutnya")

    def do(self, deed: Deed) -> None:
        for choice in deed.choices:
            self.page.locator(".choice", has_text=choice).click()
        for row, column in deed.cells:
            line = self.page.locator(".table-row", has_text=row)
            line.locator("label.cell", has=self.page.get_by_label(column, exact=True)).click()
        if deed.text:
            self.page.get_by_label("Jawaban").fill(deed.text)
            self.page.locator(".question-number").click()

    def is_saved(self) -> None:
        expect(self.page.locator(".saving")).to_have_text("Tersimpan", timeout=WAIT_MS)

    def seconds_left(self) -> int:
        hours, minutes, seconds = self.page.get_by_role("timer").inner_text().split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds)

    # -- the way out ----------------------------------------------------------------------------------------------

    def finish(self) -> None:
        while self.place < len(QUESTIONS):
            self.press("Soal berikutnya")
        self.page.locator("footer").get_by_role("button", name="Selesai").click()
        self.press("Selesai")
        self.page.get_by_label("Saya sudah memeriksa").check()
        self.press("Selesai")
        expect(self.page.locator(".receipt-code")).to_be_visible(timeout=WAIT_MS)


def _is_fault(line: str) -> bool:
    return any(words in line for words in TREAT_AS_FAULT)
