"""Unpacks a `guyub` folder that came as one .zip file, as if it were a USB stick.

An archive is a stranger's file: only names of the exchange tree are accepted, every byte is counted while it is
unpacked (what the archive says about itself is not believed), and links, encrypted or repeated entries are refused.
Nothing is judged here about what the files say; the sync that reads the folder verifies them.
"""

from __future__ import annotations

import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.domain.refusals import Refusal
from app.domain.wording import N_

MAX_FILES = 5_000
MAX_BYTES = 4_000_000_000
PIECE = 1 << 20
TREE = "guyub"

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}"
_PATH = re.compile(rf"(?:servers|payloads|receipts|activation|uploads)(?:/{_NAME}){{1,2}}")


@dataclass(frozen=True)
class Caps:
    """How much an archive may hold: files, and bytes once unpacked."""

    files: int = MAX_FILES
    total: int = MAX_BYTES


def unpack(archive: IO[bytes], target: Path, caps: Caps | None = None) -> Path:
    """Write the archive's `guyub` folder under `target` (empty, ours) and return it.

    Raises Refusal S-260 (no zip), S-261 (unsafe entry), S-262 (too large), S-263 (no `guyub` folder in it).
    """
    caps = caps or Caps()
    try:
        with zipfile.ZipFile(archive) as opened:
            return _unpack(opened, target, caps)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Refusal(
            "S-260",
            N_("Berkas ini bukan arsip .zip yang utuh."),
            N_("Buat ulang arsip dari folder guyub, lalu pilih berkasnya lagi."),
        ) from error


def _unpack(opened: zipfile.ZipFile, target: Path, caps: Caps) -> Path:
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if len(entries) > caps.files or sum(entry.file_size for entry in entries) > caps.total:
        raise _too_large()
    paths = {_safe_path(entry): entry for entry in entries}
    if len(paths) != len(entries):
        raise _unsafe(entries[0].filename)
    if not paths:
        raise Refusal(
            "S-263",
            N_("Di dalam arsip tidak ada folder guyub."),
            N_("Arsipkan seluruh folder guyub dari pusat, lalu pilih berkasnya lagi."),
        )
    left = caps.total
    root = target / TREE
    for path, entry in paths.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry) as source, place.open("xb") as file:
            left -= _copy(source, file, left)
    return root


def _safe_path(entry: zipfile.ZipInfo) -> str:
    """The entry's path below `guyub`; refuses anything the exchange tree does not have."""
    mode = entry.external_attr >> 16
    linked = bool(mode) and stat.S_IFMT(mode) not in (0, stat.S_IFREG)
    encrypted = bool(entry.flag_bits & 0x1)
    _before, found, path = ("/" + entry.filename).rpartition(f"/{TREE}/")
    if linked or encrypted or not found or "\\" in entry.filename or not _PATH.fullmatch(path) or ".." in path:
        raise _unsafe(entry.filename)
    return path


def _copy(source: IO[bytes], file: IO[bytes], left: int) -> int:
    written = 0
    while piece := source.read(PIECE):
        written += len(piece)
        if written > left:
            raise _too_large()
        file.write(piece)
    return written


def _unsafe(name: str) -> Refusal:
    return Refusal(
        "S-261",
        N_("Isi arsip tidak diizinkan: %(name)s."),
        N_("Arsipkan hanya folder guyub yang dibuat oleh program ini, tanpa berkas lain."),
        values={"name": name[:120]},
    )


def _too_large() -> Refusal:
    return Refusal(
        "S-262",
        N_("Arsip terlalu besar atau berisi terlalu banyak berkas."),
        N_("Salin folder guyub langsung ke USB, lalu pakai folder itu."),
    )
