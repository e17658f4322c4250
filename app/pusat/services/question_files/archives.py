"""Looks at a zip archive (Word, Excel) from outside before anything in it is unpacked.

Sizes are taken from the directory, which Python's reader then holds every member to. Nothing is extracted to disk.
"""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import PurePosixPath

from app.domain.refusals import Refusal
from app.domain.wording import N_

MOST_MEMBERS = 5_000
LARGEST_MEMBER = 40 * 1024 * 1024  # bytes, unpacked
LARGEST_TOTAL = 160 * 1024 * 1024
SUSPECT_FROM = 4 * 1024 * 1024  # below this a high ratio is harmless: an empty template packs 40 to 1
HIGHEST_RATIO = 120


def _refuse(cause: str) -> Refusal:
    return Refusal(
        "P-203",
        cause,
        N_("Buka berkas itu di Word atau Excel, simpan ulang sebagai berkas baru, lalu unggah lagi."),
        status=422,
    )


def broken(cause: str | None = None) -> Refusal:
    """The refusal for a file whose structure cannot be read."""
    return Refusal(
        "P-204",
        cause or N_("Berkas rusak atau tidak lengkap."),
        N_("Buka berkas itu di aplikasi asalnya, simpan ulang, lalu unggah lagi."),
        status=422,
    )


def _unsafe_name(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or "\x00" in name or name[1:2] == ":"


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The archive, judged harmless. Raises Refusal P-203 for what is dangerous, P-204 for what is broken."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise broken() from error
    if len(members) > MOST_MEMBERS:
        raise _refuse(N_("Berkas berisi terlalu banyak bagian."))
    if len({member.filename for member in members}) < len(members):
        raise _refuse(N_("Berkas berisi dua bagian dengan nama yang sama."))
    for member in members:
        if _unsafe_name(member.filename):
            raise _refuse(N_("Berkas berisi nama bagian yang berbahaya."))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _refuse(N_("Berkas berisi tautan ke berkas lain."))
        if member.flag_bits & 0x1:
            raise _refuse(N_("Berkas terkunci dengan kata sandi."))
        if member.file_size > LARGEST_MEMBER:
            raise _refuse(N_("Isi berkas terlalu besar sesudah dibuka."))
        if member.file_size > SUSPECT_FROM and member.file_size > HIGHEST_RATIO * max(1, member.compress_size):
            raise _refuse(N_("Isi berkas dimampatkan secara tidak wajar."))
    if sum(member.file_size for member in members) > LARGEST_TOTAL:
        raise _refuse(N_("Isi berkas terlalu besar sesudah dibuka."))
    return archive


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One member's bytes. Raises Refusal P-204 if it is missing or damaged."""
    try:
        return archive.read(name)
    except (
        KeyError,
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
    ) as e:
        raise broken() from e
    except Exception as error:
        if type(error).__module__ in ("zlib", "lzma", "_lzma", "bz2"):
            raise broken() from error
        raise
