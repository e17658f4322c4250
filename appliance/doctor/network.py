"""Judges the way to the students and to the internet: cards, speed, addresses, names, certificate, ports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.wording import N_
from appliance.cards import Card, Choice
from appliance.doctor.findings import Finding

GOOD_SPEED, LEAST_SPEED = 1000, 100  # Mbit/s
SOON_DAYS = 30
VIRTUALBOX_NAT = "10.0.2."


@dataclass(frozen=True)
class Certificate:
    """The server's certificate: until when it is valid, for which addresses it was made, and if it is read at all."""

    until: datetime
    since: datetime
    addresses: frozenset[str]


def judge_cards(choice: Choice, cards: list[Card]) -> list[Finding]:
    """The exam room's card, there and connected, by cable and fast enough."""
    if choice.note is not None:
        note = choice.note
        return [Finding("card", "bad", note.cause, note.remedy, dict(note.values))]
    lan = choice.lan
    if lan is None:
        return []
    values: dict[str, object] = {"name": lan.name, "mac": lan.mac, "speed": lan.speed}
    found = [_judge_link(lan, values)]
    if any(card.wireless and card.link for card in cards):
        text = N_("Wi-Fi tersambung. Ruang ujian dilayani lewat kabel %(name)s saja.")
        found.append(Finding("wireless", "good", text, values=values))
    return found


def _judge_link(lan: Card, values: dict[str, object]) -> Finding:
    if not lan.link:
        return Finding(
            "link",
            "bad",
            N_("Kabel LAN pada kartu %(name)s (%(mac)s) tidak tersambung."),
            N_("Pasang kabel dari kartu itu ke switch ruang ujian, dan nyalakan switch."),
            values,
        )
    if 0 < lan.speed < LEAST_SPEED:
        return Finding(
            "link",
            "bad",
            N_("Kartu LAN %(name)s hanya %(speed)s Mbit/s."),
            N_("Ganti kabel dan pakai switch gigabit."),
            values,
        )
    if 0 < lan.speed < GOOD_SPEED:
        return Finding(
            "link",
            "warn",
            N_("Kartu LAN %(name)s %(speed)s Mbit/s: soal bergambar terbuka lambat bila peserta banyak."),
            N_("Pakai kabel Cat 5e atau lebih baik dan switch gigabit."),
            values,
        )
    if lan.speed:
        return Finding("link", "good", N_("Kartu LAN %(name)s tersambung, %(speed)s Mbit/s."), values=values)
    return Finding("link", "good", N_("Kartu LAN %(name)s tersambung."), values=values)


def judge_duplex(name: str, duplex: str) -> list[Finding]:
    """Half duplex: both sides do not agree, and every page waits for collisions."""
    if duplex != "half":
        return []
    text = N_("Kartu LAN %(name)s berjalan half duplex: dua arah tidak dapat bersamaan.")
    remedy = N_("Ganti kabel atau switch; kembalikan pengaturan kecepatan di switch ke otomatis.")
    return [Finding("duplex", "warn", text, remedy, {"name": name})]


def judge_conflict(address: str, answered: bool | None) -> Finding:
    """Whether another machine answers to our address; None when nobody could ask."""
    values: dict[str, object] = {"address": address}
    if answered is None:
        text = N_("Belum dapat diperiksa apakah alamat %(address)s dipakai komputer lain.")
        return Finding("address", "warn", text, N_("Sambungkan kabel LAN, lalu periksa lagi."), values)
    if answered:
        return Finding(
            "address",
            "bad",
            N_("Alamat %(address)s juga dipakai komputer lain di LAN."),
            N_("Ganti alamat komputer itu, atau pilih alamat lain untuk server di menu Jaringan."),
            values,
        )
    return Finding("address", "good", N_("Alamat %(address)s tidak dipakai komputer lain."), values=values)


def judge_nat(addresses: list[str], virtualisation: str) -> list[Finding]:
    """VirtualBox's own NAT gives addresses that no exam PC can reach."""
    if virtualisation != "oracle" or not any(address.startswith(VIRTUALBOX_NAT) for address in addresses):
        return []
    text = N_("Kartu jaringan VirtualBox memakai NAT; komputer peserta tidak dapat masuk lewat kartu itu.")
    remedy = N_("Ubah adaptor LAN di VirtualBox menjadi Bridged Adapter. NAT hanya boleh untuk kartu internet.")
    return [Finding("nat", "warn", text, remedy)]


def judge_names(internet: str, resolved: bool) -> Finding:
    """Names of the internet; an exam runs without them."""
    if internet == "none":
        return Finding("dns", "good", N_("Server disetel tanpa internet."))
    if resolved:
        return Finding("dns", "good", N_("Nama di internet ditemukan."))
    return Finding(
        "dns",
        "warn",
        N_("Nama di internet tidak ditemukan. Ujian tetap berjalan, tetapi sinkronisasi dan unggah menunggu."),
        N_("Periksa kabel internet dan DNS di menu Jaringan."),
    )


def judge_certificate(found: Certificate | None, addresses: list[str], now: datetime) -> Finding:
    """Valid now and for a while, and made for the addresses that are used."""
    remedy = N_("Simpan pengaturan jaringan sekali lagi atau nyalakan ulang server; sertifikat dibuat lagi sendiri.")
    if found is None:
        return Finding("certificate", "bad", N_("Sertifikat server tidak ada atau tidak terbaca."), remedy)
    values: dict[str, object] = {
        "until": f"{found.until:%d-%m-%Y}",
        "missing": ", ".join(sorted(set(addresses) - found.addresses)),
    }
    if not found.since <= now <= found.until:
        text = N_("Sertifikat server tidak berlaku pada tanggal server ini (sampai %(until)s).")
        return Finding("certificate", "bad", text, N_("Periksa jam server dahulu, lalu nyalakan ulang."), values)
    if values["missing"]:
        text = N_("Sertifikat server tidak dibuat untuk alamat %(missing)s.")
        return Finding("certificate", "bad", text, remedy, values)
    if (found.until - now).days < SOON_DAYS:
        return Finding("certificate", "warn", N_("Sertifikat server berlaku sampai %(until)s."), remedy, values)
    return Finding("certificate", "good", N_("Sertifikat server berlaku sampai %(until)s."), values=values)


def judge_ports(plain: bool, secure: bool) -> Finding:
    """Whether the front hands requests to the program, at 80 and at 443."""
    remedy = N_("Pilih Nyalakan ulang layanan. Bila tetap begitu, buat berkas bantuan dan hubungi pusat.")
    if not plain:
        return Finding("ports", "bad", N_("Server tidak menjawab pada port 80."), remedy)
    if not secure:
        return Finding("ports", "bad", N_("Server tidak menjawab dengan https pada port 443."), remedy)
    return Finding("ports", "good", N_("Server menjawab pada port 80 dan 443."))
