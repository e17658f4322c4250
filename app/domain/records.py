"""Document bodies as typed, frozen dataclasses, read strictly.

A field's type says what it may hold: `Annotated` rules give the pattern of a text, the range of a number, the length
of bytes. Reading refuses an unknown, missing or ill-typed field (`bad-field`) and a schema newer than ours
(`future-schema`, remedy: update the program). Writing goes through the same rules, so no server can sign what the
other would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, ClassVar, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from app.domain import canonical
from app.domain.protocol_refusals import refuse

MAX_ITEMS = 100_000
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_AS_THEY_ARE = (str, int, bool)
_Reader = Callable[[Any], Any]


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
    try:
        found: D = _reader(cast("Any", kind))({name: value for name, value in body.items() if name != "schema"})
    except _WrongError as wrong:
        raise refuse("bad-field", field=kind.KIND + wrong.path) from wrong
    return found


def instant_text(moment: datetime) -> str:
    """A UTC time to the second, as `2026-05-04T00:30:00Z`."""
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(UTC).strftime(_INSTANT)


def _plain(value: Any) -> Any:
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
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
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


class _WrongError(Exception):
    """A value that breaks its field's rule; `path` leads to it from where the exception is caught."""

    def __init__(self, path: str = "") -> None:
        super().__init__(path)
        self.path = path


@cache
def _reader(expected: Any) -> _Reader:
    """What reads values of a type: made once for each, because a bundle has tens of thousands of them."""
    if expected is Any:
        return lambda value: value
    origin = get_origin(expected)
    if origin is Annotated:
        plain, *rules = get_args(expected)
        return _obeying(_reader(plain), [_test(rule) for rule in rules])
    if origin in (UnionType, Union):
        (plain,) = (option for option in get_args(expected) if option is not type(None))
        read = _reader(plain)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        return _list_reader(_reader(get_args(expected)[0]))
    if is_dataclass(expected):
        return _object_reader(expected)
    return _plain_reader(expected)


def _object_reader(kind: Any) -> _Reader:
    hints = get_type_hints(kind, include_extras=True)
    readers = {name: _reader(hints[name]) for name in _names(kind)}

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _WrongError
        if value.keys() != readers.keys():
            raise _WrongError(f".{min(value.keys() ^ readers.keys())}")
        found = {}
        for name, read_field in readers.items():
            try:
                found[name] = read_field(value[name])
            except _WrongError as wrong:
                raise _WrongError(f".{name}{wrong.path}") from None
        return kind(**found)

    return read


def _list_reader(read_item: _Reader) -> _Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            raise _WrongError
        found = []
        for place, item in enumerate(value):
            try:
                found.append(read_item(item))
            except _WrongError as wrong:
                raise _WrongError(f"[{place}]{wrong.path}") from None
        return tuple(found)

    return read


def _plain_reader(expected: Any) -> _Reader:
    if expected in (bytes, datetime):
        from_text = canonical.decode if expected is bytes else _read_instant

        def read_text(value: Any) -> Any:
            try:
                if type(value) is str:
                    return from_text(value)
            except ValueError as error:
                raise _WrongError from error
            raise _WrongError

        return read_text
    if expected not in _AS_THEY_ARE:
        raise TypeError(f"a document cannot hold {expected}")

    def read_same(value: Any) -> Any:
        if type(value) is expected:
            return value
        raise _WrongError

    return read_same


def _obeying(read: _Reader, tests: list[Callable[[Any], bool]]) -> _Reader:
    def read_obeying(value: Any) -> Any:
        found = read(value)
        for test in tests:
            if not test(found):
                raise _WrongError
        return found

    return read_obeying


def _test(rule: Rule) -> Callable[[Any], bool]:
    match rule:
        case Pattern(expression):
            matches = re.compile(expression).fullmatch
            return lambda value: matches(value) is not None
        case Longest(characters):
            return lambda value: len(value) <= characters
        case Between(least, most):
            return lambda value: bool(least <= value <= most)
        case Octets(least, most):
            return lambda value: least <= len(value) <= most


def _read_instant(text: str) -> datetime:
    moment = datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
    if instant_text(moment) != text:
        raise ValueError("another spelling of a time")
    return moment
