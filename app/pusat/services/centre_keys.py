"""The centre's own keys: one to sign (Ed25519), one to receive boxed results (X25519).

Made at first start in `<data>/keys` (0600) and never shown, sent or logged. Every server activated with them trusts
nothing else, so they belong in the same backup as the database.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from app.domain.identities import CentreIdentity
from app.services.keyfiles import keep_secret

SIGN_FILE = "centre-sign.key"
BOX_FILE = "centre-box.key"


@lru_cache(maxsize=8)
def centre_identity(keys_dir: Path) -> CentreIdentity:
    """The centre's keys in `keys_dir`, made at the first call."""
    fresh_sign, fresh_box = CentreIdentity.generate().to_raw()
    sign = keep_secret(keys_dir, SIGN_FILE, lambda: fresh_sign)
    box = keep_secret(keys_dir, BOX_FILE, lambda: fresh_box)
    return CentreIdentity.from_raw(sign, box)
