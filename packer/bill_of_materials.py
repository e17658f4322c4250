"""What is in the image, for whoever has to know whether a flaw found elsewhere concerns it: CycloneDX 1.5 as JSON.

Debian packages are read from the root's package database, Python packages from the environment's metadata, so that it
names what is there and not what was asked for.
"""

from __future__ import annotations

import hashlib
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packer.running import Steps


def bill_of_materials(steps: Steps, root: Path, version: str, made_at: str) -> dict[str, Any]:
    """The document; `made_at` is an ISO 8601 time in UTC."""
    components = sorted([*_debian(steps, root), *_python(root)], key=lambda part: part["bom-ref"])
    digest = hashlib.sha256("".join(part["bom-ref"] for part in components).encode()).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}",
        "version": 1,
        "metadata": {
            "timestamp": made_at,
            "component": {"type": "operating-system", "name": "guyub-sekolah", "version": version},
        },
        "components": components,
    }


def _debian(steps: Steps, root: Path) -> list[dict[str, Any]]:
    pattern = "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\n"
    told = steps.read(
        ["dpkg-query", f"--admindir={root / 'var/lib/dpkg'}", "-W", f"-f={pattern}"], remedy="Is the root complete?"
    )
    rows = [line.split("\t") for line in told.splitlines()]
    return [
        _component(name, version, f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={arch}&distro=debian-13")
        for status, name, version, arch in rows
        if status == "installed"
    ]


def _python(root: Path) -> list[dict[str, Any]]:
    found = []
    for path in root.glob("opt/guyub/venv/lib/python3*/site-packages/*.dist-info/METADATA"):
        head = HeaderParser().parsestr(path.read_text(encoding="utf-8", errors="replace"))
        name, version = str(head["Name"]), str(head["Version"])
        found.append(_component(name, version, f"pkg:pypi/{quote(name.lower())}@{quote(version)}"))
    return found


def _component(name: str, version: str, address: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}
