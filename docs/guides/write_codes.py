"""Writes `kode.md`, the list of every code a user may read out, from the program's own words.

Run it after a refusal was added or reworded: `.venv/bin/python docs/guides/write_codes.py`. A test compares the list
with the program. It only reads the sources; it runs nothing of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

GUIDES = Path(__file__).resolve().parent
ROOMS = (GUIDES.parents[1] / "app", GUIDES.parents[1] / "appliance")
CODE = re.compile(r"[A-Z]-\d{3}")
PLACE = re.compile(r"%\((\w+)\)[sd]")
PARTS = (
    ("S", "S: server sekolah", "Dibaca oleh proktor, teknisi, atau peserta."),
    ("P", "P: server pusat", "Dibaca oleh petugas pusat dan penulis soal."),
    ("W", "W: masuk dan akun petugas", "Sama di pusat dan di sekolah."),
    ("D", "D: basis data dan demo", "Muncul di konsol atau di halaman kesalahan."),
    ("N", "N: server sedang memulai", ""),
    ("B", "B: mesin server sekolah", "Muncul di layar konsol dan di halaman mesin."),
    ("F", "F: kesalahan program", "Empat tanda di belakang kode menunjuk baris di catatan server."),
)
_TOO_OFTEN = (
    "Terlalu sering salah. Tunggu %(seconds)s detik sebelum mencoba lagi.",
    "Periksa tulisan pada kartu atau papan, lalu ketik pelan-pelan.",
)
_BUSY = (
    "Server sedang sangat sibuk.",
    "Jawaban tetap tersimpan di komputer ini dan dikirim lagi secara otomatis. Tunggu sebentar.",
)
SAID_ELSEWHERE = {  # words that are put together at run time, or stand in a template
    "S-108": _TOO_OFTEN,
    "S-112": _TOO_OFTEN,
    "S-140": _BUSY,
    "S-141": _BUSY,
    "S-142": _BUSY,
    "P-201": ("Jenis berkas soal ini tidak dikenal.", None),
    "P-424": ("Isian peserta tidak dapat dipakai; layar menyebut isian mana.", None),
    "P-798": ("Folder yang disebut tidak ada.", None),
    "D-503": (
        "Basis data belum dapat dipakai saat ini.",
        "Tunggu sebentar, lalu coba lagi. Bila tetap begini, sampaikan kode ini kepada teknisi.",
    ),
    "N-503": ("Server sedang memulai.", "Tunggu sebentar; permintaan diulang sendiri."),
    "F-500": (
        "Terjadi kesalahan pada program. Ini bukan kesalahan Anda.",
        "Coba sekali lagi. Bila terulang, sampaikan kode ini kepada teknisi atau pusat.",
    ),
}
HEAD = """# Kode di layar

Setiap penolakan menyebut sebab, langkah berikutnya, dan kode. Bacakan kodenya bila menelepon. Daftar ini dibuat dari
program oleh `write_codes.py`; jangan diubah dengan tangan. Tanda … diganti program dengan nama atau angka. Kode
H-404 dan sejenisnya datang dari peramban: alamat salah atau berkas terlalu besar; layar menyebut langkahnya.
"""


def said() -> dict[str, tuple[str, str]]:
    """Code → cause and remedy, as the program says them."""
    found: dict[str, tuple[str, str]] = {}
    for path in (path for room in ROOMS for path in sorted(room.rglob("*.py"))):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = dict(_constants(tree))
        for node in ast.walk(tree):
            parts = _parts(node)
            code = _words(parts[0], names) if parts else None
            if code and CODE.fullmatch(code) and len(parts) > 2:
                cause, remedy = (_words(part, names) for part in parts[1:3])
                if cause and remedy:
                    found.setdefault(code, (cause, remedy))
                elif remedy and code in SAID_ELSEWHERE:
                    found.setdefault(code, (SAID_ELSEWHERE[code][0], remedy))
    for code, (cause, remedy) in SAID_ELSEWHERE.items():
        if remedy:
            found.setdefault(code, (cause, remedy))
    return found


def _parts(node: ast.AST) -> list[ast.expr]:
    """What may be code, cause, remedy: arguments, a tuple, or the values of a dictionary that has a code."""
    if isinstance(node, ast.Call):
        return node.args
    if isinstance(node, ast.Tuple):
        return node.elts
    if isinstance(node, ast.Dict) and isinstance(node.keys[0] if node.keys else None, ast.Constant):
        return node.values
    return []


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            words = _words(node.value, {})
            if words:
                yield node.targets[0].id, words


def _words(node: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name) and node.func.id in ("N_", "_"):
        return _words(node.args[0], names)
    return None


def page() -> str:
    """The whole of `kode.md`."""
    words = said()
    lines = [HEAD]
    for letter, title, reader in PARTS:
        lines += [f"## {title}", ""]
        lines += [reader, ""] if reader else []
        lines += ["| kode | sebab | langkah berikutnya |", "|---|---|---|"]
        codes = sorted(code for code in words if code.startswith(letter))
        lines += [f"| {code} | {_cell(words[code][0])} | {_cell(words[code][1])} |" for code in codes]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cell(words: str) -> str:
    return PLACE.sub("…", words).replace("%%", "%").replace("|", "\\|").replace("\n", " ").strip()


if __name__ == "__main__":
    (GUIDES / "kode.md").write_text(page(), encoding="utf-8")
