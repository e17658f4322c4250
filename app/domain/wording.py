"""Marks Indonesian source text in the rules for translation, because the rules may not know the web's translator.

It translates nothing: the text is looked up in the catalogue where it is shown. Message extraction finds `N_("…")`.
"""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the name message extractors look for
    """`text` unchanged."""
    return text
