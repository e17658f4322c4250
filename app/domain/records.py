"""Document bodies as typed, frozen dataclasses, read strictly.

A field's type says what it may hold: `Annotated` rules give the pattern of a text, the range of a number, the length
of bytes. Reading refuses an unknown, missing or ill-typed field (`bad-field`) and a schema newer than ours
(`future-schema`, remedy: update the program). Writing goes through the same rules, so no server can sign what the
other would refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints

from app.domain import canonical
from app.domain.protocol_refusals import refuse

MAX_ITEMS = 100_000
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"

T = TypeVar("T")


@dataclass(frozen=True)
class Pattern:
    """The whole text matches this expression."""

    expression: str


@dataclass(frozen=True)
class Longest:
    """At most so many characters."""

    characters: int


@dataclass(frozen=True)
class Between:
    """A whole number in this range, both ends included."""

    least: int
    most: int


@dataclass(frozen=True)
class Octets:
    """Bytes of this length (base64url in JSON)."""

    least: int
    most: int


Rule = Pattern | Longest | Between | Octets

ServerId = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")]
SittingId = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")]
Sha256 = Annotated[str, Pattern(r"[0-9a-f]{64}")]
Line = Annotated[str, Longest(300)]
Prose = Annotated[str, Longest(4000)]
Number = Annotated[str, Pattern(r"[^\s\x00-\x1f]{1,60}")]  # nomor peserta
Version = Annotated[int, Between(1, 10**9)]
Count = Annotated[int, Between(0, 10**12)]
Milliseconds = Annotated[int, Between(-(2**62), 2**62)]
Key32 = Annotated[bytes, Octets(32, 32)]
Boxed = Annotated[bytes, Octets(1, 4096)]


class Document:
    """Base of a top-level body. `KIND` is the kind of the signed document, `SCHEMA` the newest schema we know."""

    KIND: ClassVar[str]
    SCHEMA: ClassVar[int] = 1


D = TypeVar("D", bound=Document)


def to_body(document: Document) -> dict[str, Any]:
    """The JSON object of a document, with its `schema`. ValueError if a field breaks its own rule (a bug)."""
    body: dict[str, Any] = {"schema": document.SCHEMA, **_plain(document)}
    from_body(type(document), body)
    return body


def from_body(kind: type[D], body: dict[str, Any]) -> D:
    """The document in a JSON object; refuses `future-schema` and `bad-field`."""
    schema = body.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise refuse("bad-field", field="schema")
    if schema > kind.SCHEMA:
        raise refuse("future-schema")
    return _read_object(kind, {name: value for name, value in body.items() if name != "schema"}, kind.KIND)


def instant_text(moment: datetime) -> str:
    """A UTC time to the second, as `2026-05-04T00:30:00Z`."""
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(UTC).strftime(_INSTANT)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return canonical.encode(value)
    if isinstance(value, datetime):
        return instant_text(value)
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _read_object(kind: type[T], body: Any, where: str) -> T:
    if not isinstance(body, dict):
        raise refuse("bad-field", field=where)
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    wrong = sorted(names ^ body.keys())
    if wrong:
        raise refuse("bad-field", field=f"{where}.{wrong[0]}")
    hints = _hints(kind)  # type: ignore[arg-type]
    return kind(**{name: _read(hints[name], body[name], f"{where}.{name}") for name in names})


def _read(expected: Any, value: Any, where: str) -> Any:
    if expected is Any:
        return value
    origin = get_origin(expected)
    if origin is Annotated:
        plain, *rules = get_args(expected)
        return _obey(_read(plain, value, where), rules, where)
    if origin in (UnionType, Union):
        if value is None:
            return None
        (plain,) = (option for option in get_args(expected) if option is not type(None))
        return _read(plain, value, where)
    if origin is tuple:
        return _read_list(get_args(expected)[0], value, where)
    if is_dataclass(expected):
        return _read_object(expected, value, where)  # type: ignore[arg-type]
    return _read_plain(expected, value, where)


def _read_list(item: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > MAX_ITEMS:
        raise refuse("bad-field", field=where)
    return tuple(_read(item, one, f"{where}[{place}]") for place, one in enumerate(value))


def _read_plain(expected: Any, value: Any, where: str) -> Any:
    try:
        if expected is bytes and isinstance(value, str):
            return canonical.decode(value)
        if expected is datetime and isinstance(value, str):
            return _read_instant(value)
    except ValueError as error:
        raise refuse("bad-field", field=where) from error
    if expected in (str, int, bool) and type(value) is expected:
        return value
    raise refuse("bad-field", field=where)


def _read_instant(text: str) -> datetime:
    moment = datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
    if instant_text(moment) != text:
        raise ValueError("another spelling of a time")
    return moment


def _obey(value: Any, rules: list[Rule], where: str) -> Any:
    for rule in rules:
        match rule:
            case Pattern(expression):
                fine = re.fullmatch(expression, value) is not None
            case Longest(characters):
                fine = len(value) <= characters
            case Between(least, most) | Octets(least, most):
                size = value if isinstance(rule, Between) else len(value)
                fine = least <= size <= most
        if not fine:
            raise refuse("bad-field", field=where)
    return value
