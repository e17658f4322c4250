"""A machine that the image is started on: qemu, reached over loopback only, ended by its process id.

The one thing a test adds to the machine is a door (`Door`): systemd takes units from the one who owns the machine, so
a test can look inside a box that lets nobody in. What the image holds is not touched, and a test about what a stranger
meets starts its machine without.
"""

from __future__ import annotations

import base64
import json
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from packer.emulator import qemu_arguments
from tests.image.lines import Door, Serial
from tests.ports import free_port

LAN, BOX, SHARE = "192.168.0.0/24", "192.168.0.200", "//192.168.0.4/qemu"
HTTP, HTTPS, SSH = 80, 443, 22
UEFI_CODE, UEFI_MEMORY = Path("/usr/share/OVMF/OVMF_CODE_4M.fd"), Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
DOOR = Path(__file__).with_name("door.service")


@dataclass(frozen=True)
class Hardware:
    """What a school may have. `cards`: the first is cabled to the room, the second to the internet."""

    firmware: Literal["bios", "uefi"] = "bios"
    disk: Literal["virtio", "ahci"] = "virtio"
    card: Literal["virtio-net-pci", "e1000"] = "virtio-net-pci"
    cards: int = 1
    memory_mib: int = 2048
    processors: int = 2
    internet: bool = False  # a router at the second cable; it and the machine stand in a network of their own
    share: Path | None = None  # a folder that another computer of the room offers as SHARE
    door: bool = True


