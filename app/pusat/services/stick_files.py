"""The exchange tree on a USB stick: a server's folder out as a zip, bundles and requests in, receipts out.

The bytes are those of the network. What comes in is a stranger's archive: only names of the tree are taken, every byte
is counted, and a bundle goes the same way as one that came by upload.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.domain import exchange_paths
from app.domain.bundles import MAX_BUNDLE
from app.domain.documents import Index, read_document
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services import activation, offers, receiving, tree
from app.pusat.services.workplace import Workplace
from app.sync import exchange

TREE = exchange.STICK_FOLDER
MOST_FILES = 2_000
_UPLOAD = re.compile(r"uploads/([A-Za-z0-9][A-Za-z0-9_-]{0,39})/([0-9a-f]{64})\.bundle")
_REQUEST = re.compile(r"activation/([A-Za-z0-9][A-Za-z0-9_-]{0,39})\.request")


@dataclass
class Taken:
    """What an archive or folder brought: receipts by tree path, answers by tree path, and what was refused."""

    files: dict[str, bytes] = field(default_factory=dict)
    bundles: int = 0
    activations: int = 0
    refused: list[tuple[str, Refusal]] = field(default_factory=list)


def paths_for(place: Workplace, server_id: str) -> list[str]:
    """Every file that belongs on a stick for this server; its list is renewed first. Refuses P-790 (not active)."""
    offers.align_server(place, server_id)
    with place.look() as session:
        data = tree.read(place, session, exchange_paths.index(server_id))
    if data is None:
        raise Refusal(
            "P-790",
            N_("Server %(server)s belum diaktifkan, jadi belum ada berkas untuknya."),
            N_("Aktifkan servernya dahulu; permintaan aktivasi juga dapat dibawa dengan USB."),
            status=409,
            values={"server": server_id},
        )
    index = read_document(Index, data, place.centre.public.signers)
    found = [exchange_paths.index(server_id)]
    for entry in index.entries:
        found += [
            exchange_paths.manifest(server_id, entry.sitting),
            exchange_paths.roster(server_id, entry.sitting),
            exchange_paths.payload(entry.payload.sha256),
        ]
    with place.look() as session:
        releases = [exchange_paths.release(server_id, entry.sitting) for entry in index.entries]
        found += [path for path in releases if tree.is_there(place, session, path)]
        return found + tree.receipts(place, session, server_id)


def copy_to_stick(place: Workplace, server_id: str, folder: Path) -> int:
    """Copy a server's files into `folder/guyub`; gives how many. What is there already is written again."""
    paths = paths_for(place, server_id)
    with place.look() as session:
        for path in paths:
            exchange.write(folder / TREE, path, tree.pieces(place, session, path))
    return len(paths)


def write_zip(place: Workplace, server_id: str, target: IO[bytes]) -> int:
    """The same as a zip archive with one folder `guyub`; gives how many files."""
    paths = paths_for(place, server_id)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive, place.look() as session:
        for path in paths:
            with archive.open(f"{TREE}/{path}", "w") as entry:
                entry.writelines(tree.pieces(place, session, path))
    return len(paths)


def take_upload(place: Workplace, stream: IO[bytes], actor: str, server_id: str = "") -> Taken:
    """What an officer uploaded: a zip of a `guyub` folder, an activation request, or one bundle of `server_id`.

    Refuses P-791 (nothing for us in it), P-792 (a bundle, and no server named) and P-794 (no readable archive).
    """
    start = stream.read(4)
    stream.seek(0)
    if start.startswith(b"PK"):
        return _take(place, _in_zip(stream), actor)
    data = stream.read(MAX_BUNDLE + 1)
    if data.startswith(b"guyub-signed 1 activation "):
        activated, answer = activation.activate(place, data)
        return Taken({exchange_paths.activation_response(activated): answer}, activations=1)
    if not server_id:
        raise Refusal(
            "P-792",
            N_("Berkas ini tidak menyebut server asalnya."),
            N_("Unggah dari halaman servernya, atau unggah arsip .zip dari seluruh folder guyub."),
        )
    taken = Taken()
    _take_bundle(place, taken, server_id, data, actor)
    return taken


def take_stick(place: Workplace, folder: Path, actor: str) -> Taken:
    """Everything for the centre in `folder/guyub`; receipts and answers are written back onto it."""
    root = folder if folder.name == TREE else folder / TREE
    taken = _take(place, _in_folder(root), actor)
    for path, data in taken.files.items():
        exchange.write(root, path, data)
    return taken


def write_answers(taken: Taken, target: IO[bytes]) -> None:
    """Receipts and answers as a zip archive with one folder `guyub`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, data in sorted(taken.files.items()):
            archive.writestr(f"{TREE}/{path}", data)


def _take(place: Workplace, files: Iterator[tuple[str, bytes]], actor: str) -> Taken:
    taken = Taken()
    for path, data in files:
        if found := _UPLOAD.fullmatch(path):
            _take_bundle(place, taken, found[1], data, actor)
        elif _REQUEST.fullmatch(path):
            try:
                server_id, answer = activation.activate(place, data)
            except Refusal as refusal:
                taken.refused.append((path, refusal))
                continue
            taken.activations += 1
            taken.files[exchange_paths.activation_response(server_id)] = answer
    if not taken.files and not taken.refused:
        raise Refusal(
            "P-791",
            N_("Tidak ada berkas hasil atau permintaan aktivasi di dalamnya."),
            N_("Pilih arsip .zip dari folder guyub yang dibuat server sekolah, atau satu berkas .bundle."),
        )
    return taken


def _take_bundle(place: Workplace, taken: Taken, server_id: str, data: bytes, actor: str) -> None:
    name = hashlib.sha256(data).hexdigest()
    try:
        receipt = receiving.receive_bundle(place, server_id, name, data, actor)
    except Refusal as refusal:
        taken.refused.append((exchange_paths.upload(server_id, name), refusal))
        return
    taken.bundles += 1
    taken.files[exchange_paths.receipt(server_id, name)] = receipt


def _in_folder(root: Path) -> Iterator[tuple[str, bytes]]:
    if not root.is_dir():
        raise Refusal(
            "P-793",
            N_("Tidak ada folder guyub di tempat itu."),
            N_("Pasang USB dari sekolah, lalu sebutkan foldernya."),
        )
    for place in sorted([*root.glob("uploads/*/*.bundle"), *root.glob("activation/*.request")])[:MOST_FILES]:
        if place.is_symlink() or place.stat().st_size > MAX_BUNDLE:
            continue
        yield place.relative_to(root).as_posix(), place.read_bytes()


def _in_zip(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES:
                raise _unreadable()
            for entry in entries:
                _before, found, path = ("/" + entry.filename).rpartition(f"/{TREE}/")
                if not found or not (_UPLOAD.fullmatch(path) or _REQUEST.fullmatch(path)):
                    continue
                with archive.open(entry) as source:
                    data = source.read(MAX_BUNDLE + 1)
                if len(data) > MAX_BUNDLE:
                    raise _unreadable()
                yield path, data
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise _unreadable() from error


def _unreadable() -> Refusal:
    return Refusal(
        "P-794",
        N_("Arsip ini rusak, terkunci, atau terlalu besar."),
        N_("Buat ulang arsip .zip dari folder guyub di USB, lalu unggah lagi."),
    )
