"""What a school's server may be told about syncing, and what is refused: by rule, with cause and remedy.

The same rules hold for the program's settings, for those of the box and for a candidate that a technician hands in.
Nothing here reaches out: whether an address answers is asked elsewhere.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from app.domain import centre_key
from app.domain.refusals import Refusal
from app.domain.wording import N_

SERVER_ID = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,31}")
MOST_KBPS = 1_000_000
UNPLANNED_S = 2 * 3600  # how long a package may take where no hours are set: somebody waits for it
_WINDOW = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]|24):([0-5][0-9])")
_LOCAL_NAMES = (".local", ".lan", ".internal", ".home.arpa", ".test", ".localhost")


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a day, local time: minutes since midnight, `until` not included."""

    start: int
    until: int

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.until // 60:02}:{self.until % 60:02}"

    def holds(self, local: datetime) -> bool:
        """Whether this local time lies within."""
        return self.start <= local.hour * 60 + local.minute < self.until

    def overlaps(self, other: Window) -> bool:
        """Whether the two share a minute."""
        return self.start < other.until and other.start < self.until


def address(text: str) -> str:
    """The centre's web address; http only within the house. Refuses B-732."""
    parts = _parts(text)
    odd = parts is None or parts.query or parts.fragment or parts.username or parts.path not in {"", "/"}
    if parts is None or odd or parts.scheme not in {"http", "https"}:
        raise Refusal(
            "B-732",
            N_("%(value)s bukan alamat pusat."),
            N_("Tulis seperti https://pusat.example.id, tanpa kata sandi dan tanpa apa pun di belakangnya."),
            values={"value": text[:100] or "(kosong)"},
        )
    if parts.scheme == "http" and not _in_the_house(parts.hostname or ""):
        raise Refusal(
            "B-732",
            N_("Alamat pusat %(value)s memakai http, padahal lewat internet."),
            N_("Pakai https. http hanya untuk alamat di dalam sekolah, misalnya http://192.168.0.10."),
            values={"value": text[:100]},
        )
    return text.rstrip("/")


def pinned_key(text: str) -> str:
    """The centre's key in its usual form; refuses B-733."""
    return centre_key.as_text(centre_key.parse(text))


def server_id(text: str) -> str:
    """The *ID Server* in capitals; refuses B-735."""
    tidy = text.strip().upper()
    if not SERVER_ID.fullmatch(tidy):
        raise Refusal(
            "B-735",
            N_("ID Server %(value)s tidak sah."),
            N_("Salin persis seperti pada surat dari pusat, misalnya P20104001-01."),
            values={"value": text[:60]},
        )
    return tidy


def proxy(text: str) -> str:
    """`http://host:port`; refuses B-737. A proxy that asks for a password is refused: this text is no secret."""
    parts = _parts(text)
    port = _port(text)
    if parts is None or parts.scheme != "http" or not port or parts.path not in {"", "/"} or parts.query:
        raise Refusal(
            "B-737",
            N_("Proksi %(value)s tidak lengkap atau salah bentuknya."),
            N_("Tulis dengan nama dan port, misalnya http://proksi.sekolah.lan:3128."),
            values={"value": text.rpartition("@")[2][:100]},
        )
    if parts.username is not None:
        raise Refusal(
            "B-737",
            N_("Proksi dengan nama dan kata sandi tidak dipakai di sini."),
            N_("Minta pengelola jaringan mengizinkan alamat server ini tanpa kata sandi, lalu hapus kata sandinya."),
        )
    return f"http://{parts.netloc}"


def windows(text: str) -> str:
    """Hours such as `18:00-22:00, 00:00-04:00`, in their usual form; refuses B-736. Empty stays empty."""
    return ", ".join(map(str, read_windows(text)))


def read_windows(text: str) -> list[Window]:
    """The hours in a text, in order of their start."""
    found = sorted((_window(part) for part in re.split(r"[\s,;]+", text.strip()) if part), key=lambda one: one.start)
    for before, after in itertools.pairwise(found):
        if before.overlaps(after):
            raise _odd_window(f"{before}, {after}", N_("Jam sinkronisasi %(value)s bertumpang tindih."))
    return found


def exam_hours(text: str) -> str:
    """One window, the hours in which exams are held; refuses B-736. Empty means none."""
    return str(_window(text.strip())) if text.strip() else ""


def hold_together(given_windows: str, hours: str, kbps: int, package_mb: int) -> None:
    """Refuses hours that touch the exam (B-736) and a cap under which no package arrives (B-738)."""
    found = read_windows(given_windows)
    if hours:
        exam = _window(hours)
        for one in found:
            if one.overlaps(exam):
                raise Refusal(
                    "B-736",
                    N_("Jam sinkronisasi %(value)s bertumpang tindih dengan jam ujian %(exam)s."),
                    N_("Pindahkan ke malam hari, misalnya 18:00-22:00, atau betulkan jam ujiannya."),
                    values={"value": str(one), "exam": str(exam)},
                )
    seconds = sum((one.until - one.start) * 60 for one in found) or UNPLANNED_S
    needed = -(-package_mb * 8_000 // seconds)
    if kbps and kbps < needed:
        raise Refusal(
            "B-738",
            N_("Batas %(kbps)s kbit/s terlalu kecil: paket %(size)s MB tidak selesai dalam %(minutes)s menit."),
            N_("Pakai paling sedikit %(needed)s kbit/s, perpanjang jam sinkronisasi, atau tulis 0 untuk tanpa batas."),
            values={"kbps": kbps, "size": package_mb, "minutes": seconds // 60, "needed": needed},
        )


def usb_path(text: str) -> str:
    """An absolute folder; refuses B-739. Whether it is there is asked where it is used."""
    if not text.startswith("/") or ".." in text.split("/") or not text.strip("/") or not text.isprintable():
        raise Refusal(
            "B-739",
            N_("Folder USB %(value)s tidak dapat dipakai."),
            N_("Tulis tempat USB terpasang, lengkap dari garis miring, misalnya /media/usb."),
            values={"value": text[:100]},
        )
    return text.rstrip("/")


RULES: dict[str, Callable[[str], str]] = {
    "centre_url": address,
    "centre_key": pinned_key,
    "server_id": server_id,
    "proxy": proxy,
    "sync_windows": windows,
    "exam_hours": exam_hours,
    "usb_path": usb_path,
}


def checked(name: str, text: str) -> str:
    """A value of these settings in its usual form; empty means not set. Refuses B-732 to B-739."""
    return RULES[name](text.strip()) if text.strip() else ""


def _window(text: str) -> Window:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise _odd_window(text, N_("Jam %(value)s tidak terbaca."))
    start, until = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
    if until > 24 * 60:
        raise _odd_window(text, N_("Jam %(value)s tidak terbaca."))
    if until <= start:
        raise _odd_window(text, N_("Jam %(value)s berakhir sebelum mulai."))
    return Window(start, until)


def _odd_window(text: str, cause: str) -> Refusal:
    return Refusal(
        "B-736",
        cause,
        N_("Tulis seperti 18:00-22:00. Yang melewati tengah malam ditulis dua: 22:00-24:00, 00:00-04:00."),
        values={"value": text[:60]},
    )


def _parts(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname and text.isprintable() and " " not in text else None


def _port(text: str) -> int:
    try:
        return urlsplit(text).port or 0
    except ValueError:
        return 0


def _in_the_house(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_NAMES)
