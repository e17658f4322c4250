"""What a technician did before the lab: the server set up, its people given accounts, the plan imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from appliance.lab import inventory
from appliance.lab.plan import Computer, Plan
from tests.end_to_end.exam_content import SCHOOL
from tests.end_to_end.machines import PASSWORD
from tests.lab.container import Container
from tests.lab.hosts import SERVER

ASK = """
import json, socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect("/run/guyub-actions.sock")
    asked.sendall(json.dumps({"action": sys.argv[1], "arguments": json.loads(sys.argv[2])}).encode() + b"\\n")
    print(list(asked.makefile())[-1])
"""
# what is true of a box in a container and no trouble of the lab
OF_A_CONTAINER = {"flush", "backup_target", "backup"}
# A container has no screen: the compositor draws where nobody looks but grim.
KIOSK_WITHOUT_SCREEN = {
    "pc_kiosk_tty": "",
    "pc_kiosk_environment": {
        "WLR_BACKENDS": "headless",
        "WLR_LIBINPUT_NO_DEVICES": "1",
        "WLR_RENDERER": "pixman",
    },
}


def asked(box: Container, action: str, **arguments: Any) -> dict[str, Any]:
    """The answer over the socket that pages and console use."""
    said: dict[str, Any] = json.loads(box.says("python3", "-c", ASK, action, json.dumps(arguments), limit_s=300))
    return said


def set_up(box: Container) -> None:
    """The first setup as console and browser ask for it, with Anto, and Ratna besides."""
    network: dict[str, Any] = {"lan_card": "", "lan_address": f"{SERVER}/24", "internet": "none", "internet_card": ""}
    network |= {"internet_address": "", "gateway": "", "dns": []}
    given = {"language": "id", "time_zone": "Asia/Jakarta", "mode": "sekolah", "school_name": SCHOOL}
    given |= {"centre_url": "", "server_id": "", "activation_code": "", "password": PASSWORD}
    said = asked(box, "setup.apply", **given, network=network, account="anto", account_name="Anto Supriyadi")
    assert "result" in said, said
    box.says(
        "sh", "-c",
        f"printf '%s\\n' '{PASSWORD}' | GUYUB_CONFIG=/run/guyub/sekolah.toml setpriv --reuid=guyub --regid=guyub "
        "--init-groups guyub staff add ratna --name 'Ratna Puspita' --staff-role proktor --password-stdin",
    )  # fmt: skip


def planned(number: int) -> Computer:
    """A PC of the plan."""
    return Computer(
        f"pc-{number:02}", f"02:00:00:00:00:{number:02x}", f"192.168.0.{number}", "linux", "Lab 1", str(number)
    )


def write_inventory(folder: Path, computers: tuple[Computer, ...], **of_pcs: Any) -> Path:
    """The inventory as `guyub lab import` writes it; variables of the PCs beside it, as a technician adds them."""
    inventory.write(folder, {"server1": Plan(f"{SERVER}/24", computers)})
    (folder / "group_vars").mkdir(exist_ok=True)
    (folder / "group_vars/pc.yml").write_text(json.dumps(KIOSK_WITHOUT_SCREEN | of_pcs), encoding="utf-8")
    return folder / inventory.HOSTS
