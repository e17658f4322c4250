"""Keeps the readiness reports of the lab: a folder each under the school's data, whole or not at all, the newest first.

The document is checked before anything is written, pictures are drawn anew from their pixels, and only the newest few
reports stay. Nothing is judged here.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.domain import lab_readiness, lab_verdict
from app.domain.audit_events import AuditEvent
from app.domain.lab_readiness import Report
from app.domain.lab_verdict import Verdict
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.sekolah.services.workplace import Workplace
from app.services import audit
from app.services.keyfiles import sync_directory
from app.services.turns import only_one

FOLDER = "readiness"
KEPT = 10
LARGEST_PICTURE = 4_000_000  # bytes, as it comes
LARGEST_PICTURES = 20_000_000  # bytes of all of one report, as they are kept
MOST_PIXELS = 4096 * 2304
SHOWN = (960, 600)  # pixels, at most, of a picture that is kept
DOCUMENT, NOTE = "report.json", "note.json"
TURN = "lab-report"
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report with its verdict, when it came and from whom (a name as it was told, may be empty)."""

    id: str
    received_at: datetime
    by: str
    report: Report
    verdict: Verdict
    folder: Path


def put(place: Workplace, raw: bytes, pictures: Mapping[str, bytes], by: str = "") -> tuple[KeptReport, bool]:
    """Keep a report and log it; gives it, and whether it is new (the newest one may come again).

    Refuses B-760 to B-762 (the document), B-763 (a picture that is missing or none), B-764 (too much), B-765 (another
    one is being kept).
    """
    report = lab_readiness.parse(raw)
    wanted = [computer.screenshot for computer in report.computers if computer.screenshot]
    found = {name: draw_anew(name, pictures.get(name)) for name in wanted}
    if sum(map(len, found.values())) > LARGEST_PICTURES:
        raise _too_much()
    with only_one(place.run_dir, TURN) as free:
        if not free:
            raise Refusal("B-765", N_("Laporan lain sedang disimpan."), N_("Tunggu sebentar, lalu ulangi."), status=409)
        now = place.clock.now()
        digest = hashlib.sha256(raw).hexdigest()
        newest = find_newest(place.data_dir)
        if newest is not None and _note(newest.folder)["sha256"] == digest and newest.by == by:
            return newest, False
        name = f"{now:%Y%m%dT%H%M%SZ}-{digest[:8]}"
        note = json.dumps({"received_at": now.isoformat(), "by": by[:100], "sha256": digest}, ensure_ascii=False)
        _write(place.data_dir / FOLDER, name, {**found, DOCUMENT: raw, NOTE: note.encode()})
        kept = read(place.data_dir, name)
        with place.transaction() as session:
            counts = {state: kept.verdict.count(state) for state in ("good", "warn", "bad")}
            detail = {"state": kept.verdict.state, "by": kept.by, **counts}
            audit.record(session, place.clock, audit.SYSTEM, AuditEvent.LAB_REPORT_RECEIVED, name, detail)
        _forget_old(place.data_dir / FOLDER)
        return kept, True


def names(data_dir: Path) -> list[str]:
    """Names of the reports that are kept, the newest first."""
    try:
        found = [entry.name for entry in (data_dir / FOLDER).iterdir() if _ID.fullmatch(entry.name)]
    except FileNotFoundError:
        return []
    return sorted(found, reverse=True)


def find_newest(data_dir: Path) -> KeptReport | None:
    """The newest report that can be read."""
    return next((kept for kept in (glance(data_dir, name) for name in names(data_dir)) if kept), None)


def read(data_dir: Path, name: str) -> KeptReport:
    """One report. Refuses B-766 (there is none of this name, or it was damaged)."""
    folder = data_dir / FOLDER / name
    try:
        if not _ID.fullmatch(name):
            raise _gone()
        note = _note(folder)
        report = lab_readiness.parse((folder / DOCUMENT).read_bytes())
        received = datetime.fromisoformat(note["received_at"])
    except (OSError, ValueError, KeyError, Refusal):
        raise _gone() from None
    return KeptReport(name, received, note["by"], report, lab_verdict.judge(report), folder)


def glance(data_dir: Path, name: str) -> KeptReport | None:
    """One report for a list; None if it was damaged or is gone meanwhile."""
    try:
        return read(data_dir, name)
    except Refusal:
        return None


def picture(kept: KeptReport, computer: str) -> bytes | None:
    """The screenshot of a computer of this report, as PNG; None if there is none."""
    for one in kept.report.computers:
        if one.name == computer and one.screenshot:
            try:
                return (kept.folder / one.screenshot).read_bytes()
            except OSError:
                return None
    return None


def _note(folder: Path) -> dict[str, str]:
    return {str(name): str(value) for name, value in json.loads((folder / NOTE).read_text(encoding="utf-8")).items()}


def draw_anew(name: str, data: bytes | None) -> bytes:
    """The picture from its pixels, small enough to be shown; whatever else the file held is left behind."""
    from PIL import Image

    if data is None or len(data) > LARGEST_PICTURE:
        raise _no_picture(name)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
            drawn = opened.convert("RGB") if opened.width * opened.height <= MOST_PIXELS else None
    except Exception:  # noqa: BLE001 - the library raises many kinds for a file that is no picture
        drawn = None
    if drawn is None:
        raise _no_picture(name)
    drawn.thumbnail(SHOWN)
    written = io.BytesIO()
    drawn.save(written, "PNG", optimize=True)
    return written.getvalue()


def _write(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    """A new folder with these files, durable before it has its name."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    for old in folder.glob(".draft-*"):
        shutil.rmtree(old, ignore_errors=True)  # of a moment without power
    draft = folder / f".draft-{name}"
    draft.mkdir(mode=0o750)
    try:
        for each, content in files.items():
            with (draft / each).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        sync_directory(draft)
        draft.rename(folder / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync_directory(folder)


def _forget_old(folder: Path) -> None:
    for name in names(folder.parent)[KEPT:]:
        shutil.rmtree(folder / name, ignore_errors=True)


def _gone() -> Refusal:
    return Refusal(
        "B-766",
        N_("Laporan kesiapan ini tidak ada di server."),
        N_("Pilih laporan lain, atau jalankan lagi verify.yml."),
        status=404,
    )


def _no_picture(name: str) -> Refusal:
    return Refusal(
        "B-763",
        N_("Gambar layar %(name)s tidak ada, terlalu besar, atau bukan PNG."),
        N_("Jalankan lagi verify.yml sampai selesai."),
        values={"name": name},
    )


def _too_much() -> Refusal:
    return Refusal(
        "B-764",
        N_("Gambar layar laporan ini terlalu besar seluruhnya."),
        N_("Jalankan verify.yml dengan gambar layar yang lebih kecil, atau bagi denah menurut server."),
        status=413,
    )
