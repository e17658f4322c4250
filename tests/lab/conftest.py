"""The roots made once, one booted box for the tests of a single machine, and labs of several hosts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import server_root
from tests.lab.container import Container
from tests.lab.hosts import Lab
from tests.lab.server_root import ServerRoot


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> ServerRoot:
    """A server's root, made by the image's roles and never booted: everything booted lies over it.

    GUYUB_LAB_SERVER_ROOT names a folder where it is kept from run to run: delete it after a change of program or roles.
    """
    assert os.geteuid() == 0, "Only root can boot a container."
    kept = os.environ.get("GUYUB_LAB_SERVER_ROOT")
    return server_root.make(Path(kept) if kept else Path(tmp_path_factory.mktemp("made")))


@pytest.fixture(scope="session")
def box(made: ServerRoot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """One booted box, alone."""
    container = Container(Path(tmp_path_factory.mktemp("box")), made.layers)
    container.mount()
    try:
        container.boot()
        yield container
    finally:
        container.end()


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An empty lab with a technician; a server's root is made when the first server is wanted."""
    lab = Lab(Path(tmp_path_factory.mktemp("lab")), lambda: request.getfixturevalue("made"))
    try:
        lab.begin()
        yield lab
    finally:
        lab.end()
