"""Vagrant boxes, one a provider: the same disk, and beside it what Vagrant wants to know.

A box is for trials and training: its disk names a key for the account `teknisi` that lies in the box for all to read.
It is therefore put into the box's copy of the disk and into no other artifact.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from packer import layout, ova
from packer.running import BuildError, Steps

FILES = Path(__file__).parent / "files"
PROVIDERS = ("virtualbox", "libvirt")
FIRST_SETTINGS = "/usr/lib/guyub/first-box.toml"  # taken as box.toml at first boot where it exists


def make_key(steps: Steps, key: Path) -> str:
    """Make the key of the boxes; gives its public half as one line."""
    public = key.with_name(f"{key.name}.pub")
    for path in (key, public):
        path.unlink(missing_ok=True)
    steps.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "vagrant", "-f", key], remedy="Install openssh.")
    return public.read_text(encoding="utf-8").strip()


def open_for_vagrant(steps: Steps, disk: Path, public_key: str) -> None:
    """Write the settings that let Vagrant in into the root file system of this (raw) disk."""
    settings = disk.with_suffix(".toml")
    settings.write_text(f'[remote]\nssh = true\nkeys = ["{public_key}"]\n', encoding="utf-8")
    offset = layout.start_mib(layout.ROOT_A) * layout.MIB
    where = f"{disk}?offset={offset}"
    steps.run(
        ["debugfs", "-w", "-R", f"write {settings} {FIRST_SETTINGS}", where],
        remedy="The root file system is not where packer/layout.py says.",
    )
    told = steps.read(["debugfs", "-R", f"cat {FIRST_SETTINGS}", where], remedy="See the log.")
    if told != settings.read_text(encoding="utf-8"):  # debugfs says nothing when it fails to write
        raise BuildError("The settings of the box were not written.", "See the log.")
    settings.unlink()


def make_box(steps: Steps, provider: str, disk: Path, key: Path, target: Path, version: str) -> None:
    """Pack a box for one provider; `disk` is of its full capacity already."""
    folder = target.with_suffix(f".{provider}")
    folder.mkdir()
    metadata: dict[str, object] = {"provider": provider}
    if provider == "libvirt":
        steps.run(["qemu-img", "convert", "-c", "-O", "qcow2", disk, folder / "box.img"], remedy="Is the disk full?")
        metadata |= {"format": "qcow2", "virtual_size": layout.CAPACITY_GB}
    else:
        archive = folder / "box.ova"
        ova.make_ova(steps, disk, archive, version)
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()
    (folder / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    (folder / "Vagrantfile").write_bytes((FILES / "box.Vagrantfile").read_bytes())
    (folder / "teknisi.key").write_bytes(key.read_bytes())
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as packed:
        for path in sorted(folder.iterdir()):
            packed.add(path, path.name)
            path.unlink()
    folder.rmdir()
