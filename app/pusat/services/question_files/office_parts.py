"""Reads the XML parts of a Word or Excel archive and how they refer to each other. Knows no text and no questions."""

from __future__ import annotations

import posixpath
import zipfile
from typing import Any

from lxml import etree

from app.domain.refusals import Refusal
from app.domain.wording import N_

from .archives import broken, read_member


def parse_xml(data: bytes) -> Any:
    """An lxml tree of one part: no entities, no network. Raises Refusal P-203 or P-204."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise broken() from error
    if str(getattr(root.getroottree().docinfo, "doctype", "")):
        raise Refusal(
            "P-203",
            N_("Berkas ini memuat definisi dokumen (DTD), yang tidak diterima."),
            N_("Buka berkas itu di Word atau Excel, simpan ulang sebagai berkas baru, lalu unggah lagi."),
            status=422,
        )
    return root


def relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relation id → (kind, path in the archive) of a part; ("external", address) for what lies outside."""
    folder, name = posixpath.split(part)
    path = f"{folder}/_rels/{name}.rels"
    if path not in archive.namelist():
        return {}
    found = {}
    for one in parse_xml(read_member(archive, path)):
        target, kind = one.get("Target", ""), one.get("Type", "").rpartition("/")[2]
        if one.get("TargetMode") == "External":
            found[one.get("Id", "")] = ("external", target)
        else:
            joined = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found[one.get("Id", "")] = (kind, joined)
    return found
