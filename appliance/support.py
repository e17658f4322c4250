"""The support bundle: what helps whoever is far away, without a question, an answer, a name or a secret.

It is put together from what may be told (`log_sieve` for the journal, counts instead of rows, settings by a list of
those that are no secret); nothing is taken whole and blackened afterwards.
"""

from __future__ import annotations

import grp
import json
import os
import platform
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.domain.audit_events import AuditEvent
from app.domain.box_actions import MakeSupportBundle
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance import devices, settings
from appliance.actions import Actions, Tell
from appliance.backup import database, making, state
from appliance.doctor.examining import examine
from appliance.durable import make_folder
from appliance.log_sieve import LEFT_OUT, sieve
from appliance.places import Places, places
from appliance.programs import output

FOLDER = "support"  # under /run/guyub, read by the web part
GROUP = "guyub"
MOST_LINES = 20_000
PROGRAM_S = 20
SHOWN_SETTINGS = {
    "general": ("language", "time_zone", "mode", "set_up"),
    "network": ("lan_card", "lan_address", "internet", "internet_card", "internet_address", "gateway", "dns"),
    "web": ("https_only",),
    "backup": ("target", "smb_password_set", "at"),
    "remote": ("ssh",),
    "time": ("servers",),
    "security_updates": ("on",),
}
LOOKS = (  # what is run, and nothing of it names a person
    ("uptime",),
    ("free", "-m"),
    ("df", "-h", "-x", "tmpfs", "-x", "devtmpfs"),
    ("df", "-i", "-x", "tmpfs", "-x", "devtmpfs"),
    ("lsblk", "-o", "NAME,TYPE,SIZE,FSTYPE,ROTA,TRAN,MODEL,RO"),
    ("ip", "-brief", "address"),
    ("ip", "route"),
    ("chronyc", "-n", "tracking"),
    ("chronyc", "-n", "sources"),
    ("systemctl", "list-units", "--all", "--no-pager", "--plain", "guyub-*", "chrony.service"),
    ("systemctl", "show", "-p", "Id,ActiveState,NRestarts,MemoryPeak", "guyub-exam", "guyub-web", "guyub-front"),
    ("systemd-detect-virt",),
    ("dpkg-query", "-W", "-f", "${Package} ${Version}\n", "nginx*", "restic", "rauc", "chrony", "linux-image-*"),
)  # fmt: skip
JOURNAL = ("-u", "guyub-*", "-u", "chrony.service", "-u", "systemd-networkd.service", "-u", "rauc.service")


def make_bundle(here: Places, clock: Clock, folder: Path, journal: Iterable[dict[str, Any]]) -> Path:
    """A .zip in `folder`; raises OSError when it cannot be written."""
    target = folder / f"guyub-bantuan-{clock.now():%Y%m%d-%H%M%S}.zip"
    draft = target.with_suffix(".draft")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in contents(here, clock, journal):
            bundle.writestr(name, text)
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(target)
    return target


def contents(here: Places, clock: Clock, journal: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Names and texts of the bundle's files."""
    yield "about.json", _json({"made_at": clock.now().isoformat(), "version": making.program_version(here)} | _system())
    yield "settings.json", _json(shown_settings(here))
    yield "doctor.json", _json([finding.as_dict() for finding in examine(here, clock)])
    yield "states.json", _json({"backup": state.read(here), "update": _read_json(here.box / "update.json")})
    for role in making.roles(here):
        yield f"{role.name}.json", _json(shown_database(role))
    yield "machine.txt", "\n\n".join(f"$ {' '.join(line)}\n{_look(line)}" for line in _looks(here))
    yield "journal.jsonl", "\n".join(json.dumps(entry, ensure_ascii=False) for entry in sieve(journal))


def shown_settings(here: Places) -> dict[str, Any]:
    """Those settings that are no secret and name nobody."""
    found = settings.read(here.box)
    tables = settings.as_tables(found.settings)
    shown: dict[str, Any] = {table: {key: tables[table][key] for key in keys} for table, keys in SHOWN_SETTINGS.items()}
    return {**shown, "damaged": found.damage.code if found.damage else ""}


def shown_database(role: making.Role) -> dict[str, Any]:
    """Counts, states and times; never a row."""
    path = role.folder / making.DATABASE
    known = {str(event) for event in AuditEvent}
    try:
        told: dict[str, Any] = {
            "size": path.stat().st_size,
            **database.ask("facts", path),
            **database.ask("intact", path),
        }
        found = database.ask("events", path)["events"]
        told["events"] = [[number, at, event if event in known else LEFT_OUT] for number, at, event in found]
        if role.name == "sekolah":
            held = database.ask("sittings", path)["sittings"]
            told["sittings"] = [{key: one[key] for key in ("state", "starts_at", "length_s")} for one in held]
    except OSError as error:
        told = {"unreadable": type(error).__name__}
    return told


def read_journal() -> Iterator[dict[str, Any]]:
    """Our units and the kernel, the newest lines of the last boots."""
    for line in (JOURNAL, ("-k", "-b")):
        whole = ("journalctl", "-o", "json", "--no-pager", "-q", "-n", str(MOST_LINES), *line)
        for text in output(*whole, limit_s=PROGRAM_S).splitlines():
            try:
                yield json.loads(text)
            except ValueError:
                continue


def _make(action: MakeSupportBundle, tell: Tell) -> dict[str, Any]:
    here, clock = places(), SystemClock()
    tell(N_("Mengumpulkan keadaan server"))
    if not action.device:
        folder = here.run / FOLDER
        _prepare(folder)
        made = make_bundle(here, clock, folder, read_journal())
        _let_web_read(made, 0o640)
        return {"file": made.name}
    with devices.mounted(here, action.device, write=True) as folder:
        try:
            return {"file": make_bundle(here, clock, folder, read_journal()).name}
        except OSError as error:
            raise Refusal(
                "B-505",
                N_("Berkas bantuan tidak dapat ditulis ke USB."),
                N_("Periksa sisa ruang dan kunci tulisnya, atau pakai USB lain."),
                status=409,
            ) from error


def _prepare(folder: Path) -> None:
    """Only the newest bundle lies there: `/run` is memory."""
    make_folder(folder, 0o750)
    for old in folder.iterdir():
        old.unlink()
    _let_web_read(folder, 0o750)


def _let_web_read(path: Path, mode: int) -> None:
    path.chmod(mode)
    try:
        os.chown(path, 0, grp.getgrnam(GROUP).gr_gid)
    except (KeyError, PermissionError):
        return  # no box


def _looks(here: Places) -> Iterator[tuple[str, ...]]:
    yield from LOOKS
    if "rauc.slot=" in _read(here.root / "proc/cmdline"):  # elsewhere asking alone would leave a failed service
        yield "rauc", "status"


def _look(line: tuple[str, ...]) -> str:
    return output(*line, limit_s=PROGRAM_S, complaints=True)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _system() -> dict[str, Any]:
    return {"python": platform.python_version(), "kernel": platform.release(), "machine": platform.machine()}


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


ACTIONS: Actions = {MakeSupportBundle: _make}
