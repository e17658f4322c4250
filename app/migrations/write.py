"""Writes a migration from what the models say now: `python -m app.migrations.write 0002 "what it does"`.

It compares against an empty database brought to the newest migration, never against anybody's data.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import flask_migrate

from app.factory import create_app
from app.settings import load_settings


def main(number: str, what: str) -> None:
    """Write `versions/<number>_<what>.py`."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({}, role="pusat", data_dir=Path(folder)))
        with app.app_context():
            flask_migrate.upgrade()
            flask_migrate.revision(message=what, rev_id=number, autogenerate=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
