"""Mounts for the time of a block. systemd does it for the box, and takes away what a killed process leaves behind.

Who asks may itself neither mount nor see a disk's node: `--machine=.host` hands the words to systemd as they are. It
mounts nothing with programs, devices or other users' rights in it, and it does not judge what it is told to mount.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from appliance import programs
from appliance.durable import make_folder
from appliance.places import Places

FOLDER = "mounts"
HARMLESS = "nodev,nosuid,noexec"
MOUNT_S = 60
GIVEN_UP_S = 3 * MOUNT_S  # systemd ends a mount that takes too long, and then insists
SYSTEMD = ("--machine=.host", "--no-ask-password", "--quiet")


class NotMountedError(Exception):
    """Says why, in the words of `mount`."""


@contextmanager
def mounted(here: Places, what: str, kind: str, options: str) -> Iterator[Path]:
    """The files of a disk's node or a share, of this kind. Raises NotMountedError."""
    folder = here.run / FOLDER
    make_folder(folder)
    folder.chmod(0o711)  # whatever the umask is: the program's user passes through to its stick
    place = folder / secrets.token_hex(8)
    node = place.with_suffix(".disk")
    place.mkdir()
    try:
        if what.startswith("/dev/"):  # by a name of ours: for a node that has just gone, systemd would wait
            node.symlink_to(what)
            what = str(node)
        _mount(what, kind, options, place)
        yield place
    finally:
        programs.output("systemd-umount", *SYSTEMD, str(place), limit_s=GIVEN_UP_S)
        node.unlink(missing_ok=True)
        with suppress(OSError):
            place.rmdir()


def _mount(what: str, kind: str, options: str, place: Path) -> None:
    # Lazy: a stick that was pulled out is let go when nobody has a file there open any more.
    properties = ["LazyUnmount=yes", "DefaultDependencies=no", f"TimeoutSec={MOUNT_S}"]
    if unit := os.environ.get("GUYUB_UNIT"):  # set by units: their mounts end with them
        properties.append(f"BindsTo={unit}")
    line = ["systemd-mount", *SYSTEMD, "--collect", "--fsck=no", f"--type={kind}"]
    line += [f"--options={options},{HARMLESS}", *(f"--property={one}" for one in properties), what, str(place)]
    try:
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=GIVEN_UP_S)
    except subprocess.TimeoutExpired as error:
        raise NotMountedError(str(error)) from error
    if done.returncode:
        raise NotMountedError(_complaint(place) or done.stderr.strip())


def _complaint(place: Path) -> str:
    """The first line that `mount` wrote; systemd keeps it in the journal."""
    unit = "-".join(place.parts[1:]) + ".mount"
    programs.output("journalctl", "--sync", limit_s=MOUNT_S)
    said = programs.output("journalctl", "--quiet", "--output=cat", f"_SYSTEMD_UNIT={unit}", limit_s=MOUNT_S)
    return said.strip().partition("\n")[0]
