"""A router that somebody plugged into the lab, which gives out addresses of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def foreign_dhcp(enter: Sequence[str], *more: str) -> Iterator[None]:
    """Give out addresses where a program gets by the line `enter`; `more` are options of dnsmasq."""
    line = ["dnsmasq", "--keep-in-foreground", "--port=0", "--log-facility=-", "--pid-file", "--conf-file=/dev/null"]
    line += ["--dhcp-range=192.168.0.100,192.168.0.110", "--dhcp-leasefile=/dev/null", "--user=root", *more]
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    router = subprocess.Popen([*enter, *line], env=environment)
    try:
        yield
    finally:
        router.terminate()
        router.wait(20)
