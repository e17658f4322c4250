"""Alembic's entry: runs the migrations on the database of the application that calls."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from app.models.base import UtcTime, db


def _plain_types(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Migrations must stand alone: they name database types, never classes of the program."""
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    return False


def _run() -> None:
    configure = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=_plain_types,
            **configure,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


_run()
