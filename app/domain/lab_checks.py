"""What is checked in a lab, and the words for each outcome: the only place that has them.

A measurement says code, state and values; nobody else writes a sentence about it. A pair of code and state that is not
here is refused, and so are values that its sentences do not name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.domain.wording import N_

State = Literal["good", "warn", "bad"]
STATES: tuple[State, ...] = ("good", "warn", "bad")
_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Words:
    """Source texts for one outcome. `values` are what their placeholders need, no more and no less."""

    text: str
    remedy: str = ""

    @property
    def values(self) -> frozenset[str]:
        """Names of the placeholders in both sentences."""
        return frozenset(_PLACE.findall(self.text + self.remedy))


LABELS = {
    "reached": N_("Terhubung"),
    "address": N_("Alamat"),
    "mac": N_("Alamat MAC"),
    "duplicate": N_("Alamat ganda"),
    "name": N_("Nama server"),
    "page": N_("Halaman login"),
    "clock": N_("Jam"),
    "kiosk": N_("Layar kios"),
    "latency": N_("Waktu jawab"),
    "throughput": N_("Kecepatan"),
    "ping_back": N_("Ping dari server"),
    "stranger": N_("Perangkat asing"),
}
OF_A_COMPUTER = frozenset(LABELS) - {"stranger"}
NEEDED_OF_A_COMPUTER = tuple(code for code in LABELS if code not in {"stranger", "duplicate"})
OF_THE_LAN = ("duplicate", "stranger")

NOT_MEASURED = Words(N_("Belum diukur."), N_("Jalankan lagi verify.yml sampai selesai."))

WORDS: dict[str, dict[State, Words]] = {
    "reached": {
        "good": Words(N_("Menjawab ping dan dapat dimasuki.")),
        "warn": Words(
            N_("Menjawab ping di %(address)s, tetapi tidak dapat dimasuki."),
            N_("Pastikan SSH (atau WinRM) menyala dan kunci teknisi terpasang, lalu jalankan lagi verify.yml."),
        ),
        "bad": Words(
            N_("Tidak menjawab di %(address)s."),
            N_("Nyalakan PC dan periksa kabelnya, atau tukar dengan PC cadangan, lalu jalankan lagi verify.yml."),
        ),
    },
    "address": {
        "good": Words(N_("Alamatnya %(address)s, sesuai denah.")),
        "bad": Words(
            N_("Alamatnya %(found)s, seharusnya %(planned)s."),
            N_("Jalankan lagi clients.yml untuk PC ini, atau perbaiki alamatnya dengan tangan, lalu nyalakan ulang."),
        ),
    },
    "mac": {
        "good": Words(N_("Alamat MAC %(mac)s, sesuai denah.")),
        "bad": Words(
            N_("Alamat MAC %(found)s, di denah %(planned)s."),
            N_("Bila PC atau kartunya ditukar, perbaiki denah dan jalankan lagi lan.yml. Bila tidak, tukar kembali."),
        ),
    },
    "duplicate": {
        "good": Words(N_("Tidak ada alamat yang dipakai dua kali.")),
        "bad": Words(
            N_("Alamat %(address)s dipakai lebih dari satu perangkat: %(macs)s."),
            N_("Cabut perangkat yang tidak ada di denah, atau beri alamat lain, lalu jalankan lagi verify.yml."),
        ),
    },
    "name": {
        "good": Words(N_("Nama %(name)s menuju server ini.")),
        "bad": Words(
            N_("Nama %(name)s tidak menuju server ini (jawaban: %(found)s)."),
            N_("Setel DNS PC ini ke alamat server, atau jalankan lagi clients.yml untuk PC ini."),
        ),
    },
    "page": {
        "good": Words(N_("Halaman login terbuka dalam %(ms)s milidetik.")),
        "warn": Words(
            N_("Halaman login baru terbuka setelah %(ms)s milidetik."),
            N_("Periksa kabel dan switch PC ini, lalu ukur lagi."),
        ),
        "bad": Words(
            N_("Halaman %(url)s tidak terbuka (%(status)s)."),
            N_("Buka halaman itu di PC lain. Bila di sana terbuka, periksa alamat, nama, dan sertifikat di PC ini."),
        ),
    },
    "clock": {
        "good": Words(N_("Jam berbeda %(seconds)s detik dari server.")),
        "warn": Words(
            N_("Jam berbeda %(seconds)s detik dari server dan belum mengikutinya."),
            N_("Tunggu beberapa menit, lalu ukur lagi. Bila tetap begitu, jalankan lagi clients.yml untuk PC ini."),
        ),
        "bad": Words(
            N_("Jam berbeda %(seconds)s detik dari server, paling banyak 1 detik."),
            N_("Jalankan lagi clients.yml untuk PC ini. Bila terulang, ganti baterai papan induknya."),
        ),
    },
    "kiosk": {
        "good": Words(N_("Kios menampilkan halaman login.")),
        "warn": Words(
            N_("Layar kios tidak dapat diperiksa dari jauh."),
            N_("Lihat sendiri di PC ini: halaman login harus memenuhi layar."),
        ),
        "bad": Words(
            N_("Kios tidak menampilkan halaman login (yang tampak: %(shown)s)."),
            N_("Nyalakan ulang PC ini. Bila terulang, jalankan lagi clients.yml untuk PC ini."),
        ),
    },
    "latency": {
        "good": Words(N_("Server menjawab dalam %(ms)s milidetik saat semua PC memuat.")),
        "warn": Words(
            N_("Server baru menjawab setelah %(ms)s milidetik saat semua PC memuat (sebaiknya %(most)s)."),
            N_("Periksa kabel dan switch PC ini. Bila semua PC lambat, periksa server."),
        ),
        "bad": Words(
            N_("Server baru menjawab setelah %(ms)s milidetik saat semua PC memuat (paling lama %(most)s)."),
            N_("Ganti kabel atau pindahkan ke lubang lain pada switch. Bila semua PC lambat, periksa server."),
        ),
    },
    "throughput": {
        "good": Words(N_("Menerima %(mbit_s)s Mbit/s saat semua PC memuat.")),
        "warn": Words(
            N_("Menerima hanya %(mbit_s)s Mbit/s saat semua PC memuat (sebaiknya %(least)s)."),
            N_("Periksa kabel dan switch PC ini, lalu ukur lagi."),
        ),
        "bad": Words(
            N_("Menerima hanya %(mbit_s)s Mbit/s saat semua PC memuat (paling sedikit %(least)s)."),
            N_("Ganti kabel atau pindahkan ke lubang lain pada switch, lalu ukur lagi."),
        ),
    },
    "ping_back": {
        "good": Words(N_("Menjawab ping dari server.")),
        "bad": Words(
            N_("Server tidak mendapat jawaban ping dari %(address)s."),
            N_("Izinkan ping pada firewall PC ini, atau jalankan lagi clients.yml untuk PC ini."),
        ),
    },
    "stranger": {
        "good": Words(N_("Tidak ada perangkat di luar denah.")),
        "warn": Words(
            N_("Perangkat di luar denah: %(mac)s di %(address)s."),
            N_("Cari perangkat itu dan cabut dari LAN ujian, atau tambahkan ke denah bila memang dipakai."),
        ),
    },
}

LOAD = Words(
    N_(
        "%(computers)s PC memuat bersamaan: selesai dalam %(seconds)s detik, seluruhnya %(mbit_s)s Mbit/s. "
        "Jawaban di tengah %(median_ms)s milidetik, paling lambat %(slowest_ms)s milidetik."
    )
)
NOT_LOADED = Words(N_("Beban bersamaan belum diukur."), N_("Jalankan lagi verify.yml sampai selesai."))
NOT_EXAMINED = Words(N_("Mesin server belum diperiksa."), N_("Jalankan lagi verify.yml sampai selesai."))
