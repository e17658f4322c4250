#!/usr/bin/python
"""Whether an exam PC's screen shows the login page: the unit's word for it, and a picture of the screen itself.

The picture is taken inside the kiosk's own session by grim. It shows the exam's page if it has the colours of that page
and of no other: a browser's error page has neither. Nothing is typed or clicked.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: kiosk_look
short_description: See what the kiosk shows
description:
  - Asks the unit, takes a picture of the screen and looks for the page's colours in it.
options:
  unit: {description: The kiosk's unit., type: str, required: true}
  user: {description: Who it runs as., type: str, required: true}
  picture: {description: Where the picture is put as PNG., type: path, required: true}
  colours: {description: Colours as C(#rrggbb) that the page has., type: list, elements: str, required: true}
author: [Guyub]
attributes:
  check_mode: {support: full, description: It only looks.}
  diff_mode: {support: none, description: Nothing changes.}
"""
EXAMPLES = """
- name: See what it shows
  kiosk_look:
    unit: guyub-kiosk.service
    user: guyub-kiosk
    picture: /run/guyub-verify.png
    colours: ["#083358"]
"""
RETURN = """
state: {description: "C(good), C(warn) if no picture could be taken, C(bad).", type: str, returned: always}
shown: {description: What is seen instead; empty if the page is., type: str, returned: always}
taken: {description: Whether there is a picture., type: bool, returned: always}
"""
LEAST = 0.003  # of all pixels: a bar across the screen is ten times that
EMPTY = 0.999  # of all pixels in one colour


def main() -> None:
    """Look, and tell."""
    module = AnsibleModule(
        argument_spec={
            "unit": {"type": "str", "required": True},
            "user": {"type": "str", "required": True},
            "picture": {"type": "path", "required": True},
            "colours": {"type": "list", "elements": "str", "required": True},
        },
        supports_check_mode=True,
    )
    told = module.params
    active = _run(["systemctl", "is-active", told["unit"]]).stdout.decode().strip()
    if active != "active":
        module.exit_json(changed=False, state="bad", shown=f"kios tidak berjalan, {active}", taken=False)
    grim = grim_of(told["user"])
    seen = _run([*grim, "-t", "ppm", "-"]).stdout if grim else b""
    if not seen:
        module.exit_json(changed=False, state="warn", shown="", taken=False)
    taken = _run([*grim, "-s", "0.5", "-"]).stdout
    Path(told["picture"]).write_bytes(taken)
    shown = judge(seen, [bytes.fromhex(colour.lstrip("#")) for colour in told["colours"]])
    module.exit_json(changed=False, state="bad" if shown else "good", shown=shown, taken=bool(taken))


def grim_of(user: str) -> list[str]:
    """How grim is run in that user's session; empty if there is no grim, no user or no screen."""
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        return []
    folder = Path(f"/run/user/{account.pw_uid}")
    screens = sorted(path.name for path in folder.glob("wayland-*") if path.is_socket())
    if not screens or not os.access("/usr/bin/grim", os.X_OK):
        return []
    session = [f"XDG_RUNTIME_DIR={folder}", f"WAYLAND_DISPLAY={screens[0]}"]
    return ["runuser", "-u", user, "--", "env", *session, "/usr/bin/grim"]


def judge(picture: bytes, colours: list[bytes]) -> str:
    """What a PPM (P6, 8 bit) shows instead of the page; empty if it shows the page."""
    pixels = picture[picture.index(b"\n255\n") + 5 :]
    counted: dict[bytes, int] = {}
    for at in range(0, len(pixels) - 2, 3 * 7):  # each seventh pixel is enough, and quick
        one = pixels[at : at + 3]
        counted[one] = counted.get(one, 0) + 1
    total = max(sum(counted.values()), 1)
    if max(counted.values(), default=0) >= EMPTY * total:
        return "layar kosong"
    return "" if all(counted.get(colour, 0) >= LEAST * total for colour in colours) else "halaman lain"


def _run(line: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(line, capture_output=True, check=False, timeout=60)  # noqa: S603


if __name__ == "__main__":
    main()
