"""Debian's security updates come on quiet days only, and not at all where the settings say so."""

from __future__ import annotations

import dataclasses

import pytest
from click.testing import CliRunner

from appliance import settings
from appliance.command import box
from bench.school import furnish
from tests.box_of_files import BoxOfFiles
from tests.ports import free_port


def is_quiet() -> bool:
    ended = CliRunner().invoke(box, ["quiet"])
    assert ended.exit_code in {0, 1}, ended.output
    return ended.exit_code == 0


@pytest.fixture(autouse=True)
def _box(box_of_files: BoxOfFiles) -> None:
    """The box that `guyub box …` is run on."""


def test_a_box_without_an_exam_may_be_looked_after():
    assert is_quiet()


def test_while_an_exam_is_open_nothing_is_installed(box_of_files: BoxOfFiles):
    furnish(box_of_files.places.sekolah, free_port(), waiting=2)
    assert not is_quiet()


def test_the_settings_turn_them_off(box_of_files: BoxOfFiles):
    found = settings.read(box_of_files.places.box).settings
    off = dataclasses.replace(found, security_updates=settings.SecurityUpdates(on=False))
    settings.write(box_of_files.places.box, off)
    assert not is_quiet()
