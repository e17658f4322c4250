"""The box's table `sync`: the program's own rules judge it, and it reaches the program as its settings."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest

from app.domain import centre_key
from app.domain.identities import CentreIdentity
from app.domain.refusals import Refusal
from app.settings import SekolahSettings, load_settings
from appliance import settings as box
from appliance.places import Places
from appliance.render import Facts, render
from appliance.setting_from_words import hand_over
from appliance.settings import BoxSettings, Sync

KEY = centre_key.as_text(CentreIdentity.from_raw(b"\1" * 32, b"\1" * 32).public.sign.public_bytes_raw())
TOLD = (
    "centre_url=https://pusat.example.id",
    f"centre_key={KEY.lower()}",
    "server_id=p20104001-01",
    "proxy=http://proksi.lan:3128",
    "sync_windows=18:00-22:00",
    "sync_kbps=512",
)


def test_every_value_has_the_programs_name_kind_and_default() -> None:
    program = {field.name: field for field in dataclasses.fields(SekolahSettings)}
    for field in dataclasses.fields(Sync):
        assert (field.type, field.default) == (program[field.name].type, program[field.name].default)


def test_what_the_box_is_told_is_what_the_program_reads(tmp_path: Path) -> None:
    here = Places(tmp_path)
    wanted = box.changed(BoxSettings(), "sync", {"centre_key": KEY, "sync_kbps": 512, "server_id": "p20104001-01"})
    text = render(wanted, [], Facts(), here)[here.run / "sekolah.toml"].text
    (tmp_path / "sekolah.toml").write_text(text)
    school = load_settings({"GUYUB_CONFIG": str(tmp_path / "sekolah.toml")})
    assert isinstance(school, SekolahSettings)
    assert (school.centre_key, school.sync_kbps, school.server_id) == (KEY, 512, "P20104001-01")


def test_a_box_that_was_told_nothing_gives_the_program_nothing(tmp_path: Path) -> None:
    here = Places(tmp_path)
    text = render(BoxSettings(), [], Facts(), here)[here.run / "sekolah.toml"].text
    assert not any(field.name in text for field in dataclasses.fields(Sync))


def test_root_may_look_what_would_change_before_anything_does(tmp_path: Path) -> None:
    here = Places(tmp_path)
    handed = hand_over(here, "sync", TOLD, io.StringIO(), check=True)
    assert handed.changed
    assert f'centre_key = "{KEY}"' in handed.after
    assert list(tmp_path.rglob("*.toml")) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("centre_url=http://pusat.example.id",), "B-732"),
        (("centre_key=ABCD",), "B-733"),
        (("server_id=?",), "B-735"),
        (("sync_windows=07:00-09:00",), "B-736"),
        (("proxy=proksi",), "B-737"),
        (("sync_kbps=1",), "B-738"),
        (("sync_kbps=-1",), "B-119"),
        (("sync_kbps=banyak",), "B-112"),
        (("usb_path=media",), "B-739"),
        (("centre_adress=https://pusat.example.id",), "B-110"),
    ],
)
def test_a_wrong_value_is_refused_and_the_file_stays_as_it_was(
    tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    here = Places(tmp_path)
    box.write(here.box, BoxSettings(sync=Sync(sync_kbps=512)))
    before = {path: path.read_bytes() for path in here.box.iterdir() if path.is_file()}
    with pytest.raises(Refusal) as refused:
        hand_over(here, "sync", words, io.StringIO())
    assert refused.value.code == code
    assert {path: path.read_bytes() for path in here.box.iterdir() if path.is_file()} == before
