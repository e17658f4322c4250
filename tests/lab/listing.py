"""What a PC is like: by two of these a test tells whether it was given back as it was."""

from __future__ import annotations

import hashlib

from tests.lab.hosts import Host


def listing(pc: Host) -> dict[str, str]:
    """Every file under /etc with its hash, owner and mode, and what systemd says of every unit."""
    etc, found = pc.root / "etc", dict[str, str]()
    for path in sorted(etc.rglob("*")):
        kept = path.lstat()
        what = str(path.readlink()) if path.is_symlink() else ""
        if path.is_file() and not path.is_symlink():
            what = hashlib.sha256(path.read_bytes()).hexdigest()
        found[f"/etc/{path.relative_to(etc)}"] = f"{kept.st_mode:o} {kept.st_uid}:{kept.st_gid} {what}"
    for line in pc.says("systemctl", "list-unit-files", "--no-legend", "--no-pager").splitlines():
        name, state = line.split()[:2]
        if state != "transient":  # the technician's own sessions
            found[name] = state
    found["default"] = pc.says("systemctl", "get-default")
    found["hostname"] = pc.says("cat", "/proc/sys/kernel/hostname")
    return found
