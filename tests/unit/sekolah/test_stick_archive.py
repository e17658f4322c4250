"""An uploaded archive is a stranger's file."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from app.domain.refusals import Refusal
from app.sekolah.services.stick_archive import Caps, unpack

SHA = "ab" * 32


def archive(*entries: tuple[str, bytes], mode: int = 0) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(info, data)
    stream.seek(0)
    return stream


def refused(stream: io.BytesIO, target: Path, caps: Caps | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        unpack(stream, target, caps)
    assert caught.value.remedy
    return caught.value.code


def test_the_guyub_folder_comes_out_wherever_it_lay_in_the_archive(tmp_path: Path) -> None:
    root = unpack(
        archive(("usb/guyub/servers/P1/index.signed", b"x"), (f"usb/guyub/payloads/{SHA}.seal", b"y")), tmp_path
    )
    assert (root / "servers/P1/index.signed").read_bytes() == b"x"
    assert (root / f"payloads/{SHA}.seal").read_bytes() == b"y"


@pytest.mark.parametrize(
    "name",
    [
        "guyub/../../etc/passwd",
        "../guyub/servers/P1/index.signed/../../x",
        "/etc/passwd",
        "guyub/servers\\P1\\index.signed",
        "guyub/keys/server-sign.key",
        "guyub/servers/P1/deep/er/index.signed",
        "guyub/servers/.hidden",
        "other/servers/P1/index.signed",
    ],
)
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    assert refused(archive((name, b"x")), tmp_path) == "S-261"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_links_are_refused(tmp_path: Path) -> None:
    assert refused(archive(("guyub/servers/P1/a", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), tmp_path) == "S-261"


def test_a_bomb_is_stopped_by_what_it_says_and_by_what_it_holds(tmp_path: Path) -> None:
    bomb = archive((f"guyub/payloads/{SHA}.seal", bytes(4_000_000)))
    assert refused(bomb, tmp_path / "a", Caps(total=1_000_000)) == "S-262"
    lying = bytearray(bomb.getvalue())
    for place in (22, lying.rfind(b"PK\x01\x02") + 24):
        lying[place : place + 4] = (1000).to_bytes(4, "little")
    code = refused(io.BytesIO(bytes(lying)), tmp_path / "b", Caps(total=1_000_000))
    assert code in {"S-260", "S-262"}
    assert sum(path.stat().st_size for path in (tmp_path / "b").rglob("*") if path.is_file()) <= 1_000_000


def test_a_hundred_thousand_files_are_refused_before_the_first_is_written(tmp_path: Path) -> None:
    many = archive(*((f"guyub/servers/P1/{number}", b"") for number in range(30)))
    assert refused(many, tmp_path, Caps(files=20)) == "S-262"
    assert not list(tmp_path.iterdir())


def test_what_is_no_archive_is_told_as_such(tmp_path: Path) -> None:
    assert refused(io.BytesIO(b"not a zip"), tmp_path) == "S-260"
    assert refused(io.BytesIO(archive(("guyub/servers/P1/a", b"x" * 999)).getvalue()[:-40]), tmp_path) == "S-260"
    assert refused(archive(), tmp_path) == "S-263"
