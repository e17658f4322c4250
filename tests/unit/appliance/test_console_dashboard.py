"""The screen everybody sees fits 80 columns and 24 lines, says its state in words, and its codes can be scanned."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import segno

from appliance.console.dashboard import HEIGHT, MARGIN, WIDTH, code, dashboard
from appliance.console.words import Words

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WELL: dict[str, Any] = {
    "set_up": True,
    "school_name": "SMA Negeri 1 Kabupaten Ende Nusa Tenggara Timur dengan nama yang panjang sekali",
    "version": "0.1.0",
    "state": "good",
    "text": "Server siap.",
    "remedy": "",
    "values": {},
    "addresses": ["192.168.100.200"],
    "server_id": "P20104001-01",
    "cards": [
        {"role": "lan", "link": True, "speed": 1000, "addresses": ["192.168.100.200"]},
        {"role": "internet", "link": False, "speed": 0, "addresses": []},
    ],
    "disk": {"free": 60_123_000_000, "size": 64_000_000_000},
    "last_backup": "2026-11-22T19:00:00+00:00",
    "lines": [{"name": "centre", "state": "good", "text": "Pusat dapat dihubungi.", "remedy": "", "values": {}}],
}
BAD = WELL | {"state": "bad", "text": "Kabel lepas. " * 20, "remedy": "Pasang kabel. " * 20}
NEW = WELL | {"set_up": False, "state": "warn"}


def plain(told: dict[str, Any], language: str = "id", setup_code: str = "") -> list[str]:
    drawn = dashboard(told, Words(language), NOW, "Asia/Makassar", setup_code)
    return [COLOUR.sub("", line) for line in drawn]


@pytest.mark.parametrize("told", [WELL, BAD, NEW])
@pytest.mark.parametrize("language", ["id", "en"])
def test_it_fits_the_smallest_screen(told: dict[str, Any], language: str) -> None:
    lines = plain(told, language, "123456")
    assert len(lines) <= HEIGHT
    assert max(map(len, lines)) <= WIDTH


def test_state_stands_in_words_and_not_in_colour_alone() -> None:
    assert plain(WELL)[1].strip().startswith("SIAP")
    assert plain(BAD)[1].strip().startswith("BELUM SIAP")
    assert "Pasang kabel." in plain(BAD)[2]


def test_it_answers_what_a_technician_is_asked_on_the_telephone() -> None:
    text = "\n".join(plain(WELL))
    for told in (
        "23 November 2026, 08.30 WITA",
        "ujian 192.168.100.200 (1 Gb/s)",
        "internet - (kabel lepas)",
        "P20104001-01",
        "Pusat dapat dihubungi.",
        "sisa 60,1 GB dari 64,0 GB",
        "23 November 2026, 03.00 WITA",
        "http://192.168.100.200/masuk",
    ):
        assert told in text


def test_before_the_box_answers_there_is_nothing_to_scan() -> None:
    silent = {"state": "bad", "text": "Layanan mesin tidak menjawab.", "remedy": "Tunggu.", "values": {}}
    text = "\n".join(plain(silent))
    assert "Layanan mesin tidak menjawab." in text
    assert "█" not in text
    assert "http" not in text


def test_the_setup_code_is_shown_only_before_setup() -> None:
    assert "123456" in "\n".join(plain(NEW, setup_code="123456"))
    assert "123456" not in "\n".join(plain(WELL, setup_code="123456"))


@pytest.mark.parametrize("address", ["http://192.168.0.200", "https://192.168.100.200/masuk"])
def test_a_code_drawn_in_half_blocks_holds_the_address(address: str) -> None:
    pairs = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}
    drawn = [[pairs[sign] for sign in line] for line in code(address)]
    rows = [[pair[half] for pair in line] for line in drawn for half in (0, 1)]
    wanted = segno.make(address, error="l", micro=False, boost_error=False).matrix
    inner = [row[MARGIN : len(wanted) + MARGIN] for row in rows[MARGIN : len(wanted) + MARGIN]]
    assert inner == [list(row) for row in wanted]
    assert not any(bit for row in rows[:MARGIN] for bit in row), "a phone needs the margin"
