"""Judges clock, services, backups, virtualisation, program and settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_
from appliance.doctor.findings import Finding

BUILT_YEAR = 2026
LARGEST_OFFSET_S = 2.0
OLD_BACKUP, VERY_OLD_BACKUP = timedelta(hours=36), timedelta(days=7)
UNCHECKED_BACKUP = timedelta(days=90)
TARGET_LEAST_FREE = 1_000_000_000
GUESTS = {
    "none": N_("Server berjalan langsung di komputer, tanpa mesin maya."),
    "oracle": N_(
        "VirtualBox: komputer induk tidak boleh tidur, adaptor LAN harus Bridged, dan disk induk harus longgar."
    ),
    "vmware": N_(
        "VMware: komputer induk tidak boleh tidur, dan disk induk harus longgar bila disk maya tumbuh sendiri."
    ),
    "kvm": N_("KVM: pakai cache disk none atau writethrough, dan jaringan bridge."),
    "qemu": N_("QEMU tanpa KVM: hanya untuk mencoba, terlalu lambat untuk ujian."),
    "microsoft": N_(
        "Hyper-V: pakai switch external, dan matikan titik pemulihan otomatis (checkpoint) pada hari ujian."
    ),
}


@dataclass(frozen=True)
class Synchronised:
    """What chrony says: whether it follows a time server, and how far off the clock is (seconds)."""

    following: bool
    offset_s: float


@dataclass(frozen=True)
class Target:
    """The place for backups as it was found; `file_system` is empty for a share."""

    file_system: str
    free: int
    writable: bool


def judge_clock(now: datetime, found: Synchronised | None, internet: str) -> Finding:
    """Set, and followed by a time server where there is an internet."""
    values: dict[str, object] = {"time": f"{now:%d-%m-%Y %H.%M}"}
    if now.year < BUILT_YEAR:
        return Finding(
            "clock",
            "bad",
            N_("Jam server menunjukkan %(time)s."),
            N_("Setel jam dan tanggal di BIOS. Ganti baterai papan induk bila terulang."),
            values,
        )
    if found is None:
        return Finding("clock", "warn", N_("Layanan jam tidak menjawab."), N_("Nyalakan ulang server."), values)
    if found.following and abs(found.offset_s) > LARGEST_OFFSET_S:
        values["offset"] = round(found.offset_s, 1)
        text = N_("Jam server berbeda %(offset)s detik dari server waktu.")
        return Finding("clock", "warn", text, N_("Tunggu beberapa menit; jam disesuaikan pelan-pelan."), values)
    if not found.following and internet != "none":
        text = N_("Jam server tidak mengikuti server waktu; sekarang %(time)s.")
        return Finding("clock", "warn", text, N_("Cocokkan dengan jam telepon Anda, dan periksa internet."), values)
    if not found.following:
        return Finding("clock", "good", N_("Jam server %(time)s, tanpa server waktu."), values=values)
    return Finding("clock", "good", N_("Jam server %(time)s, mengikuti server waktu."), values=values)


def judge_zone(wanted: str, used: str) -> Finding:
    """The zone of the settings is the one the machine uses."""
    values: dict[str, object] = {"wanted": wanted, "used": used}
    if wanted != used:
        text = N_("Zona waktu mesin %(used)s, sedangkan di pengaturan %(wanted)s.")
        return Finding("zone", "warn", text, N_("Simpan lagi zona waktu di menu, lalu nyalakan ulang."), values)
    return Finding("zone", "good", N_("Zona waktu %(used)s."), values=values)


def judge_services(stopped: list[str]) -> Finding:
    """Services that should run and do not."""
    if stopped:
        text = N_("Layanan yang tidak berjalan: %(names)s.")
        remedy = N_("Pilih Nyalakan ulang layanan. Bila terulang, buat berkas bantuan dan hubungi pusat.")
        return Finding("services", "bad", text, remedy, {"names": ", ".join(stopped)})
    return Finding("services", "good", N_("Semua layanan berjalan."))


def judge_target(kind: str, found: Target | None, refusal: Refusal | None) -> Finding:
    """The place for backups: chosen, there, writable, with room."""
    if kind == "none":
        text = N_("Tempat cadangan belum dipilih.")
        return Finding(
            "backup_target", "warn", text, N_("Pilih USB, disk kedua, atau folder jaringan di menu Cadangan.")
        )
    if refusal is not None or found is None:
        cause = refusal.cause if refusal else N_("Tempat cadangan tidak dapat diperiksa.")
        remedy = refusal.remedy if refusal else N_("Periksa lagi setelah pencadangan selesai.")
        return Finding(
            "backup_target", "bad" if refusal else "warn", cause, remedy, dict(refusal.values) if refusal else {}
        )
    values: dict[str, object] = {"free": round(found.free / 1e9, 1), "file_system": found.file_system.upper()}
    if not found.writable:
        text = N_("Tempat cadangan tidak dapat ditulisi.")
        return Finding(
            "backup_target", "bad", text, N_("Buka kunci tulis USB, atau beri hak tulis pada folder itu."), values
        )
    if found.free < TARGET_LEAST_FREE:
        text = N_("Tempat cadangan hampir penuh: sisa %(free)s GB.")
        return Finding(
            "backup_target", "warn", text, N_("Kosongkan perangkat itu atau pakai yang lebih besar."), values
        )
    if found.file_system == "vfat":
        text = N_(
            "Tempat cadangan siap, sisa %(free)s GB. FAT32 tidak mengganggu: berkas cadangan kecil, jauh di bawah 4 GB."
        )
        return Finding("backup_target", "good", text, values=values)
    return Finding("backup_target", "good", N_("Tempat cadangan siap, sisa %(free)s GB."), values=values)


def judge_backups(state: dict[str, Any], kind: str, now: datetime) -> Finding:
    """How old the last one is, and if a later one failed."""
    last, failure = state.get("success"), state.get("failure")
    again = N_("Buat cadangan sekarang dari menu Cadangan.")
    if failure and (last is None or failure["at"] > last["at"]):
        values = {**failure.get("values", {})}
        return Finding("backup", "bad", str(failure["cause"]), str(failure["remedy"]), values)
    if last is None:
        return Finding("backup", "warn", N_("Belum pernah ada cadangan."), again)
    age = now - datetime.fromisoformat(last["at"])
    values = {"hours": int(age.total_seconds() // 3600), "days": age.days}
    if age > VERY_OLD_BACKUP:
        return Finding("backup", "bad", N_("Cadangan terakhir sudah %(days)s hari."), again, values)
    if age > OLD_BACKUP:
        return Finding("backup", "warn", N_("Cadangan terakhir sudah %(hours)s jam."), again, values)
    checked = state.get("check")
    if kind != "none" and (checked is None or now - datetime.fromisoformat(checked["at"]) > UNCHECKED_BACKUP):
        text = N_("Cadangan terakhir %(hours)s jam lalu, tetapi belum pernah diperiksa akhir-akhir ini.")
        return Finding("backup", "warn", text, N_("Pilih Periksa pada cadangan terbaru di menu Cadangan."), values)
    return Finding("backup", "good", N_("Cadangan terakhir %(hours)s jam lalu."), values=values)


def judge_guest(virtualisation: str, balloon: bool) -> Finding:
    """What kind of machine this is, with what is known to go wrong there."""
    values: dict[str, object] = {"kind": virtualisation}
    if balloon:
        text = N_("Komputer induk dapat mengambil memori mesin maya ini selama ujian (memori dinamis).")
        return Finding(
            "machine", "warn", text, N_("Matikan memori dinamis atau balloon di pengaturan mesin maya."), values
        )
    if virtualisation == "qemu":
        remedy = N_("Nyalakan virtualisasi (VT-x/AMD-V) di BIOS komputer induk.")
        return Finding("machine", "warn", GUESTS["qemu"], remedy, values)
    text = GUESTS.get(virtualisation, N_("Mesin maya jenis %(kind)s."))
    return Finding("machine", "good", text, values=values)


def judge_program(files: int, changed: list[str], *, sealed: bool | None) -> Finding:
    """Whether the program is the one that was installed, on a root nobody can write. `sealed` None: not a box."""
    values: dict[str, object] = {"files": files, "changed": ", ".join(changed[:3]), "number": len(changed)}
    remedy = N_("Pasang lagi pembaruan resmi, atau pulihkan dari image resmi. Laporkan kepada pusat.")
    if changed:
        text = N_("%(number)s berkas program bukan aslinya (%(changed)s).")
        return Finding("program", "bad", text, remedy, values)
    if not files:
        return Finding("program", "warn", N_("Keaslian program tidak dapat diperiksa."), remedy, values)
    if sealed is False:
        text = N_("Program asli, tetapi sistemnya sedang dapat ditulisi.")
        return Finding("program", "warn", text, N_("Nyalakan ulang server; sistem terkunci lagi."), values)
    return Finding("program", "good", N_("Program asli: %(files)s berkas sama dengan saat dipasang."), values=values)


def judge_settings(damage: Refusal | None) -> Finding:
    """Whether box.toml could be read."""
    if damage is not None:
        return Finding("settings", "bad", damage.cause, damage.remedy, dict(damage.values))
    return Finding("settings", "good", N_("Pengaturan mesin terbaca."))
