"""A failure that is kept in a row is told in the language of whoever reads it."""

from __future__ import annotations

from app.domain.refusals import Refusal
from app.sekolah.services.kept_words import LONGEST, keep, parts, tell

ENGLISH = {"Berkas %(name)s rusak.": "The file %(name)s is damaged.", "Ambil lagi.": "Fetch it again."}
DAMAGED = Refusal("S-214", "Berkas %(name)s rusak.", "Ambil lagi.", values={"name": "a.seal"})


def test_it_is_told_in_the_language_of_the_reader():
    cause, remedy = keep(DAMAGED)
    assert (tell(cause), tell(remedy)) == ("Berkas a.seal rusak. (S-214)", "Ambil lagi.")
    assert tell(cause, ENGLISH.__getitem__) == "The file a.seal is damaged. (S-214)"
    assert tell(remedy, ENGLISH.__getitem__) == "Fetch it again."
    assert parts(cause) == ("Berkas %(name)s rusak.", {"name": "a.seal"}, "S-214")


def test_what_does_not_fit_is_kept_as_a_sentence():
    cause, _remedy = keep(Refusal("S-214", "Berkas %(name)s rusak.", "", values={"name": "x" * LONGEST}))
    assert len(cause) == LONGEST
    assert tell(cause).startswith("Berkas xxx")


def test_nothing_and_an_old_sentence_are_told_as_they_are():
    assert tell("") == ""
    assert tell("Unduhan 90% selesai. (S-214)") == "Unduhan 90% selesai. (S-214)"
