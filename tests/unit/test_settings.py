"""Settings: defaults < file < environment, and nothing odd is let through."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.settings import PusatSettings, SekolahSettings, SettingsError, load_settings


def test_without_a_role_nothing_starts():
    with pytest.raises(SettingsError) as refused:
        load_settings({})
    assert refused.value.name == "role"
    assert "pusat, sekolah" in refused.value.remedy


def test_each_role_has_its_own_class_and_port():
    assert isinstance(load_settings({"GUYUB_ROLE": "pusat"}), PusatSettings)
    school = load_settings({"GUYUB_ROLE": "sekolah"})
    assert isinstance(school, SekolahSettings)
    assert (school.port, school.database_url) == (8200, f"sqlite:///{Path('data/sekolah/guyub.sqlite').absolute()}")


def test_environment_wins_over_file_and_file_over_defaults(tmp_path: Path):
    (tmp_path / "guyub.toml").write_text('role = "sekolah"\nport = 9001\nexam_threads = 12\n', encoding="utf-8")
    environment = {"GUYUB_DATA_DIR": str(tmp_path), "GUYUB_PORT": "9002"}
    settings = load_settings(environment)
    assert isinstance(settings, SekolahSettings)
    assert (settings.port, settings.exam_threads, settings.web_workers) == (9002, 12, 2)
    assert load_settings(environment, port=9003).port == 9003


def test_settings_cannot_be_changed_later():
    settings = load_settings({"GUYUB_ROLE": "pusat"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GUYUB_PORT", "delapan"),
        ("GUYUB_PORT", "0"),
        ("GUYUB_PORT", "70000"),
        ("GUYUB_HTTPS", "mungkin"),
        ("GUYUB_TIME_ZONE", "Europe/Paris"),
        ("GUYUB_DATABASE_URL", "mysql://localhost/guyub"),
        ("GUYUB_CENTRE_URL", "pusat.example.id"),
        ("GUYUB_CENTRE_URL", "ftp://pusat.example.id"),
        ("GUYUB_HOST", " "),
        ("GUYUB_LOG_LEVEL", "keras"),
        ("GUYUB_COLOUR", "blue"),
        ("GUYUB_CONFIG", "/nowhere/guyub.toml"),
    ],
)
def test_an_odd_or_unknown_value_stops_the_start_with_cause_and_remedy(name: str, value: str):
    with pytest.raises(SettingsError) as refused:
        load_settings({"GUYUB_ROLE": "sekolah", name: value})
    assert refused.value.name.upper() in name
    assert refused.value.cause
    assert refused.value.remedy


@pytest.mark.parametrize("text", ["port = ", "port = [1]", "surprise = 1", 'port = "x"'])
def test_a_broken_file_stops_the_start(tmp_path: Path, text: str):
    (tmp_path / "guyub.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings({"GUYUB_ROLE": "pusat", "GUYUB_DATA_DIR": str(tmp_path)})


def test_postgresql_addresses_get_the_driver_we_ship():
    settings = load_settings({"GUYUB_ROLE": "pusat", "GUYUB_DATABASE_URL": "postgresql://guyub@db/guyub"})
    assert settings.database_url == "postgresql+psycopg://guyub@db/guyub"
    assert not settings.uses_sqlite
