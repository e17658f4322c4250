"""`guyub box set`: settings changed by root with words, through the same checks and the same file as by everybody else.

Root may also say who enters over SSH (`remote`), which page and console may not; mode and setting up stay theirs.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, TextIO

from appliance import setting_values, settings
from appliance.actions.changing import judge, keep
from appliance.handing_over import Handed
from appliance.places import Places

PASSWORD = "smb_password"  # noqa: S105 - the name of a value
FROM_INPUT = "-"


def hand_over(here: Places, table: str, words: tuple[str, ...], stdin: TextIO, *, check: bool = False) -> Handed:
    """Change the values, or in check mode only say what would change; raises Refusal."""
    present = settings.read(here.box)
    values = _values(table, words, stdin)
    wanted, password = judge(here, table, values)
    same_password = not password or _kept_password(here) == password
    before, after = _text(present.settings, table), _text(wanted, table)
    handed = Handed(before, after, more=not same_password or present.damage is not None)
    if not check and handed.changed:
        keep(here, wanted, "" if same_password else password)
    return handed


def _values(table: str, words: tuple[str, ...], stdin: TextIO) -> dict[str, Any]:
    if table not in settings.TABLES:
        raise setting_values.unknown(table)
    kinds = {field.name: str(field.type) for field in dataclasses.fields(settings.TABLES[table])}
    if table == "backup":
        kinds[PASSWORD] = "str"
    values: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or name not in kinds:
            raise setting_values.unknown(f"{table}.{name}")
        text = stdin.readline().rstrip("\r\n") if text == FROM_INPUT else text
        values[name] = text if kinds[name] == "str" else _from_json(f"{table}.{name}", text)
    return values


def _from_json(name: str, text: str) -> Any:
    """True or false in any spelling of it, or a list; what else it may be is judged by the value's own rule."""
    try:
        return json.loads(text.lower() if text.lower() in {"true", "false"} else text)
    except ValueError as error:
        raise setting_values.wrong_type(name) from error


def _text(found: settings.BoxSettings, table: str) -> str:
    values = settings.as_tables(found)[table]
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join([f"[{table}]", *lines, ""])


def _kept_password(here: Places) -> str:
    try:
        return here.share_password.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
