"""What other people's programs make of the artifacts."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.image.artifacts import Images
from tests.image.figures import Figures
from tests.image.hardware import Box, Hardware

# virt-v2v says this of every Debian: it knows only the ways of others to choose the kernel that starts
OF_EVERY_DEBIAN = "virt-v2v: warning: could not determine a way to update the configuration of Grub2"
VAGRANTFILE = Path(__file__).resolve().parents[2] / "Vagrantfile"
pytestmark = [pytest.mark.long, pytest.mark.timeout(3000)]


def test_the_appliance_is_imported_without_a_warning_and_the_result_serves(
    images: Images, make_box: Callable[..., Box], accelerator: str, figures: Figures, tmp_path: Path
) -> None:
    line = ["virt-v2v", "-i", "ova", str(images.one(".ova")), "-o", "local", "-os", str(tmp_path), "-of", "qcow2"]
    with figures.seconds("OVA through virt-v2v"):
        done = subprocess.run(
            line,
            env=os.environ | {"LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_BACKEND_SETTINGS": f"force_{accelerator}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=2400,
        )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told[-3000:]
    assert "warning" not in told.replace(OF_EVERY_DEBIAN, "").lower(), told
    disk = next(path for path in tmp_path.iterdir() if path.suffix != ".xml")
    box = make_box(disk, "qcow2").switch_on()
    figures.note("OVA after virt-v2v: power to page", box.wait_until_served())
    box.pull_the_plug()


@pytest.mark.parametrize("provider", ["virtualbox", "libvirt"])
def test_a_vagrant_box_holds_what_its_provider_reads_and_its_disk_serves(
    images: Images, make_box: Callable[..., Box], figures: Figures, tmp_path: Path, provider: str
) -> None:
    with tarfile.open(images.one(f"-{provider}.box")) as packed:
        packed.extractall(tmp_path, filter="data")
    assert json.loads((tmp_path / "metadata.json").read_text())["provider"] == provider
    disk = next(path for path in tmp_path.iterdir() if path.suffix in {".img", ".vmdk"})
    kind = "qcow2" if provider == "libvirt" else "vmdk"
    box = make_box(disk, kind, Hardware(disk="ahci", card="e1000")).switch_on()
    figures.note(f"box for {provider}: power to page", box.wait_until_served())
    box.pull_the_plug()


def test_vagrant_brings_the_box_up(images: Images, accelerator: str, figures: Figures, tmp_path: Path) -> None:
    apart = ["unshare", "--net", "--mount", str(Path(__file__).with_name("vagrant-up"))]
    driver = "qemu" if accelerator == "tcg" else "kvm"
    line = [*apart, str(VAGRANTFILE), str(images.one("-libvirt.box")), driver, str(tmp_path)]
    with figures.seconds("vagrant up, and gone again"):
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=2400)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "inside: root\nactive\n/dev/vda" in done.stdout.replace("\r", ""), done.stdout
    assert done.stdout.count("page: 200") == 2, done.stdout
    written = int(done.stdout.partition("written: ")[2].split()[0])
    assert written < 2 << 30, f"the first start wrote {written} bytes: is the whole disk filled?"
