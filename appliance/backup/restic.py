"""Runs restic, and turns what it complains of into refusals with cause and remedy.

A repository has one key, the box's recovery code: what a school has on paper is what opens its backups. It goes through
the child's environment, which only root can read. restic keeps each file below 128 MB, so FAT32's limit of 4 GB
never matters. It repeats a failed write for a quarter of an hour; here it is ended after a few, because what is gone
does not come back by asking.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.refusals import Refusal
from app.domain.wording import N_

PROGRAM = "restic"
MOST_RETRIES = 6
TAG = "guyub"

OnShare = Callable[[float], None]  # 0.0 to 1.0


@dataclass(frozen=True)
class Repository:
    """One box's backups in a folder."""

    folder: Path
    password: str

    @property
    def exists(self) -> bool:
        """Whether somebody has begun one here."""
        return (self.folder / "config").is_file()

    def make(self) -> None:
        """Begin it; made beside its place, so that it is there whole or not at all."""
        draft = Repository(self.folder.with_name(f".{self.folder.name}.new"), self.password)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if draft.folder.exists():
            shutil.rmtree(draft.folder)
        draft.run("init")
        draft.folder.rename(self.folder)

    def opens(self) -> bool:
        """Whether this password is one of its keys."""
        try:
            self.run("cat", "config", "--no-lock")
        except Refusal as refusal:
            if refusal.code == "B-304":
                return False
            raise
        return True

    def save(
        self, parts: Iterable[str], within: Path, leave_out: Iterable[Path], tags: Iterable[str], on: OnShare
    ) -> str:
        """Back up `parts` (names in `within`); gives the new backup's id."""
        excluded = [word for path in leave_out for word in ("--exclude", str(path))]
        tagged = [word for tag in (TAG, *tags) for word in ("--tag", tag)]
        line = ("backup", "--json", "--host", TAG, *tagged, *excluded, *parts)
        summary: dict[str, Any] = {}
        for said in self.run(*line, within=within, on=on).splitlines():
            if said.startswith("{") and '"summary"' in said:
                summary = json.loads(said)
        return str(summary["snapshot_id"])

    def backups(self) -> list[dict[str, Any]]:
        """What is kept, oldest first: restic's own records."""
        found: list[dict[str, Any]] = json.loads(self.run("snapshots", "--json", "--no-lock", "--tag", TAG) or "[]")
        return sorted(found or [], key=lambda item: str(item["time"]))

    def forget_old(self, keep: Iterable[str]) -> None:
        """Give up what the rule no longer keeps."""
        self.run("forget", "--tag", TAG, "--group-by", "host", *keep, "--prune")

    def bring_back(self, backup: str, target: Path, on: OnShare) -> None:
        """Write a backup into an empty folder; every block is checked on its way."""
        self.run("restore", backup, "--target", str(target), "--no-lock", on=on)

    def free_stale_locks(self) -> None:
        """A lock left by a power cut; living ones stay."""
        self.run("unlock")

    def check(self) -> None:
        """Whether index and packs fit each other."""
        self.run("check", "--no-lock")

    def run(
        self,
        *line: str,
        within: Path | None = None,
        on: OnShare = lambda _share: None,
    ) -> str:
        """What restic said; raises Refusal for what went wrong."""
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "RESTIC_REPOSITORY": str(self.folder),
            "RESTIC_PASSWORD": self.password,
            "RESTIC_PROGRESS_FPS": "2",
            "GOMAXPROCS": "1",  # the other cores are the exam's
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),  # noqa: S108 - packs of 16 MB on their way
        }
        said: list[str] = []
        with subprocess.Popen(
            [PROGRAM, "--no-cache", *line],
            cwd=within,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as child:
            watch = _Complaints(child)
            for text in child.stdout or ():
                share = _share(text)
                if share is None:
                    said.append(text)
                else:
                    on(share)
            watch.end()
        if child.returncode:
            raise refusal_of(child.returncode, "".join(watch.lines) + "".join(said))
        return "".join(said)


class _Complaints:
    """Reads what restic complains of, and ends it when it only repeats."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._child = child
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._thread.join()

    def _read(self) -> None:
        retries = 0
        for line in self._child.stderr or ():
            self.lines.append(line)
            retries += "retrying after" in line
            if retries > MOST_RETRIES:
                self._child.terminate()


def _share(text: str) -> float | None:
    if not text.startswith("{") or '"status"' not in text:
        return None
    try:
        return float(json.loads(text).get("percent_done", 0.0))
    except ValueError:
        return None


_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("B-304", ("wrong password", "no key found")),
    ("B-302", ("already locked",)),
    ("B-306", ("no space left", "disk quota exceeded", "not enough space")),
    ("B-307", ("read-only file system", "permission denied")),
    ("B-309", ("ciphertext verification failed", "hash mismatch", "does not match", "invalid data", "unexpected eof")),
    ("B-309", ("id mismatch", "errors were found", "pack file", "not found in index", "wrong hash", "truncated")),
    ("B-303", ("repository does not exist", "is there a repository", "unable to open config", "no matching id")),
    ("B-305", ("input/output error", "no such device", "stale file handle", "host is down", "retrying after")),
    ("B-305", ("transport endpoint", "no such file or directory", "connection reset")),
)
_EXIT_CODES = {12: "B-304", 11: "B-302", 10: "B-303"}


def refusal_of(exit_code: int, complaints: str) -> Refusal:
    """The refusal for what restic said; what is not known keeps restic's last words."""
    told = complaints.lower()
    code = _EXIT_CODES.get(exit_code)
    code = code or next((code for code, signs in _SIGNS if any(sign in told for sign in signs)), None)
    return refuse(code or "B-310", complaints.strip().splitlines()[-1][:200] if complaints.strip() else str(exit_code))


def refuse(code: str, detail: str = "") -> Refusal:
    """The refusal of this code."""
    cause, remedy = _WORDS[code]
    return Refusal(code, cause, remedy, status=409, values={"detail": detail})


_WORDS = {
    code: (cause, remedy)
    for code, cause, remedy in (
        (
            "B-302",
            N_("Tempat cadangan sedang dipakai oleh pencadangan lain."),
            N_("Tunggu sampai selesai, lalu ulangi."),
        ),
        (
            "B-303",
            N_("Cadangan ini tidak ada di tempat cadangan."),
            N_("Lihat daftar cadangan, lalu pilih salah satu. Periksa apakah perangkatnya benar."),
        ),
        (
            "B-304",
            N_("Kode pemulihan tidak cocok dengan cadangan ini."),
            N_("Ketik kode pemulihan dari kertas server yang membuat cadangan ini."),
        ),
        (
            "B-305",
            N_("Tempat cadangan terputus di tengah jalan. Cadangan yang lama tetap utuh."),
            N_("Periksa kabel, USB, atau folder jaringan, lalu ulangi."),
        ),
        (
            "B-306",
            N_("Tempat cadangan penuh. Cadangan yang lama tetap utuh."),
            N_("Kosongkan perangkat itu atau pakai yang lebih besar, lalu ulangi."),
        ),
        (
            "B-307",
            N_("Tempat cadangan tidak dapat ditulisi."),
            N_("Buka kunci tulis USB, atau beri hak tulis pada folder jaringan, lalu ulangi."),
        ),
        (
            "B-309",
            N_("Cadangan ini rusak: isinya tidak sama dengan yang pernah ditulis."),
            N_("Pakai cadangan lain, ganti perangkatnya, lalu buat cadangan baru."),
        ),
        (
            "B-310",
            N_("Pencadangan gagal: %(detail)s."),
            N_("Ulangi. Bila terulang, buat berkas bantuan dan hubungi pusat."),
        ),
    )
}
