"""USB sticks and second disks: which there are, mounted for the time of a block, and the daily way by stick.

A device is named by its file system's UUID and nothing else. It is mounted read-only unless it is to be written, and
taken out of use afterwards. The box's own disk is never offered; nothing is formatted.
"""

from __future__ import annotations

import json
import os
import pwd
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.box_actions import ListDevices, PutOnStick, TakeFromStick
from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import mounting, programs
from appliance.actions import Actions, Tell
from appliance.places import Places, places

FILE_SYSTEMS = ("vfat", "exfat", "ntfs", "ext2", "ext3", "ext4", "btrfs", "xfs")
WITHOUT_OWNERS = ("vfat", "exfat", "ntfs")  # whoever mounts says to whom the files belong
UUID = re.compile(r"[0-9A-Za-z-]{4,40}")
PROGRAM_S = 60
COLUMNS = "NAME,PATH,TYPE,FSTYPE,UUID,LABEL,PARTLABEL,SIZE,MODEL,TRAN,RM,MOUNTPOINTS"
OWN_LABELS = ("guyub-a", "guyub-b", "guyub-data")
OWN_PLACES = ("/", "/data", "/efi", "/boot", "/var", "/usr", "/nix", "[SWAP]")
STICK_TREE = "guyub"
STICK_S = 3600


@dataclass(frozen=True)
class Device:
    """A file system that could be a stick or a second disk. `device` is its UUID, sizes are bytes."""

    device: str
    name: str
    path: str
    file_system: str
    size: int


def find_devices() -> list[Device]:
    """What is plugged in and can be read, without the disk that the box runs from."""
    return usable(_blocks())


def usable(blocks: list[dict[str, Any]]) -> list[Device]:
    """The devices in lsblk's tree: a disk of which the system uses a part is the system's whole."""
    found = []
    for disk in blocks:
        parts = list(_below(disk))
        if any(_is_own(part) for part in parts):
            continue
        found += [_device(disk, part) for part in parts if _is_readable(part)]
    return found


def find_device(uuid: str) -> Device:
    """The device; refuses B-501 one that is not there (any more)."""
    for device in find_devices() if UUID.fullmatch(uuid) else ():
        if device.device == uuid:
            return device
    raise Refusal(
        "B-501",
        N_("USB atau disk ini tidak terpasang."),
        N_("Pasang perangkatnya, tunggu lima detik, lalu muat ulang daftar."),
        status=409,
    )


@contextmanager
def mounted(here: Places, uuid: str, *, write: bool, owner: str = "root") -> Iterator[Path]:
    """The device's files, for the time of a block. Refuses B-501 (gone), B-502 (cannot be mounted)."""
    device = find_device(uuid)
    words = options(device, write=write, owner=owner)
    try:
        with mounting.mounted(here, device.path, _kernel_name(device), words) as place:
            try:
                yield place
            finally:
                programs.output("sync", "-f", str(place), limit_s=STICK_S)
    except mounting.NotMountedError as error:
        raise _not_mounted() from error


def options(device: Device, *, write: bool, owner: str) -> str:
    """Mount options: `owner` gets the files where the file system knows no owners."""
    words = ["rw" if write else "ro"]
    if device.file_system in WITHOUT_OWNERS:
        who = pwd.getpwnam(owner)
        words += [f"uid={who.pw_uid}", f"gid={who.pw_gid}", "umask=0077"]
    return ",".join(words)


def _list(_action: ListDevices, _tell: Tell) -> dict[str, Any]:
    found = []
    for device in find_devices():
        told = {"device": device.device, "name": device.name, "size": device.size, "file_system": device.file_system}
        found.append({**told, "free": free_space(places(), device)})
    return {"devices": found}


def free_space(here: Places, device: Device) -> int:
    """Free bytes; 0 where the device cannot be mounted."""
    try:
        with mounted(here, device.device, write=False) as place:
            room = os.statvfs(place)
    except (Refusal, OSError):
        return 0
    return room.f_bavail * room.f_frsize


