"""Takes the pictures of the box's console: `.venv/bin/python docs/guides/take_console_pictures.py`.

The real console runs on a real terminal before a box of plain files, with the school's two parts behind it. What the
terminal shows is drawn as the monitor of a server draws it; nothing is added or changed by hand.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.domain.box_actions import ProposeKey  # noqa: E402 - our own tree, after the path is set
from app.services.box import ask  # noqa: E402
from tests.box_of_files import BoxOfFiles  # noqa: E402
from tests.terminal import Terminal  # noqa: E402

PICTURES = Path(__file__).resolve().parent / "pictures"
FONT = ImageFont.truetype("DejaVuSansMono.ttf", 15)
WIDE, HIGH = 9, 18
COLOURS = {
    "black": "#000000",
    "red": "#aa0000",
    "green": "#00aa00",
    "brown": "#aa5500",
    "blue": "#0000aa",
    "magenta": "#aa00aa",
    "cyan": "#00aaaa",
    "white": "#aaaaaa",
}
BRIGHT = {"white": "#ffffff", "black": "#555555", "red": "#ff5555", "green": "#55ff55", "blue": "#5555ff"}
HALVES = {"█": (0, HIGH), "▀": (0, HIGH // 2), "▄": (HIGH // 2, HIGH)}
DOWN, UP = "\x1b[B", "\x1b[A"
PASSWORD = "kuda nil berenang"  # noqa: S105 - of the box in the pictures


def main() -> None:
    """Walk as Anto does, and take a picture of each screen."""
    with tempfile.TemporaryDirectory(prefix="guyub-") as folder, BoxOfFiles(Path(folder)) as box:
        line = [sys.executable, "-c", "from appliance.console.screen import main; main()"]
        terminal = Terminal(line, {**os.environ, **box.environment()}, rows=25)
        try:
            set_up(terminal)
            propose_key(box)
            with parts(box):
                look_after(terminal)
        finally:
            terminal.close()


def set_up(terminal: Terminal) -> None:
    """The first setup."""
    shot(terminal, "awal", "Kode pemasangan", "\r")
    terminal.answer("Choose a language", "\r")
    shot(terminal, "zona", "Zona waktu sekolah ini", "\r")
    shot(terminal, "alamat", "Alamat server di ruang ujian", "\r")
    terminal.answer("Bagaimana server ini mendapat internet", "\r")
    shot(terminal, "mode", "dipakai untuk apa", "\r")
    terminal.answer("Nama sekolah.", "SMA Negeri 1 Ende\r")
    terminal.answer("ID Server dari surat", "\r")
    terminal.answer("Nama akun pengelola", "anto\r")
    terminal.answer("Nama lengkap", "Anto\r")
    terminal.answer("Kata sandi untuk akun ini", f"{PASSWORD}\r")
    terminal.answer("sekali lagi", f"{PASSWORD}\r")
    shot(terminal, "periksa", "Siapkan server seperti ini?", "\r")
    terminal.answer("Server siap di http://192.168.0.200", "\r")
    terminal.answer("Tulis kode ini", "\r")


def look_after(terminal: Terminal) -> None:
    """The dashboard, and the menu."""
    terminal.wait_for("Enter: menu petugas")
    terminal.wait(lambda: "tidak menjawab" not in terminal.text(), "both parts")
    shot(terminal, "layar", "Enter: menu petugas", "\r")
    terminal.answer("Nama akun petugas", "anto\r")
    terminal.answer("Kata sandi", f"{PASSWORD}\r")
    shot(terminal, "menu", "Menu petugas", f"{DOWN * 9}\r")
    shot(terminal, "akses", "SSH mati.", "\r")
    shot(terminal, "izinkan", "Sama dengan sidik jari", f"{DOWN}\r")
    terminal.answer("SSH menyala untuk 1 kunci.", "\x1b")
    terminal.answer("Menu petugas", f"{UP * 9}\r")
    shot(terminal, "pemeriksaan", "Periksa server (1/", "")


def propose_key(box: BoxOfFiles) -> None:
    """As from the page *Mesin*; nobody has the key's other half."""
    public = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    os.environ.update(box.environment())
    ask(ProposeKey(key=f"{public.decode()} anto@laptop-lab", by="anto"))


def shot(terminal: Terminal, name: str, shown: str, keys: str) -> None:
    """A picture of the screen that shows this, then on."""
    terminal.wait_for(shown)
    picture(terminal).save(PICTURES / f"teknisi-konsol-{name}.png", optimize=True)
    terminal.type(keys)


def picture(terminal: Terminal) -> Image.Image:
    """The screen as pixels; block signs fill their cell, as a console's own font does."""
    screen = terminal.screen
    image = Image.new("RGB", (screen.columns * WIDE, screen.lines * HIGH), COLOURS["black"])
    draw = ImageDraw.Draw(image)
    for row in range(screen.lines):
        for column in range(screen.columns):
            cell, left, top = screen.buffer[row][column], column * WIDE, row * HIGH
            front, back = colour(cell.fg, "white", bold=cell.bold), colour(cell.bg, "black", bold=False)
            if cell.reverse:
                front, back = back, front
            draw.rectangle((left, top, left + WIDE - 1, top + HIGH - 1), fill=back)
            if cell.data in HALVES:
                begin, end = HALVES[cell.data]
                draw.rectangle((left, top + begin, left + WIDE - 1, top + end - 1), fill=front)
            elif cell.data.strip():
                draw.text((left, top), cell.data, font=FONT, fill=front)
    return image


def colour(name: str, usual: str, *, bold: bool) -> str:
    """A console's colour."""
    known = usual if name == "default" else name
    return BRIGHT.get(known, COLOURS.get(known, f"#{known}")) if bold else COLOURS.get(known, f"#{known}")


@contextmanager
def parts(box: BoxOfFiles) -> Iterator[None]:
    """Exam and web of the school, as the box's units start them."""
    sockets = box.places.root / "run/guyub-sekolah"
    sockets.mkdir(parents=True)
    told = {"GUYUB_CONFIG": str(box.places.run / "sekolah.toml"), "GUYUB_SOCKETS_DIR": str(sockets)}
    line = [sys.executable, "-m", "app.cli", "serve", "--part"]
    environment = {**os.environ, **box.environment(), **told}
    running = [
        subprocess.Popen([*line, part], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        for part in ("exam", "web")
    ]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


if __name__ == "__main__":
    main()
