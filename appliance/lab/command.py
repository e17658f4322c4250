"""`guyub lab …`: the plan of the lab, from a spreadsheet to the server. Each verb loads its own module when called."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

VERBS = {  # verb → module:click command
    "import": "appliance.lab.importing:import_plan",
    "put": "appliance.lab.serving:put",
    "scan": "appliance.lab.scanning:scan",
    "show": "appliance.lab.serving:show",
    "template": "appliance.lab.importing:template",
}


class LabVerbs(click.Group):
    """Verbs that load only when they are called: the box needs no spreadsheets, the technician no box."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [verb for verb, place in VERBS.items() if find_spec(place.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=LabVerbs)
def lab() -> None:
    """Lab: denah komputer ujian."""
