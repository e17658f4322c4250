"""Pictures of a file that is not imported yet: its preview carries them inside the page, because no address has them.

Only what is small is carried; a recording or a large picture is named instead. It stores nothing.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.pusat.services.question_bank import ImportPlan

LARGEST = 300_000  # bytes of one picture
MOST = 6_000_000  # bytes of all
_SHOWN = re.compile(r'<(img|audio)\b[^>]*\bsrc="/media/([0-9a-f]{64}\.[a-z0-9]+)"[^>]*>(</audio>)?')


def shown_inline(plan: ImportPlan) -> Callable[[str], Markup]:
    """A function that gives the safe HTML of a new question with its pictures inside."""
    files = {one.name: one for item, _mark in plan.new for one in item.media}
    left = [MOST]

    def carried(match: re.Match[str]) -> str:
        file = files.get(match[2])
        if file is None or match[1] == "audio" or len(file.data) > min(LARGEST, left[0]):
            word = _("Rekaman") if match[1] == "audio" else _("Gambar")
            size = f" ({-(-len(file.data) // 1000)} kB)" if file else ""
            return f'<span class="placeholder-media">{escape(word)}{size}</span>'
        left[0] -= len(file.data)
        data = base64.b64encode(file.data).decode()
        return match[0].replace(f"/media/{match[2]}", f"data:{file.mime};base64,{data}")

    def show(html: str) -> Markup:
        return Markup(_SHOWN.sub(carried, html))  # noqa: S704 - cleaned by question_files

    return show
