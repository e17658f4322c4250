"""Judges what the lab's plan makes of the box, and who else gives out addresses on the LAN. Nothing without a plan."""

from __future__ import annotations

from app.domain.wording import N_
from appliance.doctor.findings import Finding
from appliance.lab.foreign_dhcp import Foreign
from appliance.lab.keeping import Kept
from appliance.lan_files import fits

NAME = "lab"


def judge_plan(kept: Kept, lan_address: str, *, running: bool) -> list[Finding]:
    """Whether the plan is whole, for this address, and served."""
    again = N_("Jalankan playbooks/lan.yml lagi. Bila tetap begitu, buat berkas bantuan dan hubungi pusat.")
    if kept.damage is not None:
        return [Finding(NAME, "bad", kept.damage.cause, kept.damage.remedy)]
    if kept.plan is None:
        return []
    values: dict[str, object] = {
        "planned": kept.plan.server_address,
        "own": lan_address,
        "n": len(kept.plan.computers),
    }
    if not fits(kept.plan, lan_address):
        text = N_("Denah lab dibuat untuk alamat server %(planned)s; alamat server ini %(own)s. Lab tidak dilayani.")
        remedy = N_("Samakan alamat pada denah dan server, lalu jalankan playbooks/server.yml dan lan.yml.")
        return [Finding(NAME, "bad", text, remedy, values)]
    if not running:
        return [Finding(NAME, "bad", N_("Alamat dan nama untuk %(n)s komputer ujian tidak dilayani."), again, values)]
    return [Finding(NAME, "good", N_("Alamat dan nama dilayani untuk %(n)s komputer ujian."), values=values)]


def judge_foreign(foreign: list[Foreign], *, one_card: bool) -> list[Finding]:
    """Others that give out addresses. With one card the internet's router is on this LAN, and may have to."""
    if not foreign:
        return []
    values: dict[str, object] = {"who": ", ".join(f"{one.address} ({one.mac})" for one in foreign)}
    text = N_(
        "Perangkat lain di LAN juga membagi alamat (DHCP): %(who)s. Komputer ujian dapat memperoleh alamat salah."
    )
    remedy = N_("Matikan DHCP pada perangkat itu, atau cabut kabelnya dari switch ruang ujian.")
    return [Finding("dhcp", "warn" if one_card else "bad", text, remedy, values)]
