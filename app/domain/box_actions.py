"""What the box does with the rights of root when the web process or the console asks: a fixed list with types.

One request is one line of JSON, `{"action": name, "arguments": {…}}`. Whatever is not on this list, has another field
or another type is refused before anything runs. No action takes a command, or a file's content.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, ClassVar, get_type_hints

from app.domain.refusals import Refusal
from app.domain.wording import N_

LONGEST_LINE = 65_536  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One request. Its fields are its arguments: str, int, bool, or a tuple of str.

    What is `at_console` the root side does for the console's user alone, whom the kernel names: never for the web's.
    """

    name: ClassVar[str]
    at_console: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Glance(Action):
    """What console and page show at a glance; quick, and needs no network.

    Answers `{set_up, mode, school_name, version, state, text, remedy, values, addresses, server_id, cards, disk,
    last_backup, update}`: `state` is good, warn or bad; `text`, `remedy` and `values` the one line about it; `cards` a
    list of `{mac, name, link, speed, wireless, addresses, role}` (speed in Mbit/s, 0: not known; role "lan", "internet"
    or ""); `disk` `{free, size}` in bytes; `last_backup` an ISO time or ""; `update` what the last one came to,
    `{version, at, outcome}` (outcome "kept" or "rolled_back"), or empty.
    """

    name: ClassVar[str] = "glance"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckSetupCode(Action):
    """Whether this is the code on the console (a browser has to know it before it may set the box up).

    Answers `{right}`; refuses further guesses for a while after some wrong ones.
    """

    name: ClassVar[str] = "setup.code"
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SetUp(Action):
    """Set up a box that is not set up yet. `activation_code` may be empty: activation can follow later.

    It goes on when whoever asked is gone. Answers `{address, activated, refusal}`: where the box is reached now, and
    why it is not activated although a code was given (`{code, cause, remedy, values}`).
    """

    name: ClassVar[str] = "setup.apply"
    language: str
    time_zone: str
    mode: str  # "sekolah" or "mandiri"
    school_name: str
    network: dict[str, Any]  # the table of the same name in box.toml
    centre_url: str
    server_id: str
    activation_code: str
    account: str
    account_name: str
    password: str
    npsn: str = ""  # of a school in mode mandiri, if it has one


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadSettings(Action):
    """The settings of the box, as tables: the answer is box.toml."""

    name: ClassVar[str] = "settings.read"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeSettings(Action):
    """Change some: a table of box.toml, whole. They count at once; those who ask may lose their connection.

    The table `backup` may carry `smb_password`, which is kept beside (absent or empty: as before). Answers `{address}`.
    """

    name: ClassVar[str] = "settings.change"
    table: str
    values: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Activate(Action):
    """Activate the server at its centre."""

    name: ClassVar[str] = "activate"
    centre_url: str
    server_id: str
    activation_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckStaff(Action):
    """Whether this account may use the console's menu."""

    name: ClassVar[str] = "staff.check"
    account: str
    password: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Examine(Action):
    """Run the doctor: `{findings}`, a list of `{name, state, text, remedy, values}`, the worst first."""

    name: ClassVar[str] = "doctor"


@dataclass(frozen=True, kw_only=True, slots=True)
class BackUp(Action):
    """Back up now, to the target of the settings or to a named device (`list.devices`): `{backup}`, as in the list."""

    name: ClassVar[str] = "backup.now"
    device: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListBackups(Action):
    """What backups there are: `{backups}`, a list of `{id, at, size, version}` (ISO time, bytes), the newest first."""

    name: ClassVar[str] = "backup.list"
    device: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyBackup(Action):
    """Restore a backup into a scratch place and check it there."""

    name: ClassVar[str] = "backup.verify"
    backup: str
    device: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoreBackup(Action):
    """Put a backup in the place of what is here (which is kept aside)."""

    name: ClassVar[str] = "backup.restore"
    backup: str
    recovery_code: str = ""  # of the box that made it, when that was another one
    device: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowRecoveryCode(Action):
    """The code that opens this box's backups elsewhere, for who gives account and password again: `{code}`."""

    name: ClassVar[str] = "backup.code"
    account: str
    password: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListDevices(Action):
    """USB sticks and second disks: `{devices}`, a list of `{device, name, size, free, file_system}` (bytes).

    `device` is the file system's UUID, as other actions take it.
    """

    name: ClassVar[str] = "list.devices"


