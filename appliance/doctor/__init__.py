"""The doctor: everything that failed in the field, measured and judged before it fails again."""

from __future__ import annotations

from appliance.doctor.examining import ACTIONS

__all__ = ["ACTIONS"]
