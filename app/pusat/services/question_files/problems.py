"""What is wrong with one question of a file, as a sentence with a place for its values.

A problem concerns one question and never the file: the reader turns it into an item and goes on with the next one. What
makes a whole file unreadable is a `Refusal`. Nothing is translated here; `N_` marks the sentences for the catalogue.
"""

from __future__ import annotations

import re

from app.domain.wording import N_


class Problem(Exception):  # noqa: N818 - it is the file that is wrong, not the program
    """One thing wrong with one question: `text` is a full Indonesian sentence, `values` fills its placeholders."""

    def __init__(self, text: str, /, **values: object) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values

    @property
    def sentence(self) -> str:
        """The Indonesian sentence with its values filled in."""
        return self.text % self.values if self.values else self.text


_SENTENCES = {
    "the stem is empty": N_("Teks soal kosong."),
    "at least two options are needed": N_("Soal pilihan memerlukan sedikitnya dua opsi."),
    "two options share an id": N_("Dua opsi memakai tanda yang sama."),
    "an option is empty": N_("Ada opsi yang kosong."),
    "no option is marked as the right one": N_("Belum ada opsi yang ditandai sebagai kunci."),
    "no option is marked as right": N_("Belum ada opsi yang ditandai sebagai kunci."),
    "every option is marked as right": N_("Semua opsi ditandai sebagai kunci; harus ada opsi yang salah."),
    "every pair is marked as right": N_("Semua pasangan ditandai sebagai kunci; harus ada pasangan yang salah."),
    "rows and columns are needed": N_("Soal ini memerlukan baris dan kolom."),
    "no row has a right column": N_("Belum ada baris yang punya kunci."),
    "no accepted answer is given": N_("Belum ada jawaban yang diterima."),
}
_ROW_SENTENCES = (
    (re.compile(r"row (\d+) points to a column"), N_("Baris %(row)s menunjuk kolom yang tidak ada.")),
    (re.compile(r"row (\d+) needs exactly one"), N_("Baris %(row)s harus punya tepat satu kunci.")),
)


def problem_from_rule(sentence: str) -> Problem:
    """The Indonesian problem for one sentence of `Question.problems()`; an unknown sentence is shown as it is."""
    if sentence in _SENTENCES:
        return Problem(_SENTENCES[sentence])
    for pattern, text in _ROW_SENTENCES:
        if match := pattern.match(sentence):
            return Problem(text, row=match[1])
    return Problem(N_("Soal belum lengkap: %(reason)s."), reason=sentence)
