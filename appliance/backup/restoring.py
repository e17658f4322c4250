"""Puts a backup in the place of what is here, and proves backups by restoring them into a scratch place.

A backup is brought back beside the data and checked there first; only then are the parts stopped and places
exchanged. What was here is kept aside. If the server does not become ready, it is put back.
"""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import audit_lines, settings
from appliance.actions import Tell
from appliance.backup import checking, database, making, state, swapping, targets
from appliance.backup.machine import Machine
from appliance.backup.restic import Repository, refuse
from appliance.places import Places

BACKUP = re.compile(r"[0-9a-f]{8,64}|latest")
EVENT = "box_backup_restored"


def verify_backup(places: Places, clock: Clock, tell: Tell, *, backup: str, device: str = "") -> dict[str, Any]:
    """Restore one of this box's backups into a scratch place and check it there; gives what was found."""
    with state.alone(places), targets.opened(places, device, write=False) as folder:
        return verify_in(places, folder, clock, tell, backup=backup)


def verify_in(places: Places, folder: Path, clock: Clock, tell: Tell, *, backup: str) -> dict[str, Any]:
    """The same for a folder of backups."""
    repository = targets.find(places, folder, "")
    with _brought_back(places, repository, backup, tell) as restored:
        tell(N_("Memeriksa isi cadangan"))
        found = checking.check(restored)
        repository.check()
    told = {"backup": backup, "made_at": found.at, "version": found.version, "receipts": found.receipts}
    told["rows"] = {role: sum(facts["rows"].values()) for role, facts in found.roles.items()}
    state.note(places, "check", {"at": clock.now().isoformat(), **told})
    return told


def restore_backup(
    places: Places, machine: Machine, clock: Clock, tell: Tell, *, backup: str, recovery_code: str, device: str = ""
) -> dict[str, Any]:
    """The backup in the place of what is here. Refuses B-301 to B-320, and B-322 after everything was put back."""
    with state.alone(places), targets.opened(places, device, write=False) as folder:
        return restore_from(places, folder, machine, clock, tell, backup=backup, recovery_code=recovery_code)


def restore_from(
    places: Places, folder: Path, machine: Machine, clock: Clock, tell: Tell, *, backup: str, recovery_code: str
) -> dict[str, Any]:
    """The same from a folder of backups."""
    _require_no_exam(places)
    repository = targets.find(places, folder, recovery_code)
    with _brought_back(places, repository, backup, tell) as restored:
        tell(N_("Memeriksa isi cadangan"))
        found = checking.check(restored)
        swapping.furnish(places, restored)
        tell(N_("Menghentikan layanan"))
        machine.stop()
        moves = swapping.plan(places, restored, f"{clock.now():%Y%m%dT%H%M%SZ}")
        try:
            swapping.put_in_place(places, moves)
            _bring_to_life(places, machine, tell, {"backup": backup, "made_at": found.at, "version": found.version})
        except (OSError, Refusal) as error:
            _go_back(places, machine, tell)
            raise _not_ready(str(error)) from error
    swapping.keep(places)
    return {"backup": backup, "made_at": found.at, "version": found.version, "receipts": found.receipts}


def _bring_to_life(places: Places, machine: Machine, tell: Tell, detail: dict[str, Any]) -> None:
    _let_cards_be_chosen(places)
    tell(N_("Menyesuaikan basis data"))
    machine.render()
    for role in making.roles(places):
        machine.upgrade(role.name)
        audit_lines.note(places, role.name, EVENT, detail["backup"], detail)
    tell(N_("Menjalankan layanan"))
    machine.start()
    if not machine.is_ready():
        raise OSError("the server did not become ready")


def _go_back(places: Places, machine: Machine, tell: Tell) -> None:
    tell(N_("Mengembalikan keadaan semula"))
    with suppress(OSError):
        machine.stop()
    swapping.settle(places)
    with suppress(OSError):
        machine.render()
        machine.start()


@contextmanager
def _brought_back(places: Places, repository: Repository, backup: str, tell: Tell) -> Iterator[Path]:
    """The backup's files in a scratch place on the data disk, which is emptied afterwards."""
    if not BACKUP.fullmatch(backup):
        raise refuse("B-303")
    record = _chosen(repository, backup)
    base = places.box.parent
    scratch = base / swapping.RESTORING
    shutil.rmtree(scratch, ignore_errors=True)
    making.require_space(base, record["size"])
    scratch.mkdir(mode=0o700)
    try:
        repository.bring_back(record["id"], scratch, _percent(tell, N_("Mengambil isi cadangan")))
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _chosen(repository: Repository, backup: str) -> dict[str, Any]:
    for item in reversed(repository.backups()):
        record = making.record_of(item)
        if backup in {"latest", record["id"]} or str(item["id"]).startswith(backup):
            return record
    raise refuse("B-303")


def _percent(tell: Tell, text: str) -> Callable[[float], None]:
    tell(text, 0, 100)
    return lambda share: tell(text, int(share * 100), 100)


def _require_no_exam(places: Places) -> None:
    try:
        found = database.ask("sittings", places.sekolah / making.DATABASE)["sittings"]
    except OSError:
        return  # damaged or not there: that is what a restore is for
    if any(sitting["state"] == "active" for sitting in found):
        raise Refusal(
            "B-320",
            N_("Sebuah tes sedang berlangsung di server ini."),
            N_("Tutup tes itu dahulu, lalu pulihkan cadangan."),
            status=409,
        )


def _let_cards_be_chosen(places: Places) -> None:
    """A card of another machine is not here: the box then finds its own, as it did at its first start."""
    here = {_address(card) for card in places.cards.iterdir()} if places.cards.is_dir() else set()
    known = settings.read(places.box).settings
    network = known.network
    lan, internet = (card if card.lower() in here else "" for card in (network.lan_card, network.internet_card))
    if (lan, internet) != (network.lan_card, network.internet_card):
        chosen = dataclasses.replace(network, lan_card=lan, internet_card=internet)
        settings.write(places.box, dataclasses.replace(known, network=chosen))


def _address(card: Path) -> str:
    try:
        return (card / "address").read_text(encoding="ascii").strip().lower()
    except OSError:
        return ""


def _not_ready(detail: str) -> Refusal:
    return Refusal(
        "B-322",
        N_("Server tidak siap setelah dipulihkan (%(detail)s). Keadaan semula sudah dikembalikan."),
        N_("Coba cadangan lain. Bila terulang, buat berkas bantuan dan hubungi pusat."),
        status=500,
        values={"detail": detail[:200]},
    )
