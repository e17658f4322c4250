"""One booted box for all tests here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.container import Container


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Container, str]]:
    """A box made by the roles, not booted, and what Ansible said at their second run."""
    assert os.geteuid() == 0, "Only root can boot a container."
    container = Container(Path(tmp_path_factory.mktemp("lab")))
    container.mount()
    try:
        container.apply_roles()
        yield container, container.apply_roles()
    finally:
        container.end()


@pytest.fixture(scope="session")
def box(made: tuple[Container, str]) -> Container:
    """The booted box."""
    container, _said = made
    container.boot()
    return container
