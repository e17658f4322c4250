"""The centre's keys on their way from the node that made them to the other nodes of the same centre.

As text for a pipe from program to program (`guyub pusat keys-out | … keys-in`), never for a file. What a node has is
never replaced: another key would make unreadable what the database holds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import Path

from app.domain.refusals import Refusal
from app.pusat.services.centre_keys import BOX_FILE, SIGN_FILE
from app.pusat.services.secrets_box import KEY_FILE
from app.services.keyfiles import keep_secret

COOKIE_FILE = "cookie.key"
SIZES = {BOX_FILE: 32, COOKIE_FILE: 32, KEY_FILE: 32, SIGN_FILE: 32}  # bytes
LONGEST = 4096  # characters of a text of keys


def digest(keys_dir: Path) -> str:
    """What names these keys without giving them away; "" while not all of them are there."""
    try:
        parts = [(keys_dir / name).read_bytes() for name in sorted(SIZES)]
    except FileNotFoundError:
        return ""
    return hashlib.sha256(b"guyub keys\0" + b"".join(parts)).hexdigest()


def keys_as_text(keys_dir: Path) -> str:
    """All keys of this node; refuses P-775 while not all of them are there."""
    if not digest(keys_dir):
        raise Refusal(
            "P-775",
            "Kunci pusat di mesin ini belum lengkap.",
            "Ambil dari mesin pusat lain, atau pulihkan folder keys dari cadangan.",
        )
    return json.dumps({name: base64.b64encode((keys_dir / name).read_bytes()).decode() for name in SIZES})


def take_keys(keys_dir: Path, text: str) -> bool:
    """Keep the keys of another node; gives whether this node had not all of them yet.

    Refuses P-776 (not a text of keys) and P-777 (this node has another key already); then nothing was written.
    """
    given = _read(text)
    there = {name: (keys_dir / name).read_bytes() for name in SIZES if (keys_dir / name).exists()}
    if any(given[name] != key for name, key in there.items()):
        raise Refusal(
            "P-777",
            "Mesin ini sudah punya kunci pusat yang lain.",
            "Periksa apakah mesin ini milik pusat yang sama; kunci yang ada tidak pernah diganti.",
        )
    for name, key in given.items():
        keep_secret(keys_dir, name, lambda key=key: key)  # type: ignore[misc] # the default binds the loop's value
    return len(there) < len(SIZES)


def _read(text: str) -> dict[str, bytes]:
    wrong = Refusal("P-776", "Yang diberikan bukan kunci pusat.", "Ambil dengan: guyub pusat keys-out")
    try:
        found = json.loads(text[:LONGEST])
        keys = {str(name): base64.b64decode(value, validate=True) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise wrong from error
    if {name: len(key) for name, key in keys.items()} != SIZES:
        raise wrong
    return keys