@dataclass
class Box:
    """A box with a disk of its own. `folder` keeps the disk and what the box said; `accelerator` is `kvm` or `tcg`."""

    folder: Path
    disk: Path
    accelerator: str
    hardware: Hardware = field(default_factory=Hardware)
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    ports: dict[int, int] = field(default_factory=lambda: {port: free_port() for port in (HTTP, HTTPS, SSH)})
    serial: Serial = field(init=False)
    door: Door = field(init=False)
    starts: int = 0
    sticks: int = 0

    @property
    def url(self) -> str:
        """Where the room's PCs find it."""
        return f"http://127.0.0.1:{self.ports[HTTP]}"

    @property
    def is_on(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def switch_on(self, hardware: Hardware | None = None) -> Box:
        """Power. Returns at once; what is waited for is the caller's to say."""
        assert not self.is_on
        self.hardware = hardware or self.hardware
        self.starts += 1
        for name in ("serial", "door", "monitor"):
            (self.folder / name).unlink(missing_ok=True)
        with (self.folder / f"qemu-{self.starts}.log").open("wb") as said:
            self.process = subprocess.Popen(self.command(), stdout=said, stderr=said, cwd=self.folder)
        self.began = time.monotonic()
        self.serial = Serial(self._connect("serial"), self.folder / f"serial-{self.starts}.log")
        self.door = Door(self._connect("door"))
        return self

    def command(self) -> list[str]:
        """The line that starts qemu."""
        made = self.hardware
        # setpriv: whatever becomes of the test, the machine ends with it
        line = ["setpriv", "--pdeathsig", "KILL"]
        if made.internet:  # nothing of what the box then tries leaves this machine
            line += ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "-"]
        line += ["qemu-system-x86_64", *qemu_arguments(self.accelerator)]
        line += ["-machine", "pc", "-nodefaults", "-vga", "std"]
        line += ["-m", str(made.memory_mib), "-smp", str(made.processors), "-display", "none"]
        line += ["-chardev", "socket,id=monitor,path=monitor,server=on,wait=off", "-mon", "monitor,mode=control"]
        line += ["-chardev", "socket,id=serial,path=serial,server=on,wait=off", "-serial", "chardev:serial"]
        line += ["-chardev", "socket,id=door,path=door,server=on,wait=off", "-device", "virtio-serial-pci"]
        line += ["-device", "virtserialport,chardev=door,name=guyub.door", "-device", "qemu-xhci,id=usb"]
        line += ["-drive", f"file={self.disk},if=none,id=disk,format=qcow2,discard=unmap"]
        line += self._firmware() + self._disk() + self._cards()
        return line + (opened_by_its_owner() if made.door else [])

    def _firmware(self) -> list[str]:
        if self.hardware.firmware == "bios":
            return []
        memory = self.folder / "uefi.memory"
        if not memory.exists():
            memory.write_bytes(UEFI_MEMORY.read_bytes())
        return [
            *("-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={UEFI_CODE}"),
            *("-drive", f"if=pflash,format=raw,unit=1,file={memory}"),
        ]

    def _disk(self) -> list[str]:
        if self.hardware.disk == "virtio":
            return ["-device", "virtio-blk-pci,drive=disk,bootindex=1"]
        return ["-device", "ahci,id=ahci", "-device", "ide-hd,drive=disk,bus=ahci.0,bootindex=1"]

    def _cards(self) -> list[str]:
        """The room's cable first."""
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{ours}-{BOX}:{theirs}" for theirs, ours in self.ports.items())
        share = f",smb={self.hardware.share},smbserver={SHARE.split('/')[2]}" if self.hardware.share else ""
        line = ["-netdev", f"user,id=lan,net={LAN},restrict=on{share}{forwards}"]
        line += ["-device", f"{self.hardware.card},netdev=lan,mac=52:54:00:67:75:01"]
        if self.hardware.cards > 1:
            line += ["-netdev", f"user,id=internet,restrict={'off' if self.hardware.internet else 'on'}"]
            line += ["-device", f"{self.hardware.card},netdev=internet,mac=52:54:00:67:75:02"]
        return line

    def wait_until_served(self, seconds: float = 900, path: str = "/staf/masuk") -> float:
        """Wait for a page; gives the seconds since the power came."""
        latest = time.monotonic() + seconds
        while time.monotonic() < latest:
            assert self.is_on, "the machine switched itself off:\n" + self.serial.text
            try:
                with urllib.request.urlopen(self.url + path, timeout=10) as answer:  # noqa: S310 - loopback
                    if answer.status == 200:
                        return time.monotonic() - self.began
            except OSError:
                time.sleep(0.2)
        self.picture(self.folder / "never-served.png")
        raise AssertionError(f"{path} was not served within {seconds} s:\n{self.serial.text}")

    def pull_the_plug(self) -> None:
        """The power goes: nothing in the machine gets to say a last word."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)
        self._hang_up()

    def press_the_button(self, seconds: float = 120) -> None:
        """The button on the case: the system ends in order and switches itself off."""
        assert self.process is not None
        self.ask("system_powerdown")
        self.process.wait(seconds)
        self._hang_up()

    def picture(self, target: Path) -> None:
        """What stands on the screen, as PNG."""
        target.parent.mkdir(parents=True, exist_ok=True)
        self.ask("screendump", filename=str(target.absolute()), format="png")

    def ask(self, command: str, **arguments: Any) -> Any:
        """One command to qemu's monitor; its answer."""
        with self._connect("monitor") as line, line.makefile("rw", encoding="utf-8") as talk:
            for request in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                talk.write(json.dumps(request) + "\n")
                talk.flush()
                answer: dict[str, Any] = {}
                while not {"return", "error"} & set(answer):  # greeting and events come in between
                    answer = json.loads(talk.readline())
                assert "error" not in answer, answer
        return answer["return"]

    def plug_in(self, stick: Path) -> None:
        """A USB stick goes in."""
        self.sticks += 1
        name = f"stick{self.sticks}"  # qemu forgets the one before when the system has let it go
        self.ask(
            "blockdev-add", driver="raw", **{"node-name": name, "file": {"driver": "file", "filename": str(stick)}}
        )
        self.ask("device_add", driver="usb-storage", id=name, drive=name, bus="usb.0", removable=True)

    def pull_out(self) -> None:
        """The stick comes out."""
        self.ask("device_del", id=f"stick{self.sticks}")

    def _hang_up(self) -> None:
        self.serial.close()
        self.door.close()

    def _connect(self, name: str) -> socket.socket:
        assert self.process is not None
        line = socket.socket(socket.AF_UNIX)
        latest = time.monotonic() + 20
        while True:
            try:
                line.connect(str(self.folder / name))
            except OSError:
                said = self.folder / f"qemu-{self.starts}.log"
                assert self.process.poll() is None, said.read_text(errors="replace")
                assert time.monotonic() < latest, f"qemu gives no {name}"
                time.sleep(0.05)
            else:
                return line


def new_disk(image: Path, disk: Path, kind: str = "qcow2", grow_gib: int | None = None) -> Path:
    """A disk that begins as the image and keeps what is written in a file of its own; the image stays as it is."""
    line = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(image.absolute()), "-F", kind, str(disk)]
    subprocess.run([*line, *([f"{grow_gib}G"] if grow_gib else [])], check=True)
    return disk


def new_stick(path: Path, make: tuple[str, ...] = ("mkfs.vfat", "-F", "32", "-n", "STICK")) -> Path:
    """A USB stick as it is sold, its file system made by this program."""
    with path.open("wb") as file:
        file.truncate(1 << 30)
    subprocess.run([*make, str(path)], check=True, capture_output=True)
    return path


def opened_by_its_owner() -> list[str]:
    """The unit of the door, handed over as firmware hands over a maker's strings."""
    unit = base64.b64encode(DOOR.read_bytes()).decode()
    wanted = base64.b64encode(b"[Unit]\nWants=test-door.service\n").decode()
    given = {"systemd.extra-unit.test-door.service": unit, "systemd.unit-dropin.sysinit.target": wanted}
    return [
        part
        for name, value in given.items()
        for part in ("-smbios", f"type=11,value=io.systemd.credential.binary:{name}={value}")
    ]
