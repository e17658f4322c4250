"""Files of the program under addresses of its version, prepared once per version in `<data>/run/static/<version>`.

A page names `/static/<version>/…` (`url_for("static", …)`), where relative imports and `url()` stay too: a browser
never mixes files of two versions and may keep what it has for ever. `/static/…` without a version is the present one,
asked for anew each time. The version before stays on disk for pages that are still open.

Prepared means `.gz` beside each text, and the exam room's modules joined into the one that its page names. This is no
bundler: it knows the one form of import those modules use and changes no name; a name declared twice is a syntax error.

nginx serves the folder itself; without nginx whitenoise does. Papers and media lie in `<data>/open` and only after
release: the role's own views or nginx serve those.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from whitenoise import WhiteNoise

from app.settings import Settings

if TYPE_CHECKING:
    from wsgiref.headers import Headers

    from _typeshed.wsgi import WSGIApplication

STATIC = Path(__file__).resolve().parent.parent / "static"
KEEP = "public, max-age=31536000, immutable"
VERSIONED = re.compile(r"^/static/[0-9a-f]{16}/")
_JOINED = ("exam/room.js", "exam/preview.js")  # what pages name; the modules they import come along
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=\w)", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n|^\s*/\*\*[\s\S]*?\*/\n|^\s+", re.MULTILINE)  # whole lines, and what indents others
_COMPRESSIBLE = frozenset({".css", ".js", ".svg", ".json", ".html", ".txt"})
_SMALLEST = 512  # bytes; below, compressing gains nothing


@cache
def static_version() -> str:
    """Sixteen hexadecimal figures that change with any static file and with how it is prepared."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(STATIC).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def init_static_addresses(app: Flask) -> None:
    """Let `url_for("static", …)` give versioned addresses, and Flask's own view answer them."""

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["filename"] = f"{static_version()}/{values['filename']}"

    def take_version_off(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if endpoint == "static" and values:
            values["filename"] = values["filename"].removeprefix(f"{static_version()}/")

    app.url_defaults(add_version)
    app.url_value_preprocessor(take_version_off)


def prepare_static_files(settings: Settings) -> Path:
    """Copy the static files in the form in which they are served; gives the folder with this version and the last."""
    folder = settings.run_dir / "static"
    if not (folder / static_version()).is_dir():
        draft = settings.run_dir / f"static.{os.getpid()}"  # the parts of a server may start at the same moment
        write_prepared(draft)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            draft.rename(folder / static_version())
        except OSError:
            shutil.rmtree(draft)
            if not (folder / static_version()).is_dir():
                raise
    newest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    others = [path for path in newest_first if path.name != static_version()]
    last = next((path for path in others if VERSIONED.match(f"/static/{path.name}/")), None)
    for path in others:
        if path != last:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return folder


def write_prepared(target: Path) -> None:
    """Write the served form of all static files to a new folder."""
    shutil.copytree(STATIC, target)
    for name in _JOINED:
        (target / name).write_text(joined(STATIC / name), encoding="utf-8", newline="\n")
    for path in sorted(target.rglob("*")):
        if path.is_file() and path.suffix in _COMPRESSIBLE and path.stat().st_size >= _SMALLEST:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)
    os.utime(target)  # the copy has the age of the original; the last version is found by age


def joined(module: Path) -> str:
    """A module with all it imports before it, without comments that fill a line and without indentation."""
    parts: dict[str, str] = {}

    def take(name: str) -> None:
        text = (module.parent / name).read_text(encoding="utf-8")
        for imported in _IMPORT.findall(text):
            if imported not in parts:
                take(imported)
        parts[name] = _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))

    take(module.name)
    return "".join(parts.values())


def with_static_files(application: WSGIApplication, settings: Settings) -> WSGIApplication:
    """The application behind whitenoise."""
    folder = prepare_static_files(settings)
    served = WhiteNoise(application, max_age=None, allow_all_origins=False, add_headers_function=_add_headers)
    served.add_files(str(folder), prefix="static/")
    served.add_files(str(folder / static_version()), prefix="static/")
    wrapped: WSGIApplication = served
    return wrapped


def _add_headers(headers: Headers, _path: str, url: str) -> None:
    headers["Cache-Control"] = KEEP if VERSIONED.match(url) else "no-cache"
    headers["X-Content-Type-Options"] = "nosniff"
