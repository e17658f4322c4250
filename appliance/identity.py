"""What makes this box this box, made at its first boot: SSH host keys, machine-id, backup key, setup code.

Each secret is a file of its own (0600) in the box's folder (0700), written whole or not at all, and made only when it
is not there; so a power cut in the middle is put right by the next boot. The certificates are in `certificates.py`.
"""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from app.domain.codes import format_code, new_code
from app.domain.sealing import RandomBytes
from appliance.durable import make_folder, write_whole
from appliance.places import Places

SSH_KEY = "ssh/ssh_host_ed25519_key"
BACKUP_KEY = "backup.key"  # also the recovery code: what a school writes down is what opens its backups
SETUP_CODE = "setup-code"
MACHINE_ID = "machine-id"
_MACHINE_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Chance:
    """Where secrets come from; a test hands in its own."""

    random_bytes: RandomBytes = secrets.token_bytes
    below: Callable[[int], int] = secrets.randbelow


def make_identity(places: Places, set_up: bool, chance: Chance | None = None) -> list[str]:
    """Make what is missing; gives the names of what was made. A box that is set up has no setup code any more."""
    chance = chance or Chance()
    made = []
    folder = places.box
    make_folder(folder)
    folder.chmod(0o700)
    if _keep(folder / MACHINE_ID, lambda: _present_machine_id(places, chance)):
        made.append(MACHINE_ID)
    if _keep(folder / BACKUP_KEY, lambda: format_code(new_code(chance.random_bytes))):
        made.append(BACKUP_KEY)
    if make_ssh_key(folder / SSH_KEY):
        made.append(SSH_KEY)
    if set_up:
        (folder / SETUP_CODE).unlink(missing_ok=True)
    elif _keep(folder / SETUP_CODE, lambda: f"{chance.below(1_000_000):06}"):
        made.append(SETUP_CODE)
    return made


def machine_id(places: Places) -> str:
    """The box's machine-id, 32 hexadecimal digits."""
    return (places.box / MACHINE_ID).read_text(encoding="ascii").strip()


def setup_code(places: Places) -> str:
    """The six digits a browser must show before it may set the box up; empty once it is."""
    try:
        return (places.box / SETUP_CODE).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def make_ssh_key(path: Path) -> bool:
    """The SSH host key and its public half; gives whether the key was made."""
    public = path.with_name(f"{path.name}.pub")
    made = _keep(
        path,
        lambda: (
            Ed25519PrivateKey.generate()
            .private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            .decode()
            .strip()
        ),
    )
    if made or not public.is_file():
        key = load_ssh_private_key(path.read_bytes(), None)
        line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        write_whole(public, line + b" guyub\n", 0o644)
    return made


def tell_boot_loader(places: Places) -> bool:
    """Put the machine-id into GRUB's environment, from where the kernel gets it; gives whether it was changed.

    The file has a fixed size and lies on a FAT file system, so it is only touched when it says something else.
    """
    if not places.grubenv.is_file():
        return False
    wanted = f"machine_id={machine_id(places)}"
    listed = subprocess.run(
        ["grub-editenv", str(places.grubenv), "list"], capture_output=True, text=True, check=False, timeout=20
    )
    if wanted in listed.stdout.splitlines():
        return False
    subprocess.run(["grub-editenv", str(places.grubenv), "set", wanted], check=True, capture_output=True, timeout=20)
    return True


def _keep(path: Path, make: Callable[[], str]) -> bool:
    """Write what `make` gives unless the file has content; an empty one is what a power cut left."""
    try:
        if path.read_text(encoding="ascii").strip("\0\n "):
            return False
    except (FileNotFoundError, UnicodeDecodeError):
        pass
    write_whole(path, make().encode("ascii") + b"\n")
    return True


def _present_machine_id(places: Places, chance: Chance) -> str:
    """The one systemd runs with since this boot, so that the journal goes on under it."""
    try:
        present = (places.root / "etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        present = ""
    return present if _MACHINE_ID.fullmatch(present) else chance.random_bytes(16).hex()
