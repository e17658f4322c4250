"""Keeps the English catalogue: gathers the texts, carries over what is translated, compiles, and says what is missing.

Never guesses: a text that resembles an old one is listed as missing, not filled in.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

APP = Path(__file__).resolve().parent.parent
BOX = APP.parent / "appliance"  # says its texts through the same catalogue; absent where only the program is
PO = APP / "translations" / "en" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
METHODS = [
    ("migrations/**", "ignore"),
    ("**.py", "app.translations.extraction:extract"),
    ("templates/**.html", "jinja2.ext:babel_extract"),
]


def gather() -> Catalog:
    """All texts of the program, without translations."""
    catalog = Catalog(project="Guyub", charset="utf-8")
    for room in (APP, BOX):
        for name, _line, message, _comments, context in extract_from_dir(room, METHODS, options_map={}):
            catalog.add(message, None, [(name if room == APP else f"appliance/{name}", 1)], context=context)
    return catalog


def read() -> Catalog:
    """The English catalogue as it is kept."""
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def missing(catalog: Catalog) -> list[str]:
    """Texts without an English form."""
    return [str(message.id) for message in catalog if message.id and not _translated(message.string)]


def _translated(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def update() -> Catalog:
    """Bring the kept catalogue to the texts of today and write both its forms."""
    catalog = read() if PO.exists() else Catalog(locale="en", project="Guyub")
    catalog.update(gather(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    keep(catalog)
    return catalog


def keep(catalog: Catalog) -> None:
    """Write both forms: for people, and for the program."""
    catalog.fuzzy, catalog.header_comment = False, "# English for Guyub."
    with PO.open("wb") as file:
        write_po(file, catalog, width=120, include_lineno=False, sort_output=True)
    with MO.open("wb") as file:
        write_mo(file, catalog)


def main() -> None:
    """Update and tell what lacks English."""
    left = missing(update())
    for text in left:
        click.echo(text)
    click.echo(f"{len(left)} texts have no English yet.")
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
