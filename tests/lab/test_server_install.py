"""A machine with Debian and nothing else becomes the school's server by one play. The long form only."""

from __future__ import annotations

import json
import re

import pytest

from packer import wheels
from packer.running import Steps
from tests.lab import school
from tests.lab.container import wait_for
from tests.lab.hosts import SERVER, Host, Lab
from tests.lab.roots import REPOSITORY

FOUND = "192.168.0.66"  # where the installer of Debian left it
PAGE = f"import urllib.request as u; print(u.urlopen('http://{SERVER}/staf/masuk', timeout=60).status)"

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]


def test_a_bare_debian_becomes_the_server_and_is_it_after_a_restart(lab: Lab) -> None:
    wheelhouse = wheels.gather(Steps(lab.folder / "wheels.log", 1), REPOSITORY, lab.folder / "wheels")
    inventory = school.write_inventory(lab.folder / "inventory", ())
    server = lab.host("server1", "debian for a server", FOUND)
    install = ("-e", "server_install=true", "-e", f"program_wheelhouse={wheelhouse}")

    first = lab.play("server.yml", inventory, *install, "-e", f"server_reached_at={FOUND}", limit_s=1500)
    assert first.returncode == 0, first.stdout[-8000:] + first.stderr[-2000:]
    school.set_up(server)
    again = lab.play("server.yml", inventory, *install, limit_s=1500)
    assert re.search(r"^server1 .* changed=0 .* failed=0 ", again.stdout, re.MULTILINE), again.stdout[-8000:]

    serves(lab, server)
    server.off()
    server.start()
    server.wait()
    serves(lab, server)


def serves(lab: Lab, server: Host) -> None:
    """Its page is served on the LAN, nothing has failed, and its own checks find only what a container is."""
    wait_for(lambda: lab.run("sh", "-c", f'python3 -c "{PAGE}" || true').strip() == "200", "no page is served", 120)
    assert "0 loaded units" in server.says("systemctl", "--failed")
    examined = json.loads(server.run("guyub", "doctor", "--json").stdout)["findings"]
    assert {one["name"] for one in examined if one["state"] == "bad"} <= school.OF_A_CONTAINER, examined
