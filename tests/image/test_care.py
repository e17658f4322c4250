"""What a box must survive over the years: a full disk, and its own end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.exam_content import TONO
from tests.end_to_end.machines import PASSWORD, Machine, until
from tests.end_to_end.people import Staff
from tests.faults.history import History
from tests.image import technician
from tests.image.artifacts import Images
from tests.image.exam_day import copy_of_the_database, open_sitting
from tests.image.figures import Figures
from tests.image.hardware import Box, new_stick
from tests.image.pc import QuickPc

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
MANY = 60
FILL = "fallocate -l $(df -B1 --output=avail /data | tail -1) /data/full; dd if=/dev/zero of=/data/fuller bs=4k; true"


@pytest.fixture
def set_up(make_box: Callable[..., Box], images: Images, chromium: Browser) -> Callable[[], Box]:
    """Gives a box of its own, set up, with Anto and Ratna."""

    def make() -> Box:
        box = make_box(images.one(".qcow2")).switch_on()
        box.wait_until_served()
        technician.set_up_in_browser(box, chromium, box.door.run(technician.CODE).strip())
        technician.give_account(box, "ratna", "Ratna Puspita", "proktor")
        return box

    return make


def saves(pc: QuickPc, more: int) -> None:
    """Wait until so many more saves were acknowledged."""
    wanted = len(pc.history.acknowledged) + more
    until(lambda: len(pc.history.acknowledged) >= wanted, f"{more} more saves are acknowledged", 180)


def test_a_disk_filled_to_the_brim_loses_no_answer_and_a_backup_brings_everything_to_another_box(
    set_up: Callable[[], Box],
    pusat: Machine,
    staff: Callable[..., Staff],
    figures: Figures,
    tmp_path: Path,
) -> None:
    box = set_up()
    sitting = open_sitting(pusat, box, staff)
    tono = QuickPc(box.url, History()).sit_down(TONO, sitting.passwords[TONO], sitting.token)
    tono.begin_saving()
    saves(tono, MANY)
    box.door.run(FILL, 300)
    assert int(box.door.run("df -B1 --output=avail /data | tail -1")) == 0
    saves(tono, MANY)
    assert box.door.deed("glance")["state"] in {"warn", "bad"}
    box.door.run("rm /data/full /data/fuller")
    saves(tono, MANY)
    tono.stop()
    before = tono.history.compare(f"sqlite:///{copy_of_the_database(box, tmp_path / 'before.sqlite')}")
    assert before.whole, before

    stick = new_stick(tmp_path / "stick.raw")
    box.plug_in(stick)
    device = until(lambda: box.door.deed("list.devices")["devices"], "the stick is seen", 60)[0]["device"]
    with figures.seconds("backup to a stick"):
        kept = box.door.deed("backup.now", device=device)["backup"]
    with figures.seconds("backup tried in a scratch place"):
        box.door.deed("backup.verify", backup=kept["id"], device=device)
    code = box.door.deed("backup.code", account="anto", password=PASSWORD)["code"]
    box.pull_out()
    box.pull_the_plug()

    other = set_up()
    other.plug_in(stick)
    until(lambda: other.door.deed("list.devices")["devices"], "the stick is seen", 60)
    with figures.seconds("backup restored into a fresh box"):
        other.door.deed("backup.restore", backup=kept["id"], recovery_code=code, device=device)
    other.wait_until_served(300)
    after = tono.history.compare(f"sqlite:///{copy_of_the_database(other, tmp_path / 'after.sqlite')}")
    assert after.whole, after
    assert after.acknowledged == before.acknowledged
    assert "utuh" in other.door.run("GUYUB_CONFIG=/run/guyub/sekolah.toml guyub audit verify", 120).lower()