@dataclass(frozen=True, kw_only=True, slots=True)
class TakeFromStick(Action):
    """Packages, releases and receipts from a stick into the server."""

    name: ClassVar[str] = "stick.in"
    device: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PutOnStick(Action):
    """Results that wait for a receipt onto a stick."""

    name: ClassVar[str] = "stick.out"
    device: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Update(Action):
    """Install the signed update on a device, or (`device` empty) the uploaded one.

    That one is `/var/lib/guyub/sekolah/incoming/update.raucb`: the web part writes nowhere but among its own data, so
    whoever takes it from there follows no link. Answers `{version}`, if the machine does not start again before.
    """

    name: ClassVar[str] = "update"
    device: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnOnCentre(Action):
    """Mode mandiri from now on: the centre runs here, paired, with this account as its first administrator."""

    name: ClassVar[str] = "centre.on"
    account: str
    account_name: str
    password: str
    npsn: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnOffCentre(Action):
    """Stop the centre on this box; its data stays."""

    name: ClassVar[str] = "centre.off"


@dataclass(frozen=True, kw_only=True, slots=True)
class MakeSupportBundle(Action):
    """Logs and states without questions, answers or names; on a device, or for download (`device` empty).

    Answers `{file}`: its name on the device, or in `/run/guyub/support`, from where the web part hands it out.
    """

    name: ClassVar[str] = "support"
    device: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartServices(Action):
    """Restart exam, web and front."""

    name: ClassVar[str] = "restart"


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnOff(Action):
    """Shut down, or start again."""

    name: ClassVar[str] = "power"
    again: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ListEntry(Action):
    """Who may enter over SSH, as root: `{ssh, keys, proposals}`.

    Keys are `{fingerprint, comment}`, proposals besides `{by, at}` (an account as it was told, ISO time).
    """

    name: ClassVar[str] = "entry.list"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProposeKey(Action):
    """Propose a public key: `{fingerprint, comment}`. It opens nothing before somebody confirms it at the console."""

    name: ClassVar[str] = "entry.propose"
    key: str
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProposeFromStick(Action):
    """Propose the public keys (`*.pub`) on a stick: `{found}`, how many."""

    name: ClassVar[str] = "entry.stick"
    device: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmKey(Action):
    """Let a proposed key in from now on, and switch SSH on. Only at the console."""

    name: ClassVar[str] = "entry.confirm"
    at_console: ClassVar[bool] = True
    fingerprint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnOnEntry(Action):
    """Switch SSH on again for the keys that are there. Only at the console."""

    name: ClassVar[str] = "entry.on"
    at_console: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnOffEntry(Action):
    """Switch SSH off; the keys stay. `by` is the account whose page asked and logged it, empty at the console."""

    name: ClassVar[str] = "entry.off"
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveKey(Action):
    """Take a key out, of those that may enter or of the proposals. `by` as with `TurnOffEntry`."""

    name: ClassVar[str] = "entry.remove"
    fingerprint: str
    by: str = ""


ACTIONS: dict[str, type[Action]] = {kind.name: kind for kind in Action.__subclasses__()}


def as_line(action: Action) -> bytes:
    """The request as it is sent, with its line end."""
    asked = {"action": action.name, "arguments": dataclasses.asdict(action)}
    return json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parse(line: bytes) -> Action:
    """The action in a request; raises Refusal B-101 for anything that is not exactly on the list."""
    try:
        asked = json.loads(line) if len(line) <= LONGEST_LINE else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or set(asked) != {"action", "arguments"}:
        raise _not_on_the_list()
    kind, arguments = ACTIONS.get(str(asked["action"])), asked["arguments"]
    if kind is None or not isinstance(arguments, dict):
        raise _not_on_the_list()
    types = {name: hint for name, hint in get_type_hints(kind).items() if name != "name"}
    fields = {field.name: field for field in dataclasses.fields(kind)}
    needed = {name for name, field in fields.items() if field.default is dataclasses.MISSING}
    if not needed <= set(arguments) <= set(fields):
        raise _not_on_the_list()
    for name, value in arguments.items():
        wanted = types[name]
        if type(value) is not (dict if wanted == dict[str, Any] else wanted):
            raise _not_on_the_list()
    return kind(**arguments)


def _not_on_the_list() -> Refusal:
    return Refusal(
        "B-101",
        N_("Permintaan ini tidak ada dalam daftar tindakan server."),
        N_("Perbarui halaman atau layar konsol, lalu ulangi."),
    )
