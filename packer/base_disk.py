"""The base disk: Debian 13 made by mmdebstrap, the roles applied to it, and both put on a partitioned disk.

All of it runs natively, without loop devices and without a virtual machine, because a machine under emulation takes
twenty times as long. GRUB is not on the disk yet: Packer starts the kernel directly and puts it there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packer import layout
from packer.layout import MIB, SECTOR
from packer.running import Steps

SUITE = "trixie"
# What a bare system needs to be reached and to start; everything else is named by the role that uses it.
PACKAGES = (
    "ca-certificates",
    "dbus",
    "grub-efi-amd64-bin",
    "grub-pc-bin",
    "grub2-common",
    "initramfs-tools",
    "iproute2",
    "linux-image-amd64",
    "openssh-server",
    "python3",
    "python3-venv",
    "systemd-sysv",
    "udev",
    "zstd",
)
NOT_NEEDED = ("usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*", "usr/share/info/*")
NETWORK_REMEDY = "Check the network and Debian's mirror, then run make image again."


def clear(steps: Steps, root: Path) -> None:
    """Remove a root, also that of a build which was cut: its mounts first, for /dev there is this machine's own."""
    places = [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    for place in sorted((Path(place) for place in places), reverse=True):
        if place.is_relative_to(root):
            steps.run(["umount", "-l", place], remedy="Unmount it by hand.")
    if root.exists():
        shutil.rmtree(root)


def make_root(steps: Steps, root: Path) -> None:
    """Debian into an empty folder. Documentation and translations are left out, licences kept."""
    options = [f"--dpkgopt=path-exclude=/{pattern}" for pattern in NOT_NEEDED]
    options.append("--dpkgopt=path-include=/usr/share/doc/*/copyright")
    steps.run(
        ["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", *options, SUITE, root],
        remedy=NETWORK_REMEDY,
    )


def apply_roles(steps: Steps, root: Path, *, playbook: str, wheelhouse: Path, keyring: Path, scratch: Path) -> None:
    """The playbook of the image, natively, through a chroot."""
    given = ["-e", f"program_wheelhouse={wheelhouse}", "-e", f"updates_keyring={keyring}"]
    inventory = scratch / "root.ini"
    inventory.write_text(
        "[box]\nsekolah ansible_connection=community.general.chroot "
        f"ansible_host={root} ansible_python_interpreter=/usr/bin/python3\n",
        encoding="utf-8",
    )
    with _kernel_places(steps, root):
        steps.run(
            [playbook, "-i", inventory, "ansible/playbooks/image.yml", *given],
            environment={"ANSIBLE_CONFIG": "ansible/ansible.cfg"},
            remedy="The task above names what failed; ansible/README.md says what each role does.",
        )
    shutil.rmtree(root / "tmp/.ansible", ignore_errors=True)  # what a running system has mounted over hides it
    menu = root / "usr/lib/guyub/grub.cfg"
    menu.parent.mkdir(exist_ok=True)
    shutil.copyfile(Path(__file__).parent / "files" / "grub.cfg", menu)


@contextmanager
def _kernel_places(steps: Steps, root: Path) -> Iterator[None]:
    """/proc, /sys and /dev for the programs that run in the root, and names of hosts; services must not start there."""
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    resolver = root / "etc/resolv.conf"
    kept = resolver.readlink() if resolver.is_symlink() else None
    resolver.unlink(missing_ok=True)
    shutil.copyfile("/etc/resolv.conf", resolver)
    mounted: list[Path] = []
    try:
        for kind, name in (("proc", "proc"), ("sysfs", "sys")):
            steps.run(["mount", "-t", kind, kind, root / name], remedy="Run as root.")
            mounted.append(root / name)
        steps.run(["mount", "--rbind", "--make-rslave", "/dev", root / "dev"], remedy="Run as root.")
        mounted.append(root / "dev")
        yield
    finally:
        for place in reversed(mounted):
            steps.run(["umount", "-R", "-l", place], remedy="Unmount it by hand.")
        policy.unlink(missing_ok=True)
        if not resolver.is_symlink():  # the role `seal` leaves a link of its own
            resolver.unlink(missing_ok=True)
            if kept is not None:
                resolver.symlink_to(kept)


def make_disk(steps: Steps, root: Path, disk: Path) -> None:
    """Partition a file and put the root and an empty EFI partition into it."""
    disk.unlink(missing_ok=True)
    with disk.open("wb") as file:
        file.truncate(layout.disk_mib() * MIB)
    line: list[str | Path] = ["sgdisk", "--clear", "--set-alignment=2048"]
    for part in layout.PARTITIONS:
        first = layout.start_mib(part) * MIB // SECTOR
        last = first + part.size_mib * MIB // SECTOR - 1
        line += [f"--new={part.number}:{first}:{last}", f"--typecode={part.number}:{part.kind}"]
        line += [f"--change-name={part.number}:{part.name}", f"--partition-guid={part.number}:{part.identity}"]
    steps.run([*line, disk], remedy="Install gdisk.")
    root_file, efi_file = disk.with_suffix(".root"), disk.with_suffix(".efi")
    for path, part in ((root_file, layout.ROOT_A), (efi_file, layout.EFI)):
        path.unlink(missing_ok=True)
        with path.open("wb") as file:
            file.truncate(part.size_mib * MIB)
    # a file of its own for the EFI file system: made in place it would count too many blocks
    steps.run(["mkfs.vfat", "-F", "32", "-s", "1", "-n", "GUYUB-EFI", efi_file], remedy="Install dosfstools.")
    steps.run(
        ["mkfs.ext4", "-q", "-L", "guyub-root", "-m", "1", "-O", "^metadata_csum_seed", "-d", root, root_file],
        remedy="The root may not fit: see its size above, and packer/layout.py.",
    )
    for path, part in ((root_file, layout.ROOT_A), (efi_file, layout.EFI)):
        put_into(path, disk, layout.start_mib(part) * MIB)
        path.unlink()


def put_into(part: Path, disk: Path, offset: int) -> None:
    """Copy a partition's content into the disk, leaving out what is empty so that the file stays small."""
    blank = bytes(MIB)
    with part.open("rb") as source, disk.open("r+b") as target:
        for number in range(0, part.stat().st_size, MIB):
            block = source.read(MIB)
            if block != blank[: len(block)]:
                target.seek(offset + number)
                target.write(block)
        os.fsync(target.fileno())


def take_out(disk: Path, part: layout.Partition, target: Path) -> None:
    """Copy a partition out of the disk into a file of its own."""
    with disk.open("rb") as source, target.open("wb") as file:
        file.truncate(part.size_mib * MIB)
        source.seek(layout.start_mib(part) * MIB)
        for number in range(part.size_mib):
            block = source.read(MIB)
            if block.strip(b"\0"):
                file.seek(number * MIB)
                file.write(block)
