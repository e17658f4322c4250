"""The plan as the box keeps it: `lab.toml` beside `box.toml`, written whole, with the one before beside it."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance.durable import write_whole
from appliance.lab.plan import Plan, as_toml, parse
from appliance.places import Places

NAME, BEFORE = "lab.toml", "lab.toml.before"


@dataclass(frozen=True, slots=True)
class Kept:
    """The plan, None if there is none; and a refusal that tells of damage."""

    plan: Plan | None = None
    damage: Refusal | None = None


def read(places: Places) -> Kept:
    """The plan. A damaged file gives way to the one before."""
    path, before = places.box / NAME, places.box / BEFORE
    if not path.exists() and not before.exists():
        return Kept()
    for place, damage in ((path, None), (before, _damaged())):
        try:
            return Kept(parse(place.read_bytes()), damage)
        except (OSError, Refusal):
            pass
    return Kept(None, _damaged())


def write(places: Places, plan: Plan) -> None:
    """Keep the plan durably."""
    present = read(places)
    if present.plan is not None and present.damage is None:
        write_whole(places.box / BEFORE, as_toml(present.plan).encode())
    write_whole(places.box / NAME, as_toml(plan).encode())


def _damaged() -> Refusal:
    return Refusal(
        "B-740",
        N_("Berkas denah lab di server rusak."),
        N_("Kirim denah lagi dengan Ansible: playbooks/lan.yml. Bila terulang, ganti disk."),
        status=500,
    )
