"""The child process that makes a PDF: HTML on standard input, PDF on standard output. Nothing else leaves it.

Run as `python -m app.printing.worker <folder with pictures>`. It knows no database and no secret.
"""

from __future__ import annotations

import mimetypes
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from app.printing.pdf import MISSING_LIBRARIES, NICE

STATIC = Path(__file__).resolve().parent.parent / "static"
BASE = "http://guyub.invalid/"


def main(folder: str) -> int:
    """Read, lay out, write; gives the exit code."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except (ImportError, OSError):
        return MISSING_LIBRARIES

    class OnlyOurs(URLFetcher):  # type: ignore[misc] # the library has no types
        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - the library's signature
            place = find(url, Path(folder))
            kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, place.read_bytes(), {"Content-Type": kind})

    html = sys.stdin.buffer.read().decode("utf-8")
    sys.stdout.buffer.write(HTML(string=html, base_url=BASE, url_fetcher=OnlyOurs()).write_pdf())
    return 0


def find(url: str, media: Path) -> Path:
    """The file behind an address of the page; ValueError for every other address."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    for start, root in (("/static/", STATIC), ("/media/", media)):
        if f"{parts.scheme}://{parts.netloc}/" == BASE and path.startswith(start):
            place = (root / path.removeprefix(start)).resolve()
            if place.is_relative_to(root.resolve()) and place.is_file():
                return place
    raise ValueError("only files of this program are printed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
