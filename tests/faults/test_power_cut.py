"""The power goes at a random moment: what the disk holds then is all there is. Every acknowledged save is on it.

The disk is an ext4 image under a loop device. The server is stopped in mid-work, the image is copied as it is, the copy
is mounted and read: whatever had not been flushed to the disk is not in it.
"""

from __future__ import annotations

import asyncio
import copy
import random
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.rehearsal import machine
from app.rehearsal.school import School
from bench.school import Server, furnish
from tests.faults import disks
from tests.faults.conftest import STUDENTS, rounds, tell, within
from tests.faults.history import Comparison
from tests.faults.room import Room
from tests.ports import free_port

DISK_MB = 160
SERVES_AGAIN_S = 60


class Rig:
    """A school whose data lie on a disk that can be copied in mid-work."""

    def __init__(self, image: Path, place: Path, chance: random.Random) -> None:
        self.image = image
        self.chance = chance
        self.school: School = furnish(place / "sekolah", free_port(), working=STUDENTS)
        self.room = Room(self.school.settings.port, self.school.working, chance)
        self.copy = image.with_name("after-the-cut.img")
        self.elsewhere = image.with_name("after-the-cut")

    async def cut(self, server: Server) -> Comparison:
        """Save for a while, cut, and compare the copy with what was acknowledged until then."""
        async with self.room.working():
            await self.room.until_acknowledged(60, 60)
            await asyncio.sleep(self.chance.uniform(0, 0.4))
            everything = [server.pid, *machine.descendants(server.pid)]
            for pid in everything:
                machine.send(pid, signal.SIGSTOP)
            try:
                await asyncio.to_thread(shutil.copyfile, self.image, self.copy)
                await asyncio.sleep(0.2)  # acknowledgements that were on their way
                told = copy.copy(self.room.history)
                told.acknowledged = dict(told.acknowledged)
            finally:
                for pid in everything:
                    machine.send(pid, signal.SIGCONT)
        with disks.mounted(self.copy, self.elsewhere) as place:
            return told.compare(f"sqlite:///{place / 'sekolah' / 'guyub.sqlite'}")


@pytest.fixture
def rig(tmp_path: Path, chance: random.Random) -> Iterator[Rig]:
    with disks.made(tmp_path, DISK_MB) as (image, place):
        yield Rig(image, place, chance)


def test_a_power_cut_loses_nothing_that_was_acknowledged_and_the_school_serves_again(rig: Rig):
    server = Server(rig.school.settings)
    try:
        server.start()
        found = [asyncio.run(rig.cut(server)) for _round in range(rounds(6))]
    finally:
        server.stop()
    tell(f"{len(found)} cuts, acknowledged {found[-1].acknowledged}, lost {sum(len(one.lost) for one in found)}")
    assert all(one.whole for one in found), found
    with disks.mounted(rig.copy, rig.elsewhere) as place:
        data = place / "sekolah"
        after = replace(rig.school.settings, data_dir=data, database_url=f"sqlite:///{data / 'guyub.sqlite'}")
        again = Server(after)
        took = again.start()
        again.stop()
    tell(f"serves again after {took:.1f} s")
    assert took < within(SERVES_AGAIN_S)


def test_the_rig_notices_commits_that_are_not_flushed(rig: Rig):
    """The guard removed: with synchronous=NORMAL the same cuts lose acknowledged saves."""
    server = Server(rig.school.settings, {"synchronous": "NORMAL"})
    try:
        server.start()
        found = [asyncio.run(rig.cut(server)) for _round in range(rounds(6))]
    finally:
        server.stop()
    tell(f"synchronous=NORMAL: losses in {sum(bool(one.lost) for one in found)} of {len(found)} cuts")
    assert any(one.lost for one in found)
