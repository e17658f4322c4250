"""What leaves the build is whole, signed, small enough, and says what is in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.image.artifacts import Images, sha256
from tests.image.figures import Figures

MB = 1_000_000
REPOSITORY = Path(__file__).resolve().parents[2]
LARGEST = {".ova": 400 * MB}
LARGEST_ROOT = 1_600 * MB
ENDINGS = (".ova", ".qcow2", ".img.xz", "-virtualbox.box", "-libvirt.box", ".raucb")


def test_every_artifact_is_there_and_no_larger_than_it_may_be(images: Images, figures: Figures) -> None:
    for ending in ENDINGS:
        size = images.one(ending).stat().st_size
        figures.note(f"size of {ending.lstrip('.-')}", size / MB, "MB")
        assert size <= LARGEST.get(ending, size)
    figures.note("size of the root file system", images.manifest["root_bytes"] / MB, "MB")
    assert images.manifest["root_bytes"] <= LARGEST_ROOT


def test_the_signed_list_of_hashes_fits_every_file(images: Images) -> None:
    line = ["openssl", "cms", "-verify", "-binary", "-inform", "PEM", "-in", "SHA256SUMS.sig", "-content", "SHA256SUMS"]
    line += ["-CAfile", "certificate.pem", "-purpose", "any", "-out", "/dev/null"]
    subprocess.run(line, cwd=images.folder, check=True, capture_output=True)
    listed = dict(reversed(one.split("  ")) for one in (images.folder / "SHA256SUMS").read_text().splitlines())
    there = {path.name for path in images.folder.iterdir()} - {"SHA256SUMS", "SHA256SUMS.sig"}
    assert set(listed) == there
    assert {name: sha256(images.folder / name) for name in listed} == listed


def test_the_bill_of_materials_names_system_and_program(images: Images) -> None:
    bill = json.loads((images.folder / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    names = {part["name"] for part in bill["components"]}
    assert {"nginx", "systemd", "chrony", "Flask", "SQLAlchemy", "gunicorn"} <= names | {name.title() for name in names}
    assert all(part.get("version") for part in bill["components"])


def test_the_templates_are_as_packer_writes_them() -> None:
    for folder in ("packer/template", "packer/newer"):
        subprocess.run(["packer", "fmt", "-check", folder], cwd=REPOSITORY, check=True)
