"""A name cannot lead out of the tree, and a file is old or new, never half."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain import exchange_paths
from app.domain.protocol_refusals import ProtocolRefusal, refuse
from app.sync import exchange

PATH = exchange_paths.manifest("P1", "sesi-1")


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


@pytest.mark.parametrize(
    "path",
    [
        "../etc/passwd",
        "/etc/passwd",
        "servers/../../x/index.signed",
        "servers/P1/../P2/index.signed",
        "servers/P1/index.signed/",
        "servers//index.signed",
        "servers/P1/index.signed\n",
        "servers/P1/.hidden.manifest",
        "servers/P1/a.b.manifest",
        "servers\\P1\\index.signed",
        "servers/P1/sesi-1.exe",
        "payloads/x.seal",
        "payloads/" + "A" * 64 + ".seal",
        "keys/sign",
        "",
        "servers/P1/\0.manifest",
    ],
)
def test_no_other_name_is_a_path_of_the_tree(tmp_path: Path, path: str) -> None:
    with refused("unsafe-path"):
        exchange.locate(tmp_path, path)
    with refused("unsafe-path"):
        exchange.write(tmp_path, path, b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("identity", ["", "..", "a/b", "a.b", "-x", "x" * 41, "a b", "é"])
def test_an_id_that_is_no_name_makes_no_path(identity: str) -> None:
    for make in (exchange_paths.index, exchange_paths.activation_response):
        with refused("unsafe-path"):
            make(identity)


def test_every_kind_of_file_has_its_place() -> None:
    sha256 = "0" * 64
    assert [
        exchange_paths.index("P1"),
        exchange_paths.manifest("P1", "s"),
        exchange_paths.roster("P1", "s"),
        exchange_paths.release("P1", "s"),
        exchange_paths.payload(sha256),
        exchange_paths.upload("P1", sha256),
        exchange_paths.receipt("P1", sha256),
        exchange_paths.activation_response("P1"),
    ] == [
        "servers/P1/index.signed",
        "servers/P1/s.manifest",
        "servers/P1/s.roster",
        "servers/P1/s.release",
        f"payloads/{sha256}.seal",
        f"uploads/P1/{sha256}.bundle",
        f"receipts/P1/{sha256}.receipt",
        "activation/P1.response",
    ]


def test_a_link_on_a_stick_leads_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "sesi-1.manifest").write_bytes(b"private")
    tree = tmp_path / "guyub"
    (tree / "servers").mkdir(parents=True)
    (tree / "servers" / "P1").symlink_to(secret)
    with refused("unsafe-path"):
        exchange.read(tree, PATH, 1000)
    with refused("unsafe-path"):
        exchange.write(tree, PATH, b"x")


def test_what_is_written_is_read_and_replaced_whole(tmp_path: Path) -> None:
    exchange.write(tmp_path, PATH, b"first")
    exchange.write(tmp_path, PATH, iter([b"sec", b"ond"]))
    assert exchange.read(tmp_path, PATH, 6) == b"second"
    with exchange.opener(tmp_path)(PATH) as stream:
        assert stream.read() == b"second"
    assert [place.name for place in (tmp_path / PATH).parent.iterdir()] == ["sesi-1.manifest"]
    with refused("too-large"):
        exchange.read(tmp_path, PATH, 5)
    with refused("not-found"):
        exchange.read(tmp_path, exchange_paths.roster("P1", "sesi-1"), 5)


def test_content_that_is_refused_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    def content() -> Iterator[bytes]:
        yield b"half"
        raise refuse("payload-damaged")

    exchange.write(tmp_path, PATH, b"old")
    with refused("payload-damaged"):
        exchange.write(tmp_path, PATH, content())
    assert exchange.read(tmp_path, PATH, 10) == b"old"
    assert [place.name for place in (tmp_path / PATH).parent.iterdir()] == ["sesi-1.manifest"]


def test_a_disk_that_refuses_is_named_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "servers").write_bytes(b"a file where a folder should be")
    with refused("storage") as caught:
        exchange.write(tmp_path, PATH, b"x")
    assert caught.value.values["detail"]


def test_a_full_disk_is_refused_and_leaves_the_old_file(tmp_path: Path) -> None:
    """In a child with a limit on file size, which fails as a full disk does: in the middle of a write."""
    exchange.write(tmp_path, PATH, b"old")
    program = (
        "import resource, signal, sys\nfrom pathlib import Path\nfrom app.sync import exchange\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "exchange.write(Path(sys.argv[1]), sys.argv[2], iter([b'n' * 3000] * 5))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path), PATH], capture_output=True, check=False)
    assert b"S-375" in done.stderr
    assert exchange.read(tmp_path, PATH, 10) == b"old"
    assert [place.name for place in (tmp_path / PATH).parent.iterdir()] == ["sesi-1.manifest"]


def test_a_process_killed_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    exchange.write(tmp_path, PATH, b"old")
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom app.sync import exchange\n"
        "def content():\n"
        "    yield b'n' * 1_000_000\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "exchange.write(Path(sys.argv[1]), sys.argv[2], content())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path), PATH], check=False)
    assert done.returncode == -signal.SIGKILL
    assert exchange.read(tmp_path, PATH, 10) == b"old"


def test_the_mode_of_a_private_file_is_set_before_it_has_content(tmp_path: Path) -> None:
    place = tmp_path / "keys" / "sign"
    exchange.write_durably(place, b"secret", mode=0o600)
    assert place.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in place.parent.iterdir()] == ["sign"]
