"""Which accelerator qemu can use here, found out by booting a kernel: a /dev/kvm may be there and start nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROBE_S = 20
FIRST_WORDS = b"Linux version"


def accelerator(kernel: Path) -> str:
    """`kvm` where this kernel says its first words under it, else `tcg` (emulation)."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    line = ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", "-m", "512", "-display", "none", "-no-reboot"]
    line += ["-serial", "stdio", "-monitor", "none", "-kernel", str(kernel), "-append", "console=ttyS0 panic=-1"]
    try:
        done = subprocess.run(line, capture_output=True, stdin=subprocess.DEVNULL, timeout=PROBE_S, check=False)
        said = done.stdout
    except subprocess.TimeoutExpired as error:
        said = error.stdout or b""
    return "kvm" if FIRST_WORDS in said else "tcg"


def qemu_arguments(kind: str) -> list[str]:
    """The accelerator and processor as arguments of qemu."""
    return ["-accel", "kvm", "-cpu", "host"] if kind == "kvm" else ["-accel", "tcg,thread=multi", "-cpu", "max"]
