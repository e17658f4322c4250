"""Measures the machine for the doctor; each measurement is bounded in time, and none changes anything that stays."""

from __future__ import annotations

import base64
import csv
import hashlib
import http.client
import os
import socket
import ssl
import statistics
import subprocess
import sysconfig
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography import x509

from appliance.doctor.care import Synchronised
from appliance.doctor.hardware import Flushes
from appliance.doctor.network import Certificate
from appliance.programs import output

PROBE = ".flush-probe"
FLUSHES, FLUSHES_S = 40, 2.0
PROGRAM_S = 5
SERVICES = ("guyub-exam", "guyub-web", "guyub-front", "chrony")


def memory_size() -> int:
    """Bytes of memory that the kernel sees."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def measure_flushes(folder: Path, sys_folder: Path = Path("/sys")) -> Flushes:
    """Write single blocks and have each flushed, as saving does; for two seconds at most."""
    probe = folder / PROBE
    took: list[float] = []
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, FLUSHES * 4096)
        os.fsync(descriptor)
        end = time.monotonic() + FLUSHES_S
        for place in range(FLUSHES):
            began = time.perf_counter()
            os.pwrite(descriptor, os.urandom(4096), place * 4096)
            os.fdatasync(descriptor)
            took.append((time.perf_counter() - began) * 1000)
            if time.monotonic() > end:
                break
    finally:
        os.close(descriptor)
        probe.unlink()
    bus, turning, cache, model = _disk_below(folder, sys_folder)
    return Flushes(statistics.median(took), max(took), bus, turning, cache, model)


def virtualisation() -> str:
    """systemd's word: "none", "oracle" (VirtualBox), "vmware", "kvm", "qemu", "microsoft" …"""
    return output("systemd-detect-virt", "--vm", limit_s=PROGRAM_S).strip() or "none"


def has_balloon(modules: Path = Path("/sys/module"), drivers: Path = Path("/sys/bus")) -> bool:
    """Whether the host can take memory away at any time (Hyper-V's dynamic memory)."""
    devices = drivers / "vmbus/drivers/hv_balloon"
    return (
        devices.is_dir() and any(path.is_symlink() for path in devices.iterdir()) and (modules / "hv_balloon").is_dir()
    )


def duplex(card: str, folder: Path) -> str:
    """ "full", "half" or ""."""
    return _read(folder / card / "duplex")


def synchronised() -> Synchronised | None:
    """What chrony says; None when it does not answer."""
    rows = list(csv.reader(output("chronyc", "-c", "-n", "tracking", limit_s=PROGRAM_S).splitlines()))
    try:
        return Synchronised(rows[0][13] != "Not synchronised", float(rows[0][4]))
    except (IndexError, ValueError):
        return None


def used_zone(localtime: Path) -> str:
    """The zone behind /etc/localtime."""
    return str(localtime.resolve()).partition("/zoneinfo/")[2] or "UTC"


def finds(name: str) -> bool:
    """Whether this name has an address; bounded by the resolver's own patience, and by the doctor's."""
    try:
        return bool(socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM))
    except OSError:
        return False


def read_certificate(path: Path) -> Certificate | None:
    """The server's certificate; None when it is not there or not readable."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return None
    addresses = frozenset(str(address) for address in names.get_values_for_type(x509.IPAddress))
    return Certificate(found.not_valid_after_utc, found.not_valid_before_utc, addresses)


def front_answers_securely(authority: Path, port: int = 443) -> bool:
    """Whether the front answers with a certificate of this box's own authority."""
    try:
        context = ssl.create_default_context(cafile=str(authority))
        context.check_hostname = False  # asked on loopback; names are another check
        with closing(http.client.HTTPSConnection("127.0.0.1", port, timeout=PROGRAM_S, context=context)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


def stopped_services(services: tuple[str, ...] = SERVICES) -> list[str]:
    """Those of these services that do not run; raises OSError where there is no systemd."""
    names = [f"{name}.service" for name in services]
    done = subprocess.run(
        ["systemctl", "is-active", *names], capture_output=True, text=True, check=False, timeout=PROGRAM_S
    )
    states = done.stdout.split()
    if len(states) != len(names):
        raise OSError(done.stderr.strip() or "systemctl does not answer")
    return [name for name, state in zip(services, states, strict=True) if state not in {"active", "activating"}]


def changed_files(site: Path | None = None) -> tuple[int, list[str]]:
    """How many files of the installed packages were looked at, and those that are not as they were installed.

    The hashes are those that the installation wrote beside the packages; they tell damage and careless hands. Against
    somebody with the rights of root only the signed image helps.
    """
    folder = site or Path(sysconfig.get_path("purelib"))
    files, changed = 0, []
    for record in folder.glob("*.dist-info/RECORD"):
        for name, known, _size in csv.reader(record.read_text(encoding="utf-8").splitlines()):
            if not known.startswith("sha256=") or name.startswith(".."):
                continue
            files += 1
            if _hash(folder / name) != known.removeprefix("sha256="):
                changed.append(name)
    return files, changed


def is_sealed(mounts: Path = Path("/proc/mounts")) -> bool | None:
    """Whether the root file system is read-only; None where it is no file system of its own (a container)."""
    for line in _read(mounts).splitlines():
        source, place, kind, options = line.split()[:4]
        if place == "/":
            return "ro" in options.split(",") if source.startswith("/dev/") and kind != "overlay" else None
    return None


def _disk_below(folder: Path, sys_folder: Path) -> tuple[str, bool, str, str]:
    """Bus, whether it turns, the cache's mode and the model of the disk under a folder."""
    number = folder.stat().st_dev
    place = sys_folder / "dev/block" / f"{os.major(number)}:{os.minor(number)}"
    if not place.exists():
        return "", False, "", ""
    disk = place.resolve()
    disk = disk if (disk / "queue").is_dir() else disk.parent
    slaves = list((disk / "slaves").iterdir()) if (disk / "slaves").is_dir() else []
    disk = slaves[0].resolve() if slaves else disk
    disk = disk if (disk / "queue").is_dir() else disk.parent
    model = _read(disk / "device/model")
    turning = _read(disk / "queue/rotational") == "1"
    return _bus(str(disk), model), turning, _read(disk / "queue/write_cache"), model


def _bus(path: str, model: str) -> str:
    if "/usb" in path:
        return "usb"
    made_up = ("vbox", "vmware", "virtual", "qemu", "msft")
    if "/virtio" in path or "/vmbus" in path or "/loop" in path or any(word in model.lower() for word in made_up):
        return "virtual"
    return "disk"


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return ""
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def local_now(now: datetime, zone: str) -> datetime:
    """`now` where the school is."""
    return now.astimezone(ZoneInfo(zone))
