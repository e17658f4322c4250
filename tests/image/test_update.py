"""An update takes the place of the system, unless it serves nobody: then the system before runs again, and its data."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from packer import artifacts, layout
from packer.running import Steps
from tests.end_to_end.machines import until
from tests.image import technician
from tests.image.artifacts import FOLDER, Images
from tests.image.figures import Figures
from tests.image.hardware import Box, new_stick

pytestmark = [pytest.mark.long, pytest.mark.timeout(5400)]
OUTCOME = "cat /var/lib/guyub/box/update.json"
WEB = "opt/guyub/venv/lib/python3.13/site-packages/app/wsgi.py"
BACK_S = 1500  # a broken system is waited for, then two starts


@dataclass(frozen=True)
class Release:
    """Makes releases that differ from the image only in what a test wants."""

    raw: Path
    folder: Path

    def on_a_stick(self, version: str, changed: dict[str, str]) -> Path:
        """A USB stick with the signed update of this version; `changed` are files of the root and their text."""
        work = self.folder / version
        work.mkdir()
        disk = work / "disk.raw"
        subprocess.run(["cp", "--sparse=always", str(self.raw), str(disk)], check=True)
        for path, text in {**changed, "opt/guyub/version": f"{version}\n"}.items():
            self._put(disk, path, text)
        key, certificate = (FOLDER.parent / "signing" / name for name in ("key.pem", "certificate.pem"))
        assert key.exists(), "the key that signed the image is not here: build it on this machine (make image)"
        steps = Steps(work / "log", 1)
        artifacts.KINDS["update"].make(steps, artifacts.Source(disk, work, version, key, certificate), work)
        disk.unlink()
        return self._stick(next(work.glob("*.raucb")))

    def _put(self, disk: Path, path: str, text: str) -> None:
        content = self.folder / "content"
        content.write_text(text, encoding="utf-8")
        place = f"{disk}?offset={layout.start_mib(layout.ROOT_A) * layout.MIB}"
        for deed in (f"rm /{path}", f"write {content} /{path}"):
            done = subprocess.run(["debugfs", "-w", "-R", deed, place], capture_output=True, text=True, check=True)
            assert "not found" not in done.stderr, done.stderr

    def _stick(self, bundle: Path) -> Path:
        stick = new_stick(bundle.with_name("stick.raw"))
        subprocess.run(["mcopy", "-i", str(stick), str(bundle), "::"], check=True)
        bundle.unlink()
        return stick


def begin_update(box: Box, stick: Path, figures: Figures, name: str) -> None:
    """Plug the stick in, install, and wait until the machine starts again."""
    before = box.door.run("cat /proc/sys/kernel/random/boot_id")
    box.plug_in(stick)
    device = until(lambda: box.door.deed("list.devices")["devices"], "the stick is seen", 60)[0]["device"]
    with figures.seconds(f"{name}: installed"):
        box.door.deed("update", 1800, device=device)
    until(lambda: box.door.started_again(before), "the machine starts again", 300)


def outcome(box: Box, version: str, seconds: float) -> dict[str, Any]:
    """What the update to this version came to, waited for."""

    def told() -> dict[str, Any] | None:
        answer = box.door.tried(OUTCOME)
        found: dict[str, Any] = json.loads(answer) if answer.startswith("{") else {}
        return found if found.get("version") == version else None

    return until(told, f"the update to {version} came to something", seconds)


def slot(box: Box) -> str:
    return box.door.run("grep -o 'rauc.slot=.' /proc/cmdline").strip()[-1]


def test_an_update_is_kept_when_it_serves_and_makes_way_when_it_does_not_or_the_power_goes(
    make_box: Callable[..., Box], images: Images, raw_disk: Path, figures: Figures, tmp_path: Path
) -> None:
    release = Release(raw_disk, tmp_path)
    box = make_box(images.one(".qcow2"), gib=12).switch_on()
    box.wait_until_served()
    technician.set_up_on_console(box)
    assert slot(box) == "A"

    begin_update(box, release.on_a_stick("7.1.0", {}), figures, "update")
    assert outcome(box, "7.1.0", 900)["outcome"] == "kept"
    assert slot(box) == "B"
    box.wait_until_served()
    box.pull_out()

    broken = release.on_a_stick("7.2.0", {WEB: "raise SystemExit('broken on purpose')\n"})
    begin_update(box, broken, figures, "broken update")
    with figures.seconds("broken update: rolled back"):
        assert outcome(box, "7.2.0", BACK_S)["outcome"] == "rolled_back"
    assert slot(box) == "B"
    assert box.door.run("cat /opt/guyub/version").strip() == "7.1.0"
    box.wait_until_served()
    box.pull_out()

    begin_update(box, release.on_a_stick("7.3.0", {}), figures, "update that is cut")
    box.pull_the_plug()
    box.switch_on()
    assert outcome(box, "7.3.0", 900)["outcome"] == "rolled_back"
    assert slot(box) == "B"
    box.wait_until_served()
    assert "utuh" in box.door.run("GUYUB_CONFIG=/run/guyub/sekolah.toml guyub audit verify", 120).lower()
    box.pull_the_plug()
