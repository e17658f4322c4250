"""Who may enter the box: a page only proposes, the console's user lets in, and anybody may take rights away.

Needs root: requests come from two users over a real socket, and the kernel says who they are.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.box_actions import (
    ACTIONS,
    Action,
    ConfirmKey,
    ListEntry,
    ProposeFromStick,
    ProposeKey,
    RemoveKey,
    TurnOffEntry,
    TurnOnEntry,
    as_line,
)
from app.domain.refusals import Refusal
from appliance import entering, entry_keys, settings
from appliance.places import Places
from tests.box_of_files import BoxOfFiles

WEB, CONSOLE = 64_001, 64_004  # nobody's numbers
ASK = """
import os, socket, sys
os.setgroups([]), os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    connection.sendall(sys.stdin.buffer.read())
    connection.shutdown(socket.SHUT_WR)
    while part := connection.recv(65536):
        sys.stdout.buffer.write(part)
"""


class Box:
    """A box in a folder, asked by users of the machine."""

    def __init__(self, files: BoxOfFiles) -> None:
        self.files = files

    def ask(self, action: Action, uid: int = WEB) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-I", "-c", ASK, str(self.files.socket), str(uid)],
            input=as_line(action),
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    def code(self, action: Action, uid: int = WEB) -> str:
        told: str = self.ask(action, uid)["refusal"]["code"]
        return told

    @property
    def remote(self) -> settings.Remote:
        return settings.read(self.files.places.box).settings.remote

    @property
    def allowed(self) -> str:
        """What sshd reads."""
        path = self.files.places.run / "ssh/authorized_keys"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def box() -> Iterator[Box]:
    assert os.geteuid() == 0, "Only root can ask as two users."
    with tempfile.TemporaryDirectory(prefix="guyub-box-") as folder, BoxOfFiles(Path(folder)) as files:
        Path(folder).chmod(0o755)
        files.socket.chmod(0o666)
        passwd = files.places.root / "etc/passwd"
        passwd.parent.mkdir(parents=True)
        passwd.write_text(f"root:x:0:0::/:\nguyub:x:{WEB}:{WEB}::/:\nguyub-console:x:{CONSOLE}:{CONSOLE}::/:\n")
        yield Box(files)


def line(comment: str = "anto@laptop", key: Any = None) -> str:
    public = (key or ed25519.Ed25519PrivateKey.generate()).public_key()
    return f"{public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()} {comment}".strip()


def weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - to see it refused


def propose(box: Box, key: str) -> str:
    fingerprint: str = box.ask(ProposeKey(key=key, by="anto"))["result"]["fingerprint"]
    return fingerprint


def test_a_key_proposed_from_a_page_opens_nothing(box: Box) -> None:
    fingerprint = propose(box, line())
    told = box.ask(ListEntry())["result"]
    assert [(one["fingerprint"], one["comment"], one["by"]) for one in told["proposals"]] == [
        (fingerprint, "anto@laptop", "anto")
    ]
    assert (told["keys"], told["ssh"], box.allowed, box.remote.keys) == ([], False, "", ())


def test_the_webs_user_lets_nobody_in(box: Box) -> None:
    fingerprint = propose(box, line())
    assert box.code(ConfirmKey(fingerprint=fingerprint)) == "B-136"
    assert box.code(TurnOnEntry()) == "B-136"
    assert (box.remote, box.allowed) == (settings.Remote(), "")


def test_the_consoles_user_lets_a_key_in_and_it_counts_at_once(box: Box) -> None:
    key = line()
    fingerprint = propose(box, key)
    assert box.ask(ConfirmKey(fingerprint=fingerprint), CONSOLE) == {"result": {}}
    assert box.allowed == f"{key}\n"
    assert box.remote == settings.Remote(ssh=True, keys=(key,))
    assert box.ask(ListEntry())["result"]["proposals"] == []
    assert "dport { 22 } accept" in (box.files.places.run / "firewall/guyub.nft").read_text()


def test_where_the_consoles_user_is_not_known_only_root_lets_in(box: Box) -> None:
    (box.files.places.root / "etc/passwd").write_text(f"guyub:x:{WEB}:{WEB}::/:\n")
    fingerprint = propose(box, line())
    assert box.code(ConfirmKey(fingerprint=fingerprint), CONSOLE) == "B-136"
    assert box.ask(ConfirmKey(fingerprint=fingerprint), 0) == {"result": {}}


def test_every_action_that_gives_rights_is_done_at_the_console_alone() -> None:
    assert {name for name, kind in ACTIONS.items() if kind.at_console} == {"entry.confirm", "entry.on"}


def test_rights_are_taken_away_by_anybody(box: Box) -> None:
    key = line()
    fingerprint = propose(box, key)
    box.ask(ConfirmKey(fingerprint=fingerprint), CONSOLE)
    assert box.ask(TurnOffEntry(by="anto")) == {"result": {}}
    assert (box.remote, box.allowed) == (settings.Remote(ssh=False, keys=(key,)), "")
    assert box.ask(TurnOnEntry(), CONSOLE) == {"result": {}}
    assert box.allowed == f"{key}\n"
    assert box.ask(RemoveKey(fingerprint=fingerprint, by="anto")) == {"result": {}}
    assert (box.remote.keys, box.allowed) == ((), "")
    assert box.code(RemoveKey(fingerprint=fingerprint)) == "B-141"


def test_only_what_was_proposed_is_let_in(box: Box) -> None:
    fingerprint = propose(box, line())
    assert box.ask(RemoveKey(fingerprint=fingerprint, by="anto")) == {"result": {}}
    assert box.code(ConfirmKey(fingerprint=fingerprint), CONSOLE) == "B-141"


def test_few_keys_wait_and_the_same_one_waits_once(box: Box) -> None:
    key = line()
    for _time in range(2):
        propose(box, key)
    for _more in range(entering.MOST_PROPOSALS - 1):
        propose(box, line())
    assert len(box.ask(ListEntry())["result"]["proposals"]) == entering.MOST_PROPOSALS
    assert box.code(ProposeKey(key=line(), by="anto")) == "B-142"


def test_a_key_that_the_image_brought_can_be_seen_and_taken_out(box: Box) -> None:
    weak = line("vagrant", weak_key())
    here = box.files.places.box
    settings.write(here, settings.changed(settings.BoxSettings(), "remote", {"ssh": True, "keys": [weak]}))
    [told] = box.ask(ListEntry())["result"]["keys"]
    assert told["comment"] == "vagrant"
    assert box.ask(RemoveKey(fingerprint=told["fingerprint"], by="anto")) == {"result": {}}
    assert box.remote.keys == ()


def test_the_journal_tells_who_was_let_in(box: Box) -> None:
    fingerprint = propose(box, line())
    box.ask(ConfirmKey(fingerprint=fingerprint), CONSOLE)
    journal = [json.loads(one) for one in box.files.journal().splitlines() if one.startswith("{")]
    assert {"action": "entry.confirm", "peer_uid": CONSOLE}.items() <= next(
        one for one in journal if one.get("action") == "entry.confirm"
    ).items()
    assert {"event": "box_key_allowed", "subject": fingerprint}.items() <= next(
        one for one in journal if one["event"] == "box_key_allowed"
    ).items()


def test_letting_in_stands_in_the_audit_log(box: Box) -> None:
    from sqlalchemy import create_engine, text

    from appliance import school_part

    school_part.upgrade_database(box.files.places)
    fingerprint = propose(box, line())
    box.ask(ConfirmKey(fingerprint=fingerprint), CONSOLE)
    engine = create_engine(f"sqlite:///{box.files.places.sekolah / 'guyub.sqlite'}")
    with engine.connect() as database:
        rows = database.execute(text("SELECT subject FROM audit_entry WHERE event = 'box_key_allowed'")).all()
    engine.dispose()
    assert [row[0] for row in rows] == [fingerprint]


def test_public_keys_on_a_stick_are_proposed_and_no_link_is_followed(box: Box, tmp_path: Path) -> None:
    assert box.code(ProposeFromStick(device="0000-0000"), CONSOLE) == "B-501"
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "anto.pub").write_text(f"{line()}\n")
    (stick / "notes.txt").write_text("no key")

    assert [key.comment for key in entering.keys_in(stick)] == ["anto@laptop"]
    (tmp_path / "elsewhere").write_text(line())
    (stick / "b.pub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refusal) as caught:
        entering.keys_in(stick)
    assert caught.value.code == "B-137"


@pytest.mark.parametrize("key", [None, ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)])
def test_a_fingerprint_is_that_of_ssh_keygen(key: Any, tmp_path: Path) -> None:
    given = line(key=key)
    (tmp_path / "a.pub").write_text(given)
    shown = subprocess.run(["ssh-keygen", "-lf", str(tmp_path / "a.pub")], capture_output=True, text=True, check=True)
    assert entry_keys.read_key(given).fingerprint == shown.stdout.split()[1]


def test_a_key_broken_over_lines_by_the_way_it_was_pasted_is_read() -> None:
    given = line()
    assert entry_keys.read_key(f"  {given.replace(' ', chr(10))}\r\n").line == given


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "B-137"),
        ("ssh-ed25519 AAAA", "B-137"),
        ('command="rm" ' + line(), "B-137"),
        (line() + "\n" + line(), "B-137"),
        (line("\x1b[2J"), "B-137"),
        (line("Ünicode"), "B-137"),
        (line().replace("ssh-ed25519", "ssh-rsa", 1), "B-137"),
        (line(key=weak_key()), "B-137"),
        ("ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x04abcd" + b"x" * 30).decode(), "B-137"),
        ("ssh-ed25519 " + "A" * 3000, "B-137"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "B-138"),
    ],
    ids=range(11),  # keys are made anew each time: their text is no name for a test
)
def test_what_is_no_public_key_or_a_weak_one_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        entry_keys.read_key(text)
    assert caught.value.code == code


def test_a_users_number_is_read_from_the_boxs_own_list(tmp_path: Path) -> None:
    here = Places(tmp_path)
    assert here.user_id("guyub-console") is None
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("guyub-console2:x:1::\nguyub-console:x:804:804::/:\n")
    assert here.user_id("guyub-console") == 804
