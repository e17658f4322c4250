"""From figures to a verdict: one line per thing that matters, each bad one with its cause and what helps.

Pure: figures in, a record out that is kept as JSON and drawn by the page. Texts are sources; numbers stand in `values`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.domain.wording import N_
from app.rehearsal.day import SAVE_EVERY_S, Phase
from app.rehearsal.load import percentile_ms
from app.rehearsal.watching import Use

GOOD, WARN, BAD = "good", "warn", "bad"
BINS = 24  # points of the graph in each phase
# name → seconds of the slowest hundredth that are good, and that will do
LIMITS = {"login": (1.0, 5.0), "start": (5.0, 10.0), "save": (0.5, 2.0), "finish": (2.0, 5.0)}
PROCESSOR = (0.5, 0.8)  # the server's share of all processors: good up to, will do up to
OTHERS = 0.25  # that of other programs: good up to
NETWORK = (0.2, 1.0)  # seconds that PCs wait longer than the server's own load: good up to, will do up to
MEMORY_MB = (500, 200)  # left at the worst moment: good from, will do from
COMMITS, SPARE = 20, 2  # durable commits a second that any server needs; times what the students need
LATE_MS = 250.0  # the load program itself was so late: the machine was too busy to say more


@dataclass(frozen=True)
class Guest:
    """One exam PC: its number and address, how many students it played, and its phases; none if it sent nothing."""

    number: int
    address: str
    students: int
    phases: list[Phase]


@dataclass(frozen=True)
class Figures:
    """What was measured. `commits` are single durable commits a second on the data disk, before the load."""

    students: int
    phases: list[Phase]
    use: Use  # during steady work
    cores: int
    commits: float
    lowest_mb: int
    total_mb: int
    server_mb: float
    same_database: bool = True  # the trial server uses SQLite
    guests: list[Guest] = field(default_factory=list)  # exam PCs that took part over the LAN


def judge(figures: Figures) -> dict[str, Any]:
    """The record: `overall` (good, warn, bad), `lines`, `phases`, `graph`, `figures`."""
    machine = [_disk(figures), _processor(figures), _memory(figures), _others(figures)]
    cause = _cause(figures, machine)
    lines = [_time(phase, cause) for phase in figures.phases] + machine
    if figures.guests:
        lines += [_network(figures, cause)]
    if not figures.same_database:
        lines += [_line("database", WARN, *_OTHER_DATABASE, {})]
    shapes = {line["shape"] for line in lines}
    return {
        "overall": next((shape for shape in (BAD, WARN) if shape in shapes), GOOD),
        "students": figures.students,
        "lines": sorted(lines, key=lambda line: (BAD, WARN, GOOD).index(line["shape"])),
        "phases": [_summary(phase) for phase in figures.phases],
        "graph": [{"phase": phase.name, "points": _points(phase)} for phase in figures.phases],
        "guests": [_guest(guest) for guest in figures.guests],
        "figures": _plain(figures),
    }


def failed(cause: str, remedy: str, values: dict[str, object]) -> dict[str, Any]:
    """The record of a rehearsal whose server could not be started."""
    return {"overall": BAD, "lines": [_line("program", BAD, cause, remedy, values)]}


_DONE = {
    "login": N_("Masuk: %(done)s dari %(asked)s peserta. Biasanya %(half)s detik, paling lama %(slowest)s detik."),
    "start": N_(
        "Mulai: %(done)s dari %(asked)s menerima soal. Biasanya %(half)s detik, paling lama %(slowest)s detik."
    ),
    "save": N_("Simpan: %(done)s dari %(asked)s jawaban. Biasanya %(half)s detik, paling lama %(slowest)s detik."),
    "finish": N_("Selesai: %(done)s dari %(asked)s peserta. Biasanya %(half)s detik, paling lama %(slowest)s detik."),
}
_OTHER_DATABASE = (
    N_("Server ini memakai PostgreSQL, sedangkan server percobaan memakai SQLite."),
    N_("Anggap waktu menyimpan di atas sebagai perkiraan."),
)
_CAUSES = {
    "disk": N_("Sebab: disk lambat menyimpan dengan aman. Pindahkan folder data ke SSD, lalu ulangi gladi."),
    "memory": N_("Sebab: memori hampir habis. Tutup program lain atau tambah memori, lalu ulangi gladi."),
    "others": N_("Sebab: program lain memakai prosesor. Tutup program itu, lalu ulangi gladi."),
    "processor": N_("Sebab: prosesor kurang. Pakai server berinti lebih banyak, atau bagi peserta ke beberapa sesi."),
    "late": N_("Sebab: komputer terlalu sibuk. Tutup program lain, lalu ulangi gladi."),
    "": N_("Sebabnya tidak tampak pada prosesor, memori, atau disk. Ulangi gladi; bila terulang, hubungi pusat."),
}


def _time(phase: Phase, cause: str) -> dict[str, Any]:
    summary = _summary(phase)
    good, will_do = LIMITS[phase.name]
    shape = BAD if summary["failed"] else _up_to(summary["p99"], good, will_do)
    return _line(phase.name, shape, _DONE[phase.name], _CAUSES[cause], summary)


def _disk(figures: Figures) -> dict[str, Any]:
    wanted = figures.students / SAVE_EVERY_S
    needed = round(max(COMMITS, SPARE * wanted))
    shape = GOOD if figures.commits >= needed else WARN if figures.commits >= max(COMMITS, wanted) else BAD
    state = N_("Disk: %(commits)s penulisan aman per detik, diperlukan %(needed)s.")
    remedy = N_("Pindahkan folder data ke SSD yang terpasang di dalam server, lalu ulangi gladi.")
    return _line("disk", shape, state, remedy, {"commits": round(figures.commits), "needed": needed})


def _processor(figures: Figures) -> dict[str, Any]:
    shape = _up_to(figures.use.server, *PROCESSOR)
    state = N_("Prosesor: server memakai %(share)s persen dari %(cores)s inti selama peserta mengerjakan.")
    values = {"share": round(100 * figures.use.server), "cores": figures.cores}
    return _line("processor", shape, state, _CAUSES["processor"], values)


def _memory(figures: Figures) -> dict[str, Any]:
    free = figures.lowest_mb
    shape = GOOD if free >= MEMORY_MB[0] else WARN if free >= MEMORY_MB[1] else BAD
    state = N_("Memori: server memakai %(used)s MB, masih tersisa %(free)s dari %(total)s MB.")
    values = {"used": round(figures.server_mb), "free": free, "total": figures.total_mb}
    return _line("memory", shape, state, N_("Tutup program lain atau tambah memori, lalu ulangi gladi."), values)


def _others(figures: Figures) -> dict[str, Any]:
    values: dict[str, object] = {"share": round(100 * figures.use.others), "name": figures.use.busiest or "-"}
    state = N_("Program lain memakai %(share)s persen prosesor.")
    remedy = N_("Yang terbanyak: %(name)s. Tutup program yang tidak perlu pada hari ujian.")
    shape = GOOD if figures.use.others <= OTHERS else WARN  # on its own no harm: where it harms, answers are slow
    return _line("others", shape, state, remedy, values)


def _network(figures: Figures, cause: str) -> dict[str, Any]:
    """The exam PCs beside the server's own load: what they waited longer for, the network took."""
    whole = [phase for guest in figures.guests for phase in guest.phases]
    latencies = [latency for phase in whole if phase.name == "save" for latency in phase.run.latencies]
    own = next(phase.run for phase in figures.phases if phase.name == "save")
    sent = sum(bool(guest.phases) for guest in figures.guests)
    failed = sum(sum(phase.run.failures.values()) for phase in whole)
    late_ms = percentile_ms(latencies, 0.99) - own.percentile_ms(0.99)
    well = sent == len(figures.guests) and not failed
    values: dict[str, Any] = {"sent": sent, "guests": len(figures.guests), "failed": failed}
    values |= {"half": _seconds(percentile_ms(latencies, 0.5)), "own": _seconds(own.percentile_ms(0.5))}
    state = N_(
        "LAN: %(sent)s dari %(guests)s komputer ikut sampai selesai, %(failed)s permintaan gagal. "
        "Simpan biasanya %(half)s detik; pada server sendiri %(own)s detik."
    )
    remedy = N_("Periksa kabel, switch, dan Wi-Fi ke komputer yang gagal atau lambat dalam tabel, lalu ulangi gladi.")
    shape = _up_to(late_ms / 1000, *NETWORK)
    if well and cause and shape != GOOD:
        shape, remedy = WARN, _CAUSES[cause]  # a server that is short of something says nothing about the network
    return _line("lan", shape if well else BAD, state, remedy, values)


