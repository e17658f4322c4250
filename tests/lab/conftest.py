"""The roots made once, one booted box for the tests of a single machine, and labs of several hosts.

The long form is asked for with GUYUB_LAB_LONG=1, forty PCs with GUYUB_LAB_FORTY=1.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import pusat  # noqa: F401 - a fixture
from tests.lab import roots, server_root
from tests.lab.container import Container
from tests.lab.hosts import Lab
from tests.lab.roots import made_by_one
from tests.lab.server_root import ServerRoot

LONGEST = ("test_whole_lab", "test_pusat_hosts")  # first, so that no process is left with one of them at the end
PATIENCE_S = 900  # the first test that wants a root makes it
_FIGURES = pytest.StashKey[dict[str, float]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: only in the long form (GUYUB_LAB_LONG=1)")
    config.addinivalue_line("markers", "forty: only when it is asked for (GUYUB_LAB_FORTY=1)")
    config.stash[_FIGURES] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The short form leaves out what is marked `long`; forty PCs are asked for by themselves."""
    for marker, variable in (("long", "GUYUB_LAB_LONG"), ("forty", "GUYUB_LAB_FORTY")):
        if os.environ.get(variable) != "1":
            left_out = [item for item in items if item.get_closest_marker(marker)]
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)
    items.sort(key=lambda item: item.path.stem not in LONGEST)
    for item in items:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(PATIENCE_S))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What one of several processes measured goes to the first."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash[_FIGURES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_FIGURES].update(getattr(node, "workeroutput", {}).get("figures", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was measured, in seconds unless its name says otherwise."""
    if config.stash[_FIGURES]:
        terminalreporter.section("measured")
    for name, seconds in config.stash[_FIGURES].items():
        terminalreporter.write_line(f"{seconds:>8.1f}  {name}")


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> dict[str, float]:
    """Seconds that a test measured, by what it measured."""
    return pytestconfig.stash[_FIGURES]


def _for_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this run that its processes share."""
    own = Path(tmp_path_factory.getbasetemp())
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> ServerRoot:
    """A server's root, made by the image's roles and never booted: everything booted lies over it.

    GUYUB_LAB_SERVER_ROOT names a folder where it is kept from run to run: delete it after a change of program or roles.
    """
    assert os.geteuid() == 0, "Only root can boot a container."
    kept = os.environ.get("GUYUB_LAB_SERVER_ROOT")
    folder = Path(kept) if kept else _for_all(tmp_path_factory) / "made"
    with made_by_one(folder):
        return server_root.make(folder)


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


@pytest.fixture(scope="session")
def pc_layers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A PC on which the kiosk's packages are installed (GUYUB_LAB_PC_LAYER: kept there, as the server's root is)."""
    kept = os.environ.get("GUYUB_LAB_PC_LAYER")
    folder = Path(kept) if kept else _for_all(tmp_path_factory) / "pc"
    with made_by_one(folder):
        return roots.pc_with_packages(folder)


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An empty lab with a technician; a server's root is made when the first server is wanted."""
    lab = Lab(
        Path(tmp_path_factory.mktemp("lab")),
        lambda: request.getfixturevalue("made"),
        lambda: request.getfixturevalue("pc_layers"),
    )
    try:
        lab.begin()
        yield lab
    finally:
        lab.end()
