"""What the cells of a lab's spreadsheet mean, and everything that is wrong with them, by row and column.

The rules about PCs are those of `plan`; here are only those about typing (a MAC with dashes, a number kept as 7.0, a
room merged over twenty rows) and about several servers together. Nothing is guessed that could be another PC.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services.sheet_tables import EMPTY, CellKind, RawCell, RawTable
from appliance.lab import plan
from appliance.lab.plan import Computer, Plan, Problem

STUDENTS_PER_PC = 3  # three shifts a day
SPARE_SHARE = 0.1
_FILLED_DOWN = ("room", "server")  # merged over several rows, they count for all of them
_ODD_KINDS = {CellKind.ROUNDED, CellKind.DATE, CellKind.FAULT, CellKind.FORMULA}
_YES, _NO = {"ya", "y", "yes", "x", "v", "✓", "✔", "1", "true", "cadangan"}, {"", "tidak", "t", "-", "0", "no", "false"}
_SYSTEMS = {"linux": "linux", "debian": "linux", "ubuntu": "linux", "windows": "windows", "win": "windows"}


@dataclass(frozen=True, slots=True)
class Reading:
    """Plans by server, and what was found: `wrong` refuses, `notes` are shown. All as Refusals in full words."""

    plans: dict[str, Plan]
    wrong: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    computer: Computer
    server: str


def judge(table: RawTable, servers: Mapping[str, str], students: int | None) -> Reading:
    """The plans in a table. `servers`: name → own address with prefix; `students`: how many take the exam, if known."""
    wrong = list(_about_columns(table))
    rows, about_cells = _rows(table, servers)
    wrong += about_cells
    if not rows:
        wrong.append(
            Refusal("B-713", N_("Lembar denah tidak berisi komputer."), N_("Isi satu baris untuk satu komputer."))
        )
    named = [(row.computer, f"baris {row.number}") for row in rows]
    for at, row in enumerate(rows):
        if row.server in servers:
            problems = [*plan.odd(at, row.computer, servers[row.server])]
            wrong += [_told(table, rows, problem) for problem in problems]
            if not any(problem.field == "address" for problem in problems):
                wrong += _in_anothers_way(table, row, servers)
    wrong += [_told(table, rows, problem) for problem in plan.repeated(named)]
    plans = {
        name: Plan(address, tuple(row.computer for row in rows if row.server == name))
        for name, address in servers.items()
    }
    wrong += [_without_computers(name) for name, found in plans.items() if rows and not found.computers]
    return Reading(plans, _sorted(wrong), [*_about_hidden(table), *_about_numbers(rows, students)])


def _rows(table: RawTable, servers: Mapping[str, str]) -> tuple[list[_Row], list[Refusal]]:
    above = dict.fromkeys(_FILLED_DOWN, EMPTY)
    rows, wrong = [], []
    for number, given in table.rows:
        cells = dict(given)
        for name in _FILLED_DOWN:
            if cells.get(name, EMPTY).kind is CellKind.MERGED:
                cells[name] = above[name]
            above[name] = cells.get(name, EMPTY)
        wrong += [
            _odd_cell(_place(table, number, name))
            for name, cell in cells.items()
            if cell.kind in _ODD_KINDS or cell.kind is CellKind.MERGED
        ]
        computer = _computer(cells)
        spare = cells.get("spare", EMPTY).text.casefold().strip()
        if spare not in _YES | _NO:
            wrong.append(_odd_spare(_place(table, number, "spare"), spare))
        server = _server(cells.get("server", EMPTY).text, servers)
        if server not in servers:
            wrong.append(_unknown_server(_place(table, number, "server"), server, servers))
        rows.append(_Row(number, computer, server))
    return rows, wrong


def _computer(cells: Mapping[str, RawCell]) -> Computer:
    text = {name: re.sub(r"\s+", " ", cells.get(name, EMPTY).text).strip() for name in cells}
    number = re.fullmatch(r"(?:pc|komputer)?[\s._-]*([0-9]{1,3})(?:\.0)?", text.get("name", "").casefold())
    system = text.get("system", "").casefold()
    return Computer(
        name=f"pc-{int(number[1]):02}" if number else text.get("name", ""),
        mac=tidy_mac(text.get("mac", "")),
        address=text.get("address", "").replace(" ", ""),
        system=_SYSTEMS.get(re.split(r"[\s0-9]", system, maxsplit=1)[0], system),
        room=text.get("room", ""),
        seat=re.sub(r"^([0-9]+)\.0$", r"\1", text.get("seat", "")),
        spare=text.get("spare", "").casefold() in _YES,
    )


def tidy_mac(text: str) -> str:
    """Lower case with colons, whatever stood between; what has not 12 signs stays as it was typed."""
    bare = re.sub(r"[\s:.\-]", "", text.casefold())
    return ":".join(bare[at : at + 2] for at in range(0, 12, 2)) if re.fullmatch(r"[0-9a-f]{12}", bare) else text


def _server(text: str, servers: Mapping[str, str]) -> str:
    tidy = re.sub(r"[\s._-]+", "", text.casefold())
    if not tidy and len(servers) == 1:
        return next(iter(servers))
    plain = {name.replace("_", ""): name for name in servers}
    return plain.get(tidy) or plain.get(f"server{tidy.removesuffix('.0')}") or text


def _place(table: RawTable, row: int, name: str) -> str:
    letter, heading = table.columns.get(name, ("", ""))
    return f"{table.sheet} baris {row}, kolom {letter} ({heading})" if letter else f"{table.sheet} baris {row}"


def _told(table: RawTable, rows: list[_Row], problem: Problem) -> Refusal:
    return problem.refusal(_place(table, rows[problem.at].number, problem.field))


def _sorted(wrong: list[Refusal]) -> list[Refusal]:
    """From the first row to the last; what is no row's comes first."""

    def row(refusal: Refusal) -> int:
        found = re.search(r" baris (\d+)", str(refusal.values.get("where", "")))
        return int(found[1]) if found else 0

    return sorted(wrong, key=row)


