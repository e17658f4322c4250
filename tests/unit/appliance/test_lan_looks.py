"""Who has the right of raw packets takes a card and an address, and nothing that a program could take for an option."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import lan_looks
from appliance.places import Places


@pytest.mark.parametrize(
    "asked",
    [
        {"look": "address", "card": "-f", "address": "192.168.0.200"},
        {"look": "address", "card": "../eth0", "address": "192.168.0.200"},
        {"look": "address", "card": "eth0", "address": "-I"},
        {"look": "address", "card": "eth0", "address": "2001:db8::1"},
        {"look": "everything", "card": "eth0"},
    ],
)
def test_what_is_no_look_is_refused(asked: dict[str, str]):
    with pytest.raises(ValueError):
        lan_looks.look(asked)


@pytest.mark.parametrize("said", [b"", b"no json\n", b"[]\n", b'{"look": "dhcp", "card": "no-such-card"}\n'])
def test_whatever_is_asked_there_is_one_line_of_answer(said: bytes):
    done = subprocess.run([sys.executable, "-m", "appliance.lan_looks"], input=said, capture_output=True, check=True)
    assert set(json.loads(done.stdout)) == {"failed"}


def test_where_nobody_looks_nothing_is_made_up(tmp_path: Path):
    here = Places(tmp_path)
    assert lan_looks.somebody_answers(here, "eth0", "192.168.0.200") is None
    with pytest.raises(OSError, match="No such file"):
        lan_looks.foreign_servers(here, "eth0")
