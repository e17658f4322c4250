"""The workplace of the centre's long work (sealing, releasing, receiving): its keys and folders besides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.domain.identities import CentreIdentity
from app.pusat.services.secrets_box import SecretsBox
from app.web import workplace


@dataclass(frozen=True)
class Workplace(workplace.Workplace):
    """`exchange_dir` is the tree the schools fetch from, `incoming_dir` holds chunks; `shared` says that both, and all
    else that other nodes of this centre must have, lie in the database instead."""

    centre: CentreIdentity
    box: SecretsBox
    incoming_dir: Path
    shared: bool = False
