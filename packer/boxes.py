"""Vagrant boxes, one a provider: the same disk, and beside it what Vagrant wants to know.

A box is for trials and training: its disk lets in a key that lies in the box for all to read.
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
SETTINGS = "/usr/lib/guyub/trial-box.toml"
TAKE_THEM = "/usr/lib/tmpfiles.d/guyub-trial.conf"  # as box.toml at the first boot
FORWARDING = "/etc/ssh/sshd_config.d/00-guyub-trial.conf"  # read before the box's own, and the first word counts


def make_key(steps: Steps, key: Path) -> str:
    """Make the key of the boxes; gives its public half as one line."""
    public = key.with_name(f"{key.name}.pub")
    for path in (key, public):
        path.unlink(missing_ok=True)
    steps.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "vagrant", "-f", key], remedy="Install openssh.")
    return public.read_text(encoding="utf-8").strip()


def open_for_vagrant(steps: Steps, disk: Path, public_key: str) -> None:
    """Write what lets Vagrant in, as root and by key, into the root file system of this (raw) disk."""
    _write_into(steps, disk, SETTINGS, f'[remote]\nssh = true\nkeys = ["{public_key}"]\n')
    _write_into(
        steps, disk, FORWARDING, "# Vagrant with libvirt forwards its ports through SSH.\nAllowTcpForwarding local\n"
    )
    _write_into(steps, disk, TAKE_THEM, f"C /var/lib/guyub/box/box.toml 0600 root root - {SETTINGS}\n")


def _write_into(steps: Steps, disk: Path, path: str, text: str) -> None:
    where = f"{disk}?offset={layout.start_mib(layout.ROOT_A) * layout.MIB}"
    source = disk.with_suffix(".file")
    source.write_text(text, encoding="utf-8")
    steps.run(["debugfs", "-w", "-R", f"write {source} {path}", where], remedy="See packer/layout.py.")
    source.unlink()
    if steps.read(["debugfs", "-R", f"cat {path}", where], remedy="See the log.") != text:
        raise BuildError(f"{path} was not written.", "debugfs says in the log why.")


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
    (folder / "trial.key").write_bytes(key.read_bytes())
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as packed:
        for path in sorted(folder.iterdir()):
            packed.add(path, path.name)
            path.unlink()
    folder.rmdir()
