"""`guyub lab put` and `guyub lab show`: the plan as the school server keeps and serves it. Root's commands there."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import BinaryIO

import click

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance import booting, cards, settings
from appliance.handing_over import Handed, refusals_told, tell
from appliance.lab import foreign_dhcp, keeping
from appliance.lab.plan import LONGEST_FILE, Plan, as_toml, parse
from appliance.lab.plan import check as check_plan
from appliance.lan_files import fits
from appliance.places import Places, places


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--check", is_flag=True, help="Hanya periksa; tidak ada yang diubah.")
@click.option("--beside-dhcp", is_flag=True, help="Tetap layani walau ada perangkat lain yang membagi alamat.")
@click.option("--add", is_flag=True, help="Tambahkan komputer pada denah ini ke denah yang sudah ada di server ini.")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
def put(file: BinaryIO, check: bool, beside_dhcp: bool, add: bool, as_json: bool) -> None:
    """Pasang denah lab di server ini: alamat, nama, waktu, dan firewall mengikuti. FILE boleh - (masukan)."""
    with refusals_told(as_json=as_json):
        here, plan = places(), parse(file.read(LONGEST_FILE + 1))
        plan = _added(here, plan) if add else plan
        tell(hand_over(here, plan, check=check, beside_dhcp=beside_dhcp), as_json=as_json)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
def show(as_json: bool) -> None:
    """Tampilkan denah lab yang dipakai server ini."""
    kept = keeping.read(places())
    if kept.damage:
        click.echo(f"{kept.damage.code}: {kept.damage.cause}\n{kept.damage.remedy}", err=True)
    if as_json:
        served = kept.plan is not None and _fitting(places(), kept.plan) is None
        click.echo(json.dumps({"plan": as_toml(kept.plan) if kept.plan else "", "served": served}, ensure_ascii=False))
    elif kept.plan is None:
        click.echo("Server ini belum mempunyai denah lab.")
    else:
        click.echo(as_toml(kept.plan), nl=False)


def hand_over(here: Places, plan: Plan, *, check: bool = False, beside_dhcp: bool = False) -> Handed:
    """Keep the plan and serve it; in check mode only say what would be. Raises Refusal B-741 or B-742."""
    kept = keeping.read(here)
    before = as_toml(kept.plan) if kept.plan else ""
    warnings = []
    unfitting = _fitting(here, plan)
    if unfitting is not None:
        if not check:
            raise unfitting
        warnings.append(unfitting)  # the same run may be about to change the server's address
    if before != as_toml(plan):
        foreign = _foreign(here)
        if foreign is not None and not beside_dhcp:
            raise foreign
        warnings += [foreign] if foreign else []
    rendered = False
    if not check:
        if before != as_toml(plan) or kept.damage is not None:
            keeping.write(here, plan)
        rendered = bool(booting.renew(here, datetime.now(UTC)))
    return Handed(before, as_toml(plan), more=rendered or kept.damage is not None, warnings=warnings)


def _added(here: Places, plan: Plan) -> Plan:
    """This server's plan with the PCs of another's; raises Refusal where they are in each other's way."""
    kept = keeping.read(here).plan
    own = kept.computers if kept else ()
    address = kept.server_address if kept else settings.read(here.box).settings.network.lan_address
    more = tuple(computer for computer in plan.computers if computer not in own)
    both = Plan(address, (*own, *more), guests=bool(kept and kept.guests) or plan.guests)
    check_plan(both)
    return both


def _fitting(here: Places, plan: Plan) -> Refusal | None:
    own = settings.read(here.box).settings.network.lan_address
    if fits(plan, own):
        return None
    return Refusal(
        "B-741",
        N_("Denah ini untuk server beralamat %(planned)s, tetapi alamat server ini %(own)s."),
        N_("Jalankan playbooks/server.yml dahulu, atau betulkan alamat server pada lembar kerja."),
        values={"planned": plan.server_address, "own": own},
        status=409,
    )


def _foreign(here: Places) -> Refusal | None:
    """Whether another device gives out addresses on the LAN; None also where nobody can be asked (no cable)."""
    network = settings.read(here.box).settings.network
    lan = cards.choose(network, cards.list_cards(here.cards), cards.learned(here)).lan
    try:
        found = foreign_dhcp.ask(lan.name, secrets.token_bytes) if lan else []
    except OSError:
        return None
    if not found:
        return None
    return Refusal(
        "B-742",
        N_("Perangkat lain di LAN juga membagi alamat (DHCP): %(who)s."),
        N_("Matikan DHCP pada perangkat itu atau cabut kabelnya dari switch ruang ujian, lalu ulangi."),
        values={"who": ", ".join(f"{one.address} ({one.mac})" for one in found)},
        status=409,
    )
