"""Question files: Word, Excel, GIFT, Moodle XML and Aiken in, questions of `app.domain.questions` out.

Everything a stranger's file may do wrong is met in here: it is parsed in a process with limits, its HTML is cleaned, its
pictures are written anew and its formulas set, before anyone else sees a question. It stores nothing.
"""

from .items import Media, ReadItem
from .reading import read_question_file

__all__ = ["Media", "ReadItem", "read_question_file"]
