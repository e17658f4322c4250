"""Anto sets the booted box up from a browser, as a school of its own: every part has only the rights it has there."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import time

import pytest

from tests.lab.container import Container

PASSWORD = "padi menguning di sawah"
TYPED = {
    "school_name": "SMA Nusa Harapan",
    "language": "id",
    "time_zone": "Asia/Jakarta",
    "lan_address": "192.168.0.200/24",
    "internet": "none",
    "mode": "mandiri",
    "npsn": "20104001",
    "account": "anto",
    "account_name": "Anto Supriyadi",
    "password": PASSWORD,
    "again": PASSWORD,
}
CLIENT = """
    import http.cookiejar, re, sys, urllib.error, urllib.parse, urllib.request
    jar = http.cookiejar.MozillaCookieJar(sys.argv[1])
    try:
        jar.load(ignore_discard=True)
    except OSError:
        pass
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page, to, fields = sys.argv[2], sys.argv[3], dict(pair.split("=", 1) for pair in sys.argv[4:])
    try:
        answer = opener.open(page, timeout=60)
        text = answer.read().decode()
        if to:
            fields["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
            answer = opener.open(to, urllib.parse.urlencode(fields).encode(), timeout=60)
            text = answer.read().decode()
        print(answer.url)
        print(text)
    except OSError as error:
        print(getattr(error, "url", "") or "", error)
    jar.save(ignore_discard=True)
"""


class Browser:
    """A browser with cookies, in the network of the container."""

    def __init__(self, box: Container) -> None:
        self._box, self._jar = box, str(box.folder / "cookies.txt")

    def send(self, page: str, to: str = "", **fields: str) -> tuple[str, str]:
        """The address where it ended, and the text there; `to` is where the form on `page` is sent."""
        line = ["nsenter", "--target", str(self._box.leader), "--net", "--", sys.executable, "-c"]
        addresses = [f"http://127.0.0.1{path}" if path else "" for path in (page, to)]
        pairs = [f"{name}={value}" for name, value in fields.items()]
        line += [textwrap.dedent(CLIENT), self._jar, *addresses, *pairs]
        said = subprocess.run(line, capture_output=True, text=True, check=True, timeout=180).stdout
        address, _line, text = said.partition("\n")
        return address, text

    def watch(self, page: str, until: str, limit_s: float = 300) -> str:
        """Ask again and again until the page says it."""
        latest, text = time.monotonic() + limit_s, ""
        while until not in text:
            assert time.monotonic() < latest, text[-3000:]
            time.sleep(1)
            _address, text = self.send(page)
        return text


@pytest.fixture(scope="module")
def set_up(box: Container) -> Browser:
    """The box after Anto set it up."""
    pc = Browser(box)
    address, _text = pc.send("/")
    assert address.endswith("/pemasangan/")
    code = (box.root / "var/lib/guyub/box/setup-code").read_text().strip()
    pc.send("/pemasangan/", "/pemasangan/", code=code)
    address, _text = pc.send("/pemasangan/isi", "/pemasangan/pasang", **TYPED)
    pc.watch(address.removeprefix("http://127.0.0.1"), "Server siap")
    pc.send("/staf/masuk", "/staf/masuk", username="anto", password=PASSWORD)
    return pc


def test_the_box_is_its_own_centre_and_both_sides_lead_to_each_other(set_up: Browser, box: Container) -> None:
    _address, page = set_up.send("/sekolah/")
    assert "http://127.0.0.1:8100/staf/" in page
    _address, page = set_up.send(":8100/staf/masuk", ":8100/staf/masuk", username="anto", password=PASSWORD)
    assert "http://127.0.0.1/staf/" in page
    owner = box.says("stat", "-c", "%U", "/var/lib/guyub/pusat/guyub.sqlite").strip()
    assert owner == "guyub-pusat"


def test_the_school_fetches_from_its_centre_also_when_pages_are_served_by_https_only(
    set_up: Browser, box: Container
) -> None:
    rights = ("setpriv", "--reuid=guyub", "--regid=guyub", "--clear-groups")
    sync = (*rights, "env", "GUYUB_CONFIG=/run/guyub/sekolah.toml", "/usr/local/bin/guyub", "sekolah", "sync")
    assert "0 paket baru" in box.says(*sync)
    for before, after in (("false", "true"), ("true", "false")):
        box.says("sed", "-i", f"s/https_only = {before}/https_only = {after}/", "/var/lib/guyub/box/box.toml")
        box.says("/usr/local/bin/guyub", "box", "render")
        set_up.watch(":8100/healthz", '"ok"')
        assert "0 paket baru" in box.says(*sync)
    set_up.watch("/healthz", '"ok"')


def test_setting_up_is_over_for_good(set_up: Browser) -> None:
    assert set_up.send("/pemasangan/")[0].endswith("/sekolah/")


def test_each_deed_reaches_root_by_the_one_way_there_is(set_up: Browser, box: Container) -> None:
    set_up.send("/sekolah/mesin", "/sekolah/mesin/periksa")
    set_up.watch("/sekolah/mesin/langsung", "Diminta oleh anto")
    assert re.search(r'class="findings"', set_up.send("/sekolah/mesin")[1])
    _address, page = set_up.send("/sekolah/mesin/cadangan", "/sekolah/mesin/cadangan/kode", password=PASSWORD)
    assert (box.root / "var/lib/guyub/box/backup.key").read_text().strip() in page
    set_up.send("/sekolah/mesin/layanan", "/sekolah/mesin/layanan/ulang")
    set_up.watch("/sekolah/mesin/langsung", "Menyalakan ulang layanan.")


def test_the_centre_can_be_stopped_and_comes_back_with_all_it_had(set_up: Browser, box: Container) -> None:
    before = box.says("stat", "-c", "%i", "/var/lib/guyub/pusat/guyub.sqlite")
    set_up.send("/sekolah/mesin/layanan", "/sekolah/mesin/mandiri/tutup")
    set_up.watch("/sekolah/mesin/langsung", "Selesai")
    assert '"ok"' not in set_up.send(":8100/healthz")[1]
    set_up.send("/sekolah/mesin/layanan", "/sekolah/mesin/mandiri", password=PASSWORD)
    set_up.watch("/sekolah/mesin/langsung", "Menyalakan mode mandiri.")
    assert '"ok"' in set_up.send(":8100/healthz")[1]
    assert box.says("stat", "-c", "%i", "/var/lib/guyub/pusat/guyub.sqlite") == before
