"""What a machine of the centre is booted from: bare Debian, and the packages of its roles in apt's archive.

They are not installed: the roles really install them, on a switch that has no internet.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.lab import roots
from tests.lab.container import Container
from tests.lab.roots import BUILD, check

ARCHIVE = (
    "acl",
    "curl",
    "fonts-dejavu-core",
    "libharfbuzz-subset0",
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "nginx-light",
    "openssl",
    "postgresql-17",
    "postgresql-client-17",
    "procps",
    "python3-apt",
    "python3-psycopg2",
    "ssl-cert",
)


def layers() -> list[Path]:
    """The archive over the bare Debian; made once and kept."""
    below = roots.debian()
    key = hashlib.sha256(repr((str(below), ARCHIVE)).encode()).hexdigest()[:8]
    folder, draft = BUILD / f"pusat-{key}", BUILD / f"pusat-{key}.draft"
    if not folder.is_dir():
        check(["rm", "-rf", str(draft)])
        draft.mkdir(parents=True)
        _fetch(Container(draft, [below]))
        draft.rename(folder)
    return [folder / "upper", below]


def _fetch(container: Container) -> None:
    container.mount()
    try:
        etc = container.root / "etc"
        # the hosts are thrown away: what dpkg would wait for is not needed
        (etc / "dpkg/dpkg.cfg.d/lab").write_text("force-unsafe-io\n", encoding="ascii")
        (etc / "apt/apt.conf.d/95lab").write_text('Acquire::Retries "3";\n', encoding="ascii")
        own = (etc / "resolv.conf").read_bytes() if (etc / "resolv.conf").is_file() else b""
        (etc / "resolv.conf").unlink(missing_ok=True)
        (etc / "resolv.conf").write_bytes(Path("/etc/resolv.conf").read_bytes())
        inside = ["chroot", str(container.root), "apt-get"]
        check([*inside, "update"])
        check([*inside, "install", "--download-only", "--yes", "--no-install-recommends", *ARCHIVE])
        (etc / "resolv.conf").write_bytes(own)
    finally:
        check(["umount", str(container.root)])
