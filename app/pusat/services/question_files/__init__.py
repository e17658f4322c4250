"""Question files: Word, Excel, GIFT, Moodle XML and Aiken in, questions of `app.domain.questions` out.

Everything a stranger's file may do wrong is met in here: it is parsed in a process with limits, its HTML is cleaned,
its pictures are written anew and its formulas set, before anyone else sees a question. It stores nothing.

For text edited in the page `plain.editable_html` gives the source, and `composing.Composer(known).html` makes it safe.
"""

from .items import Media, ReadItem
from .reading import read_question_file


def question_template() -> bytes:
    """The downloadable Excel template as xlsx bytes (see `sheet_template`)."""
    from .sheet_template import question_template as make  # openpyxl is slow to load and seldom needed

    return make()


__all__ = ["Media", "ReadItem", "question_template", "read_question_file"]
