"""Whatever machine a school has: old firmware and new, disks and cards of several kinds, one cable or two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from tests.end_to_end.machines import until
from tests.image.artifacts import Images
from tests.image.figures import Figures
from tests.image.hardware import Box, Hardware

SERVED = "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://192.168.0.200/staf/masuk\").status)'"
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_a_machine_with_ahci_and_e1000_serves(
    make_box: Callable[..., Box], images: Images, figures: Figures, firmware: Literal["bios", "uefi"]
) -> None:
    box = make_box(images.one(".qcow2"), hardware=Hardware(firmware=firmware, disk="ahci", card="e1000")).switch_on()
    figures.note(f"{firmware.upper()}, AHCI, e1000: power to page", box.wait_until_served())
    box.press_the_button()


def test_of_two_cards_the_one_that_leads_out_is_the_internets(make_box: Callable[..., Box], images: Images) -> None:
    box = make_box(images.one(".qcow2"), hardware=Hardware(cards=2, internet=True)).switch_on()
    until(lambda: box.door.tried(SERVED, 120) == "200", "the box serves", 800)
    cards = {card["mac"]: card for card in box.door.deed("glance")["cards"]}
    assert cards["52:54:00:67:75:01"]["role"] == "lan"
    assert cards["52:54:00:67:75:02"]["role"] == "internet"
    assert any(address.startswith("192.168.0.200") for address in cards["52:54:00:67:75:01"]["addresses"])
    assert any(address.startswith("10.0.2.") for address in cards["52:54:00:67:75:02"]["addresses"])
    box.pull_the_plug()


def test_a_box_without_the_door_of_the_tests_serves_as_well(make_box: Callable[..., Box], raw_disk: Path) -> None:
    box = make_box(raw_disk, "raw", Hardware(door=False), 8).switch_on()
    box.wait_until_served()
    box.pull_the_plug()
