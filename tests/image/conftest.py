"""Boxes started from the image, and the people at them. The long form is asked for with GUYUB_IMAGE_LONG=1."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from packer import emulator
from tests.end_to_end.conftest import (  # noqa: F401 - fixtures
    chromium,
    people,
    pusat,
    pytest_runtest_makereport,
    staff,
    student,
)
from tests.image import technician
from tests.image.artifacts import Images, find_images, take_out_root
from tests.image.figures import Figures
from tests.image.hardware import Box, Hardware, new_disk

_FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: only in the long form (GUYUB_IMAGE_LONG=1)")
    config.stash[_FIGURES] = Figures()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The short form leaves out what is marked `long`."""
    if os.environ.get("GUYUB_IMAGE_LONG") != "1":
        left_out = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash[_FIGURES]
    figures.keep()
    terminalreporter.section("measured")
    for line in figures.lines():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    return pytestconfig.stash[_FIGURES]


@pytest.fixture(scope="session")
def images() -> Images:
    return find_images()


@pytest.fixture(scope="session")
def raw_disk(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk as it is written onto hardware."""
    return images.unpack_raw(tmp_path_factory.mktemp("raw") / "disk.raw")


@pytest.fixture(scope="session")
def root_files(raw_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the image's root, without starting it."""
    return take_out_root(raw_disk, tmp_path_factory.mktemp("root") / "files")


@pytest.fixture(scope="session")
def accelerator(root_files: Path, figures: Figures) -> str:
    """What a machine is started with here, found out by starting the image's own kernel."""
    kind = emulator.accelerator(root_files / (root_files / "vmlinuz").readlink())
    figures.note("accelerator", kind, "")
    return kind


@pytest.fixture(scope="session")
def make_box(accelerator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Box]]:
    """Makes boxes that begin as an image; those still on at the end lose their power."""
    made: list[Box] = []

    def make(image: Path, kind: str = "qcow2", hardware: Hardware | None = None, gib: int | None = None) -> Box:
        folder = tmp_path_factory.mktemp("box")
        made.append(Box(folder, new_disk(image, folder / "disk.qcow2", kind, gib), accelerator, hardware or Hardware()))
        return made[-1]

    yield make
    for box in made:
        if box.is_on:
            box.pull_the_plug()


@pytest.fixture(scope="session")
def new_box(make_box: Callable[..., Box], images: Images, figures: Figures) -> Box:
    """The virtual disk on a machine with a BIOS, started for the first time and not set up."""
    box = make_box(images.one(".qcow2")).switch_on()
    figures.note("BIOS, first start: power to page", box.wait_until_served())
    return box


@pytest.fixture(scope="session")
def box(new_box: Box, figures: Figures) -> Box:
    """The same, set up over the serial console, with Anto and Ratna."""
    with figures.seconds("set up over the serial console"):
        technician.set_up_on_console(new_box)
    technician.give_account(new_box, "ratna", "Ratna Puspita", "proktor")
    return new_box


@pytest.fixture(scope="session")
def second_box(make_box: Callable[..., Box], raw_disk: Path, figures: Figures) -> Box:
    """The raw disk on a machine with UEFI, started for the first time."""
    box = make_box(raw_disk, "raw", Hardware(firmware="uefi", memory_mib=1536), 8).switch_on()
    figures.note("UEFI, first start: power to page", box.wait_until_served())
    return box
