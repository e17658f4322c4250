"""Where a school keeps its backups: a folder of another computer, a stick of whatever kind it was bought."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.machines import until
from tests.image.artifacts import Images
from tests.image.hardware import SHARE, Box, Hardware, new_stick

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
KINDS = {"exfat": ("mkfs.exfat",), "ntfs": ("mkfs.ntfs", "--force", "--quick")}


def test_a_share_and_sticks_of_other_kinds_take_backups_that_can_be_restored(
    make_box: Callable[..., Box], images: Images, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    box = make_box(images.one(".qcow2"), hardware=Hardware(share=share)).switch_on()
    box.wait_until_served()
    told = {"target": "smb", "smb_share": SHARE, "smb_user": "cadangan", "smb_password": "kuda-laut-ungu"}
    box.door.deed("settings.change", table="backup", values=told)
    keep_one(box)
    assert list(share.iterdir())
    for kind, make in KINDS.items():
        box.plug_in(new_stick(tmp_path / kind, make))
        (seen,) = until(lambda: box.door.deed("list.devices")["devices"], f"the {kind} stick is seen", 60)
        keep_one(box, device=seen["device"])
        box.pull_out()
        until(lambda: not box.door.deed("list.devices")["devices"], "the stick is gone", 60)
    assert "/run/guyub/mounts" not in box.door.run("cat /proc/self/mounts")
    box.pull_the_plug()


def keep_one(box: Box, **where: str) -> None:
    """A backup is made there, listed there, and can be restored from there."""
    kept = box.door.deed("backup.now", **where)["backup"]
    assert kept["id"] in {one["id"] for one in box.door.deed("backup.list", **where)["backups"]}
    box.door.deed("backup.verify", backup=kept["id"], **where)
