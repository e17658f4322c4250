"""The wheelhouse: the program and every library of `requirements.txt` as wheels for the image's Python.

Only wheels: nothing is compiled in the image, which has no compiler. Their hashes are written beside them, and the role
`program` installs nothing whose hash is not on that list.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from packer.ova import sha256
from packer.running import Steps

PYTHON = "3.13"  # Debian 13
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")


def gather(steps: Steps, repository: Path, folder: Path) -> Path:
    """Fill the folder anew; gives it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    line: list[str | Path] = [*pip, "download", "--no-deps", "--only-binary=:all:"]
    line += ["--python-version", PYTHON, "--implementation", "cp", "--dest", folder]
    for platform in PLATFORMS:
        line += ["--platform", platform]
    steps.run(
        [*line, "--requirement", repository / "requirements.txt"],
        remedy="Check the network. A library without a wheel for the image's Python cannot be used.",
    )
    steps.run(
        [*pip, "wheel", "--no-deps", "--wheel-dir", folder, repository],
        remedy="pyproject.toml names what is missing.",
    )
    hashes = "".join(f"{sha256(path)}  {path.name}\n" for path in sorted(folder.glob("*.whl")))
    (folder / "SHA256SUMS").write_text(hashes, encoding="utf-8")
    return folder
