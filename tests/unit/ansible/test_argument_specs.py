"""Every variable of a role is in its argument specs; every play parses; one dead PC stops no other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
ANSIBLE = REPOSITORY / "ansible"
ROLES = sorted(path for path in (ANSIBLE / "roles").iterdir() if path.is_dir())
PLAYBOOKS = sorted((ANSIBLE / "playbooks").glob("*.yml"))
READ = ("tasks/*.yml", "handlers/*.yml", "templates/*", "defaults/*.yml", "vars/*.yml")
ALL_OR_NOTHING = {"box"}  # an image is made whole or not at all


def read(path: Path) -> Any:
    """A YAML file's content."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader with more tags


class _Loader(yaml.SafeLoader):
    """Takes Ansible's own tags for what they hold."""


_Loader.add_multi_constructor("!", lambda loader, _tag, node: loader.construct_scalar(node))


def tasks_of(content: Any) -> Iterator[dict[str, Any]]:
    """All tasks, those in blocks too."""
    for task in content or []:
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks_of(task.get(part))


def made_on_the_way(role: Path) -> set[str]:
    """What the role's tasks name themselves: registered, set, counted, passed on."""
    named: set[str] = set(read(role / "vars/main.yml")) if (role / "vars/main.yml").is_file() else set()
    for path in (*role.glob("tasks/*.yml"), *role.glob("handlers/*.yml")):
        for task in tasks_of(read(path)):
            named |= {task["register"]} if "register" in task else set()
            named |= {name for name in task.get("ansible.builtin.set_fact", {}) if name != "cacheable"}
            named |= set(task.get("vars", {}))
            control = task.get("loop_control", {})
            named |= {control[name] for name in ("loop_var", "index_var") if name in control}
    return named


def used(role: Path) -> set[str]:
    """Every word with the role's prefix in an expression or a template."""
    word = re.compile(rf"(?<![\w./'-]){role.name}_\w+\b(?!\s*[/.]\w+\.(?:j2|yml|sh|conf))")
    found: set[str] = set()
    for pattern in READ:
        for path in role.glob(pattern):
            for line in path.read_text(encoding="utf-8").splitlines():
                found |= set(word.findall(line.split(" #")[0]))
    return found


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_variable_of_a_role_is_in_its_argument_specs(role: Path):
    options = set(read(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"])
    assert used(role) - made_on_the_way(role) - options == set()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_takes_no_variable_that_it_does_not_use(role: Path):
    options = read(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    needed = {name for name in options if name.startswith(f"{role.name}_")}
    assert needed - used(role) == set()


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.name)
def test_every_play_parses(playbook: Path):
    program = str(Path(sys.executable).parent / "ansible-playbook")
    line = [program, "--syntax-check", "-i", str(ANSIBLE / "inventories/example/hosts.yml"), str(playbook)]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(line, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.name)
def test_only_an_image_is_made_whole_or_not_at_all(playbook: Path):
    for play in read(playbook):
        if "hosts" not in play:
            assert set(play) <= {"name", "ansible.builtin.import_playbook", "vars", "tags", "when"}
            continue
        if play["hosts"] in ALL_OR_NOTHING:
            assert play["any_errors_fatal"] is True
        elif re.search(r"\bpc\b|pc_", play["hosts"]):
            assert not play.get("any_errors_fatal"), "one dead PC would end the play"
            assert not {"max_fail_percentage", "serial"} & set(play), "a batch of dead PCs would end the play"


def test_what_fails_is_never_waved_through():
    """A host that fails leaves the play: nothing goes on with it as if all were well."""
    for path in (*ANSIBLE.glob("playbooks/*.yml"), *ANSIBLE.glob("roles/*/*/*.yml")):
        content = read(path)
        for task in tasks_of(content if isinstance(content, list) else []):
            assert not task.get("ignore_errors"), f"{path.name}: {task['name']}"
            if task.get("ignore_unreachable"):
                assert path.parts[-3] == "verify", "only what measures may look at a host that is away"
