"""Judges processors, memory, disk room, and whether what is flushed can really have reached the disk."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.wording import N_
from appliance.doctor.findings import Finding

GB = 1_000_000_000
LEAST_MEMORY, WANTED_MEMORY = 1_500_000_000, 3_500_000_000
QUOTA = 500_000_000  # bytes without which no sitting starts (`app.sekolah.services.day`)
WANTED_FREE = 5 * GB
SMALLEST_DISK = 16 * GB
# Milliseconds of one flush. A turning disk needs a good part of a turn for each: even at 15,000 a minute 4 ms a turn.
TURNING_DISK_MS, STICK_MS, VIRTUAL_MS, SOLID_MS = 2.0, 0.4, 0.1, 0.015
SLOW_MS, TOO_SLOW_MS = 50.0, 300.0


@dataclass(frozen=True)
class Flushes:
    """How long flushes of one block took (median and slowest, ms), and on what kind of disk.

    `bus` is "usb", "virtual", "disk", or "" when the folder lies on no disk. `cache` is the kernel's word for it.
    """

    median_ms: float
    slowest_ms: float
    bus: str
    turning: bool
    cache: str
    model: str = ""


def judge_cores(cores: int) -> Finding:
    """Two at least: saving and pages do not share one."""
    if cores < 2:
        return Finding(
            "cores",
            "warn",
            N_("Server hanya mempunyai satu inti prosesor."),
            N_("Beri mesin maya paling sedikit dua inti (CPU), lalu nyalakan ulang."),
        )
    return Finding("cores", "good", N_("%(cores)s inti prosesor."), values={"cores": cores})


def judge_memory(size: int) -> Finding:
    """`size` in bytes."""
    values: dict[str, object] = {"size": round(size / GB, 1)}
    remedy = N_("Beri server 4 GB memori: ubah pengaturan mesin maya atau tambah keping memori.")
    if size < LEAST_MEMORY:
        return Finding("memory", "bad", N_("Memori %(size)s GB terlalu kecil untuk satu ruang ujian."), remedy, values)
    if size < WANTED_MEMORY:
        return Finding("memory", "warn", N_("Memori %(size)s GB cukup untuk sekitar 100 peserta."), remedy, values)
    return Finding("memory", "good", N_("Memori %(size)s GB."), values=values)


def judge_disk(size: int, free: int, *, reserve_spent: bool) -> Finding:
    """The data disk, bytes; and whether the room kept for a full disk was used up."""
    values: dict[str, object] = {"size": round(size / GB, 1), "free": round(free / GB, 1)}
    remedy = N_("Perbesar disk, atau hapus berkas yang tidak perlu. Data ujian jangan dihapus.")
    if reserve_spent:
        text = N_("Disk pernah penuh: cadangan disk terpakai, sisa %(free)s GB. Tes tidak dapat diaktifkan.")
        return Finding("disk", "bad", text, remedy, values)
    if free < QUOTA:
        return Finding("disk", "bad", N_("Sisa disk %(free)s GB: tes tidak dapat diaktifkan."), remedy, values)
    if free < WANTED_FREE:
        return Finding("disk", "warn", N_("Sisa disk %(free)s GB dari %(size)s GB."), remedy, values)
    if size < SMALLEST_DISK:
        return Finding("disk", "warn", N_("Disk data hanya %(size)s GB."), remedy, values)
    return Finding("disk", "good", N_("Sisa disk %(free)s GB dari %(size)s GB."), values=values)


def judge_flushes(found: Flushes, virtualisation: str) -> Finding:
    """Too fast for such a disk is a lie; in a virtual machine the host has the last word, and we say so."""
    values: dict[str, object] = {
        "ms": round(found.median_ms, 2),
        "slowest": round(found.slowest_ms),
        "cache": found.cache,
    }
    if found.median_ms > TOO_SLOW_MS:
        text = N_("Menyimpan ke disk memakan %(ms)s ms, paling lama %(slowest)s ms: terlalu lambat untuk ujian.")
        return Finding("flush", "bad", text, N_("Pindahkan server ke SSD. Jangan memakai disk USB."), values)
    lie = _lie(found)
    if lie:
        return Finding("flush", "bad", lie, _remedy_for(virtualisation), values)
    if virtualisation == "oracle":
        text = N_(
            "Menyimpan ke disk memakan %(ms)s ms, tetapi VirtualBox biasanya tidak meneruskan simpan ke disk induk."
        )
        return Finding("flush", "warn", text, _remedy_for(virtualisation), values)
    if found.median_ms > SLOW_MS:
        text = N_("Menyimpan ke disk memakan %(ms)s ms: lambat bila peserta banyak.")
        return Finding("flush", "warn", text, N_("Pakai SSD bila peserta lebih dari 100."), values)
    if not found.bus:
        text = N_("Data tidak terletak pada disk yang dikenal; simpan memakan %(ms)s ms.")
        return Finding("flush", "warn", text, N_("Letakkan data server pada disk sendiri."), values)
    if found.bus == "virtual":
        text = N_("Menyimpan ke disk memakan %(ms)s ms. Apakah sampai di disk, ditentukan komputer induknya.")
        return Finding("flush", "good", text, values=values)
    return Finding("flush", "good", N_("Menyimpan ke disk memakan %(ms)s ms, wajar untuk disk ini."), values=values)


def _lie(found: Flushes) -> str:
    if found.bus == "usb" and found.median_ms < STICK_MS:
        return N_("Disk USB ini menjawab simpan dalam %(ms)s ms: lebih cepat daripada yang mungkin.")
    if found.bus == "disk" and found.turning and found.median_ms < TURNING_DISK_MS:
        return N_("Disk piring ini menjawab simpan dalam %(ms)s ms: lebih cepat daripada putarannya.")
    if found.bus == "virtual" and found.median_ms < VIRTUAL_MS:
        return N_("Disk maya menjawab simpan dalam %(ms)s ms: komputer induk hampir pasti menahannya di memori.")
    if found.bus == "disk" and found.median_ms < SOLID_MS:
        return N_("Disk menjawab simpan dalam %(ms)s ms: tidak mungkin benar-benar tersimpan.")
    return ""


def _remedy_for(virtualisation: str) -> str:
    if virtualisation == "oracle":
        return N_("Di komputer induk setel IgnoreFlush ke 0 untuk disk ini (lihat panduan teknisi), dan pakai UPS.")
    if virtualisation in {"kvm", "qemu", "vmware", "microsoft"}:
        return N_("Setel cache disk mesin maya ke none atau writethrough, jangan unsafe; dan pakai UPS.")
    return N_("Matikan cache tulis disk itu atau ganti disknya, dan pakai UPS.")
