"""The one migration line of both roles: Alembic through Flask-Migrate, in batch mode as SQLite cannot alter much."""

from __future__ import annotations

from pathlib import Path

from flask_migrate import Migrate

DIRECTORY = Path(__file__).resolve().parent.parent / "migrations"

migrate = Migrate(directory=str(DIRECTORY), render_as_batch=True, compare_type=True)
