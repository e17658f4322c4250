"""A box is set up once, from nothing to a first account, and a setup that was cut begins again without harm."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.box_actions import CheckSetupCode, CheckStaff, Glance, ReadSettings, SetUp, as_line
from app.domain.refusals import Refusal
from app.services import box
from app.services.box import Progress
from tests.box_of_files import CARD, BoxOfFiles

PASSWORD = "kuda nil berenang"
ANTO = SetUp(
    language="id",
    time_zone="Asia/Makassar",
    mode="sekolah",
    school_name="SMA Negeri 1 Ende",
    network={"lan_address": "10.5.0.2/24"},
    centre_url="",
    server_id="",
    activation_code="",
    account="anto",
    account_name="Anto",
    password=PASSWORD,
)


def accounts(box_of_files: BoxOfFiles) -> list[tuple[str, str]]:
    path: Path = box_of_files.places.sekolah / "guyub.sqlite"
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT username, role FROM staff").fetchall()


def test_after_setup_the_first_account_enters_and_the_settings_count(box_of_files: BoxOfFiles) -> None:
    steps: list[Progress] = []
    assert box.ask(ANTO, steps.append) == {"address": "10.5.0.2", "activated": False, "refusal": None}
    assert [step.done for step in steps] == [0, 1, 2, 3, 4, 5]
    assert box.ask(CheckStaff(account="anto", password=PASSWORD))["right"] is True
    assert box.ask(CheckStaff(account="anto", password="kuda nil terbang"))["right"] is False
    told = box.ask(ReadSettings())
    assert told["general"]["set_up"] is True
    assert (told["general"]["time_zone"], told["network"]["lan_card"]) == ("Asia/Makassar", CARD)
    assert box.ask(Glance())["set_up"] is True
    assert not (box_of_files.places.run / "setup-code").exists()
    assert PASSWORD not in box_of_files.journal()


def test_a_box_is_set_up_only_once(box_of_files: BoxOfFiles) -> None:
    box.ask(ANTO)
    for action in (replace(ANTO, account="budi"), CheckSetupCode(code="000000")):
        with pytest.raises(Refusal) as refused:
            box.ask(action)
        assert refused.value.code == "B-134"
    assert [name for name, _role in accounts(box_of_files)] == ["anto"]


def test_the_first_account_may_make_the_others(box_of_files: BoxOfFiles) -> None:
    box.ask(ANTO)
    assert accounts(box_of_files) == [("anto", "proktor")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "pendek"}, "W-114"),
        ({"account": "An to!"}, "W-110"),
        ({"account_name": " "}, "W-112"),
        ({"time_zone": "Asia/Tokyo"}, "B-111"),
        ({"mode": "pusat"}, "B-111"),
        ({"network": {"lan_address": "10.5.0.255/24"}}, "B-115"),
    ],
)
def test_what_cannot_be_is_refused_and_can_be_corrected(
    box_of_files: BoxOfFiles, change: dict[str, object], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        box.ask(replace(ANTO, **change))
    assert refused.value.code == code
    assert box.ask(Glance())["set_up"] is False
    assert box.ask(ANTO)["address"] == "10.5.0.2"


def test_a_setup_that_was_cut_begins_again_with_the_new_password(box_of_files: BoxOfFiles) -> None:
    box.ask(ANTO)
    toml = box_of_files.places.box / "box.toml"
    toml.write_text(toml.read_text().replace("set_up = true", "set_up = false"))  # as before the last step
    box.ask(replace(ANTO, password="gajah menari pelan"))
    assert box.ask(CheckStaff(account="anto", password="gajah menari pelan"))["right"] is True
    assert len(accounts(box_of_files)) == 1


def test_setting_up_goes_on_when_the_browser_is_gone(box_of_files: BoxOfFiles) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(box_of_files.socket))
        connection.sendall(as_line(ANTO))
    box_of_files.stop()
    assert accounts(box_of_files) == [("anto", "proktor")]


def test_a_centre_out_of_reach_keeps_no_school_from_its_server(box_of_files: BoxOfFiles) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        given = replace(ANTO, centre_url=address, server_id="P20104001-01", activation_code=good_code())
        told = box.ask(given)
    assert told["activated"] is False
    assert told["refusal"]["cause"]
    assert told["refusal"]["remedy"]
    assert box.ask(Glance())["set_up"] is True


def test_wrong_codes_make_the_next_guess_wait(box_of_files: BoxOfFiles) -> None:
    right = (box_of_files.places.run / "setup-code").read_text().strip()
    wrong = "000000" if right != "000000" else "000001"
    for _guess in range(3):
        assert box.ask(CheckSetupCode(code=wrong)) == {"right": False}
    with pytest.raises(Refusal) as refused:
        box.ask(CheckSetupCode(code=right))
    assert refused.value.code == "B-132"
    assert "seconds" in refused.value.values
    (box_of_files.places.run / "tries/setup").unlink()
    assert box.ask(CheckSetupCode(code=right)) == {"right": True}


def good_code() -> str:
    from app.domain.codes import format_code, new_code

    return format_code(new_code())
