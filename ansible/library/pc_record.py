#!/usr/bin/python
"""What an exam PC was like before, in one file on it, and the way back.

The first word counts: what is recorded once is never recorded anew, so that the second run of a role does not take its
own work for the school's. It refuses to give back half: files first, then units, then the record goes.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: pc_record
short_description: Remember what an exam PC was like, and give it back
description:
  - O(state=kept) records files, units, kernel parameters and facts that are not in the record yet.
  - O(state=back) puts everything back and removes the record.
options:
  state: {description: Remember or give back., choices: [kept, back], default: kept, type: str}
  record: {description: The record's file., type: path, default: /var/lib/guyub-exam/before.json}
  paths: {description: Files and links that are about to change or to be made., type: list, elements: path, default: []}
  units: {description: Units that are about to be started or stopped., type: list, elements: str, default: []}
  sysctl: {description: Kernel parameters that are about to change., type: list, elements: str, default: []}
  facts: {description: Texts that the way back needs., type: dict, default: {}}
author: [Guyub]
attributes:
  check_mode: {support: full, description: Says what it would record or give back.}
  diff_mode: {support: full, description: Names every file.}
"""
EXAMPLES = """
- name: Remember the name
  pc_record:
    paths: [/etc/hostname]
"""
RETURN = """
there: {description: Whether there was a record., type: bool, returned: always}
facts: {description: The facts of the record., type: dict, returned: always}
restored: {description: Files that were put back or removed., type: list, returned: state is back}
"""
ARGUMENTS = {
    "state": {"choices": ["kept", "back"], "default": "kept"},
    "record": {"type": "path", "default": "/var/lib/guyub-exam/before.json"},
    "paths": {"type": "list", "elements": "path", "default": []},
    "units": {"type": "list", "elements": "str", "default": []},
    "sysctl": {"type": "list", "elements": "str", "default": []},
    "facts": {"type": "dict", "default": {}},
}
EMPTY: dict[str, dict[str, Any]] = {"paths": {}, "units": {}, "sysctl": {}, "facts": {}}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    path = Path(module.params["record"])
    there = path.exists()
    record = json.loads(path.read_text(encoding="utf-8")) if there else json.loads(json.dumps(EMPTY))
    if module.params["state"] == "back":
        module.exit_json(there=there, facts=record["facts"], **give_back(module, path, record if there else None))
    names = remember(module, record)
    if names and not module.check_mode:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(path, json.dumps(record, indent=1, sort_keys=True).encode(), 0o600)
    diff = {"before": "", "after": "".join(f"{name}\n" for name in names), "after_header": f"recorded in {path}"}
    module.exit_json(changed=bool(names), there=there, facts=record["facts"], diff=diff)


def remember(module: AnsibleModule, record: dict[str, dict[str, Any]]) -> list[str]:
    """Add what is not in the record yet; gives its names."""
    asked, new = module.params, []
    for text in asked["paths"]:
        for path in reversed([Path(text), *missing_parents(Path(text))]):
            if str(path) not in record["paths"]:
                record["paths"][str(path)] = look(path)
                new.append(str(path))
    for unit in asked["units"]:
        if unit not in record["units"]:
            record["units"][unit] = is_active(module, unit)
            new.append(unit)
    for name in asked["sysctl"]:
        if name not in record["sysctl"] and parameter(name).exists():
            record["sysctl"][name] = parameter(name).read_text(encoding="ascii").strip()
            new.append(name)
    for name, value in asked["facts"].items():
        if name not in record["facts"]:
            record["facts"][name] = value
            new.append(name)
    return new


def missing_parents(path: Path) -> list[Path]:
    """The folders that will be made for it; the nearest first."""
    return [parent for parent in path.parents if not parent.exists()]


def look(path: Path) -> dict[str, Any] | None:
    """Everything that makes a file or link what it is; None where there is nothing."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return None
    kept: dict[str, Any] = {"mode": stat.S_IMODE(seen.st_mode), "uid": seen.st_uid, "gid": seen.st_gid}
    if path.is_symlink():
        return kept | {"link": str(path.readlink())}
    if path.is_dir():
        return kept | {"folder": True}
    return kept | {"data": base64.b64encode(path.read_bytes()).decode(), "mtime_ns": seen.st_mtime_ns}


def give_back(module: AnsibleModule, path: Path, record: dict[str, dict[str, Any]] | None) -> dict[str, Any]:
    """Make everything as the record says; gives what the module answers."""
    if record is None:
        return {"changed": False, "restored": []}
    different = {name: kept for name, kept in record["paths"].items() if not same(Path(name), kept)}
    if not module.check_mode:
        to_stop = [unit for unit, active in record["units"].items() if not active and is_active(module, unit)]
        if to_stop:
            run(module, "systemctl", "stop", *to_stop)
        for name in sorted(different, key=len, reverse=True):  # what lies in a folder before the folder
            put(Path(name), different[name])
        run(module, "systemctl", "daemon-reload")
        for name, value in record["sysctl"].items():
            if parameter(name).read_text(encoding="ascii").strip() != value:
                parameter(name).write_text(value, encoding="ascii")
        to_start = [unit for unit, active in record["units"].items() if active and not is_active(module, unit)]
        if to_start:
            run(module, "systemctl", "start", *to_start)
        path.unlink()
        with contextlib.suppress(OSError):
            path.parent.rmdir()
    restored = sorted(different)
    diff = {"before": "".join(f"{name}\n" for name in restored), "after": "", "before_header": "changed for the exam"}
    return {"changed": True, "restored": restored, "diff": diff}


def same(path: Path, kept: dict[str, Any] | None) -> bool:
    """Whether a path is what the record says; its time does not count, and a folder only has to be there."""
    now = look(path)
    if now is None or kept is None:
        return now is kept
    if "folder" in kept:
        return "folder" in now
    return {**now, "mtime_ns": 0} == {**kept, "mtime_ns": 0}


def put(path: Path, kept: dict[str, Any] | None) -> None:
    """Make a path what the record says. A folder that others have filled since then stays."""
    if kept is None and path.is_dir() and not path.is_symlink():
        with contextlib.suppress(OSError):
            path.rmdir()
        return
    if kept is None or "link" in kept:
        path.unlink(missing_ok=True)
    if kept is None:
        return
    if "link" in kept:
        path.symlink_to(kept["link"])
        os.chown(path, kept["uid"], kept["gid"], follow_symlinks=False)
    elif "data" in kept:
        if path.is_symlink():
            path.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, base64.b64decode(kept["data"]), kept["mode"], (kept["uid"], kept["gid"]))
        os.utime(path, ns=(kept["mtime_ns"], kept["mtime_ns"]))


def write(path: Path, data: bytes, mode: int, owner: tuple[int, int] = (0, 0)) -> None:
    """Replace a file in one piece, on the disk before it has its name."""
    draft = path.with_name(f".{path.name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        os.fchown(file.fileno(), *owner)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def parameter(name: str) -> Path:
    """Where the kernel keeps a parameter."""
    return Path("/proc/sys", *name.split("."))


def is_active(module: AnsibleModule, unit: str) -> bool:
    """Whether a unit runs or is on its way up."""
    said = module.run_command(["systemctl", "show", "--value", "--property=ActiveState", unit])[1]
    return said.strip() in {"active", "activating", "reloading"}


def run(module: AnsibleModule, *line: str) -> None:
    """A program that has to succeed."""
    module.run_command(list(line), check_rc=True)


if __name__ == "__main__":
    main()
