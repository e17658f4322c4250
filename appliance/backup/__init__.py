"""Backups of a box: made while students answer, encrypted, proved by restoring, put back on a fresh box."""

from __future__ import annotations

from appliance.backup.deeds import ACTIONS

__all__ = ["ACTIONS"]
