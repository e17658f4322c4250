"""Rules of roles and units that no linter knows: each role says what it takes, plays fail fast, saving goes first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
ANSIBLE = REPOSITORY / "ansible"
ROLES = sorted(path for path in (ANSIBLE / "roles").iterdir() if path.is_dir())
UNITS = REPOSITORY / "appliance" / "units"


def read(path: Path) -> Any:
    """A YAML file's content."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(params=ROLES, ids=lambda role: role.name)
def role(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_a_role_says_what_it_takes_and_what_that_is_by_default(role: Path):
    options = read(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    path = role / "defaults/main.yml"
    defaults = read(path) if path.is_file() else {}
    assert {name for name, option in options.items() if "default" in option} <= set(defaults) <= set(options)
    for name, option in options.items():
        assert option["description"]
        assert option.get("required") or "default" not in option or option["default"] == defaults[name], name


def test_a_roles_variables_carry_its_name(role: Path):
    named = set()
    for path in (*role.glob("tasks/*.yml"), *role.glob("handlers/*.yml")):
        for task in read(path):
            assert task["name"]
            named |= {task["register"]} if "register" in task else set()
            named |= set(task.get("ansible.builtin.set_fact", {})) | set(task.get("vars", {}))
    assert {name for name in named if not name.startswith((f"{role.name}_", f"__{role.name}_", "ansible_"))} == set()


def test_a_roles_tasks_read_as_a_table_of_contents_or_fit_a_screen(role: Path):
    tasks = read(role / "tasks/main.yml")
    contents = {"ansible.builtin.include_tasks", "ansible.builtin.meta"}
    assert all(contents & set(task) for task in tasks) or len(tasks) <= 4


def test_a_command_says_when_it_changes_something(role: Path):
    for path in (*role.glob("tasks/*.yml"), *role.glob("handlers/*.yml")):
        for task in read(path):
            if {"ansible.builtin.command", "ansible.builtin.script"} & set(task):
                assert "changed_when" in task, task["name"]


@pytest.mark.parametrize("playbook", sorted((ANSIBLE / "playbooks").glob("*.yml")), ids=lambda path: path.name)
def test_a_play_knows_its_roles(playbook: Path):
    for play in read(playbook):
        named = {entry["role"] for entry in play.get("roles", [])}
        assert named <= {role.name for role in ROLES}
        assert named or "import_playbook" in play or "ansible.builtin.import_playbook" in play or "tasks" in play


def test_ansible_is_pinned_alike_for_the_image_and_for_the_gates():
    wanted = re.search(r"^ansible-core==.*$", (ANSIBLE / "requirements.txt").read_text(), re.MULTILINE)
    assert wanted
    assert wanted[0] in (REPOSITORY / "tests/requirements.txt").read_text()


def test_no_unit_of_ours_starts_in_the_machine_that_builds_the_image():
    system = UNITS / "systemd/system"
    assert "ConditionKernelCommandLine=!guyub.build" in (system / "guyub-.service.d/guyub.conf").read_text()
    for path in system.glob("guyub-*.socket"):
        assert "ConditionKernelCommandLine=!guyub.build" in path.read_text(), path.name
    for name in ("systemd-repart", "nftables"):
        assert "!guyub.build" in (system / f"{name}.service.d/guyub.conf").read_text()


def test_every_unit_is_started_by_something():
    system = UNITS / "systemd/system"
    texts = "\n".join(path.read_text() for path in system.rglob("*") if path.is_file())
    wanted = set(" ".join(re.findall(r"^(?:Wants|Requires)=(.*)$", texts, re.MULTILINE)).split())
    for path in system.iterdir():
        if path.is_file():
            by_timer_or_socket = {path.with_suffix(".timer").name, path.name.replace("@.service", ".socket")}
            asked = {path.name, path.name.replace("@.", "@tty1.")}
            assert wanted & (asked | by_timer_or_socket - {path.name}), f"nothing starts {path.name}"


def test_saving_is_starved_by_nothing():
    system = UNITS / "systemd/system"

    def weight(name: str, kind: str) -> int:
        found = re.search(rf"^{kind}Weight=(\d+)$", (system / name).read_text(), re.MULTILINE)
        return int(found[1]) if found else 100

    for kind in ("CPU", "IO"):
        others = [
            weight(path.name, kind) for path in system.glob("guyub-*.service") if path.name != "guyub-exam.service"
        ]
        assert weight("guyub-exam.service", kind) >= 2 * max(others)