def _take(action: TakeFromStick, tell: Tell) -> dict[str, Any]:
    here = places()
    tell(N_("Membaca USB"))
    with mounted(here, action.device, write=False, owner="guyub") as place:
        return {"lines": run_stick(here, "in", place)}


def _put(action: PutOnStick, tell: Tell) -> dict[str, Any]:
    here = places()
    tell(N_("Menulis hasil ke USB"))
    with mounted(here, action.device, write=True, owner="guyub") as place:
        give_tree(place)
        return {"lines": run_stick(here, "out", place)}


def give_tree(place: Path, owner: str = "guyub") -> None:
    """The folder that the program writes: its own, where the file system knows owners. A link there is refused."""
    who, tree = pwd.getpwnam(owner), place / STICK_TREE
    try:
        tree.mkdir(exist_ok=True)
        if tree.is_symlink():
            raise PermissionError("a link")
        if tree.stat().st_uid != who.pw_uid:
            os.chown(tree, who.pw_uid, who.pw_gid, follow_symlinks=False)
    except OSError as error:
        raise Refusal(
            "B-503",
            N_("USB ini tidak dapat ditulisi."),
            N_("Buka kunci tulisnya atau pakai USB lain, lalu ulangi."),
            status=409,
        ) from error


def run_stick(here: Places, direction: str, folder: Path) -> list[str]:
    """`guyub sekolah stick in|out` as the program's user; its lines. What it refuses is passed on as it is."""
    line = (*programs.GUYUB, "sekolah", "stick", direction, str(folder))
    done = programs.run_for(here, "sekolah", line, limit_s=STICK_S)
    if done.returncode:
        raise programs.refusal_in(done.stderr) or Refusal(
            "B-504",
            N_("Isi USB tidak dapat diolah."),
            N_("Lihat Status Download, lalu ulangi. Bila terulang, buat berkas bantuan dan hubungi pusat."),
            status=409,
        )
    return done.stdout.splitlines()


def _blocks() -> list[dict[str, Any]]:
    said = programs.output("lsblk", "--json", "--bytes", "--output", COLUMNS, limit_s=PROGRAM_S)
    try:
        found: list[dict[str, Any]] = json.loads(said)["blockdevices"]
    except (ValueError, KeyError):
        return []
    return found


def _below(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield block
    for child in block.get("children") or ():
        yield from _below(child)


def _is_own(block: dict[str, Any]) -> bool:
    places_used = [place for place in block.get("mountpoints") or () if place]
    named = str(block.get("partlabel") or "") in OWN_LABELS
    return named or any(place in OWN_PLACES for place in places_used)


def _is_readable(block: dict[str, Any]) -> bool:
    known = block.get("fstype") in FILE_SYSTEMS and UUID.fullmatch(str(block.get("uuid") or "")) is not None
    return known and block.get("type") in {"part", "disk", "loop", "crypt", "lvm", "rom"}


def _device(disk: dict[str, Any], part: dict[str, Any]) -> Device:
    named = (part.get("label") or "", (disk.get("model") or "").strip(), part["name"])
    name = next(word for word in named if word)
    if part.get("label") and disk.get("model"):
        name = f"{part['label']} ({disk['model'].strip()})"
    return Device(str(part["uuid"]), name, str(part["path"]), str(part["fstype"]), int(part["size"] or 0))


def _kernel_name(device: Device) -> str:
    return "ntfs3" if device.file_system == "ntfs" else device.file_system


def _not_mounted() -> Refusal:
    return Refusal(
        "B-502",
        N_("USB atau disk ini tidak dapat dibaca."),
        N_(
            "Cabut dan pasang lagi. Bila tetap begitu, periksa di komputer lain atau pakai USB lain (FAT32 atau exFAT)."
        ),
        status=409,
    )


ACTIONS: Actions = {ListDevices: _list, TakeFromStick: _take, PutOnStick: _put}
