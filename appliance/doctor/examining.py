"""Runs every check side by side and gives the list, the worst first. A check that fails is a line of the list."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from app.domain.box_actions import Examine
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.services.system_clock import SystemClock
from appliance import cards, certificates, devices, lan_looks, settings
from appliance.actions import Actions, Tell
from appliance.backup import state, targets
from appliance.backup.machine import front_answers
from appliance.doctor import care, hardware, lab, measuring, network
from appliance.doctor.findings import Finding, worst_first
from appliance.lab import keeping
from appliance.places import Places, places
from appliance.render import POOL, addresses

PATIENCE_S = 8.0
RESERVE_PARTS = 32  # `app.sekolah.services.disk_reserve`

log = structlog.get_logger("guyub.doctor")

Check = Callable[[], list[Finding]]


def examine(here: Places, clock: Clock) -> list[Finding]:
    """Every check; what has not ended after eight seconds is told as such."""
    found = settings.read(here.box)
    checks = _checks(here, clock, found)
    pool = ThreadPoolExecutor(len(checks), thread_name_prefix="check")
    running = {name: pool.submit(check) for name, check in checks.items()}
    wait(running.values(), PATIENCE_S)
    pool.shutdown(wait=False, cancel_futures=True)
    findings: list[Finding] = []
    for name, future in running.items():
        if not future.done():
            findings.append(_unknown(name, "timeout"))
        elif (error := future.exception()) is not None:
            log.warning("a check failed", check=name, kind=type(error).__name__, said=str(error)[:200])
            findings.append(_unknown(name, type(error).__name__))
        else:
            findings += future.result()
    return worst_first(findings)


def _checks(here: Places, clock: Clock, found: settings.Found) -> dict[str, Check]:
    chosen, now = found.settings, clock.now()
    known_cards = cards.list_cards(here.cards)
    choice = cards.choose(chosen.network, known_cards, cards.learned(here))
    guest = measuring.virtualisation()
    ours = [str(address) for address in addresses(chosen)]
    return {
        "settings": lambda: [care.judge_settings(found.damage)],
        "cores": lambda: [hardware.judge_cores(len(os.sched_getaffinity(0)))],
        "memory": lambda: [hardware.judge_memory(measuring.memory_size())],
        "disk": lambda: [_disk(here)],
        "flush": lambda: [hardware.judge_flushes(measuring.measure_flushes(_data(here)), guest)],
        "link": lambda: network.judge_cards(choice, known_cards),
        "duplex": partial(_duplex, here, choice),
        "address": partial(_address, here, choice, ours),
        "lab": partial(_lab, here, chosen.network),
        "dhcp": partial(_dhcp, here, choice),
        "nat": lambda: network.judge_nat(ours, guest),
        "clock": lambda: [
            care.judge_clock(
                measuring.local_now(now, chosen.general.time_zone), measuring.synchronised(), chosen.network.internet
            )
        ],
        "zone": lambda: [care.judge_zone(chosen.general.time_zone, measuring.used_zone(here.root / "etc/localtime"))],
        "dns": lambda: [
            network.judge_names(chosen.network.internet, chosen.network.internet != "none" and measuring.finds(POOL))
        ],
        "certificate": lambda: [
            network.judge_certificate(measuring.read_certificate(here.box / certificates.CERTIFICATE), ours, now)
        ],
        "ports": lambda: [
            network.judge_ports(
                front_answers(), measuring.front_answers_securely(here.box / certificates.CA_CERTIFICATE)
            )
        ],
        "services": lambda: [care.judge_services(measuring.stopped_services())],
        "backup_target": partial(_target, here, chosen.backup.target),
        "backup": lambda: [care.judge_backups(state.read(here), chosen.backup.target, now)],
        "machine": lambda: [care.judge_guest(guest, measuring.has_balloon())],
        "program": lambda: [
            care.judge_program(
                *measuring.changed_files(), sealed=measuring.is_sealed() if here.version.is_file() else None
            )
        ],
    }


def _disk(here: Places) -> Finding:
    room = shutil.disk_usage(_data(here))
    reserve = here.sekolah / "reserve"
    spent = reserve.is_dir() and sum(1 for _ in reserve.iterdir()) < RESERVE_PARTS
    return hardware.judge_disk(room.total, room.free, reserve_spent=spent)


def _duplex(here: Places, choice: cards.Choice) -> list[Finding]:
    if choice.lan is None:
        return []
    return network.judge_duplex(choice.lan.name, measuring.duplex(choice.lan.name, here.cards))


def _address(here: Places, choice: cards.Choice, ours: list[str]) -> list[Finding]:
    if choice.lan is None or not ours:
        return []
    answered = lan_looks.somebody_answers(here, choice.lan.name, ours[0]) if choice.lan.link else None
    return [network.judge_conflict(ours[0], answered)]


def _lab(here: Places, network: settings.Network) -> list[Finding]:
    kept = keeping.read(here)
    running = kept.plan is not None and measuring.stopped_services(("guyub-lan",)) == []
    return lab.judge_plan(kept, network.lan_address, running=running)


def _dhcp(here: Places, choice: cards.Choice) -> list[Finding]:
    if keeping.read(here).plan is None or choice.lan is None or not choice.lan.link:
        return []
    foreign = lan_looks.foreign_servers(here, choice.lan.name)
    return lab.judge_foreign(foreign, one_card=choice.internet == choice.lan)


def _target(here: Places, kind: str) -> list[Finding]:
    """The target is mounted and written to for a moment, unless a backup has it."""
    if kind == "none":
        return [care.judge_target(kind, None, None)]
    try:
        with state.alone(here), targets.opened(here, "", write=True) as folder:
            return [care.judge_target(kind, _look_at(here, folder.parent, kind), None)]
    except Refusal as refusal:
        return [care.judge_target(kind, None, None if refusal.code == "B-301" else refusal)]


def _look_at(here: Places, folder: Path, kind: str) -> care.Target:
    room = os.statvfs(folder)
    probe = folder / ".guyub-probe"
    try:
        probe.write_bytes(b"1")
        probe.unlink()
        writable = True
    except OSError:
        writable = False
    device = settings.read(here.box).settings.backup.device
    file_system = devices.find_device(device).file_system if kind == "device" else ""
    return care.Target(file_system, room.f_bavail * room.f_frsize, writable)


def _data(here: Places) -> Path:
    """The folder on the data disk that is there for sure."""
    return here.box


def _unknown(name: str, kind: str) -> Finding:
    text = N_("Pemeriksaan %(name)s tidak selesai (%(kind)s).")
    remedy = N_("Periksa lagi. Bila terulang, buat berkas bantuan dan hubungi pusat.")
    return Finding(name, "warn", text, remedy, {"name": name, "kind": kind})


def _examine(_action: Examine, tell: Tell) -> dict[str, Any]:
    tell(N_("Memeriksa mesin"))
    return {"findings": [finding.as_dict() for finding in examine(places(), SystemClock())]}


ACTIONS: Actions = {Examine: _examine}
