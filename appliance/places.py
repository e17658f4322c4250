"""Where the box keeps things; a test, and nothing else, puts another root in front.

Secrets and settings lie in `box` (root only), the program's data beside it, everything rendered under `/run`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Folders and files of one box."""

    root: Path = Path("/")

    @property
    def box(self) -> Path:
        """Settings and identity: 0700, root."""
        return self.root / "var/lib/guyub/box"

    @property
    def share_password(self) -> Path:
        """The password of the SMB share for backups."""
        return self.box / "smb-password"

    @property
    def sekolah(self) -> Path:
        """Data of the school's server, user `guyub`."""
        return self.root / "var/lib/guyub/sekolah"

    @property
    def pusat(self) -> Path:
        """Data of the centre on this box (mode mandiri), user `guyub-pusat`."""
        return self.root / "var/lib/guyub/pusat"

    @property
    def run(self) -> Path:
        """What is rendered for our own parts at each boot."""
        return self.root / "run/guyub"

    @property
    def sockets(self) -> Path:
        """Where the school's parts listen."""
        return self.root / "run/guyub-sekolah"

    @property
    def networkd(self) -> Path:
        """What is rendered for systemd-networkd."""
        return self.root / "run/systemd/network"

    @property
    def grubenv(self) -> Path:
        """GRUB's environment; absent in a container."""
        return self.root / "efi/grub/grubenv"

    @property
    def cards(self) -> Path:
        """The kernel's list of network cards."""
        return self.root / "sys/class/net"

    @property
    def version(self) -> Path:
        """A line with the version of the box."""
        return self.root / "opt/guyub/version"

    def user_id(self, name: str) -> int | None:
        """The number of one of the box's own users; None where there is none."""
        try:
            lines = (self.root / "etc/passwd").read_text(encoding="utf-8").splitlines()
        except OSError:
            return None
        found = [fields[2] for fields in (line.split(":") for line in lines) if fields[0] == name and len(fields) > 2]
        return int(found[0]) if found and found[0].isdigit() else None


def places() -> Places:
    """The places of this machine (`GUYUB_BOX_ROOT` in tests)."""
    return Places(Path(os.environ.get("GUYUB_BOX_ROOT", "/")))
