"""`guyub doctor`: the list of console and page, in a terminal. Root measures itself; anybody else asks the box."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click
import structlog

from app.domain.box_actions import Examine
from app.services import box
from app.services.system_clock import SystemClock
from appliance.doctor.examining import examine
from appliance.places import places

MARKS = {"bad": "MERAH ", "warn": "KUNING", "good": "HIJAU "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
def doctor(as_json: bool) -> None:
    """Periksa mesin; kode keluar 1 bila ada yang merah."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    found: list[dict[str, Any]]
    if os.geteuid() == 0:
        found = [finding.as_dict() for finding in examine(places(), SystemClock())]
    else:
        found = box.ask(Examine())["findings"]
    if as_json:
        click.echo(json.dumps({"findings": found}, ensure_ascii=False, indent=2))
    else:
        for finding in found:
            click.echo(f"{MARKS[finding['state']]}  {_filled(finding['text'], finding)}")
            if finding["remedy"]:
                click.echo(f"        {_filled(finding['remedy'], finding)}")
    sys.stdout.flush()
    os._exit(1 if any(finding["state"] == "bad" for finding in found) else 0)  # a check that hangs must not hold us


def _filled(text: str, finding: dict[str, Any]) -> str:
    return text % finding["values"] if finding["values"] else text
