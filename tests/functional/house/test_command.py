"""The command `guyub`: help by reader, plain refusals, and JSON where a program reads."""

from __future__ import annotations

import json

from app.settings import PusatSettings, SekolahSettings
from tests.servers import guyub


def test_help_groups_the_verbs_by_who_uses_them(settings_pusat: PusatSettings):
    told = guyub(settings_pusat, "--help").stdout
    assert "Setiap hari:" in told
    assert "Teknisi:" in told
    for verb in ("serve", "db", "staff", "config", "audit"):
        assert f"  {verb} " in told


def test_config_check_shows_what_counts_and_refuses_what_is_odd(settings_pusat: PusatSettings):
    fine = guyub(settings_pusat, "config", "check", "--json")
    assert json.loads(fine.stdout)["role"] == "pusat"
    odd = guyub(settings_pusat, "--role", "sekolah", "serve", "--port", "70000")
    assert odd.returncode == 2
    assert "port:" in odd.stderr
    assert "1 sampai 65535" in odd.stderr


def test_config_check_hides_the_database_s_password(settings_pusat: PusatSettings, tmp_path):
    (settings_pusat.data_dir / "guyub.toml").write_text(
        'database_url = "postgresql://guyub:rahasia@db/guyub"', encoding="utf-8"
    )
    line = ["--role", "pusat", "--data-dir", str(settings_pusat.data_dir), "config", "check"]
    import dataclasses

    bare = dataclasses.replace(settings_pusat, database_url="postgresql+psycopg://guyub:rahasia@db/guyub")
    told = guyub(bare, *line).stdout
    assert "rahasia" not in told
    assert "postgresql+psycopg://guyub:***@db/guyub" in told


def test_the_first_account_is_made_by_command_and_the_log_tells_of_it(settings_sekolah: SekolahSettings):
    assert guyub(settings_sekolah, "db", "upgrade").returncode == 0
    added = guyub(
        settings_sekolah, "staff", "add", "ratna", "--name", "Ratna", "--staff-role", "proktor", "--password-stdin",
        input="sandi yang panjang\n",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    assert "sandi yang panjang" not in added.stdout
    again = guyub(settings_sekolah, "staff", "add", "Ratna", "--name", "Ratna", "--staff-role", "proktor")
    assert again.returncode == 2
    assert "W-113" in again.stderr
    listed = json.loads(guyub(settings_sekolah, "staff", "list", "--json").stdout)
    assert listed == [{"username": "ratna", "name": "Ratna", "role": "proktor", "active": True}]
    verified = json.loads(guyub(settings_sekolah, "audit", "verify", "--json").stdout)
    assert (verified["intact"], verified["lines"]) == (True, 1)


def test_a_log_edited_by_hand_is_named_line_by_line(settings_sekolah: SekolahSettings):
    import sqlalchemy

    guyub(settings_sekolah, "db", "upgrade")
    for name in ("ratna", "anto", "rudi"):
        guyub(settings_sekolah, "staff", "add", name, "--name", name, "--staff-role", "teknisi")
    engine = sqlalchemy.create_engine(settings_sekolah.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entry SET actor = 'orang lain' WHERE id = 2")
    engine.dispose()
    verified = guyub(settings_sekolah, "audit", "verify")
    assert verified.returncode == 1
    assert "baris 2" in verified.stdout
