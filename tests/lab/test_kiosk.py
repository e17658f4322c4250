"""An exam PC with Debian: really installed and started, one site and no way off it, and given back as it was."""

from __future__ import annotations

import io
import ipaddress
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Error, Playwright

from app.settings import load_settings
from appliance.certificates import make_certificates
from docs.guides.camera import keep
from tests.lab.container import wait_for
from tests.lab.exam_room import LET_THE_TEST_IN, POLICIES, script
from tests.lab.hosts import TECHNICIAN, Host, Lab
from tests.lab.listing import listing
from tests.lab.roots import REPOSITORY
from tests.lab.school import KIOSK_WITHOUT_SCREEN
from tests.servers import environment_of, prepare_database

UNIT, HOME, PROFILE = "guyub-kiosk.service", "/var/lib/guyub-kiosk", "/var/lib/guyub-kiosk/profile"
SITE = "https://ujian.lan/"
BAR, CARD = (8, 51, 88), (255, 255, 255)
CTRL, SHIFT = (("-M", key, "-m", key) for key in ("ctrl", "shift"))
WRITE = """() => new Promise((done, failed) => {
  const asked = indexedDB.open("journal", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("answers");
  asked.onerror = () => failed(asked.error);
  asked.onsuccess = () => {
    const writing = asked.result.transaction("answers", "readwrite", { durability: "strict" });
    writing.objectStore("answers").put("padi", "soal 1");
    writing.oncomplete = () => done(true);
  };
})"""
READ = """() => new Promise((done, failed) => {
  const asked = indexedDB.open("journal", 1);
  asked.onerror = () => failed(asked.error);
  asked.onsuccess = () => {
    const reading = asked.result.transaction("answers").objectStore("answers").get("soal 1");
    reading.onsuccess = () => done(reading.result);
  };
})"""


@dataclass
class School:
    """A school's server on the technician's machine: nginx with a certificate of the box's kind before the program."""

    folder: Path
    lab: Lab
    programs: list[subprocess.Popen[bytes]]

    @property
    def said(self) -> str:
        """What nginx was asked."""
        log = self.folder / "access.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def start(self) -> None:
        make_certificates(self.folder, [ipaddress.IPv4Address(TECHNICIAN)], "ab" * 16, datetime.now(UTC))
        settings = load_settings({}, role="sekolah", data_dir=self.folder)
        prepare_database(settings)
        conf = self.folder / "nginx.conf"
        conf.write_text(
            f"daemon off; pid {self.folder}/pid; events {{}} http {{ access_log {self.folder}/access.log; server {{"
            f" listen {TECHNICIAN}:443 ssl; ssl_certificate {self.folder}/tls/server.crt;"
            f" ssl_certificate_key {self.folder}/tls/server.key;"
            " location / { proxy_pass http://127.0.0.1:8200; proxy_set_header Host $host; } } }",
            encoding="utf-8",
        )
        serve = [sys.executable, "-m", "app.cli", "serve", "--server", "waitress", "--host", "127.0.0.1", "--port"]
        for line in ([*serve, "8200"], ["/usr/sbin/nginx", "-e", str(self.folder / "error.log"), "-c", str(conf)]):
            with (self.folder / "said.log").open("ab") as log:
                self.programs.append(
                    subprocess.Popen(
                        [*self.lab.lan, *line], env=environment_of(settings), cwd=REPOSITORY, stdout=log, stderr=log
                    )
                )

    def stop(self) -> None:
        for program in self.programs:
            program.terminate()
            program.wait(30)


@dataclass
class Kiosk:
    """One PC through a day: before, what check mode foretold, in exam mode, and once more."""

    lab: Lab
    pc: Host
    school: School
    inventory: Path
    before: dict[str, str]
    foretold: set[str]
    after_check: dict[str, str]
    done: set[str]
    again: str

    def play(self, *more: str) -> str:
        done = self.lab.play("clients.yml", self.inventory, *more)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def as_student(self, *line: str) -> list[str]:
        """How a program is run in the browser's session."""
        number = self.pc.says("id", "-u", "guyub-kiosk").strip()
        session = [f"XDG_RUNTIME_DIR=/run/user/{number}", "WAYLAND_DISPLAY=wayland-0", f"HOME={HOME}"]
        return ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups", "env", *session, *line]

    def press(self, *keys: str) -> bool:
        """Type; false, so that a wait can press again."""
        self.pc.says(*self.as_student("wtype", *keys))
        return False

    def screen(self) -> Image.Image | None:
        """What the screen shows; None while there is none."""
        line = ["nsenter", "--target", str(self.pc.leader), "--all", "--", *self.as_student("grim", "-")]
        shot = subprocess.run(line, capture_output=True, check=False, timeout=60).stdout
        return Image.open(io.BytesIO(shot)).convert("RGB") if shot else None

    def shows_login(self) -> bool:
        """The bar of the exam's pages, and under it the white card with the form."""
        seen = self.screen()
        return seen is not None and seen.getpixel((640, 30)) == BAR and seen.getpixel((640, 640)) == CARD

    def shows_a_number(self) -> bool:
        """Whether more than a caret is in the first field."""
        seen = self.screen()
        return seen is not None and sum(seen.convert("L").crop((375, 262, 900, 304)).histogram()[:100]) > 40


