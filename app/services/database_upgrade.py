"""Brings the database to the program's version. A SQLite file is copied first; PostgreSQL is backed up by its owner.

A start on a database that is behind or ahead is refused by `require_current`; nothing is migrated silently.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from app.domain.clock import Clock
from app.domain.refusals import Refusal

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def current_revision(engine: Engine) -> str | None:
    """The version the database has; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_revision() -> str | None:
    """The version this program wants; the files are read once."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head()


def require_current(engine: Engine) -> None:
    """Refuse to serve on a database of another version."""
    found, wanted = current_revision(engine), newest_revision()
    if found != wanted:
        raise Refusal(
            "W-120",
            "Basis data berada pada versi %(found)s, program ini memerlukan %(wanted)s.",
            "Jalankan: guyub db upgrade",
            status=503,
            values={"found": found or "kosong", "wanted": wanted},
        )


def upgrade_database(engine: Engine, backups_dir: Path, clock: Clock, migrate: Callable[[], None]) -> Path | None:
    """Migrate where needed; gives the path of the copy that was made before, if one was."""
    found = current_revision(engine)
    if found == newest_revision():
        return None
    backup = None
    if found is not None and engine.dialect.name == "sqlite" and engine.url.database:
        backup = _copy_sqlite(Path(engine.url.database), backups_dir, f"{clock.now():%Y%m%dT%H%M%SZ}-{found}")
    engine.dispose()
    migrate()
    return backup


def _copy_sqlite(source: Path, folder: Path, name: str) -> Path:
    """A consistent copy by SQLite's own backup, also while others write."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"guyub-{name}.sqlite"
    target.touch(mode=0o600)
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
    return target