def _about_columns(table: RawTable) -> Iterator[Refusal]:
    for name in ("name", "system", "room"):
        if name not in table.columns:
            words = {"name": "Nomor PC", "system": "Sistem", "room": "Ruang"}
            yield Refusal(
                "B-714",
                N_("Kolom %(column)s tidak ada."),
                N_("Tambahkan kolom itu, atau pakai templat: guyub lab template lab.xlsx"),
                values={"column": words[name]},
            )
    for name, letters in table.twice.items():
        yield Refusal(
            "B-715",
            N_("Kolom %(column)s muncul lebih dari sekali (%(letters)s)."),
            N_("Sisakan satu, supaya jelas mana yang dipakai."),
            values={"column": table.columns[name][1], "letters": ", ".join(letters)},
        )


def _about_hidden(table: RawTable) -> Iterator[Refusal]:
    if table.hidden:
        yield Refusal(
            "B-721",
            N_("Baris tersembunyi ikut dibaca: %(rows)s."),
            N_("Tampilkan baris itu di lembar kerja; hapus bila memang tidak dipakai."),
            values={"rows": ", ".join(map(str, table.hidden[:20]))},
        )
    if table.ignored:
        yield Refusal(
            "B-722",
            N_("Kolom ini tidak dibaca: %(columns)s."),
            N_("Tidak apa-apa bila memang catatan; bila bukan, betulkan judulnya seperti pada templat."),
            values={"columns": ", ".join(table.ignored[:10])},
        )


def _about_numbers(rows: list[_Row], students: int | None) -> Iterator[Refusal]:
    spare = sum(row.computer.spare for row in rows)
    used = len(rows) - spare
    wanted = math.ceil((students or 0) / STUDENTS_PER_PC)
    if used < wanted:
        yield Refusal(
            "B-723",
            N_("Komputer kurang: %(used)s untuk %(students)s peserta dalam tiga sesi, seharusnya %(wanted)s."),
            N_("Tambah %(missing)s komputer, atau bagi peserta ke lebih banyak sesi."),
            values={"used": used, "students": students, "wanted": wanted, "missing": wanted - used},
        )
    spare_wanted = math.ceil(max(used, wanted) * SPARE_SHARE)
    if rows and spare < spare_wanted:
        yield Refusal(
            "B-724",
            N_("Cadangan kurang: %(spare)s dari %(used)s komputer, seharusnya %(wanted)s (10 %%)."),
            N_("Tandai %(missing)s komputer lagi sebagai Cadangan, atau tambah komputer."),
            values={"spare": spare, "used": used, "wanted": spare_wanted, "missing": spare_wanted - spare},
        )


def _in_anothers_way(table: RawTable, row: _Row, servers: Mapping[str, str]) -> Iterator[Refusal]:
    """A PC with the address of another server on the same LAN."""
    for name, text in servers.items():
        if name != row.server and ipaddress.IPv4Interface(text).ip == ipaddress.IPv4Address(row.computer.address):
            yield Refusal(
                "B-716",
                N_("%(where)s: alamat %(value)s adalah alamat %(server)s."),
                N_("Pakai alamat lain untuk komputer ini."),
                values={"where": _place(table, row.number, "address"), "value": row.computer.address, "server": name},
            )


def _odd_cell(where: str) -> Refusal:
    return Refusal(
        "B-717",
        N_("%(where)s: isi sel tidak dapat dipakai (sel gabungan, tanggal, rumus, atau angka yang dibulatkan)."),
        N_("Ubah sel menjadi teks, lalu ketik ulang isinya."),
        values={"where": where},
    )


def _odd_spare(where: str, text: str) -> Refusal:
    return Refusal(
        "B-718",
        N_("%(where)s: %(value)s bukan Ya atau Tidak."),
        N_("Tulis Ya untuk komputer cadangan, Tidak atau kosong untuk yang lain."),
        values={"where": where, "value": text[:40]},
    )


def _unknown_server(where: str, text: str, servers: Mapping[str, str]) -> Refusal:
    return Refusal(
        "B-719",
        N_("%(where)s: server %(value)s tidak dikenal; yang dikenal: %(known)s."),
        N_("Betulkan namanya, atau sebut servernya: --server server2=192.168.0.190/24"),
        values={"where": where, "value": text[:40] or "(kosong)", "known": ", ".join(servers)},
    )


def _without_computers(name: str) -> Refusal:
    return Refusal(
        "B-725",
        N_("Server %(server)s tidak mempunyai komputer di lembar ini."),
        N_("Isi kolom Server, atau hapus server itu dari perintah."),
        values={"server": name},
    )
