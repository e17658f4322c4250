"""One form for the answers of commands that Ansible calls: what was, what is, whether that is a change; or the refusal.

With `--json` a refusal is data, too, so that a play can show cause and remedy instead of a trace.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from app.domain.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Handed:
    """Texts before and after; `more` is a change the texts do not show. Warnings are refusals that did not stop it."""

    before: str
    after: str
    more: bool = False
    warnings: list[Refusal] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything is, or in check mode would be, other than before."""
        return self.more or self.before != self.after


def tell(handed: Handed, *, as_json: bool) -> None:
    """Print it: JSON with `changed`, `before`, `after`, `warnings`; or a line for a person."""
    warnings = [_told(refusal) for refusal in handed.warnings]
    if as_json:
        told = {"changed": handed.changed, "before": handed.before, "after": handed.after, "warnings": warnings}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo("Berubah." if handed.changed else "Tidak ada yang berubah.")
    for warning in warnings:
        click.echo(f"{warning['code']}: {warning['cause']}\n{warning['remedy']}", err=True)


@contextmanager
def refusals_told(*, as_json: bool) -> Iterator[None]:
    """A refusal within ends the program with code 2; as JSON `code`, `cause`, `remedy` if that was asked for."""
    try:
        yield
    except Refusal as refusal:
        if not as_json:
            raise
        click.echo(json.dumps(_told(refusal), ensure_ascii=False))
        sys.exit(2)


def _told(refusal: Refusal) -> dict[str, str]:
    values = refusal.values
    cause, remedy = (text % values if values else text for text in (refusal.cause, refusal.remedy))
    return {"code": refusal.code, "cause": cause, "remedy": remedy}
