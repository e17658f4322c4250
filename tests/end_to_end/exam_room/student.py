"""A student at a PC: what the tests do on the page, in the words of the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from contract_server import ContractServer
from playwright.sync_api import BrowserContext, Locator, Page, expect

from app.domain.shuffling import option_order, question_order

SITI, BUDI = "P20104001-0001", "P20104001-0002"


class Student:
    """One participant on one page of one browser."""

    def __init__(self, context: BrowserContext, school: ContractServer, number: str = SITI) -> None:
        self.context, self.school, self.number = context, school, number
        self.run = school.runs[number]
        self.faults: list[str] = []
        self.page: Page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("console", lambda line: self.faults.append(line.text) if "Content Security" in line.text else None)
        return page

    # -- the way in -----------------------------------------------------------------------------------------------

    def log_in(self, password: str | None = None) -> None:
        self.page.goto(self.school.url)
        self.fill_login(password)

    def fill_login(self, password: str | None = None) -> None:
        self.page.get_by_label("Nomor peserta").fill(self.number)
        self.page.get_by_label("Kata sandi", exact=True).fill(password or self.school.PASSWORD)
        self.press("Masuk")

    def enter_token(self, token: str | None = None) -> None:
        self.page.get_by_label("Token").fill(token or self.school.TOKEN)
        self.press("Lanjut")

    def start(self) -> Student:
        self.log_in()
        self.enter_token()
        self.press("Mulai")
        expect(self.page.locator(".question")).to_be_visible()
        return self

    def start_again(self) -> None:
        """At another PC, after the proctor has approved: the exam goes on without *Mulai*."""
        self.log_in()
        self.enter_token()
        expect(self.page.locator(".question")).to_be_visible()

    def log_in_again(self) -> None:
        """At a PC one was moved from."""
        self.page.goto(self.school.url)
        self.press("Masuk lagi di komputer ini")
        self.fill_login()
        self.enter_token()
        expect(self.page.locator(".question")).to_be_visible()

    # -- the questions --------------------------------------------------------------------------------------------

    @property
    def order(self) -> list[str]:
        return question_order(self.school.paper, self.run.seed)

    def question(self, name: str) -> dict[str, Any]:
        return next(question for question in self.school.paper["questions"] if question["id"] == name)

    def offered(self, name: str) -> list[str]:
        return option_order(self.question(name), self.run.seed)

    def open(self, name: str) -> None:
        """Open a question by its place in the list."""
        place = str(self.order.index(name) + 1)
        if not self.page.locator("dialog.list").is_visible():
            self.press("Daftar soal")
        self.page.locator(f"dialog.list .squares .square:nth-child({place})").click()
        expect(self.page.locator(".question-number strong")).to_have_text(place)

    def choose(self, name: str, *options: str) -> None:
        self.open(name)
        for option in options:
            self.page.locator(".choice").nth(self.offered(name).index(option)).click()

    def fill_table(self, name: str, cells: list[tuple[str, str]]) -> None:
        self.open(name)
        rows = [row["id"] for row in self.question(name)["rows"]]
        for row, column in cells:
            place = self.page.locator(".table-row").nth(rows.index(row)).locator(".cell")
            place.nth(self.offered(name).index(column)).click()

    def write(self, name: str, text: str) -> None:
        self.open(name)
        self.page.get_by_label("Jawaban").fill(text)
        self.page.locator(".question-number").click()

    def answer_everything(self) -> dict[str, Any]:
        """Answer all ten questions by mouse; gives the values the server must hold."""
        self.choose("q1", "a3")
        self.choose("q2", "b0", "b1")
        self.fill_table("q3", [("r0", "c0"), ("r1", "c1"), ("r2", "c0")])
        self.choose("q4", "d1")
        self.fill_table("q5", [("t0", "m0"), ("t1", "m1"), ("t1", "m3"), ("t2", "m2")])
        self.write("q6", "180")
        self.write("q7", "Hujan membawa garam dari batuan ke laut.")
        self.choose("q8", "e0")
        self.fill_table("q9", [("u0", "f0"), ("u1", "f1"), ("u2", "f2")])
        self.choose("q10", "g0")
        in_order = {
            name: [option for option in self.offered(name) if option in wanted]
            for name, wanted in (("q2", {"b0", "b1"}),)
        }
        pairs = {"t0": ["m0"], "t1": [column for column in self.offered("q5") if column in {"m1", "m3"}], "t2": ["m2"]}
        return {
            "q1": "a3",
            "q2": in_order["q2"],
            "q3": {"r0": "c0", "r1": "c1", "r2": "c0"},
            "q4": "d1",
            "q5": pairs,
            "q6": "180",
            "q7": "Hujan membawa garam dari batuan ke laut.",
            "q8": "e0",
            "q9": {"u0": "f0", "u1": "f1", "u2": "f2"},
            "q10": ["g0"],
        }

    # -- the way out ----------------------------------------------------------------------------------------------

    def finish(self) -> None:
        if self.order.index(self.order[-1]) + 1 != int(self.page.locator(".question-number strong").inner_text()):
            self.open(self.order[-1])
        self.page.locator("footer").get_by_role("button", name="Selesai").click()
        self.press("Selesai")
        self.page.get_by_label("Saya sudah memeriksa").check()
        self.press("Selesai")

    # -- looking --------------------------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    @property
    def saving(self) -> Locator:
        return self.page.locator(".saving")

    @property
    def heading(self) -> Locator:
        return self.page.locator("h1")

    def seconds_left(self) -> int:
        hours, minutes, seconds = self.page.get_by_role("timer").inner_text().split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds)

    def jump_clock(self, hours: float) -> None:
        """Set the PC's clock: the page sees another wall clock, its monotonic clock goes on."""
        self.page.evaluate("hours => { const real = Date.now; Date.now = () => real() + hours * 3600000; }", hours)

    def until(self, met: Callable[[], Any], what: str, seconds: float = 10) -> None:
        """Wait until `met()`, letting the page work meanwhile."""
        end = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < end, f"never happened: {what}"
            self.page.wait_for_timeout(25)

    def holds(self, expected: dict[str, Any], seconds: float = 10) -> None:
        """The server comes to hold exactly these values."""
        self.until(lambda: self.school.values(self.number) == expected, f"server holds {expected}", seconds)
