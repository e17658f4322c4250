"""What an exam PC with Windows would be set to, as data: no Windows runs here, so nothing beyond the data is proved."""

from __future__ import annotations

import hashlib
import plistlib
import re
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_powershell
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import filter_loader
from ansible.template import Templar

ROLES = Path(__file__).resolve().parents[3] / "ansible/roles"
ROLE = ROLES / "windows_exam"
SCRIPTS = sorted(ROLES.glob("*/files/*.ps1"))
PLAN = {
    "ansible_host": "192.168.0.21",
    "lab_mac": "52:54:00:00:00:21",
    "lab_server": "sekolah",
    "hostvars": {"sekolah": {"ansible_host": "192.168.0.200"}},
}


def rendered(name: str, **given: Any) -> Any:
    """A variable of the role as Ansible makes it for a PC of the plan, with these settings."""
    loader, variables = DataLoader(), dict[str, Any]()
    for role in ("pc_policies", "windows_exam"):
        for file in ("defaults", "vars"):
            variables |= loader.load_from_file(str(ROLES / role / file / "main.yml"), trusted_as_template=True)
    filter_loader.add_directory(str(ROLE / "filter_plugins"))
    variables |= PLAN | given
    return Templar(loader, variables=variables).template(variables[name])


def seb(**given: Any) -> dict[str, Any]:
    """Safe Exam Browser's settings after they were a file."""
    settings = rendered("windows_exam_seb", **given)
    text = filter_loader.get("seb_file").j2_function(settings)
    read: dict[str, Any] = plistlib.loads(text.encode())
    return read


def registry(**given: Any) -> dict[str, Any]:
    rows = rendered("windows_exam_registry", **given)
    return {rf"{row['path']}\{row['name']}": row["data"] for row in rows}


CHROME = r"HKLM:\SOFTWARE\Policies\Google\Chrome"


def test_chrome_on_windows_gets_every_policy_that_chromium_on_debian_gets():
    policies = rendered("pc_policies_browser", pc_trust_authority="MIIB")
    values = registry(windows_exam_browser="chrome", pc_trust_authority="MIIB")
    for name, value in policies.items():
        if isinstance(value, list):
            found = [data for path, data in values.items() if path.startswith(rf"{CHROME}\{name}" + "\\")]
            assert found == value
        else:
            assert values[rf"{CHROME}\{name}"] == (int(value) if isinstance(value, bool) else value)


def test_only_the_exams_site_can_be_reached():
    values = registry(windows_exam_browser="chrome", pc_kiosk_url="http://192.168.0.200/")
    assert values[rf"{CHROME}\URLBlocklist\1"] == "*"
    assert [data for path, data in values.items() if r"\URLAllowlist" in path] == ["http://.192.168.0.200"]


def test_a_pc_with_safe_exam_browser_gets_no_policies_of_chrome():
    assert not any(path.startswith(CHROME) for path in registry(windows_exam_browser="seb"))


def test_every_value_has_a_type_that_the_registry_knows():
    for row in rendered("windows_exam_registry", windows_exam_browser="chrome"):
        assert re.fullmatch(r"HKLM:\\[^/]+", row["path"])
        assert isinstance(row["data"], {"dword": int, "string": str}[row["type"]])
        assert not isinstance(row["data"], bool)
        assert row["type"] == "string" or 0 <= row["data"] < 2**32


def test_what_the_registry_has_no_type_for_is_refused():
    rendered("windows_exam_registry")
    with pytest.raises(AnsibleFilterError, match="has no type in the registry"):
        filter_loader.get("registry_values").j2_function({"Odd": {"a": 1}}, CHROME)


def test_updates_and_notifications_are_off_and_the_time_is_the_servers():
    values = registry()
    assert values[r"HKLM:\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU\NoAutoUpdate"] == 1
    assert values[r"HKLM:\SOFTWARE\Policies\Microsoft\Windows\Explorer\DisableNotificationCenter"] == 1
    assert values[r"HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters\NtpServer"] == "192.168.0.200,0x9"


def test_safe_exam_browser_opens_the_exam_and_no_other_site():
    settings = seb(pc_kiosk_url="https://ujian.lan/")
    assert settings["startURL"] == "https://ujian.lan/"
    assert settings["URLFilterEnable"] is True
    assert settings["URLFilterRules"] == [{"action": 1, "active": True, "regex": False, "expression": "ujian.lan/*"}]


def test_safe_exam_browser_keeps_the_journal_of_answers():
    settings = seb()
    kept = ("examSessionClearCookiesOnStart", "examSessionClearCookiesOnEnd", "removeBrowserProfile")
    assert [settings[name] for name in kept] == [False, False, False]


def test_the_file_holds_the_hash_of_the_password_and_never_the_password():
    settings = seb(windows_exam_quit_password="hujan turun sore")
    assert settings["hashedQuitPassword"] == hashlib.sha256(b"hujan turun sore").hexdigest()
    assert settings["allowQuit"] is True
    assert "hujan turun sore" not in str(settings)
    assert seb()["allowQuit"] is False


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_script_is_powershell(path: Path):
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert not parser.parse(path.read_bytes()).root_node.has_error


@pytest.mark.parametrize("path", sorted(ROLE.glob("files/*.ps1")), ids=lambda path: path.stem)
def test_no_script_changes_anything_when_it_is_only_asked(path: Path):
    said = path.read_text(encoding="utf-8")
    assert "[CmdletBinding(SupportsShouldProcess)]" in said  # without it Ansible skips the script in check mode
    before, found, _after = said.partition("$Ansible.CheckMode")
    assert found
    for word in ("Set-", "New-Item", "New-Net", "Remove-", "Register-", "Start-", "powercfg /set", "powercfg /change"):
        assert word not in before, word


def test_what_is_changed_in_the_registry_is_what_is_recorded_before():
    remember = (ROLE / "tasks/remember.yml").read_text(encoding="utf-8")
    assert 'Registry: "{{ windows_exam_registry }}"' in remember
    changed = rendered("windows_exam_quiet") + rendered("windows_exam_policies", windows_exam_browser="chrome")
    assert rendered("windows_exam_registry", windows_exam_browser="chrome") == changed
    first = (ROLE / "tasks/exam.yml").read_text(encoding="utf-8")
    assert first.index("remember.yml") < first.index("quiet.yml") < first.index("browser.yml") < first.index("address")
