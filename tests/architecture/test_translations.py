"""Every text has its English form, and the compiled catalogue is the one that was read by people."""

from __future__ import annotations

import io
import re

import pytest
from babel.messages.mofile import read_mo, write_mo

from app.translations.catalogue import MO, gather, missing, read

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def texts(catalog):
    return {str(message.id): message.string for message in catalog if message.id}


def test_every_text_has_its_english_form():
    kept = read()
    unknown = [text for text in texts(gather()) if text not in texts(kept)]
    assert unknown + missing(kept) == [], "run `make translations` and fill in the English catalogue"


def test_no_translation_is_a_guess_and_none_is_left_over():
    assert [str(message.id) for message in read() if message.id and message.fuzzy] == []
    assert set(texts(read())) <= set(texts(gather()))


def test_english_keeps_the_placeholders():
    for source, english in texts(read()).items():
        if isinstance(english, str) and english:
            assert set(PLACEHOLDER.findall(source)) == set(PLACEHOLDER.findall(english)), source


def test_the_compiled_catalogue_is_up_to_date():
    fresh = io.BytesIO()
    write_mo(fresh, read())
    fresh.seek(0)
    with MO.open("rb") as file:
        assert texts(read_mo(file)) == texts(read_mo(fresh)), "run `make translations`"


@pytest.mark.parametrize("text", ["Halaman ini tidak ada.", "Server sedang sibuk."])
def test_texts_are_gathered_from_python_and_templates_alike(text: str):
    found = texts(gather())
    assert text in found
    assert "Ganti kata sandi" in found, "a text of a template"
    assert "Akun ini tidak ada." in found, "a text of a refusal"
