"""What happens at each boot before anything of ours starts, and after each change of the settings.

A boot goes as far as it can: a disk that takes no more writes must not keep the network from coming up.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from appliance import cards, certificates, identity, settings
from appliance.lab import keeping
from appliance.places import Places
from appliance.render import Facts, addresses, reload, render, write_changed

__all__ = ["addresses", "boot", "facts", "reload", "renew", "write"]

log = structlog.get_logger("guyub.box")


def boot(places: Places, now: datetime) -> list[Path]:
    """Identity and certificates if they are missing, the boot loader told, everything rendered."""
    found = settings.read(places.box)
    if found.damage:
        log.error("settings damaged", code=found.damage.code)
    _attempt("identity", lambda: identity.make_identity(places, found.settings.general.set_up))
    _attempt("certificates", lambda: _certify(places, found.settings, now))
    _attempt("boot loader", lambda: identity.tell_boot_loader(places))
    changed = write(places)
    if places.root == Path("/") and (places.run / "ssh/authorized_keys").exists():
        _attempt("ssh", lambda: reload([places.run / "ssh/authorized_keys"], places))
    return changed


def renew(places: Places, now: datetime) -> list[Path]:
    """After a change: certificates that fit, everything rendered, the services concerned told."""
    certified = _certify(places, settings.read(places.box).settings, now)
    changed = write(places) + ([places.box / certificates.CERTIFICATE] if certified else [])
    if places.root == Path("/"):
        reload(changed, places)
    return changed


def write(places: Places) -> list[Path]:
    """Render what the settings say; gives the paths that changed."""
    found = settings.read(places.box).settings
    return write_changed(render(found, cards.list_cards(places.cards), facts(places), places), places)


def facts(places: Places) -> Facts:
    """What the machine knows now; missing things are empty."""
    return Facts(
        machine_id=_text(places.box / identity.MACHINE_ID),
        version=_text(places.version),
        setup_code=identity.setup_code(places),
        authority=_text(places.box / certificates.CA_CERTIFICATE, whole=True),
        learned=cards.learned(places),
        plan=keeping.read(places).plan,
    )


def _certify(places: Places, found: settings.BoxSettings, now: datetime) -> bool:
    return certificates.make_certificates(places.box, addresses(found), identity.machine_id(places), now)


def _attempt(step: str, do: Callable[[], object]) -> None:
    try:
        done = do()
    except (OSError, ValueError, subprocess.SubprocessError):
        log.exception("a step of the boot failed", step=step)
    else:
        log.info("boot", step=step, done=done)


def _text(path: Path, *, whole: bool = False) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return text if whole else text.strip()
