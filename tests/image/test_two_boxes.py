"""Two boxes from one image, on different machines, have nothing secret in common, not even the name of a key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.image import technician
from tests.image.figures import Figures
from tests.image.hardware import Box

pytestmark = pytest.mark.timeout(1800)
# Content that may be equal: settings are the same before anything is set up.
SECRETS = (
    "find /var/lib/guyub -type f ! -name box.toml ! -name '*.sqlite*' "
    "! -path '*/static/*' ! -path '*/reserve/*' ! -path '*/metrics/*' ! -size 0 "
    "-exec sha256sum {} + ; sha256sum /etc/machine-id; cat /var/lib/guyub/box/ssh/*.pub | cut -d' ' -f2"
)
MADE = ("box/ssh/", "box/ca/", "box/tls/", "box/backup.key", "sekolah/keys/")
ALIKE = ("prepared", "version")  # they say which program prepared the data


def secrets_of(box: Box) -> dict[str, str]:
    """Hash → file of all that a first start wrote."""
    lines = (line.split() for line in box.door.run(SECRETS, 120).splitlines())
    return {line[0]: line[-1] for line in lines}


def test_two_boxes_from_one_image_share_no_secret(new_box: Box, second_box: Box) -> None:
    first, second = secrets_of(new_box), secrets_of(second_box)
    for place in MADE:
        assert any(place in path for path in first.values()), f"the first box made no {place}"
        assert any(place in path for path in second.values()), f"the second box made no {place}"
    assert any("box/setup-code" in path for path in second.values()), "it is not set up yet"
    shared = {path for secret, path in first.items() if secret in second and not path.endswith(ALIKE)}
    assert shared == set()


@pytest.mark.long
def test_a_box_is_set_up_in_the_browser_as_well(second_box: Box, chromium: Browser, figures: Figures) -> None:
    with figures.seconds("set up in the browser"):
        technician.set_up_in_browser(second_box, chromium, second_box.door.run(technician.CODE).strip())
    assert second_box.door.deed("glance")["set_up"] is True


def test_uefi_serves_the_page_that_sets_it_up(second_box: Box) -> None:
    assert second_box.hardware.firmware == "uefi"
    assert second_box.door.run("test -d /sys/firmware/efi && echo yes").strip() == "yes"
