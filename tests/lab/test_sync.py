"""Sync configuration by Ansible: the server judges it whole before anything of it counts; a refusal changes nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain import centre_key
from app.domain.identities import CentreIdentity
from tests.lab import school
from tests.lab.hosts import SERVER, Host, Lab

KEY = centre_key.as_text(CentreIdentity.from_raw(b"\1" * 32, b"\1" * 32).public.sign.public_bytes_raw())
GOOD: dict[str, Any] = {
    "sync_centre_url": "https://pusat.example.id",
    "sync_centre_key": KEY,
    "sync_server_id": "P20104001-01",
    "sync_proxy": "http://proksi.lan:3128",
    "sync_windows": ["18:00-24:00", "00:00-04:00"],
    "sync_kbps": 512,
}
KEPT = "find /var/lib/guyub/box /run/guyub -type f -not -name '*.json' -print0 | sort -z | xargs -0 sha256sum"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Host:
    """A school's server as it comes."""
    return lab.host("server-1", "server")


def inventory(lab: Lab, **values: Any) -> Path:
    """One server with this configuration."""
    hosts = {"server-1": {"ansible_host": SERVER, "ansible_user": "root", **values}}
    path = lab.folder / "sync.json"
    path.write_text(json.dumps({"all": {"children": {"sekolah": {"hosts": hosts}}}}), encoding="utf-8")
    return path


def test_a_right_configuration_is_told_first_then_put_in_place_then_left_alone(lab: Lab, server: Host) -> None:
    path, before = inventory(lab, **GOOD), server.says("sh", "-c", KEPT)
    looked = lab.play("sync.yml", path, "--check", "--diff")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert "changed=1" in looked.stdout
    assert f'+centre_key = "{KEY}"' in looked.stdout
    assert server.says("sh", "-c", KEPT) == before
    done = lab.play("sync.yml", path)
    assert done.returncode == 0, done.stdout + done.stderr
    read = server.says("cat", "/run/guyub/sekolah.toml")
    assert f'centre_key = "{KEY}"' in read
    assert 'sync_windows = "00:00-04:00, 18:00-24:00"' in read
    again = lab.play("sync.yml", path)
    assert again.returncode == 0
    assert "changed=0" in again.stdout, again.stdout


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"sync_centre_key": KEY[:-5]}, "B-733"),
        ({"sync_usb_path": "/var/lib/guyub/sekolah"}, "B-739"),
        ({"sync_bandwidth": 512}, "sync_bandwidth: pengaturan ini tidak dikenal"),
    ],
)
def test_nothing_on_the_server_changes_after_a_refusal(
    lab: Lab, server: Host, wrong: dict[str, Any], told: str
) -> None:
    before = server.says("sh", "-c", KEPT)
    refused = lab.play("sync.yml", inventory(lab, **{**GOOD, "sync_kbps": 600, **wrong}))
    assert refused.returncode != 0
    assert told in refused.stdout
    assert "changed=0" in refused.stdout
    assert server.says("sh", "-c", KEPT) == before


def test_when_all_pcs_are_off_the_server_still_gets_all_that_is_its_own_and_each_pc_is_told(
    lab: Lab, server: Host
) -> None:
    pcs = (*map(school.planned, (1, 2)), replace(school.planned(3), system="windows"))
    path = school.write_inventory(lab.folder / "inventory", pcs)
    of_server = GOOD | {"sync_kbps": 256}
    (path.parent / "group_vars/sekolah.yml").write_text(json.dumps(of_server), encoding="utf-8")
    done = lab.play("site.yml", path)
    assert done.returncode != 0
    recap = dict(re.findall(r"^(\S+) +: ok=(.+)$", done.stdout, re.MULTILINE))
    assert "unreachable=0    failed=0" in recap["server1"], done.stdout
    assert all("unreachable=1" in recap[one.name] for one in pcs), done.stdout
    assert "sync_kbps = 256" in server.says("cat", "/run/guyub/sekolah.toml")
    assert server.says("/usr/local/bin/guyub", "lab", "show").count("[[computer]]") == len(pcs)
