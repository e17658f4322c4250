"""Installs an update of the whole system: a signed bundle into the slot that is not in use, to be tried once.

RAUC judges the signature and writes the slot; GRUB starts a slot under trial once. This module refuses what must not
be installed and copies the databases first. What the update came to is found out in `update_check`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from app.domain.box_actions import Update
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance import devices
from appliance.actions import Actions, Tell
from appliance.backup import database, making, state
from appliance.durable import make_folder, sync_folder, write_whole
from appliance.places import Places, places

COMPATIBLE = "guyub-sekolah"
NAMES = "guyub-*.raucb"
UPLOADED = "update.raucb"
FOLDER = "update"  # beside the data: the bundle that is being installed
PENDING = "update-pending.json"
SOON = timedelta(hours=24)
BLOCK = 4_000_000
COPIES_KEPT = 2
BEFORE = "before-update"

log = structlog.get_logger("guyub.update")


def install_update(here: Places, clock: Clock, tell: Tell, *, device: str = "") -> dict[str, Any]:
    """Install and start again into it. Refuses B-401 to B-407; the running system stays as it is."""
    booted = booted_slot(here)
    with state.alone(here):
        require_no_exam(here, clock.now())
        try:
            bundle = fetch(here, device, tell)
            version = judged(here, bundle)
            tell(N_("Menyalin basis data"))
            copy_databases(here, clock.now())
            slot = "B" if booted == "A" else "A"
            told = {
                "version": version,
                "from": making.program_version(here),
                "slot": slot,
                "copies": [str(path) for role in making.roles(here) for path in role.folder.glob("backups/*.sqlite")],
            }
            write_whole(here.box / PENDING, json.dumps(told).encode())
            _try_once(here, slot)
            try:
                _install(bundle, tell)
            except Refusal:
                end_trial(here)
                (here.box / PENDING).unlink()
                raise
        finally:
            shutil.rmtree(here.box.parent / FOLDER, ignore_errors=True)
    tell(N_("Menyalakan ulang server"))
    return {"version": version}


def booted_slot(here: Places) -> str:
    """ "A" or "B"; refuses B-401 where there are no slots."""
    try:
        words = (here.root / "proc/cmdline").read_text(encoding="ascii").split()
    except OSError:
        words = []
    for word in words:
        if word in {"rauc.slot=A", "rauc.slot=B"}:
            return word[-1]
    raise Refusal(
        "B-401",
        N_("Mesin ini tidak dipasang dari image Guyub, jadi tidak dapat diperbarui dengan cara ini."),
        N_("Perbarui program lewat pemasangnya (Ansible), atau pasang image."),
        status=409,
    )


def require_no_exam(here: Places, now: datetime) -> None:
    """Refuse B-402 while a sitting is open, today's are not all closed, or one begins within a day."""
    try:
        found = database.ask("sittings", here.sekolah / making.DATABASE)["sittings"]
    except OSError:
        return  # no database, or none that can be read: an update may be what helps
    if any(_is_near(sitting, now) for sitting in found):
        raise Refusal(
            "B-402",
            N_("Ada tes yang berlangsung atau dijadwalkan dalam 24 jam."),
            N_("Pasang pembaruan setelah semua tes hari itu ditutup."),
            status=409,
        )


def _is_near(sitting: dict[str, Any], now: datetime) -> bool:
    if sitting["state"] == "active":
        return True
    starts = datetime.fromisoformat(sitting["starts_at"])
    starts = starts.replace(tzinfo=now.tzinfo) if starts.tzinfo is None else starts
    zone = ZoneInfo(sitting["time_zone"])
    today = starts.astimezone(zone).date() == now.astimezone(zone).date()
    return sitting["state"] in {"locked", "open"} and (today or timedelta(0) <= starts - now <= SOON)


def fetch(here: Places, device: str, tell: Tell) -> Path:
    """The bundle in a folder of root's own; refuses B-403 where there is none, B-314 where it does not fit."""
    target = here.box.parent / FOLDER
    shutil.rmtree(target, ignore_errors=True)
    make_folder(target)
    if device:
        with devices.mounted(here, device, write=False) as folder:
            found = sorted(folder.glob(NAMES), key=lambda path: numbers(path.name))
            if not found:
                raise _no_bundle()
            return _copied(folder, found[-1].name, target, tell)
    bundle = _copied(here.sekolah / "incoming", UPLOADED, target, tell)
    with suppress(OSError):
        (here.sekolah / "incoming" / UPLOADED).unlink()
    return bundle


def _copied(folder: Path, name: str, target: Path, tell: Tell) -> Path:
    """A regular file of this folder and nothing a link leads to, copied: whoever wrote it can change it no more."""
    copy = target / UPLOADED
    try:
        inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=inside)
        finally:
            os.close(inside)
    except OSError as error:
        raise _no_bundle() from error
    with os.fdopen(source, "rb") as reading:
        found = os.fstat(source)
        if not stat.S_ISREG(found.st_mode) or not found.st_size:
            raise _no_bundle()
        making.require_space(target, found.st_size)
        with copy.open("xb") as writing:
            while block := reading.read(BLOCK):
                writing.write(block)
                tell(N_("Menyalin pembaruan"), writing.tell(), found.st_size)
            writing.flush()
            os.fsync(writing.fileno())
    copy.chmod(0o400)
    return copy


