"""Browsers of the lab: at an exam PC its own Chromium under its own policies; the staff's beside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.lab.hosts import Host, Lab

POLICIES = "/etc/chromium/policies/managed/guyub-exam.json"
OPTIONS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
# The one thing a test needs that a student must not have: somebody else at the browser's controls.
LET_THE_TEST_IN = {"RemoteDebuggingAllowed": True, "DeveloperToolsAvailability": 1}


@dataclass
class Place:
    """Where a server is found."""

    url: str


@dataclass
class KioskBrowser:
    """The PC's Chromium in the PC's namespaces. It has one profile, as the policies want it, so one page at a time."""

    playwright: Playwright
    pc: Host
    folder: Path

    def new_context(self, **options: Any) -> BrowserContext:
        """The browser, started: a person's whole browser, where elsewhere it is a window of a shared one."""
        policies = json.loads(self.pc.says("cat", POLICIES)) | LET_THE_TEST_IN
        (self.pc.root / "run").mkdir(exist_ok=True)
        self.pc.says("sh", "-c", 'printf %s "$1" >/run/policies.json', "sh", json.dumps(policies))
        inside = f'mount --bind /run/policies.json {POLICIES} && exec env HOME=/run/student /usr/bin/chromium "$@"'
        program = script(
            self.folder / f"chromium-{self.pc.name}",
            f"nsenter --target {self.pc.leader} --all -- unshare --mount sh -c '{inside}' sh \"$@\"",
        )
        return self.playwright.chromium.launch_persistent_context(
            f"/run/student/{self.pc.name}", executable_path=program, args=OPTIONS, **options
        )


def technicians_browser(playwright: Playwright, lab: Lab) -> Browser:
    """A browser on the technician's machine."""
    program = script(lab.folder / "chromium", f'nsenter --net=/run/netns/{lab.namespace} -- chromium "$@"')
    return playwright.chromium.launch(executable_path=program, args=OPTIONS)


def script(path: Path, line: str) -> Path:
    """A program of one line."""
    path.write_text(f"#!/bin/sh\nexec {line}\n", encoding="utf-8")
    path.chmod(0o755)
    return path
