"""A router that somebody plugged into the lab, which gives out addresses of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def foreign_dhcp(stranger: str, folder: Path, *more: str) -> Iterator[None]:
    """Let a stranger on the switch give out addresses; `more` are options of dnsmasq."""
    line = ["dnsmasq", "--keep-in-foreground", "--port=0", "--log-facility=-", "--pid-file", "--conf-file=/dev/null"]
    line += ["--dhcp-range=192.168.0.100,192.168.0.110", f"--dhcp-leasefile={folder}/foreign", "--user=root", *more]
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    router = subprocess.Popen(["ip", "netns", "exec", stranger, *line], env=environment)
    try:
        yield
    finally:
        router.terminate()
        router.wait(20)