def judged(here: Places, bundle: Path) -> str:
    """The bundle's version. Refuses B-404 (not signed for this box), B-405 (another machine's), B-406 (not newer)."""
    done = run("rauc", f"--conf={_conf(here)}", "info", "--output-format=json", str(bundle))
    try:
        said = json.loads(done.stdout) if done.returncode == 0 else None
    except ValueError:
        said = None
    if not isinstance(said, dict):
        log.warning("an update was refused", said=done.stderr.strip()[-300:])
        raise Refusal(
            "B-404",
            N_("Berkas ini bukan pembaruan resmi: tanda tangannya tidak ada, salah, atau berkasnya rusak."),
            N_("Unduh lagi pembaruan dari pusat, lalu ulangi. Jangan memakai berkas dari sumber lain."),
            status=409,
        )
    if said.get("compatible") != COMPATIBLE:
        raise Refusal(
            "B-405",
            N_("Pembaruan ini untuk mesin lain (%(found)s)."),
            N_("Ambil pembaruan untuk server sekolah."),
            status=409,
            values={"found": str(said.get("compatible"))},
        )
    present, offered = making.program_version(here), str(said.get("version"))
    if numbers(offered) <= numbers(present):
        raise Refusal(
            "B-406",
            N_("Pembaruan ini versi %(offered)s, sedangkan server sudah versi %(present)s."),
            N_("Tidak ada yang perlu dipasang. Ambil versi yang lebih baru bila ada."),
            status=409,
            values={"offered": offered, "present": present},
        )
    return offered


def numbers(version: str) -> tuple[int, ...]:
    """A version as it is compared: its numbers."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def copy_databases(here: Places, now: datetime) -> None:
    """A copy of each database among its own backups, of which only the newest are kept."""
    for role in making.roles(here):
        folder = role.folder / "backups"
        if not folder.is_dir():
            owner = role.folder.stat()
            folder.mkdir(mode=0o700)
            os.chown(folder, owner.st_uid, owner.st_gid, follow_symlinks=False)
        making.require_space(folder, (role.folder / making.DATABASE).stat().st_size)
        try:
            database.ask("copy", role.folder / making.DATABASE, folder / f"guyub-{now:%Y%m%dT%H%M%SZ}-{BEFORE}.sqlite")
        except OSError as error:
            raise _failed(str(error)) from error
        for old in sorted(folder.glob(f"guyub-*-{BEFORE}.sqlite"))[:-COPIES_KEPT]:
            old.unlink()
        sync_folder(folder)


def _install(bundle: Path, tell: Tell) -> None:
    line = ["rauc", "install", str(bundle)]
    last = ""
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        for said in child.stdout or ():
            last = said.strip() or last
            share = re.match(r"\s*(\d+)%", said)
            if share:
                tell(N_("Memasang pembaruan"), int(share[1]), 100)
    if child.returncode:
        raise _failed(last)


def _try_once(here: Places, slot: str) -> None:
    """GRUB starts a slot under trial once, unless it calls itself good."""
    if here.grubenv.is_file():
        run("grub-editenv", str(here.grubenv), "set", f"trial={slot}", f"{slot}_TRY=0")


def end_trial(here: Places) -> None:
    """GRUB starts slots in their order again."""
    if here.grubenv.is_file():
        run("grub-editenv", str(here.grubenv), "unset", "trial")


def _conf(here: Places) -> Path:
    return here.root / "etc/rauc/system.conf"


def run(*line: str) -> subprocess.CompletedProcess[str]:
    """A program of fixed words; what fails is noted."""
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        log.warning("a program failed", line=list(line[:3]), said=done.stderr.strip()[-300:])
    return done


def _no_bundle() -> Refusal:
    return Refusal(
        "B-403",
        N_("Tidak ada berkas pembaruan (guyub-….raucb) di sana."),
        N_("Taruh berkas pembaruan di folder teratas USB, atau kirim lewat halaman Pembaruan."),
        status=409,
    )


def _failed(detail: str) -> Refusal:
    return Refusal(
        "B-407",
        N_("Pembaruan gagal dipasang (%(detail)s). Server tetap memakai versi sekarang."),
        N_("Salin berkasnya sekali lagi, lalu ulangi. Bila terulang, buat berkas bantuan dan hubungi pusat."),
        status=409,
        values={"detail": detail[:200]},
    )


def _update(action: Update, tell: Tell) -> dict[str, Any]:
    told = install_update(places(), SystemClock(), tell, device=action.device)
    run("systemd-run", "--on-active=5s", "--timer-property=AccuracySec=100ms", "systemctl", "reboot")
    return told


ACTIONS: Actions = {Update: _update}
