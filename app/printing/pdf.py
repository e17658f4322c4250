"""Pages as PDF, made by WeasyPrint in a child process of low priority: a thick document must not delay an exam.

The HTML is that of the screen with the print stylesheet. Nothing is fetched from anywhere: only files of the program
(`/static/…`) and the pictures handed over (`/media/…`) are found. Where WeasyPrint's system libraries are missing the
refusal says so, and the browser's own printing still works.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import BoundedSemaphore

from app.domain.refusals import Refusal
from app.domain.wording import N_

LONGEST_S = 180
AT_ONCE = 2  # documents that one process makes at the same time
NICE = 10
MISSING_LIBRARIES = 3  # the child's exit code
_turns = BoundedSemaphore(AT_ONCE)
_ROOT = Path(__file__).resolve().parents[2]


def render_pdf(html: str, media: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF of a page. `media` has the pictures by name. Refuses P-780 (503), P-781 (503, busy), P-782 (500)."""
    if not _turns.acquire(timeout=20):
        raise Refusal(
            "P-781",
            N_("Server sedang membuat dokumen lain."),
            N_("Tunggu setengah menit, lalu coba lagi."),
            status=503,
            extra={"retry_after_s": 30},
        )
    try:
        with tempfile.TemporaryDirectory(prefix="guyub-pdf-") as folder:
            for name, data in (media or {}).items():
                (Path(folder) / Path(name).name).write_bytes(data)
            return _run(html, folder)
    finally:
        _turns.release()


def _run(html: str, folder: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "app.printing.worker", folder],
            input=html.encode("utf-8"),
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )
    except subprocess.TimeoutExpired as error:
        raise _failed() from error
    if done.returncode == MISSING_LIBRARIES:
        raise Refusal(
            "P-780",
            N_("PDF tidak dapat dibuat di komputer ini karena pustaka sistemnya belum terpasang."),
            N_("Cetak dari browser (Ctrl+P), atau pasang pustaka Pango."),
            status=503,
        )
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise _failed()
    return done.stdout


def _failed() -> Refusal:
    return Refusal(
        "P-782",
        N_("Dokumen ini tidak dapat dibuat menjadi PDF."),
        N_("Cetak dari browser (Ctrl+P), lalu sampaikan kode ini kepada teknisi."),
        status=500,
    )
