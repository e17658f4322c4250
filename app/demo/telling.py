"""What the demo prints when it is ready: where to look, who can log in, and where the entry token is read."""

from __future__ import annotations

from app.demo.people import CENTRE_STAFF, SCHOOL, SCHOOL_STAFF, Colleague
from app.demo.school import OpenSitting

ROLE_WORDS = {
    "administrator": "administrator pusat",
    "author": "penulis soal",
    "operator": "operator pusat",
    "proktor": "proktor",
    "teknisi": "teknisi",
}


def summary(pusat: str, schools: list[str], sitting: OpenSitting) -> str:
    """The whole message. `pusat` and `schools` are addresses of what is running."""
    lines = ["", f"Guyub siap. Kata sandi di bawah hanya untuk demo ini ({SCHOOL} tidak sungguh ada).", ""]
    lines += [f"PUSAT    {pusat}/staf/masuk", *_staff(CENTRE_STAFF), ""]
    for number, address in enumerate(schools, 1):
        lines += [f"SEKOLAH  {address}/staf/masuk  (server {number})", *_staff(SCHOOL_STAFF), ""]
    lines += [
        f"PESERTA  {schools[0]}/" if schools else "PESERTA",
        f"  {sitting.title}: 40 soal, sedang terbuka",
        *(f"  {number:<12} {password:<14} {name}" for number, name, password in sitting.students),
        "  Peserta lain: Kartu Login di halaman proktor.",
        f"  Token saat ini: {sitting.token} (berganti tiap 15 menit; dibaca di halaman Status Tes proktor)",
        "",
    ]
    return "\n".join(lines)


def _staff(people: tuple[Colleague, ...]) -> list[str]:
    return [f"  {one.username:<12} {one.password:<18} {one.name}, {ROLE_WORDS[str(one.role)]}" for one in people]
