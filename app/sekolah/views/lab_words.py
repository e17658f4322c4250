"""The sentences of a readiness report in the reader's language, and the paper that is made of it (page, PDF, file).

The same words stand on page and paper; `app.domain.lab_checks` has them.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from flask import render_template
from flask_babel import gettext

from app.domain.lab_checks import State
from app.domain.lab_verdict import NOTHING, SAYS, Line
from app.sekolah.services import identity, lab_reports
from app.sekolah.services.lab_reports import KeptReport
from app.web.current import clock
from app.web.locale import number_words
from app.web.transactions import current_session

STYLES = Path(__file__).resolve().parents[2] / "static/printing/print.css"
_STYLE_LINK = re.compile(r'<link rel="stylesheet"[^>]*>\s*')
_PICTURE = re.compile(r'src="/media/([a-z0-9-]+\.png)"')


@dataclass(frozen=True, slots=True)
class Paper:
    """The minutes as a page, and its pictures by name (`/media/…`)."""

    html: str
    pictures: dict[str, bytes]


def said(line: Line) -> str:
    """The line's sentence."""
    return _filled(line.text, line)


def remedy(line: Line) -> str:
    """What to do about it; empty when all is well."""
    return "" if line.state == "good" else _filled(line.remedy, line)


def state_word(state: State) -> str:
    """`SIAP`, `PERHATIKAN` or `BELUM SIAP`."""
    return str(gettext(SAYS[state]))


WORDS = {"said": said, "remedy": remedy, "state_word": state_word}


def draw_paper(kept: KeptReport) -> Paper:
    """The minutes of the trial day, to be printed and signed."""
    known = identity.find_identity(current_session())
    found = {one.name: lab_reports.picture(kept, one.name) for one in kept.report.computers}
    pictures = {f"{name}.png": data for name, data in found.items() if data}
    html = render_template(
        "printing/lab_readiness.html",
        kept=kept,
        identity=known,
        pictures=pictures,
        printed_at=clock().now(),
        **WORDS,
    )
    return Paper(html, pictures)


def as_one_file(paper: Paper) -> str:
    """The paper as one HTML file that needs nothing beside it."""
    styles = f"<style>{STYLES.read_text(encoding='utf-8')}</style>"
    html = _STYLE_LINK.sub("", paper.html).replace("</head>", f"{styles}</head>", 1)

    def embed(match: re.Match[str]) -> str:
        return f'src="data:image/png;base64,{base64.b64encode(paper.pictures[match.group(1)]).decode()}"'

    return _PICTURE.sub(embed, html)


def _filled(text: str, line: Line) -> str:
    if not text:
        return ""
    values = {name: _shown(value) for name, value in line.values.items()}
    told = str(gettext(text))
    return str(told % values) if values else told


def _shown(value: str | float) -> str:
    if isinstance(value, str):
        return str(gettext(value)) if value == NOTHING else value
    return number_words(value, 1) if isinstance(value, float) else str(value)
