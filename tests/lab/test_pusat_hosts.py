"""The centre on four hosts: brought up by one play, under load while a node dies, the primary dies, a version comes in.

What a school was given a receipt for is there afterwards, whatever died. The tests stand in the order of that day.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.domain.bundles import check_receipt
from app.domain.identities import CentreIdentity
from packer import wheels
from packer.running import Steps
from tests.lab import pusat_root
from tests.lab.container import wait_for
from tests.lab.hosts import Host, Lab
from tests.lab.pusat_load import SITTING
from tests.lab.roots import REPOSITORY, check

pytestmark = pytest.mark.timeout(1800)

INVENTORY = """all:
  vars: {{ansible_user: root, program_wheelhouse: {wheels}}}
  children:
    pusat_front: {{hosts: {{pusat1: {{ansible_host: 192.168.0.11}}}}}}
    pusat_app: {{hosts: {{pusat1: , pusat2: {{ansible_host: 192.168.0.12}}}}}}
    pusat_db_primary: {{hosts: {{pusat3: {{ansible_host: 192.168.0.13}}}}}}
    pusat_db_standby: {{hosts: {{pusat4: {{ansible_host: 192.168.0.14}}}}}}
    pusat_backup: {{hosts: {{pusat2: }}}}
"""
FRONT = "192.168.0.11"
AS_NODE = ("runuser", "--user=guyub-pusat", "--", "env", "GUYUB_CONFIG=/etc/guyub/pusat.toml")
SERVICE = "PGSERVICEFILE=/etc/guyub/pg_service.conf"


@dataclass
class Centre:
    """The four hosts, the technician's inventory, and what Ansible said at the first two runs."""

    lab: Lab
    inventory: Path
    first: str = ""
    second: str = ""

    def play(self, name: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Run a play at the technician's."""
        return self.lab.play(name, self.inventory, *more, limit_s=1500)

    def must(self, name: str, *more: str) -> str:
        """The same; it has to succeed."""
        done = self.play(name, *more)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def host(self, number: int) -> Host:
        """pusat1 … pusat4."""
        return self.lab.hosts[f"pusat{number}"]

    def sql(self, number: int, query: str) -> str:
        """What the database on this host answers."""
        return self.host(number).says("runuser", "--user=postgres", "--", "psql", "-Atc", query, "guyub").strip()


@dataclass
class Load:
    """A school that uploads while things happen."""

    centre: Centre
    folder: Path
    process: subprocess.Popen[bytes]

    def lines(self) -> list[dict[str, Any]]:
        """What it has written so far, a bundle a line."""
        path = self.folder / "lines.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def receipts(self) -> dict[str, bytes]:
        """Bundle → its receipt."""
        return {line["bundle"]: base64.b64decode(line["receipt"]) for line in self.lines() if line["receipt"]}

    def more(self, count: int) -> None:
        """Wait until so many more bundles are acknowledged."""
        wanted = len(self.receipts()) + count

        def there() -> bool:
            assert self.process.poll() is None, "the load ended by itself"
            return len(self.receipts()) >= wanted

        wait_for(there, "uploads do not go on", 240)

    def failed(self) -> list[str]:
        """Requests that did not get the answer they should."""
        return [one for line in self.lines() for one in line["failed"]]

    def end(self) -> None:
        """Enough."""
        (self.folder / "stop").touch()
        self.process.wait(90)


def begin(centre: Centre, folder: Path) -> Load:
    """Start the load in the technician's namespace."""
    folder.mkdir()
    shutil.copy(centre.lab.folder / "seed.json", folder)
    (folder / "front.crt").write_text(centre.host(1).says("cat", "/etc/nginx/guyub/front.crt"))
    line = [*centre.lab.lan, sys.executable, "-m", "tests.lab.pusat_load", str(folder), FRONT]
    return Load(centre, folder, subprocess.Popen(line, cwd=REPOSITORY))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """Four unpacked machines made into the centre, twice, and filled with one school."""
    assert os.geteuid() == 0, "Only root can boot hosts on a switch of their own."
    folder = Path(tmp_path_factory.mktemp("pusat"))
    wheelhouse = wheels.gather(Steps(folder / "wheels.log", 1), REPOSITORY, folder / "wheels")
    inventory = folder / "inventory.yml"
    inventory.write_text(INVENTORY.format(wheels=wheelhouse))
    lab = Lab(Path(tmp_path_factory.mktemp("lab")), lambda: pytest.fail("no school here"), pusat_root.layers)
    try:
        lab.begin()
        for number in range(1, 5):
            lab.host(f"pusat{number}", "pc with packages", address=f"192.168.0.1{number}", wait=False)
        for host in lab.hosts.values():
            host.wait()
        centre = Centre(lab, inventory)
        centre.first = centre.must("pusat.yml")
        centre.second = centre.must("pusat.yml")
        seed(centre)
        yield centre
    finally:
        lab.end()


def seed(centre: Centre) -> None:
    """One school, by the program's services on a node."""
    script = centre.host(1).root / "opt/seed.py"
    shutil.copy(REPOSITORY / "tests/lab/pusat_seed.py", script)
    said = centre.host(1).says(*AS_NODE, SERVICE, "/opt/guyub/venv/bin/python", "/opt/seed.py")
    (centre.lab.folder / "seed.json").write_text(said.strip().splitlines()[-1])


@pytest.fixture
def load(centre: Centre, tmp_path: Path) -> Iterator[Load]:
    """A school that uploads through the front."""
    running = begin(centre, tmp_path / "load")
    try:
        running.more(5)
        yield running
    finally:
        running.end()


def assert_all_there(centre: Centre, load: Load, database: int) -> None:
    """Each receipt that was given is the centre's own, and what it promises is in the database."""
    seed = json.loads((centre.lab.folder / "seed.json").read_text())
    own = CentreIdentity.from_raw(*(bytes.fromhex(key) for key in seed["centre"])).public
    receipts = load.receipts()
    for bundle, receipt in receipts.items():
        check_receipt(receipt, bundle, seed["server"], SITTING, own)
    rows = centre.sql(
        database,
        "SELECT u.sha256 || ' ' || encode(u.receipt, 'hex') FROM upload u JOIN stored_file f ON "
        "f.path = 'uploads/' || u.server_id || '/' || u.sha256 || '.bundle' AND f.sha256 = u.sha256 "
        "JOIN stored_piece r ON r.path = 'receipts/' || u.server_id || '/' || u.sha256 || '.receipt' "
        "AND r.data = u.receipt",
    )
    kept = dict(row.split(" ") for row in rows.splitlines())
    assert receipts
    assert {bundle: receipt.hex() for bundle, receipt in receipts.items()}.items() <= kept.items()


def test_one_play_brings_the_centre_up_and_a_second_run_changes_nothing(centre: Centre) -> None:
    assert len(re.findall(r"changed=0 +unreachable=0 +failed=0", centre.second)) == 4, centre.second[-4000:]
    followers = centre.sql(3, "SELECT application_name || ' ' || sync_state FROM pg_stat_replication ORDER BY 1")
    assert followers.splitlines() == ["pg_receivewal async", "pusat4 sync"]
    assert centre.sql(4, "SELECT pg_is_in_recovery()") == "t"


def test_no_secret_is_told_and_both_nodes_have_the_same_keys(centre: Centre) -> None:
    passwords = [f"/etc/postgresql/guyub/{name}.password" for name in ("app", "replication")]
    keys = json.loads(centre.host(2).says("/usr/local/sbin/guyub-pusat", "pusat", "keys-out"))
    secrets = [centre.host(3).says("cat", path).strip() for path in passwords] + list(keys.values())
    for text in (centre.first, centre.second):
        assert not [secret for secret in secrets if secret in text]
    digest = ("/usr/local/sbin/guyub-pusat", "pusat", "keys-out", "--digest")
    assert centre.host(1).says(*digest) == centre.host(2).says(*digest) != "\n"


def test_both_nodes_answer_and_nobody_else_gets_into_the_database(centre: Centre, load: Load) -> None:
    load.more(10)
    for number in (1, 2):
        counted = check([*centre.lab.lan, "curl", "-s", f"http://192.168.0.1{number}:8100/metrics"])
        assert re.search(r'guyub_requests_total\{method="POST",pattern="/api/v1/servers.* [1-9]', counted), counted[
            :3000
        ]
    stranger = check([*centre.lab.lan, sys.executable, "-c", STRANGER])
    assert "no pg_hba.conf entry" in stranger
    assert load.failed() == []


STRANGER = """
import psycopg
try:
    psycopg.connect("host=192.168.0.13 dbname=guyub user=guyub_app password=x sslmode=require")
except psycopg.OperationalError as error:
    print(error)
"""


def test_a_node_that_is_killed_under_load_loses_nothing_and_its_requests_are_answered_by_the_other(
    centre: Centre, load: Load
) -> None:
    node = centre.host(2)
    main = node.shown("guyub-pusat.service", "ControlGroup")
    for process in node.says("cat", f"/sys/fs/cgroup{main}/cgroup.procs").split():
        node.run("kill", "-KILL", process)
    node.says("systemctl", "stop", "guyub-pusat.service")
    load.more(10)
    node.says("systemctl", "start", "guyub-pusat.service")
    load.end()
    assert load.failed() == [], "the front asks the other node"
    assert_all_there(centre, load, 3)


def test_a_new_version_comes_in_node_by_node_and_no_request_is_dropped(
    centre: Centre, load: Load, tmp_path: Path
) -> None:
    newer = newer_wheels(Path(re.search(r"program_wheelhouse: (\S+)}", centre.inventory.read_text())[1]), tmp_path)  # type: ignore[index]
    centre.must("pusat_update.yml", "-e", f"program_wheelhouse={newer}")
    load.more(5)
    load.end()
    assert [centre.host(number).says("cat", "/opt/guyub/version").strip() for number in (1, 2)] == ["0.1.1"] * 2
    assert load.failed() == []
    assert " down" not in centre.host(1).says("cat", "/etc/nginx/guyub/nodes.conf")


def newer_wheels(old: Path, folder: Path) -> Path:
    """The same program under the number of its next version."""
    source, wheelhouse = folder / "source", folder / "newer"
    shutil.copytree(old, wheelhouse)
    source.mkdir()
    for name in ("app", "appliance", "requirements.txt", "LICENSE"):
        check(["cp", "-r", str(REPOSITORY / name), str(source)])
    text = (REPOSITORY / "pyproject.toml").read_text()
    (source / "pyproject.toml").write_text(text.replace('version = "0.1.0"', 'version = "0.1.1"'))
    for wheel in wheelhouse.glob("guyub-*.whl"):
        wheel.unlink()
    (wheelhouse / "SHA256SUMS").unlink()
    check([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(wheelhouse), str(source)])
    return wheelhouse


def test_a_restore_is_tried_and_finds_what_was_just_acknowledged(centre: Centre) -> None:
    uploads = int(centre.sql(3, "SELECT count(*) FROM upload"))
    found = []

    def restored() -> bool:
        said = centre.host(2).says("runuser", "--user=postgres", "--", "/usr/local/sbin/guyub-pusat-try-restore")
        found.append(said)
        return f" {uploads} uploads" in said

    wait_for(restored, f"{uploads} uploads were not restored: {found}", 60)


def test_while_the_standby_is_away_nothing_is_acknowledged_until_a_person_goes_on_alone(
    centre: Centre, load: Load
) -> None:
    standby = ("postgresql@17-main.service",)
    centre.host(4).says("systemctl", "stop", *standby)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'guyub_app' AND wait_event = 'SyncRep'"
    wait_for(lambda: centre.sql(3, waiting) != "0", "nobody waits for the standby", 60)
    psql = ("psql", "-U", "postgres")
    reload = ("-c", "SELECT pg_reload_conf()")
    centre.host(3).says(*psql, "-c", "ALTER SYSTEM SET synchronous_standby_names TO ''", *reload)
    load.more(5)
    centre.host(4).says("systemctl", "start", *standby)
    centre.host(3).says(*psql, "-c", "ALTER SYSTEM RESET synchronous_standby_names", *reload)
    followers = "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'pusat4'"
    wait_for(lambda: centre.sql(3, followers) == "sync", "the standby does not follow again", 60)
    load.more(3)
    load.end()
    assert_all_there(centre, load, 3)


def test_the_primary_dies_and_nothing_that_was_acknowledged_is_lost(centre: Centre, load: Load) -> None:
    refused = centre.play("pusat_promote.yml")
    assert refused.returncode != 0
    assert "still answers" in refused.stdout
    ready = [*centre.lab.lan, "curl", "--silent", "--insecure", "--fail", f"https://{FRONT}/readyz"]

    def is_ready() -> bool:
        return subprocess.run(ready, check=False, capture_output=True).returncode == 0

    os.kill(centre.host(3).leader, signal.SIGKILL)
    wait_for(lambda: not is_ready(), "the centre does not notice that its database is gone", 60)
    centre.must("pusat_promote.yml")
    load.more(10)
    load.end()
    assert_all_there(centre, load, 4)
    wait_for(is_ready, "not ready again", 60)
