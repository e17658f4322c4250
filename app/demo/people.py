"""The people of the demo: 120 participants of a school that does not exist, and the staff with their demo passwords.

The names are put together from lists, always in the same way; NISN and NPSN begin with digits that no real one has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.permissions import Role

NPSN = "99999001"
SCHOOL = "SMA Nusa Harapan"
ROOM_SEATS = 40
PARTICIPANTS = 120
CLASSES = ("XII-1", "XII-2", "XII-3")
PLACES = ("Garut", "Tasikmalaya", "Bandung", "Sumedang", "Cianjur", "Ciamis")
GIRLS = (
    "Aulia", "Bunga", "Citra", "Dinda", "Eka", "Fitri", "Gita", "Hana", "Indah", "Jihan", "Kartika", "Laras", "Maya",
    "Nadia", "Oktavia", "Putri", "Rahma", "Sekar", "Tiara", "Wulan",
)  # fmt: skip
BOYS = (
    "Adi", "Bagus", "Cahya", "Dimas", "Fajar", "Galih", "Hendra", "Ilham", "Jaka", "Krisna", "Lukman", "Made", "Nanda",
    "Pandu", "Rizky", "Satria", "Teguh", "Umar", "Wahyu", "Yoga",
)  # fmt: skip
FAMILIES = (
    "Prasetyo", "Wijaya", "Nugraha", "Hidayat", "Saputra", "Lestari", "Maharani", "Siregar", "Hutapea", "Permana",
    "Kusuma", "Ramadhan", "Anggraini", "Firmansyah", "Setiawan", "Wibowo", "Simanjuntak", "Utami", "Handayani",
    "Gunawan", "Sihombing", "Yuliana", "Mahendra",
)  # fmt: skip
_FEMALE_ONLY = frozenset({"Lestari", "Maharani", "Anggraini", "Utami", "Handayani", "Yuliana"})


@dataclass(frozen=True)
class Person:
    """A participant as a school's sheet names one."""

    number: str
    nisn: str
    nis: str
    name: str
    gender: str
    class_name: str
    birth_place: str
    birth_date: date


@dataclass(frozen=True)
class Colleague:
    """Somebody of the staff. The password is for the demo only, and is printed when it starts."""

    username: str
    name: str
    role: Role

    @property
    def password(self) -> str:
        """Easy to type and known to everybody who runs the demo."""
        return f"demo-{self.username}-2026"


CENTRE_STAFF = (
    Colleague("dewi", "Dewi Kartikasari", Role.ADMINISTRATOR),
    Colleague("wayan", "Wayan Sudarma", Role.AUTHOR),
    Colleague("yusuf", "Yusuf Maulana", Role.OPERATOR),
    Colleague("maria", "Maria Tambunan", Role.OPERATOR),
)
SCHOOL_STAFF = (
    Colleague("ratna", "Ratna Puspita", Role.PROKTOR),
    Colleague("anto", "Anto Supriyadi", Role.TEKNISI),
)


def participants() -> list[Person]:
    """All participants by number: Siti and Budi first."""
    return [_participant(place) for place in range(PARTICIPANTS)]


def numbers_of(group: int) -> tuple[str, str]:
    """First and last number of the participants of one sitting; `group` counts from 0."""
    return _number(group * ROOM_SEATS), _number(group * ROOM_SEATS + ROOM_SEATS - 1)


def _participant(place: int) -> Person:
    name, gender = (("Siti Rahayu", "P"), ("Budi Santoso", "L"))[place] if place < 2 else _name(place)
    return Person(
        number=_number(place),
        nisn=f"00999{place + 1:05d}",
        nis=f"2324{place + 1:04d}",
        name=name,
        gender=gender,
        class_name=CLASSES[place // ROOM_SEATS],
        birth_place=PLACES[place * 5 % len(PLACES)],
        birth_date=date(2008, 7, 1) + timedelta(days=place * 37 % 365),
    )


def _name(place: int) -> tuple[str, str]:
    """First and family names in steps that meet every pair only once."""
    gender = "P" if place % 2 == 0 else "L"
    firsts = GIRLS if gender == "P" else BOYS
    families = FAMILIES if gender == "P" else [name for name in FAMILIES if name not in _FEMALE_ONLY]
    order = place // 2
    return f"{firsts[order % len(firsts)]} {families[(order * 7 + order // len(firsts)) % len(families)]}", gender


def _number(place: int) -> str:
    """As on an exam card: level, school, running number."""
    return f"26-001-{place + 1:03d}"
