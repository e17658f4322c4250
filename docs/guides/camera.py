"""A browser that takes small pictures: few colours, no clock in them but the program's own.

It draws nothing into a picture and leaves nothing out: what a guide shows is what the program showed.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
LIMIT = 60_000  # bytes of one picture
DESK, PHONE = (1280, 760), (360, 740)
COLOURS = (64, 48, 32, 16)  # the most that stays below the limit is taken
WAIT_MS = 30_000


class Seat:
    """One person at one device: a browser profile with one page."""

    def __init__(self, browser: Browser, address: str, size: tuple[int, int] = DESK) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="id-ID"
        )
        self.browser, self.address = browser, address
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)

    def go(self, path: str) -> None:
        """Open a page of the server; raises on anything but success."""
        answer = self.page.goto(self.address + path)
        if answer is None or not answer.ok:
            raise RuntimeError(f"{path}: {answer.status if answer else 'no answer'}")

    def sign_in(self, username: str) -> None:
        """Staff of the demo, through the form."""
        self.go("/staf/masuk")
        self.page.get_by_label("Nama akun").fill(username)
        self.page.get_by_label("Kata sandi").fill(f"demo-{username}-2026")
        self.press("Masuk")
        self.page.get_by_role("heading", name="Masuk petugas").wait_for(state="detached")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def fill(self, **fields: str) -> None:
        """Fields by the name they are sent under."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:visible").first.fill(value)

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()

    def shoot(self, name: str, *, whole: bool = False, height: int | None = None) -> None:
        """Take the picture `name`: the window, the whole page, or the page's top `height` pixels."""
        if whole or height is not None:
            self.page.evaluate("scrollTo(0, 0)")  # what sticks to the top would else lie over the middle
        shot = self.page.screenshot(full_page=whole or height is not None, animations="disabled")
        keep(name, shot, height)


def keep(name: str, shot: bytes, height: int | None = None) -> None:
    """Store a screenshot with as many colours as the limit allows; raises if none is small enough."""
    with Image.open(io.BytesIO(shot)) as whole:
        picture = whole.convert("RGB")
        if height is not None:
            picture = picture.crop((0, 0, picture.width, min(height, picture.height)))
        for colours in COLOURS:
            out = io.BytesIO()
            picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            if out.tell() < LIMIT:
                break
        else:
            raise RuntimeError(f"{name}: {out.tell()} bytes")
    (PICTURES / f"{name}.png").write_bytes(out.getvalue())


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium: the system's where there is one, else Playwright's own."""
    with sync_playwright() as playwright:
        opened = _open(playwright)
        yield opened
        opened.close()


def _open(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
    )
