"""Runs the programs an image is made with, and tells how far it is: each step with its time, a failure with its remedy.

Nothing half made is left looking finished: what is made for keeps is written under another name and renamed at the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LAST_LINES = 25


class BuildError(Exception):
    """A step that cannot be done: why, and what helps."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy


@dataclass(slots=True)
class Steps:
    """The steps of one build: told as they happen, kept as seconds for the manifest."""

    log: Path
    number: int
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, words: str) -> Iterator[None]:
        """One step; whatever it raises ends the build with the step's name."""
        began = time.monotonic()
        print(f"[{len(self.seconds) + 1}/{self.number}] {words} …", flush=True)
        try:
            yield
        except BuildError as error:
            print(f"    failed: {error.cause}\n    {error.remedy}\n    Log: {self.log}", file=sys.stderr)
            raise
        self.seconds[name] = round(time.monotonic() - began, 1)
        print(f"    {self.seconds[name]:.1f} s", flush=True)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        remedy: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        limit_s: float = 1800,
    ) -> None:
        """Run a program with its output in the log; raises BuildError with its last lines."""
        line = [str(part) for part in command]
        with self.log.open("ab") as log:
            log.write(f"\n$ {' '.join(line)}\n".encode())
            log.flush()
            begin = log.tell()
            try:
                done = subprocess.run(
                    line,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, **(environment or {})},
                    cwd=folder,
                    timeout=limit_s,
                    check=False,
                )
            except FileNotFoundError as error:
                raise BuildError(f"{line[0]} is not installed.", "packer/system-packages installs it.") from error
            except subprocess.TimeoutExpired as error:
                raise BuildError(f"{line[0]} did not end within {limit_s:.0f} s.", remedy) from error
        if done.returncode:
            with self.log.open("rb") as log:
                log.seek(begin)
                told = log.read().decode(errors="replace").splitlines()[-LAST_LINES:]
            print("\n".join(f"    | {text}" for text in told), file=sys.stderr)
            raise BuildError(f"{line[0]} ended with code {done.returncode}.", remedy)

    def read(self, command: Sequence[str | Path], *, remedy: str) -> str:
        """What a program prints; raises BuildError."""
        line = [str(part) for part in command]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"    | {done.stderr.strip()}", file=sys.stderr)
            raise BuildError(f"{line[0]} ended with code {done.returncode}.", remedy)
        return done.stdout


def write_json(path: Path, value: object) -> None:
    """Write a file that people and programs read."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
