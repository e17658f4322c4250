"""Turns settings into what Windows reads: policies into registry values, Safe Exam Browser's keys into its file.

It refuses a value that the registry has no type for, instead of writing its text.
"""

from __future__ import annotations

import plistlib
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DWORD = 2**32


def registry_values(policies: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Each policy as path, name, type and data; a list is a key of its own with its items named 1, 2, …

    Source: Chrome Enterprise's description of policies in the Windows registry.
    """
    rows: list[dict[str, Any]] = []
    for name, value in sorted(policies.items()):
        if isinstance(value, (list, tuple)):
            path = f"{key}\\{name}"
            rows += [_row(path, str(number), item) for number, item in enumerate(value, 1)]
        else:
            rows.append(_row(key, name, value))
    return rows


def _row(path: str, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool) or (isinstance(value, int) and 0 <= value < DWORD):
        return {"path": path, "name": name, "type": "dword", "data": int(value)}
    if isinstance(value, str):
        return {"path": path, "name": name, "type": "string", "data": str(value)}
    raise AnsibleFilterError(f"{path}\\{name}: {value!r} has no type in the registry")


def seb_file(settings: Mapping[str, Any]) -> str:
    """Safe Exam Browser's settings as it reads them without encryption: an XML property list."""
    return plistlib.dumps(_plain(settings), sort_keys=True).decode()


def _plain(value: Any) -> Any:
    """Without what Ansible adds to values."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool) else int(value) if isinstance(value, int) else str(value)


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {"registry_values": registry_values, "seb_file": seb_file}
