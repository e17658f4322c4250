"""*Gladi*: a trial day on the school's own server, its verdict, nothing left of it; refused while an exam is near."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from app.rehearsal.day import NAMES, Phase
from app.rehearsal.load import Run, evenly
from app.rehearsal.verdict import Figures, judge
from app.rehearsal.watching import Use
from app.sekolah.services import rehearsing
from app.settings import SekolahSettings
from tests.conftest import PASSWORD, FakeClock
from tests.functional.sekolah.staff.conftest import send
from tests.functional.serving import served
from tests.servers import environment_of

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("rehearsal")]  # it measures, on the first free port of a few
SHOTS = Path("build/screenshots/sekolah")
LONGEST_S, LONGEST_MS = 200.0, 200_000  # a machine that others load


@pytest.fixture(autouse=True)
def _nothing_stays_after_a_failure(settings_sekolah: SekolahSettings) -> Iterator[None]:
    yield
    rehearsing.clear(settings_sekolah.data_dir)


def until(holds: Callable[[], object]) -> None:
    latest = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < latest, "it did not come to that"
        time.sleep(0.1)


def rehearse(settings: SekolahSettings, *more: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "app.cli", "rehearse", "--students", "20", "--seconds", "5", *more]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(line, env=environment_of(settings), text=True, **pipes)


def what_is_left(settings: SekolahSettings) -> list[str]:
    return sorted(path.name for path in rehearsing.folder(settings.data_dir).iterdir())


def trial_processes(settings: SekolahSettings) -> list[int]:
    return rehearsing._standing_in(rehearsing.trial_folder(settings.data_dir))


def test_all_students_come_through_and_nothing_but_the_verdict_stays(
    sekolah_app: Flask, settings_sekolah: SekolahSettings
) -> None:
    running = rehearse(settings_sekolah, "--json")
    until(lambda: rehearsing.progress(settings_sekolah.data_dir).get("port") or running.poll() is not None)
    port = rehearsing.progress(settings_sekolah.data_dir)["port"]
    out, said = running.communicate(timeout=LONGEST_S)
    record = json.loads(out)
    assert running.returncode == (1 if record["overall"] == "bad" else 0), said
    assert [(phase["phase"], phase["asked"], phase["failed"]) for phase in record["phases"]] == [
        ("login", 20, 0), ("start", 20, 0), ("save", 5, 0), ("finish", 20, 0),
    ], record["phases"]  # fmt: skip
    assert {line["name"] for line in record["lines"]} >= {"login", "save", "disk", "processor", "memory", "others"}
    assert what_is_left(settings_sekolah) == ["verdict.json"]
    assert trial_processes(settings_sekolah) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 2)


def test_a_killed_rehearsal_takes_its_server_along_and_the_next_round_clears_the_rest(
    sekolah_app: Flask, settings_sekolah: SekolahSettings
) -> None:
    data, run = settings_sekolah.data_dir, settings_sekolah.run_dir
    running = rehearse(settings_sekolah)
    until(lambda: rehearsing.progress(data).get("phase") == "login" or running.poll() is not None)
    assert len(trial_processes(settings_sekolah)) > 3
    assert rehearsing.clear_after_crash(run, data) is False, "one that runs is left alone"
    running.send_signal(signal.SIGKILL)
    running.communicate()
    until(lambda: trial_processes(settings_sekolah) == [])
    assert rehearsing.trial_folder(data).exists()
    assert rehearsing.clear_after_crash(run, data) is True
    assert what_is_left(settings_sekolah) == []


def test_even_a_trial_server_that_outlived_its_rehearsal_is_ended(settings_sekolah: SekolahSettings) -> None:
    data = settings_sekolah.data_dir
    rehearsing.trial_folder(data).mkdir(parents=True)
    orphan = subprocess.Popen(["sleep", "600"], cwd=rehearsing.trial_folder(data))
    bystander = subprocess.Popen(["sleep", "600"], cwd=data)
    rehearsing.clear_after_crash(settings_sekolah.run_dir, data)
    assert orphan.wait(10) == -signal.SIGKILL
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_no_rehearsal_while_students_work(running: FlaskClient, settings_sekolah: SekolahSettings) -> None:
    page = send(running, "/sekolah/gladi", "/sekolah/status", students=20, seconds=60)
    assert page.status_code == 409
    assert "sedang berlangsung" in page.text
    assert "Mulai gladi" not in running.get("/sekolah/gladi").text
    asked = rehearse(settings_sekolah)
    _out, said = asked.communicate(timeout=LONGEST_S)
    assert asked.returncode == 2
    assert said.startswith("S-250: ")
    assert what_is_left(settings_sekolah) == ["stopped.json"]
    assert "tidak sampai selesai" in running.get("/sekolah/gladi").text


def test_no_rehearsal_in_the_half_hour_before_a_sitting(synced: FlaskClient, clock: FakeClock) -> None:
    assert "kurang dari 30 menit" in synced.get("/sekolah/gladi").text
    clock.advance(-24 * 3600)
    assert "Mulai gladi" in synced.get("/sekolah/gladi").text
    clock.advance(48 * 3600)
    assert "Mulai gladi" in synced.get("/sekolah/gladi").text, "a sitting that nobody gave does not block for ever"


def test_odd_numbers_are_refused_with_the_way_out(anto: FlaskClient) -> None:
    page = send(anto, "/sekolah/gladi", "/sekolah/gladi", students="banyak", seconds=60)
    assert page.status_code == 422
    assert "S-255" in page.text
    assert "1 sampai" in page.text


@pytest.fixture
def url(sekolah_app: Flask) -> Iterator[str]:
    with served(sekolah_app) as address:
        yield address


def at_the_page(browser: Browser, url: str, who: str) -> Page:
    page = browser.new_context(base_url=url, locale="id-ID", viewport={"width": 1280, "height": 800}).new_page()
    page.goto("/staf/masuk")
    page.fill("[name=username]", who)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.goto("/sekolah/gladi")
    return page


def faults_of(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {node['target']}" for item in found for node in item["nodes"]]


def test_the_page_follows_a_rehearsal_and_others_see_and_stop_it(
    anto: FlaskClient, ratna: FlaskClient, staff_browser: Browser, url: str, settings_sekolah: SekolahSettings
) -> None:
    page = at_the_page(staff_browser, url, "anto")
    page.get_by_label("Jumlah peserta").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Gladi dimulai", timeout=LONGEST_MS)
    expect(page.get_by_text("Semua peserta menjawab")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_role("progressbar", name="Kemajuan gladi")).to_be_visible(timeout=LONGEST_MS)
    assert faults_of(page) == []

    other = at_the_page(staff_browser, url, "ratna")
    expect(other.get_by_text("Semua peserta menjawab")).to_be_visible(timeout=LONGEST_MS)
    other.get_by_role("button", name="Hentikan gladi").press("Enter")
    expect(other.get_by_role("status")).to_contain_text("Gladi dihentikan", timeout=LONGEST_MS)
    expect(page.get_by_role("button", name="Mulai gladi")).to_be_visible(timeout=LONGEST_MS)
    assert what_is_left(settings_sekolah) == []
    assert trial_processes(settings_sekolah) == []
    for seat in (page, other):
        seat.context.close()


def test_exam_pcs_take_a_share_over_the_lan_and_are_told_apart(
    anto: FlaskClient, staff_browser: Browser, url: str, settings_sekolah: SekolahSettings
) -> None:
    page = at_the_page(staff_browser, url, "anto")
    page.get_by_label("Jumlah peserta").fill("20")
    page.get_by_label("Lama menjawab").evaluate("field => field.options[0].value = '10'")
    page.get_by_label("Komputer peserta ikut lewat LAN").check()
    page.get_by_role("button", name="Mulai gladi").click()
    expect(page.get_by_text(f"{url}/gladi")).to_be_visible(timeout=LONGEST_MS)
    assert faults_of(page) == []
    pcs = [staff_browser.new_context(locale="id-ID").new_page() for _pc in range(2)]
    for pc in pcs:
        pc.goto(f"{url}/gladi")
        expect(pc.get_by_text("Komputer ini ikut sebagai nomor")).to_be_visible(timeout=LONGEST_MS)
        assert faults_of(pc) == []
    expect(page.get_by_text("Sudah ikut: 2 komputer")).to_be_visible(timeout=LONGEST_MS)
    page.get_by_role("button", name="Mulai sekarang").click()
    for pc in pcs:
        expect(pc.get_by_text("Hasilnya sudah dikirim")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_role("table").last).to_contain_text("127.0.0.1", timeout=LONGEST_MS)
    record = rehearsing.last_verdict(settings_sekolah.data_dir)
    assert [(guest["students"], guest["failed"]) for guest in record["guests"]] == [(9, 0), (9, 0)]
    assert [phase["asked"] for phase in record["phases"] if phase["phase"] == "login"] == [2]
    assert "2 dari 2 komputer" in page.locator(".findings").inner_text()
    assert what_is_left(settings_sekolah) == ["verdict.json"]
    for seat in (page, *pcs):
        seat.context.close()


def test_a_real_server_lets_no_pc_join_and_believes_no_result(sekolah_app: Flask) -> None:
    stranger = sekolah_app.test_client()
    for answer in (
        stranger.get("/gladi/"),
        stranger.post("/gladi/ikut", json={}),
        stranger.get("/gladi/rencana/1"),
        stranger.post("/gladi/hasil/1", json={}),
    ):
        assert answer.status_code == 404
        assert "S-257" in answer.text


@pytest.mark.parametrize("width", [360, 1280])
def test_the_verdict_fits_and_can_be_read(
    anto: FlaskClient, staff_browser: Browser, url: str, settings_sekolah: SekolahSettings, width: int
) -> None:
    due = evenly(500, 10)
    phases = [Phase(name, 500, Run([3.0] * 500, due, [0.001] * 500, seconds=10)) for name in NAMES]
    use = Use(server=0.3, load=0.1, others=0.5, busiest="chromium", server_cpu_s=9.0)
    record = judge(Figures(500, phases, use, 2, 8.0, 900, 4000, 320.0))
    record["guests"] = [
        {"number": 1, "address": "192.168.100.101", "students": 22, "failed": 0, "half": 0.02, "slowest": 1.5}
    ]
    rehearsing.keep_verdict(settings_sekolah.data_dir, {"at": "2026-11-22T02:00:00+00:00", **record})
    page = at_the_page(staff_browser, url, "anto")
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.get_by_role("heading", name="Belum siap")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_role("img", name="Lama menunggu per tahap")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_text("Pindahkan folder data ke SSD").first).to_be_visible(timeout=LONGEST_MS)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"gladi-{width}.png", full_page=True)
    parts = "[document.documentElement, ...document.querySelectorAll('.table-wrap')]"
    too_wide = f"{parts}.map(part => part.scrollWidth - part.clientWidth)"
    assert max(page.evaluate(too_wide)) <= 0
    assert faults_of(page) == []
    page.context.close()
