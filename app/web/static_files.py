"""Files of the program, served compressed: prepared once per start in `<data>/run/static`, beside their `.gz` forms.

nginx serves that folder itself; without nginx whitenoise does. Papers and media lie in `<data>/open` and only after
release: the role's own views or nginx serve those.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from whitenoise import WhiteNoise

from app.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

STATIC = Path(__file__).resolve().parent.parent / "static"
_COMPRESSIBLE = frozenset({".css", ".js", ".svg", ".json", ".html", ".txt"})
_SMALLEST = 512  # bytes; below, compressing gains nothing


def prepare_static_files(settings: Settings) -> Path:
    """Copy the static files with compressed forms; gives the folder."""
    target = settings.run_dir / "static"
    draft = settings.run_dir / "static.new"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(STATIC, draft)
    for path in sorted(draft.rglob("*")):
        if path.is_file() and path.suffix in _COMPRESSIBLE and path.stat().st_size >= _SMALLEST:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return target


def with_static_files(application: WSGIApplication, settings: Settings) -> WSGIApplication:
    """The application behind whitenoise."""
    folder = settings.run_dir / "static"
    if not folder.is_dir():
        folder = prepare_static_files(settings)
    served: WSGIApplication = WhiteNoise(application, root=str(folder), prefix="static/", max_age=3600)
    return served
