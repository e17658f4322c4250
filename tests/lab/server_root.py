"""The school server's root: bare Debian made into the box by the image's roles, once; every server lies over it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from packer import wheels
from packer.running import Steps
from tests.lab.container import Container
from tests.lab.roots import REPOSITORY, check


@dataclass(frozen=True)
class ServerRoot:
    """The layers of a server that was never booted, and what Ansible said at the roles' second run."""

    layers: list[Path]
    said_again: str


def make(folder: Path) -> ServerRoot:
    """Apply the roles twice; takes what was made in the folder before if it is whole."""
    container, said = Container(folder), folder / "said-again"
    if said.exists():
        return ServerRoot([container.upper, *container.layers], said.read_text(encoding="utf-8"))
    container.mount()
    try:
        _apply_roles(container)
        said_again = _apply_roles(container)
    finally:
        container.end()
    said.write_text(said_again, encoding="utf-8")
    return ServerRoot([container.upper, *container.layers], said_again)


def _apply_roles(container: Container) -> str:
    """Run the image's playbook through a chroot; gives what Ansible says."""
    folder, root = container.folder, container.root
    wheelhouse = folder / "wheels"
    if not (root / "opt/guyub/wheels.sha256").exists():
        wheels.gather(Steps(folder / "wheels.log", 1), REPOSITORY, wheelhouse)
    inventory = folder / "inventory.ini"
    inventory.write_text(
        f"[box]\nsekolah ansible_connection=community.general.chroot ansible_host={root} "
        "ansible_python_interpreter=/usr/bin/python3\n",
        encoding="utf-8",
    )
    resolver = root / "etc/resolv.conf"
    if not resolver.is_symlink():  # afterwards nothing is asked of the network any more
        resolver.write_bytes(Path("/etc/resolv.conf").read_bytes())
    check(["mount", "-t", "proc", "proc", str(root / "proc")])
    try:
        playbook = str(Path(sys.executable).parent / "ansible-playbook")
        line = [playbook, "-i", str(inventory), "ansible/playbooks/image.yml"]
        environment = {**os.environ, "ANSIBLE_CONFIG": "ansible/ansible.cfg", "ANSIBLE_NOCOLOR": "1"}
        return check([*line, "-e", f"program_wheelhouse={wheelhouse}"], cwd=REPOSITORY, env=environment)
    finally:
        check(["umount", str(root / "proc")])