def _guest(guest: Guest) -> dict[str, Any]:
    """A PC's row: its saves, and failures of all phases."""
    saves = next((_summary(phase) for phase in guest.phases if phase.name == "save"), None)
    failed = sum(sum(phase.run.failures.values()) for phase in guest.phases)
    row = {"number": guest.number, "address": guest.address, "students": guest.students, "failed": failed}
    return row | {"half": saves and saves["half"], "slowest": saves and saves["slowest"]}


def _cause(figures: Figures, machine: list[dict[str, Any]]) -> str:
    """The likeliest reason for slow answers: the worst of what the machine lacks, in the order of what is plainest."""
    worst = [line["name"] for shape in (BAD, WARN) for line in machine if line["shape"] == shape]
    if worst:
        return str(worst[0])
    late = max((percentile_ms(phase.run.lags, 0.99) for phase in figures.phases), default=0.0)
    return "late" if late > LATE_MS else ""


def _up_to(figure: float, good: float, will_do: float) -> str:
    return GOOD if figure <= good else WARN if figure <= will_do else BAD


def _line(name: str, shape: str, state: str, remedy: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "state": state, "remedy": "" if shape == GOOD else remedy, "values": values}


def _summary(phase: Phase) -> dict[str, Any]:
    """Counts, and seconds that half of the requests, all but a hundredth, and the slowest took."""
    run = phase.run
    most = Counter(run.failures).most_common(1)
    return {
        "phase": phase.name,
        "asked": phase.asked,
        "done": len(run.latencies),
        "failed": sum(run.failures.values()),
        "failure": most[0][0] if most else "",
        "half": _seconds(run.percentile_ms(0.5)),
        "p99": _seconds(run.percentile_ms(0.99)),
        "slowest": _seconds(run.percentile_ms(1)),
    }


