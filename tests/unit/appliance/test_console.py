"""The console on a real terminal: a technician sets the box up by keyboard, and no key ever leads out of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from app.domain.box_actions import CheckStaff, ListEntry, ProposeKey, ReadSettings
from app.services import box
from tests.box_of_files import BoxOfFiles
from tests.terminal import Terminal

PASSWORD = "kuda nil berenang"
DOWN, BACK = "\x1b[B", "\t\t\r"
LINE = [sys.executable, "-c", "from appliance.console.screen import main; main()"]


@contextmanager
def console(box_of_files: BoxOfFiles, kind: str = "linux", rows: int = 24) -> Iterator[Terminal]:
    terminal = Terminal(LINE, {**os.environ, **box_of_files.environment()}, kind=kind, rows=rows)
    try:
        yield terminal
    finally:
        terminal.close()


def set_up(terminal: Terminal) -> None:
    """As Anto would, with what is usual."""
    terminal.answer("Enter: siapkan server", "\r")
    terminal.answer("Choose a language", "\r")
    terminal.answer("Zona waktu sekolah ini", f"{DOWN}\r")
    terminal.answer("Alamat server di ruang ujian", "\r")
    terminal.answer("Bagaimana server ini mendapat internet", "\r")
    terminal.answer("dipakai untuk apa", "\r")
    terminal.answer("Nama sekolah.", "SMA Negeri 1 Ende\r")
    terminal.answer("ID Server dari surat", "\r")
    terminal.answer("Nama akun pengelola", "anto\r")
    terminal.answer("Nama lengkap", "Anto\r")
    terminal.answer("Kata sandi untuk akun ini", "pendek\r")
    terminal.answer("terlalu pendek", "\r")
    terminal.answer("Kata sandi untuk akun ini", f"{PASSWORD}\r")
    terminal.answer("sekali lagi", "salah ketik\r")
    terminal.answer("tidak sama", "\r")
    terminal.answer("Kata sandi untuk akun ini", f"{PASSWORD}\r")
    terminal.answer("sekali lagi", f"{PASSWORD}\r")
    terminal.answer("Siapkan server seperti ini?", "\r")
    terminal.answer("Server siap di http://192.168.0.200", "\r")


@pytest.mark.parametrize(("kind", "rows"), [("linux", 25), ("vt220", 0)], ids=["monitor", "serial line"])
def test_a_box_is_set_up_by_keyboard_and_then_signed_in_to(box_of_files: BoxOfFiles, kind: str, rows: int) -> None:
    with console(box_of_files, kind, rows) as terminal:
        set_up(terminal)
        code = (box_of_files.places.box / "backup.key").read_text().strip()
        assert code in terminal.wait_for("Tulis kode ini")
        terminal.type("\r")
        ready = terminal.wait_for("Enter: menu petugas")
        assert "SMA Negeri 1 Ende" in ready
        assert "http://192.168.0.200/masuk" in ready
        assert box.ask(ReadSettings())["general"]["time_zone"] == "Asia/Makassar"
        assert box.ask(CheckStaff(account="anto", password=PASSWORD))["right"] is True
        terminal.type("\r")
        terminal.answer("Nama akun petugas", "anto\r")
        terminal.answer("Kata sandi", f"{PASSWORD}\r")
        assert "Periksa server" in terminal.wait_for("Menu petugas")


def test_no_key_and_no_size_ends_the_console(box_of_files: BoxOfFiles) -> None:
    ends = "\x03\x1a\x1c\x04\x1b[A\x1bOP\x1b[15~\x07"
    with console(box_of_files) as terminal:
        terminal.answer("Enter: siapkan server", ends)
        terminal.resize(50, 132)
        terminal.resize(25, 80)
        terminal.type("\r")
        terminal.answer("Choose a language", "\x03\x1a\x1c")
        assert "Bahasa Indonesia" in terminal.text()
        terminal.type("\r")
        terminal.answer("Zona waktu sekolah ini", "\x03\x1a\x1c\t\t\r")
        terminal.answer("Choose a language", "\t\t\r")
        terminal.wait_for("Enter: siapkan server")
        assert terminal.alive()


def test_a_key_changes_the_language(box_of_files: BoxOfFiles) -> None:
    with console(box_of_files) as terminal:
        terminal.answer("Kode pemasangan", "l")
        assert "NOT READY" in terminal.wait_for("Setup code")
        terminal.answer("Setup code", "l")
        terminal.wait_for("Kode pemasangan")


def test_a_wrong_password_opens_no_menu_and_the_next_try_waits(box_of_files: BoxOfFiles) -> None:
    toml = box_of_files.places.box / "box.toml"
    toml.write_text("[general]\nset_up = true\n")
    from appliance import school_part

    school_part.upgrade_database(box_of_files.places)
    with console(box_of_files) as terminal:
        terminal.answer("Enter: menu petugas", "\r")
        terminal.answer("Nama akun petugas", "anto\r")
        terminal.answer("Kata sandi", "tebakan saja\r")
        terminal.answer("tidak cocok", "\r")
        tries = box_of_files.places.run / "tries/staff"
        assert json.loads(tries.read_text())["tries"] == 1
        tries.write_text(json.dumps({"tries": 12, "last": datetime.now(UTC).isoformat()}))
        terminal.answer("Nama akun petugas", "anto\r")
        terminal.answer("Kata sandi", "tebakan saja\r")
        terminal.wait_for("(B-132)")


def test_the_console_waits_for_a_box_that_does_not_answer(box_of_files: BoxOfFiles) -> None:
    box_of_files.stop()
    with console(box_of_files) as terminal:
        told = terminal.wait_for("BELUM SIAP")
        assert "Layanan mesin tidak menjawab." in told
        terminal.type("\r")
        terminal.answer("Nama akun petugas", "anto\r")
        terminal.answer("Kata sandi", f"{PASSWORD}\r")
        terminal.wait_for("(B-102)")
        assert terminal.alive()


def test_a_box_too_busy_for_one_question_is_set_up_all_the_same(box_of_files: BoxOfFiles) -> None:
    box_of_files.unheard.append("settings.read")
    with console(box_of_files) as terminal:
        terminal.answer("Enter: siapkan server", "\r")
        terminal.wait_for("Choose a language")
    assert box_of_files.unheard == []


def test_a_box_without_its_data_says_so_before_all_else(box_of_files: BoxOfFiles) -> None:
    told = box_of_files.places.root / "proc/cmdline"
    told.parent.mkdir(exist_ok=True)
    told.write_text("root=PARTLABEL=guyub-a rauc.slot=A ro quiet\n")
    with console(box_of_files) as terminal:
        assert "Bagian disk untuk data tidak terpasang." in terminal.wait_for("BELUM SIAP")


def test_a_key_is_compared_and_let_in_at_the_console(box_of_files: BoxOfFiles) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA anto@laptop"
    passwd = box_of_files.places.root / "etc/passwd"
    passwd.parent.mkdir(exist_ok=True)
    passwd.write_text(f"guyub-console:x:{os.getuid()}:0::/:\n")
    fingerprint = box.ask(ProposeKey(key=key, by="anto"))["fingerprint"]
    with console(box_of_files) as terminal:
        set_up(terminal)
        terminal.answer("Tulis kode ini", "\r")
        terminal.answer("Enter: menu petugas", "\r")
        terminal.answer("Nama akun petugas", "anto\r")
        terminal.answer("Kata sandi", f"{PASSWORD}\r")
        terminal.answer("Menu petugas", f"{DOWN * 9}\r")
        terminal.answer("SSH mati.", "\r")
        assert fingerprint in terminal.wait_for("Sama dengan sidik jari")
        terminal.type(f"{DOWN}\r")
        terminal.answer("SSH menyala untuk 1 kunci.", f"{DOWN * 2}\r")
        terminal.wait_for("SSH mati.")
    assert box.ask(ListEntry())["keys"] == [{"fingerprint": fingerprint, "comment": "anto@laptop"}]
