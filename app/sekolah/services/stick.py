"""The daily way by USB stick: package in, results out, receipts in; the same files, the same bytes as by network.

A stick is a folder mounted at this server, or a .zip of its `guyub` folder sent through the browser. What comes in is
checked by the same sync as over the network; this module only finds folders, packs and unpacks.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.services import uploading
from app.sekolah.services.stick_archive import TREE, Caps, unpack
from app.sekolah.services.workplace import Workplace
from app.sync.transport import FolderTransport, stick_folder

MOUNTS = (Path("/media"), Path("/mnt"), Path("/run/media"))
MOST_SHOWN = 20
KEPT_FREE = 500_000_000  # bytes that an archive may not take from the disk


@dataclass(frozen=True)
class Stick:
    """A mounted folder that could be a stick; `ready` says whether it holds a `guyub` folder."""

    path: Path
    ready: bool


def folder_of(place: Workplace, given: Path | None) -> Path:
    """The folder that was given, else the one that the settings name; refuses S-265 if neither."""
    folder = given or (Path(place.usb_path) if place.usb_path else None)
    if folder is None or not folder.is_dir():
        raise Refusal(
            "S-265",
            N_("Folder USB tidak disebut, atau tidak ada."),
            N_("Pasang USB, lalu sebut foldernya, atau isi usb_path di pengaturan."),
            status=409,
        )
    return folder


def mounted(own: str = "") -> list[Stick]:
    """Folders that this server may look into: `own` of the settings, if it is there, and those under mount points."""
    found: list[Stick] = [Stick(Path(own), (Path(own) / TREE).is_dir())] if own and Path(own).is_dir() else []
    for base in MOUNTS:
        for folder in _folders(base):
            below = _folders(folder) if not folder.is_mount() and not (folder / TREE).is_dir() else [folder]
            more = (path for path in below if _is_stick(path) and str(path) != own)
            found.extend(Stick(path, (path / TREE).is_dir()) for path in more)
    return found[:MOST_SHOWN]


def open_stick(typed: str, own: str = "") -> FolderTransport:
    """The stick at a path; refuses S-264 (not under a mount point, nor `own` of the settings) and `no-stick`.

    Only these are looked into: a page must not read the rest of the disk.
    """
    return FolderTransport(allowed(typed, own))


def allowed(typed: str, own: str = "") -> Path:
    """The real folder at a typed path, if it lies under a mount point or is the settings' own."""
    path = Path(typed.strip() or "/").resolve()
    if own and path == Path(own).resolve() and path.is_dir():
        return path
    if not _is_stick(path) or not any(path.is_relative_to(base.resolve()) and path != base for base in MOUNTS):
        raise Refusal(
            "S-264",
            N_("Folder ini bukan USB yang terpasang di server."),
            N_("Pasang USB, lalu pilih dari daftar. Atau unggah arsip .zip dari folder guyub."),
        )
    return path


def put_results_on(place: Workplace, folder: Path, actor: str) -> list[str]:
    """Write every waiting bundle into the stick's `guyub` folder, which is made if it is not there."""
    return uploading.put_out(place, stick_folder(folder, create=True), uploading.waiting(place), actor)


@contextmanager
def unpacked(place: Workplace, archive: IO[bytes]) -> Iterator[FolderTransport]:
    """An uploaded archive as a stick, for as long as the block lasts."""
    place.run_dir.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="stick-", dir=place.run_dir))
    try:
        room = shutil.disk_usage(place.run_dir).free - KEPT_FREE
        yield FolderTransport(unpack(archive, aside, Caps(total=max(0, room))))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def results_archive(place: Workplace, sitting_ids: list[str], actor: str) -> Path:
    """A .zip of a `guyub` folder with the bundles of these sittings; the caller sends and deletes it.

    Stored, not compressed: a bundle is sealed, and the bytes inside stay what they are.
    """
    aside = Path(tempfile.mkdtemp(prefix="results-", dir=place.run_dir))
    try:
        folder = aside / TREE
        folder.mkdir()
        paths = uploading.put_out(place, folder, sitting_ids, actor)
        target = place.run_dir / f"{aside.name}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for path in paths:
                archive.write(folder / path, f"{TREE}/{path}")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def _is_stick(path: Path) -> bool:
    return path.is_dir() and (path.is_mount() or (path / TREE).is_dir())


def _folders(base: Path) -> list[Path]:
    try:
        return sorted(path for path in base.iterdir() if path.is_dir() and not path.is_symlink())
    except OSError:
        return []