def _points(phase: Phase) -> list[list[float]]:
    """Over the phase's time: place (0 to 1), seconds of the usual and of the slowest answer asked for around then."""
    whole = max(phase.run.due, default=0.0) or 1.0
    bins: dict[int, list[float]] = {}
    for due, latency in zip(phase.run.due, phase.run.latencies, strict=True):
        bins.setdefault(min(BINS - 1, int(BINS * due / whole)), []).append(latency)
    return [
        [round((place + 0.5) / BINS, 3), *(round(percentile_ms(those, share) / 1000, 4) for share in (0.5, 1))]
        for place, those in sorted(bins.items())
    ]


def _plain(figures: Figures) -> dict[str, float]:
    """For the console, ratios above all."""
    saves = next((len(phase.run.latencies) for phase in figures.phases if phase.name == "save"), 0)
    return {
        "processor_share": round(figures.use.server, 3),
        "load_share": round(figures.use.load, 3),
        "others_share": round(figures.use.others, 3),
        "cpu_ms_each_save": round(1000 * figures.use.server_cpu_s / max(1, saves), 2),
        "single_commits_per_s": round(figures.commits),
        "load_late_p99_ms": round(max(percentile_ms(phase.run.lags, 0.99) for phase in figures.phases), 1),
    }


def _seconds(milliseconds: float) -> float:
    """As people are told: never nothing."""
    return max(0.01, round(milliseconds / 1000, 2))
