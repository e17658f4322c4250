"""The centre's key as people copy it: what was mistyped is noticed, what was only written otherwise is not."""

from __future__ import annotations

import pytest

from app.domain import centre_key
from app.domain.identities import CentreIdentity
from app.domain.refusals import Refusal

RAW = CentreIdentity.generate().public.sign.public_bytes_raw()
TEXT = centre_key.as_text(RAW)


def test_a_key_is_read_back_however_it_is_spaced() -> None:
    assert centre_key.parse(TEXT) == RAW
    assert centre_key.parse(TEXT.lower().replace("-", " ")) == RAW


def test_every_single_wrong_character_is_noticed() -> None:
    for at, character in enumerate(TEXT):
        if character != "-":
            wrong = TEXT[:at] + ("0" if character != "0" else "1") + TEXT[at + 1 :]
            with pytest.raises(Refusal) as refused:
                centre_key.parse(wrong)
            assert refused.value.code == "B-733"


@pytest.mark.parametrize("text", ["", "A", TEXT[:-1], TEXT + "0", TEXT.replace("-", "!")], ids=range(5))
def test_a_key_of_another_length_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        centre_key.parse(text)
