"""Network and stick bring the same bytes; a broken line costs only what it had not brought."""

from __future__ import annotations

import hashlib
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_centre import SmallCentre, running

from app.domain import exchange_paths
from app.domain.identities import CentreIdentity, ServerIdentity
from app.domain.protocol_refusals import ProtocolRefusal
from app.sync import exchange
from app.sync.http_client import HttpClient
from app.sync.transport import FolderTransport, HttpTransport, Transport, bring, bring_big, stick_folder

BIG = bytes(number * 7 % 256 for number in range(1_000_003))
SHA = hashlib.sha256(BIG).hexdigest()
PAYLOAD = exchange_paths.payload(SHA)
INDEX = exchange_paths.index("P1")


def refused(reason: str) -> Any:
    return pytest.raises(ProtocolRefusal, check=lambda error: error.reason == reason)


@pytest.fixture
def centre() -> Iterator[SmallCentre]:
    with running(SmallCentre(CentreIdentity.generate(), ServerIdentity.generate("P1"))) as centre:
        centre.files.update({PAYLOAD: BIG, INDEX: b"index"})
        yield centre


@pytest.fixture(params=["network", "stick"])
def transport(request: pytest.FixtureRequest, centre: SmallCentre, tmp_path: Path) -> Transport:
    if request.param == "network":
        return HttpTransport(centre.base_url)
    stick = stick_folder(tmp_path_as_stick(tmp_path), create=True)
    for path, data in centre.files.items():
        exchange.write(stick, path, data)
    return FolderTransport(stick.parent)


def tmp_path_as_stick(tmp_path: Path) -> Path:
    stick = tmp_path / "media" / "USB"
    stick.mkdir(parents=True)
    return stick


def test_both_ways_bring_identical_bytes(transport: Transport, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    told: list[tuple[int, int]] = []
    assert bring(transport, INDEX, tree) == b"index"
    place = bring_big(transport, PAYLOAD, tree, SHA, len(BIG), lambda done, total: told.append((done, total)))
    assert place.read_bytes() == BIG
    assert told == sorted(told)
    assert told[-1] == (len(BIG), len(BIG))
    assert [found.name for found in place.parent.iterdir()] == [place.name]


def test_both_ways_refuse_alike(transport: Transport, tmp_path: Path) -> None:
    with refused("not-found"):
        transport.read(exchange_paths.release("P1", "sesi-1"))
    with refused("too-large"):
        transport.read(INDEX, limit=4)
    with refused("unsafe-path"):
        transport.read("../secret")
    with refused("file-damaged"):
        bring_big(transport, PAYLOAD, tmp_path / "tree", "0" * 64, len(BIG))
    with refused("too-large"):
        bring_big(transport, PAYLOAD, tmp_path / "tree", SHA, len(BIG) - 1)
    with refused("no-connection"):  # fewer bytes than announced may still come
        bring_big(transport, PAYLOAD, tmp_path / "tree", SHA, len(BIG) + 1)
    assert not exchange.locate(tmp_path / "tree", PAYLOAD).exists()


def test_a_broken_download_goes_on_where_it_stopped(centre: SmallCentre, tmp_path: Path) -> None:
    transport = HttpTransport(centre.base_url)
    centre.cut_after = 600_000
    with refused("no-connection"):
        bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG))
    place = bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG))
    assert place.read_bytes() == BIG
    assert centre.ranges == ["", "bytes=600000-"]


def test_a_server_without_ranges_is_served_too(centre: SmallCentre, tmp_path: Path) -> None:
    transport = HttpTransport(centre.base_url)
    centre.honour_range, centre.cut_after = False, 600_000
    with refused("no-connection"):
        bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG))
    assert bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG)).read_bytes() == BIG


def test_what_is_there_and_right_is_not_fetched_again(centre: SmallCentre, tmp_path: Path) -> None:
    transport = HttpTransport(centre.base_url)
    bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG))
    bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG))
    assert len(centre.seen) == 1


def test_a_file_that_rotted_on_the_disk_is_fetched_again(centre: SmallCentre, tmp_path: Path) -> None:
    transport = HttpTransport(centre.base_url)
    place = bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG))
    place.write_bytes(b"\0" + BIG[1:])
    assert bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG)).read_bytes() == BIG


@pytest.mark.parametrize("part", [b"login page of a hotspot", b"x" * len(BIG), b"x" * (len(BIG) + 10)])
def test_a_wrong_part_is_thrown_away_and_the_next_try_succeeds(
    centre: SmallCentre, tmp_path: Path, part: bytes
) -> None:
    beside = exchange.locate(tmp_path, PAYLOAD + "").with_name(PAYLOAD.split("/")[1] + exchange.PART)
    beside.parent.mkdir()
    beside.write_bytes(part)
    transport = HttpTransport(centre.base_url)
    if len(part) <= len(BIG):
        with refused("file-damaged"):
            bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG))
    assert bring_big(transport, PAYLOAD, tmp_path, SHA, len(BIG)).read_bytes() == BIG


def test_a_small_file_cut_on_the_way_is_never_taken_for_whole(centre: SmallCentre) -> None:
    centre.cut_after = 3
    transport = HttpTransport(centre.base_url)
    with refused("no-connection"):
        transport.read(INDEX)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (500, "centre-busy"),
        (503, "centre-busy"),
        (429, "centre-busy"),
        (403, "centre-refused"),
        (302, "centre-refused"),
    ],
)
def test_a_status_becomes_words(centre: SmallCentre, status: int, reason: str) -> None:
    centre.status = status
    with refused(reason) as caught:
        HttpTransport(centre.base_url).read(INDEX)
    assert caught.value.values["status"] == status
    if reason == "centre-refused":
        assert caught.value.values["detail"] == "P-999: Ditutup. Tunggu."
    assert len(centre.seen) == 1  # no redirect was followed


def test_a_closed_port_is_no_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with refused("no-connection") as caught:
            HttpTransport(f"http://127.0.0.1:{unused.getsockname()[1]}").read(INDEX)
    assert caught.value.values["detail"] == "sambungan ditolak"


def test_a_black_hole_ends_with_the_time_limit() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with refused("no-connection") as caught:
            HttpTransport(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2).read(INDEX)
    assert caught.value.values["detail"] == "tidak menjawab"


@pytest.mark.parametrize("address", ["file:///etc", "ftp://127.0.0.1", "127.0.0.1:8100", "http://", ""])
def test_only_http_addresses_are_called(address: str) -> None:
    with pytest.raises(ValueError, match="not an http address"):
        HttpClient(address)


def test_a_stick_without_our_folder_is_named(tmp_path: Path) -> None:
    with refused("no-stick"):
        FolderTransport(tmp_path)
    with refused("no-stick"):
        stick_folder(tmp_path / "not mounted", create=True)
    assert stick_folder(tmp_path, create=True) == tmp_path / "guyub"
    assert FolderTransport(tmp_path).root == FolderTransport(tmp_path / "guyub").root


def test_a_stick_pulled_out_is_refused_in_words(tmp_path: Path) -> None:
    exchange.write(stick_folder(tmp_path, create=True), PAYLOAD, BIG)
    transport = FolderTransport(tmp_path)
    shutil.rmtree(tmp_path / "guyub")
    with refused("not-found"):
        bring_big(transport, PAYLOAD, tmp_path / "tree", SHA, len(BIG))
