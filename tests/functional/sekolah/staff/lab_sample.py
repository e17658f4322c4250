"""A readiness report as verify.yml hands it in: forty PCs in two rooms, some of them in trouble."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageDraw

ROOMS = ("Lab Komputer 1", "Lab Komputer 2")


def report(*, made_at: str = "2026-11-23T02:15:00Z", trouble: bool = True, pictures: int = 2) -> dict[str, Any]:
    """The document; without `trouble` everything in it is green. The first `pictures` PCs have a screenshot."""
    computers = [_computer(number) for number in range(1, 41)]
    lan = [_check("duplicate"), _check("stranger")]
    for one in computers[pictures:]:
        one["screenshot"] = ""
    if trouble:
        _spoil(computers)
        macs = "02:00:00:00:00:14, 5c:f3:70:11:22:33"
        lan = [
            _check("duplicate", "bad", address="192.168.0.20", macs=macs),
            _check("stranger", "warn", mac="5c:f3:70:11:22:33", address="192.168.0.20"),
        ]
    return {
        "version": 1,
        "made_at": made_at,
        "server": "server-1",
        "computers": computers,
        "lan": lan,
        "doctor": _doctor(),
        "load": {"computers": 36, "seconds": 3.4, "mbit_s": 612.5, "median_ms": 41, "slowest_ms": 187},
    }


def screenshot(title: str = "Masuk", width: int = 1366, height: int = 768) -> bytes:
    """The picture of a screen, as PNG."""
    drawn = Image.new("RGB", (width, height), "#f3f5f7")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 0, width, 70), fill="#123c69")
    pen.rectangle((width // 2 - 220, 180, width // 2 + 220, 560), fill="white", outline="#8896a5")
    for top, label in ((220, title), (290, "Nomor peserta"), (380, "Kata sandi")):
        pen.text((width // 2 - 190, top), label, fill="#111111")
    pen.rectangle((width // 2 - 190, 480, width // 2 + 190, 530), fill="#123c69")
    written = io.BytesIO()
    drawn.save(written, "PNG")
    return written.getvalue()


def screenshots(told: dict[str, Any]) -> dict[str, bytes]:
    """A picture for every computer that names one."""
    shown = screenshot()
    return {one["screenshot"]: shown for one in told["computers"] if one["screenshot"]}


def _check(code: str, state: str = "good", **values: Any) -> dict[str, Any]:
    return {"code": code, "state": state, "values": values}


def _computer(number: int) -> dict[str, Any]:
    name, address, mac = f"pc-{number:02}", f"192.168.0.{number}", f"02:00:00:00:00:{number:02x}"
    return {
        "name": name,
        "address": address,
        "mac": mac,
        "room": ROOMS[number > 20],
        "seat": str((number - 1) % 20 + 1),
        "spare": number in {19, 20, 39, 40},
        "checks": [
            _check("reached"),
            _check("address", address=address),
            _check("mac", mac=mac),
            _check("name", name="ujian.lan"),
            _check("page", ms=90 + number),
            _check("clock", seconds=round(number / 200, 2)),
            _check("kiosk"),
            _check("latency", ms=30 + number),
            _check("throughput", mbit_s=round(88.5 - number / 4, 1)),
            _check("ping_back"),
        ],
        "screenshot": f"{name}.png",
    }


def _spoil(computers: list[dict[str, Any]]) -> None:
    _wrong(computers[3], _check("address", "bad", found="192.168.0.104", planned="192.168.0.4"))
    _wrong(computers[7], _check("clock", "bad", seconds=301.2))
    _wrong(computers[10], _check("throughput", "warn", mbit_s=9.4, least=20))
    dead = computers[24]
    dead |= {"checks": [_check("reached", "bad", address=dead["address"])], "screenshot": ""}
    _wrong(computers[30], _check("kiosk", "bad", shown="desktop"))


def _wrong(computer: dict[str, Any], check: dict[str, Any]) -> None:
    computer["checks"] = [one for one in computer["checks"] if one["code"] != check["code"]] + [check]


def _doctor() -> list[dict[str, Any]]:
    return [
        {"name": "cores", "state": "good", "text": "%(cores)s inti prosesor.", "remedy": "", "values": {"cores": 4}},
        {"name": "memory", "state": "good", "text": "Memori %(size)s GB.", "remedy": "", "values": {"size": 8.1}},
        {
            "name": "backup",
            "state": "warn",
            "text": "Belum pernah ada cadangan.",
            "remedy": "Buat cadangan sekarang dari menu Cadangan.",
            "values": {},
        },
    ]
