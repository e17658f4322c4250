"""Where backups go: a second disk or USB stick, or a folder shared on the school's network.

A target is mounted for the time of a block, and is never formatted. Each box has a folder of its own in it, named after
its backup key, so that several boxes can share a disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.refusals import Refusal
from app.domain.typed_alphabet import normalise
from app.domain.wording import N_
from appliance import devices, mounting, settings
from appliance.backup.restic import Repository, refuse
from appliance.durable import write_whole
from appliance.identity import BACKUP_KEY
from appliance.places import Places

FOLDER = "guyub-cadangan"


@contextmanager
def opened(places: Places, device: str, *, write: bool) -> Iterator[Path]:
    """The folder of backups on a named device, or on the target of the settings.

    Refuses B-311 (no target chosen), B-312 (the share does not answer), and what devices refuse.
    """
    chosen = settings.read(places.box).settings.backup
    if device or chosen.target == "device":
        with devices.mounted(places, device or chosen.device, write=write) as folder:
            yield folder / FOLDER
    elif chosen.target == "smb":
        with _share(places, chosen, write=write) as folder:
            yield folder / FOLDER
    else:
        raise Refusal(
            "B-311",
            N_("Tempat cadangan belum dipilih."),
            N_("Pilih USB, disk kedua, atau folder jaringan di menu Cadangan."),
            status=409,
        )


def own(places: Places, folder: Path) -> Repository:
    """This box's repository in a folder of backups, begun or not; refuses B-313 without a backup key."""
    password = recovery_password(recovery_code(places))
    name = hashlib.sha256(b"guyub backup\n" + password.encode()).hexdigest()[:12]
    return Repository(folder / name, password)


def recovery_password(typed: str) -> str:
    """The recovery code (`backup.key`) as restic is given it, however it was typed."""
    return normalise(typed)


def find(places: Places, folder: Path, recovery_code: str) -> Repository:
    """The repository to read: this box's own, or the one that the code opens. Refuses B-303, B-304."""
    if not recovery_code:
        mine = own(places, folder)
        if not mine.exists:
            raise refuse("B-303")
        return mine
    try:
        there = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise refuse("B-303") from error
    found = [Repository(path, recovery_password(recovery_code)) for path in there]
    found = [repository for repository in found if repository.exists]
    if not found:
        raise refuse("B-303")
    for repository in found:
        if repository.opens():
            return repository
    raise refuse("B-304")


def recovery_code(places: Places) -> str:
    """What opens this box's backups, as people write it down; refuses B-313."""
    try:
        found = (places.box / BACKUP_KEY).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if not found:
        raise Refusal(
            "B-313",
            N_("Kunci cadangan server ini tidak ada."),
            N_("Nyalakan ulang server. Bila tetap begitu, buat berkas bantuan dan hubungi pusat."),
            status=500,
        )
    return found


@contextmanager
def _share(places: Places, chosen: settings.Backup, *, write: bool) -> Iterator[Path]:
    credentials = places.run / "backup-share.credentials"
    try:
        password = places.share_password.read_text(encoding="utf-8").rstrip("\n")
    except OSError:
        password = ""
    words = ("rw" if write else "ro", f"credentials={credentials}", "soft", "file_mode=0600", "dir_mode=0700")
    try:
        write_whole(credentials, f"username={chosen.smb_user}\npassword={password}\n".encode())
        with mounting.mounted(places, chosen.smb_share, "cifs", ",".join(words)) as place:
            credentials.unlink()
            yield place
    except mounting.NotMountedError as error:
        raise _unreachable(str(error)) from error
    finally:
        credentials.unlink(missing_ok=True)


def _unreachable(detail: str) -> Refusal:
    return Refusal(
        "B-312",
        N_("Folder jaringan untuk cadangan tidak dapat dibuka: %(detail)s."),
        N_("Periksa alamat, nama pengguna, dan kata sandinya, serta apakah komputer itu menyala."),
        status=409,
        values={"detail": detail[:200]},
    )
