"""The roots that hosts are booted from: bare Debian, an exam PC as a school has it. Made once, kept, never written to.

A PC's root brings the packages of its roles as files of apt's archive, not installed: the roles really install them, on
a LAN that has no internet.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build" / "lab"
ARCHIVE = "/var/cache/apt/archives"
DEBIAN = ("ca-certificates", "dbus", "iproute2", "openssh-server", "python3", "python3-venv", "systemd-sysv", "udev")
# libfaketime: containers share the kernel's clock, so a PC whose clock is wrong has it preloaded in every program
PC = (
    "ca-certificates", "dbus", "iproute2", "iputils-ping", "libfaketime", "openssh-server", "python3", "python3-apt",
    "systemd-sysv",
)  # fmt: skip
PC_PACKAGES = ("cage", "chromium", "chromium-l10n", "fonts-dejavu-core", "grim", "libpam-systemd", "systemd-timesyncd")
PC_ARCHIVE = (
    "cage", "chromium", "chromium-l10n", "chrony", "curl", "fonts-dejavu-core", "grim", "ifupdown", "iputils-arping",
    "libnss3-tools", "libpam-systemd", "network-manager", "systemd-timesyncd", "wtype",
)  # fmt: skip


def check(line: list[str], **more: object) -> str:
    """Run a program that has to succeed; gives what it prints."""
    done = subprocess.run(line, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{line}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return str(done.stdout)


@contextmanager
def made_by_one(folder: Path) -> Iterator[None]:
    """Whoever else wants to make this folder at the same time waits, and then finds it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def debian() -> Path:
    """A bare Debian 13 (GUYUB_LAB_ROOT)."""
    return _given("GUYUB_LAB_ROOT") or _made("debian", DEBIAN)


def debian_with_archive(packages: tuple[str, ...]) -> Path:
    """A bare Debian 13 that has these packages, and what they need, as files of apt's archive, and no other source."""
    return _made("archive", (*DEBIAN, "apt-utils", "python3-apt"), packages, only_source=True)


def server_packages() -> tuple[str, ...]:
    """What the server's roles install."""
    said = yaml.safe_load((REPOSITORY / "ansible/roles/base/defaults/main.yml").read_text(encoding="utf-8"))
    return tuple(said["base_packages"])


def pc() -> Path:
    """Debian 13 with SSH and Python, and what the PCs' roles install as packages in its archive (GUYUB_LAB_PC_ROOT)."""
    return _given("GUYUB_LAB_PC_ROOT") or _made("pc", PC, PC_ARCHIVE)


def pc_with_packages(folder: Path) -> list[Path]:
    """The layers of such a PC after its packages were installed, once for all PCs of a lab."""
    upper, root, whole = folder / "upper", folder / "root", folder / "whole"
    if whole.exists():
        return [upper, pc()]
    for place in (upper, folder / "work", root):
        place.mkdir(parents=True)
    layers = f"lowerdir={pc()},upperdir={upper},workdir={folder}/work"
    check(["mount", "-t", "overlay", "overlay", "-o", layers, str(root)])
    try:
        check(["mount", "-t", "proc", "proc", str(root / "proc")])
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "--no-download"]
        install += ["-o", "Dpkg::Options::=--force-unsafe-io", *PC_PACKAGES]
        check(["chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", *install])
    finally:
        subprocess.run(["umount", "--recursive", str(root)], check=False)
    whole.touch()
    return [upper, pc()]


def _given(variable: str) -> Path | None:
    given = os.environ.get(variable)
    return Path(given) if given else None


def _made(kind: str, packages: tuple[str, ...], archive: tuple[str, ...] = (), *, only_source: bool = False) -> Path:
    """Named after what is in it, so that another list makes another root."""
    key = hashlib.sha256(repr((packages, archive)).encode()).hexdigest()[:8]
    root = BUILD / f"{kind}-{key}"
    with made_by_one(root):
        return root if root.is_dir() else _make(root, packages, archive, only_source=only_source)


def _make(root: Path, packages: tuple[str, ...], archive: tuple[str, ...], *, only_source: bool) -> Path:
    draft = root.with_suffix(".draft")
    check(["rm", "-rf", str(draft)])
    line = ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", "--skip=cleanup/apt/lists"]
    check([*line, "trixie", str(draft)])
    if archive:
        (draft / "etc/resolv.conf").write_bytes(Path("/etc/resolv.conf").read_bytes())
        for package in archive:  # one by one: some exclude each other
            fetch = ["apt-get", "install", "--download-only", "--yes", "--no-install-recommends", package]
            check(["chroot", str(draft), *fetch])
        (draft / "etc/resolv.conf").write_bytes(b"")
    if only_source:
        listed = f"cd {ARCHIVE} && apt-ftparchive packages . >Packages"
        check(["chroot", str(draft), "sh", "-c", listed])
        for source in (draft / "etc/apt").glob("sources.list*"):
            check(["rm", "-r", str(source)])
        (draft / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:{ARCHIVE} ./\n", encoding="ascii")
    return draft.rename(root)
