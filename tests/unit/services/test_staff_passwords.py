"""A stolen database gives no password away cheaply."""

from __future__ import annotations

from argon2.low_level import Type

from tests.conftest import SERVERS_HASHER


def test_a_password_of_the_staff_costs_argon2id_with_64_mib_and_three_passes() -> None:
    costs = (SERVERS_HASHER.type, SERVERS_HASHER.memory_cost, SERVERS_HASHER.time_cost)
    assert costs == (Type.ID, 64 * 1024, 3)