def changed(said: str) -> set[str]:
    """Names of the tasks that changed something."""
    names, task = set(), ""
    for line in said.splitlines():
        if found := re.match(r"(TASK|RUNNING HANDLER) \[(.+)\] \*", line):
            task = found[2]
        elif line.startswith("changed: "):
            names.add(task)
    return names


def write_inventory(lab: Lab, pc: Host, school: School) -> Path:
    given = {"lab_server": "server1", "pc_trust_file": str(school.folder / "ca/ca.crt"), **KIOSK_WITHOUT_SCREEN}
    planned = {"ansible_host": pc.address, "lab_mac": pc.mac}
    groups = {
        "sekolah": {"hosts": {"server1": {"ansible_host": TECHNICIAN, "ansible_connection": "local"}}},
        "pc": {"vars": given, "children": {"pc_linux": {"hosts": {"pc-07": planned}}, "pc_windows": {}}},
    }
    path = lab.folder / "kiosk.yml"
    path.write_text(json.dumps({"all": {"children": groups}}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def kiosk(lab: Lab) -> Iterator[Kiosk]:
    """Packages some day before, then the exam's morning."""
    school = School(lab.folder, lab, [])
    pc = lab.host("meja-7", "pc", address="192.168.0.7", mac="02:00:00:00:00:07")
    try:
        school.start()
        kiosk = Kiosk(lab, pc, school, write_inventory(lab, pc, school), {}, set(), {}, set(), "")
        kiosk.play("--tags", "packages")
        pc.says("apt-get", "install", "--yes", "--no-download", "--no-install-recommends", "wtype", limit_s=300)
        kiosk.before = listing(pc)
        kiosk.foretold = changed(kiosk.play("--check"))
        kiosk.after_check = listing(pc)
        kiosk.done = changed(kiosk.play())
        kiosk.again = kiosk.play()
        yield kiosk
    finally:
        school.stop()


def test_check_mode_tells_what_would_change_and_changes_nothing(kiosk: Kiosk) -> None:
    assert kiosk.after_check == kiosk.before
    assert kiosk.foretold
    assert kiosk.foretold <= kiosk.done


def test_a_second_run_changes_nothing(kiosk: Kiosk) -> None:
    assert re.search(r"changed=0 +unreachable=0 +failed=0", kiosk.again), changed(kiosk.again)


def test_the_screen_shows_the_login_page_over_https_under_the_schools_own_authority(kiosk: Kiosk) -> None:
    wait_for(kiosk.shows_login, "the login page is not shown")
    assert '"GET / HTTP/1.1" 200' in kiosk.school.said
    if "GUYUB_LAB_PICTURES" in os.environ:  # as the technician's guide shows it
        shot, seen = io.BytesIO(), kiosk.screen()
        assert seen is not None
        seen.save(shot, "PNG")
        keep("teknisi-kiosk", shot.getvalue())


def test_no_key_opens_a_tab_a_window_a_file_or_a_tool(kiosk: Kiosk) -> None:
    wait_for(kiosk.shows_login, "the login page is not shown")
    loaded = kiosk.school.said.count('"GET / HTTP')  # what a new tab or window opens, too
    for letter in "tnuhjopks":
        kiosk.press(*CTRL[:2], "-k", letter, *CTRL[2:])
    kiosk.press(*CTRL[:2], *SHIFT[:2], "-k", "n", *SHIFT[2:], *CTRL[2:])
    for key in ("F1", "F11"):
        kiosk.press("-k", key)
    kiosk.press(*SHIFT[:2], "-k", "Escape", *SHIFT[2:])
    kiosk.press("padi menguning")  # what is typed after all these keys still lands on the page
    wait_for(kiosk.shows_a_number, "the page does not take what is typed")
    assert kiosk.shows_login()
    assert kiosk.school.said.count('"GET / HTTP') == loaded
    tools = (*CTRL[:2], *SHIFT[:2], "-k", "i", *SHIFT[2:], *CTRL[2:])
    wait_for(lambda: kiosk.press(*tools) or not kiosk.shows_login(), "nobody says that developer tools are refused")
    wait_for(lambda: kiosk.press("-k", "Escape") or kiosk.shows_login(), "the login page does not come back")


def test_a_browser_that_is_closed_comes_back(kiosk: Kiosk) -> None:
    wait_for(kiosk.shows_login, "the login page is not shown")
    before = kiosk.pc.shown(UNIT, "MainPID")
    kiosk.pc.says("pkill", "-u", "guyub-kiosk", "-o", "chromium")
    wait_for(lambda: kiosk.pc.shown(UNIT, "MainPID") not in {before, "0"}, "the unit stayed away")
    wait_for(kiosk.shows_login, "the login page does not come back")


def test_the_only_site_is_the_exams_and_its_journal_survives(kiosk: Kiosk, playwright: Playwright) -> None:
    kiosk.pc.says("systemctl", "stop", UNIT)
    with_controls = drive(kiosk, playwright)
    page = with_controls.pages[0]
    answer = page.goto(SITE)
    assert answer is not None
    assert answer.ok
    for address in (
        "http://ujian.lan/", "https://pusat.ujian.lan/", "https://example.com/", f"https://{TECHNICIAN}/",
        "file:///etc/passwd", f"view-source:{SITE}",
    ):  # fmt: skip
        with pytest.raises(Error, match="ERR_BLOCKED_BY_ADMINISTRATOR"):
            page.goto(address)
        page.wait_for_load_state()
    page.goto(SITE)
    assert page.evaluate(WRITE)
    with_controls.close()
    kiosk.pc.says("systemctl", "start", UNIT)
    wait_for(kiosk.shows_login, "the login page is not shown")
    kiosk.pc.says("systemctl", "kill", "--signal=KILL", UNIT)
    wait_for(kiosk.shows_login, "the login page does not come back")
    kiosk.pc.says("systemctl", "stop", UNIT)
    with_controls = drive(kiosk, playwright)
    with_controls.pages[0].goto(SITE)
    assert with_controls.pages[0].evaluate(READ) == "padi"
    with_controls.close()
    kiosk.pc.says("systemctl", "start", UNIT)


def drive(kiosk: Kiosk, playwright: Playwright) -> BrowserContext:
    """The kiosk's browser with its profile, its policies and the test at its controls."""
    policies = json.loads(kiosk.pc.says("cat", POLICIES)) | LET_THE_TEST_IN
    kiosk.pc.says("sh", "-c", 'printf %s "$1" >/run/policies.json', "sh", json.dumps(policies))
    kiosk.pc.says("sh", "-c", f"rm -f {PROFILE}/Singleton*")
    line = " ".join(kiosk.as_student("/usr/bin/chromium"))
    inside = f'mount --bind /run/policies.json {POLICIES} && exec {line} "$@" --user-data-dir={PROFILE}'
    program = script(
        kiosk.lab.folder / "driven",
        f"nsenter --target {kiosk.pc.leader} --all -- unshare --mount sh -c '{inside}' sh \"$@\"",
    )
    return playwright.chromium.launch_persistent_context(str(kiosk.lab.folder / "unused"), executable_path=program)


def test_a_pc_that_is_not_the_planned_one_is_refused_and_then_given_back_byte_for_byte(kiosk: Kiosk) -> None:
    kiosk.play("-e", "exam_mode=off")
    wait_for(lambda: kiosk.pc.run("ping", "-c1", "-W2", TECHNICIAN).returncode == 0, "its address did not come back")
    now = listing(kiosk.pc)
    assert {name: now.get(name) for name in now | kiosk.before if now.get(name) != kiosk.before.get(name)} == {}
    assert kiosk.pc.run("id", "guyub-kiosk").returncode != 0
    said = kiosk.lab.play("clients.yml", kiosk.inventory, "-e", "pc_address_mac=02:00:00:00:00:99")
    assert said.returncode != 0
    assert "Tidak ada yang diubah." in said.stdout
    assert listing(kiosk.pc) == now
