"""The guides show what exists: every link leads somewhere, every picture is used, small, and taken by the walk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"
PAGES = [*sorted(GUIDES.glob("*.md")), GUIDES.parent / "panduan-teknisi.md"]
PICTURES = sorted((GUIDES / "pictures").glob("*.png"))
LINK = re.compile(r"\]\(([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LIMIT = 60_000


def anchors(page: Path) -> set[str]:
    """The names that Markdown readers give headings."""
    words = (heading.lower() for heading in HEADING.findall(page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_a_guide_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        path, _hash, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_picture_is_small_used_and_taken_by_the_walk() -> None:
    links = [link for page in PAGES for link in LINK.findall(page.read_text(encoding="utf-8"))]
    used = {link.removeprefix("guides/") for link in links if link.endswith(".png")}
    walking = [*GUIDES.glob("*_walk*.py"), GUIDES / "take_box_pictures.py"]
    walks = "".join(path.read_text(encoding="utf-8") for path in walking)
    taken = {f"pictures/{name}.png" for name in re.findall(r'shoot\("([\w-]+)"', walks)}
    console = (GUIDES / "take_console_pictures.py").read_text(encoding="utf-8")
    taken |= {f"pictures/teknisi-konsol-{name}.png" for name in re.findall(r'shot\(terminal, "([\w-]+)"', console)}
    kiosk = (GUIDES.parents[1] / "tests/lab/test_kiosk.py").read_text(encoding="utf-8")
    taken |= {f"pictures/{name}.png" for name in re.findall(r'keep\("([\w-]+)"', kiosk)}
    assert used == taken == {f"pictures/{picture.name}" for picture in PICTURES}
    assert [picture.name for picture in PICTURES if picture.stat().st_size >= LIMIT] == []
