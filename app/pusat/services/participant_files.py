"""The door for participant sheets: whoever has bytes from a stranger calls `read_participant_file` and nothing below.

A workbook is looked at from outside first and then unpacked in a process of its own with limits: 30 KB of xlsx can hold
a gigabyte. A CSV is as large as it looks and is read here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services.participant_columns import PARTICIPANTS, Words
from app.pusat.services.participant_sheets import SheetReading, judge_table
from app.pusat.services.question_files.archives import open_archive
from app.pusat.services.sheet_tables import RawTable, read_csv_table
from app.pusat.services.sheet_worker import from_wire

TIME_LIMIT = 60.0  # seconds on the wall clock
LARGEST = 16 * 1024 * 1024  # bytes
_WORKER = "app.pusat.services.sheet_worker"
_ROOT = Path(__file__).resolve().parents[3]
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "LD_LIBRARY_PATH")


def read_participant_file(name: str, data: bytes) -> SheetReading:
    """A participant sheet, checked. Refuses what is unreadable, empty, too large or of another kind."""
    return judge_table(read_participant_table(name, data))


def read_participant_table(name: str, data: bytes) -> RawTable:
    """The cells of a participant sheet, not judged yet."""
    return read_table(name, data, PARTICIPANTS, _WORKER)


def read_table(name: str, data: bytes, words: Words, worker: str) -> RawTable:
    """The cells of a sheet whose header has these words; `worker` is the module whose child process unpacks xlsx."""
    if len(data) > LARGEST:
        raise Refusal(
            "P-316",
            N_("Berkas ini lebih besar dari %(limit)s MB."),
            N_("Hapus gambar dan lembar yang tidak perlu, atau bagi per sekolah."),
            status=413,
            values={"limit": LARGEST // 2**20},
        )
    if data.startswith(b"PK"):
        open_archive(data)
        return _in_child(data, worker)
    if data.startswith(b"\xd0\xcf\x11\xe0") or name.lower().endswith((".xls", ".ods", ".pdf", ".docx")):
        raise Refusal(
            "P-315",
            N_("Jenis berkas ini tidak dapat dibaca sebagai lembar peserta."),
            N_("Simpan sebagai Excel (.xlsx) tanpa kata sandi, atau CSV, lalu unggah lagi."),
        )
    return read_csv_table(data, words)


def _in_child(data: bytes, worker: str) -> RawTable:
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    environment |= {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - a module of ours, named by our own code
            [sys.executable, "-W", "ignore", "-m", worker],
            input=data,
            capture_output=True,
            timeout=TIME_LIMIT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_heavy() from error
    if done.returncode != 0:
        raise _too_heavy()
    answer = json.loads(done.stdout)
    if refusal := answer.get("refusal"):
        raise Refusal(refusal["code"], refusal["cause"], refusal["remedy"], values=refusal["values"])
    return from_wire(answer)


def _too_heavy() -> Refusal:
    return Refusal(
        "P-317",
        N_("Berkas ini memerlukan terlalu banyak memori atau waktu untuk dibaca."),
        N_("Salin datanya ke templat kosong, simpan, lalu unggah berkas yang baru itu."),
        status=422,
    )
