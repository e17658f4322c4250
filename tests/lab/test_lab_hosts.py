"""The lab itself: hosts that are really apart, and really on one switch."""

from __future__ import annotations

import pytest

from tests.lab.container import wait_for
from tests.lab.hosts import SERVER, Lab


@pytest.fixture(scope="module")
def small(lab: Lab) -> Lab:
    """A server and two PCs."""
    lab.host("sekolah", "server", wait=False)
    lab.host("pc-01", address="192.168.0.11", mac="02:00:00:00:00:11", wait=False)
    lab.host("pc-02", address="192.168.0.12", mac="02:00:00:00:00:12", wait=False)
    for host in lab.hosts.values():
        host.wait()
    return lab


def _ssh(lab: Lab, address: str, *line: str) -> str:
    return lab.run("ssh", "-F", str(lab.folder / "ssh_config"), address, *line).strip()


def test_the_technician_enters_every_host_with_one_key(small: Lab) -> None:
    assert _ssh(small, "192.168.0.11", "hostname") == "pc-01"
    assert _ssh(small, "192.168.0.12", "hostname") == "pc-02"
    assert _ssh(small, SERVER, "cat", "/sys/class/net/eth0/address") == small.hosts["sekolah"].mac


def test_two_hosts_have_two_sets_of_services(small: Lab) -> None:
    small.hosts["pc-01"].says("systemctl", "stop", "ssh.service")
    assert small.hosts["pc-02"].shown("ssh.service", "ActiveState") == "active"
    small.hosts["pc-01"].says("systemctl", "start", "ssh.service")
    assert all(host.state() == "running" for host in small.hosts.values())


def test_a_pulled_cable_parts_and_joins(small: Lab) -> None:
    pc = small.hosts["pc-01"]
    pc.says("ping", "-c1", "-W5", SERVER)
    pc.cable("out")
    assert pc.run("ping", "-c1", "-W1", SERVER).returncode != 0
    pc.cable("in")
    wait_for(lambda: pc.run("ping", "-c1", "-W1", SERVER).returncode == 0, "the cable joins nothing", 20)


def test_a_host_that_was_off_comes_back_as_it_was(small: Lab) -> None:
    pc = small.hosts["pc-02"]
    pc.says("touch", "/root/mine")
    pc.off()
    pc.start()
    pc.wait()
    assert pc.mac == "02:00:00:00:00:12"
    pc.says("test", "-e", "/root/mine")
