"""What a reader hands back for a question file: one item per question, problem or skipped place, in file order.

Holds no reading and no checking; it is the shape in which results also cross from the reading process to ours.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.questions import Question

from .problems import Problem


@dataclass(frozen=True)
class Media:
    """One checked picture or recording. `name` is `<sha256 of data>.<ext>`, shown in HTML as `/media/<name>`."""

    name: str
    mime: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class ReadItem:
    """One place of a question file.

    Exactly one of `question`, `error` and `skipped` is set. `place` says where (row, table, number of the question) in
    Indonesian. `text` and `values` are the sentence of `error` or `skipped` before its values were filled in.
    """

    place: str
    question: Question | None = None
    error: str = ""
    skipped: str = ""
    media: tuple[Media, ...] = ()
    source_id: str = ""  # what the file calls this question, where the format has such a name
    tags: tuple[str, ...] = ()
    category: str = ""
    text: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def message(self, translate: Callable[[str], str]) -> str:
        """The error or skipped sentence in the language of `translate` (a gettext)."""
        return translate(self.text) % self.values if self.values else translate(self.text)


def failed(place: str, problem: Problem, **more: Any) -> ReadItem:
    """An item for what could not be read."""
    return ReadItem(place, error=problem.sentence, text=problem.text, values=problem.values, **more)


def skipped(place: str, reason: Problem) -> ReadItem:
    """An item for what was left out on purpose, such as an empty row of a template."""
    return ReadItem(place, skipped=reason.sentence, text=reason.text, values=reason.values)


def items_to_wire(items: list[ReadItem]) -> dict[str, Any]:
    """JSON-ready form of `items`; each medium is sent once."""
    media = {one.name: one for item in items for one in item.media}
    return {
        "media": {name: [one.mime, base64.b64encode(one.data).decode()] for name, one in media.items()},
        "items": [
            {
                "place": item.place,
                "question": item.question.to_dict() if item.question else None,
                "error": item.error,
                "skipped": item.skipped,
                "media": [one.name for one in item.media],
                "source_id": item.source_id,
                "tags": list(item.tags),
                "category": item.category,
                "text": item.text,
                "values": {name: str(value) for name, value in item.values.items()},
            }
            for item in items
        ],
    }


def items_from_wire(data: dict[str, Any]) -> list[ReadItem]:
    """Read `items_to_wire` output back."""
    media = {name: Media(name, mime, base64.b64decode(body)) for name, (mime, body) in data["media"].items()}
    return [
        ReadItem(
            **{
                **fields,
                "question": Question.from_dict(fields["question"]) if fields["question"] else None,
                "media": tuple(media[name] for name in fields["media"]),
                "tags": tuple(fields["tags"]),
            }
        )
        for fields in data["items"]
    ]
