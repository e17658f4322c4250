"""Who may enter a booted box: its console lets a key in, its web part does not, and SSH is off again at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.box_actions import Action, ConfirmKey, ListEntry, ProposeKey, RemoveKey, as_line
from tests.lab.container import Container, wait_for

ASK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect("/run/guyub-actions.sock")
    connection.sendall(sys.argv[1].encode())
    connection.shutdown(socket.SHUT_WR)
    print(connection.makefile().readlines()[-1])
"""


def ask(box: Container, user: str, action: Action) -> dict[str, Any]:
    """What the box answers a program of this user."""
    rights = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups")
    line = box.says(*rights, "python3", "-I", "-c", ASK, as_line(action).decode())
    told: dict[str, Any] = json.loads(line)
    return told


@pytest.fixture
def proposed(box: Container) -> Iterator[str]:
    """A key that the web part proposed; gives its fingerprint. Afterwards it is gone."""
    public = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    fingerprint: str = ask(box, "guyub", ProposeKey(key=f"{public} anto", by="anto"))["result"]["fingerprint"]
    yield fingerprint
    ask(box, "guyub", RemoveKey(fingerprint=fingerprint, by="anto"))  # refused if the test has done so


def is_on(box: Container) -> bool:
    return box.shown("ssh.service", "ActiveState") == "active"


def test_only_the_console_of_a_box_lets_a_key_in(box: Container, proposed: str) -> None:
    assert ask(box, "guyub", ConfirmKey(fingerprint=proposed))["refusal"]["code"] == "B-136"
    assert not is_on(box)
    assert ask(box, "guyub-console", ConfirmKey(fingerprint=proposed)) == {"result": {}}
    wait_for(lambda: is_on(box), "SSH does not start")
    assert proposed in box.says("ssh-keygen", "-lf", "/run/guyub/ssh/authorized_keys")
    assert [one["fingerprint"] for one in ask(box, "guyub", ListEntry())["result"]["keys"]] == [proposed]
    ask(box, "guyub", RemoveKey(fingerprint=proposed, by="anto"))
    wait_for(lambda: not is_on(box), "SSH goes on without a key")
