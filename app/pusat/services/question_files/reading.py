"""Reads a question file of any format for the rest of the program, in a process of its own with limits.

This is the door: whoever has bytes from a stranger calls `read_question_file` and nothing below it.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_

from .formats import detect
from .items import ReadItem, items_from_wire

TIME_LIMIT = 60.0  # seconds on the wall clock, also where the machine is busy
_ROOT = Path(__file__).resolve().parents[4]
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "LD_LIBRARY_PATH")
_log = logging.getLogger(__name__)


def _too_heavy() -> Refusal:
    return Refusal(
        "P-205",
        N_("Berkas ini memerlukan terlalu banyak memori atau waktu untuk dibaca."),
        N_("Bagi soal ke beberapa berkas, perkecil gambarnya, lalu unggah lagi."),
        status=422,
    )


def _run(file_format: str, data: bytes) -> dict[str, Any]:
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    environment |= {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, the format is one of an enum
            [sys.executable, "-m", "app.pusat.services.question_files.worker", file_format],
            input=data,
            capture_output=True,
            timeout=TIME_LIMIT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_heavy() from error
    if done.returncode == 0:
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
    if done.returncode < 0 or b"MemoryError" in done.stderr[-4000:]:
        raise _too_heavy()
    _log.error("reading a %s question file failed: %s", file_format, done.stderr[-4000:].decode(errors="replace"))
    raise Refusal(
        "P-208",
        N_("Berkas ini tidak dapat dibaca karena kesalahan program."),
        N_("Simpan ulang berkasnya dan coba lagi. Bila tetap gagal, kirim berkas ini kepada pengelola Guyub."),
        status=422,
    )


def read_question_file(name: str, data: bytes) -> list[ReadItem]:
    """The items of a question file, in file order.

    `name` is the file's name (only its ending matters, and only where bytes do not tell), `data` its bytes, at most
    64 MB. Raises Refusal: P-201 unknown format, P-202 old or locked Office file, P-203 dangerous archive, P-204 broken
    file, P-205 too heavy, P-206 too large, P-207 no question in it, P-208 a fault of ours, P-210 no table or header.
    """
    answer = _run(str(detect(name, data)), data)
    if answer.get("too_heavy"):
        raise _too_heavy()
    if refusal := answer.get("refusal"):
        raise Refusal(
            refusal["code"],
            refusal["cause"],
            refusal["remedy"],
            status=refusal["status"],
            values=refusal["values"],
        )
    return items_from_wire(answer)
