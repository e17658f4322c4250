"""Who may do what, as a teacher would ask it."""

import pytest

from app.domain.permissions import PERMISSIONS, ROLES_AT, Permission, Role, may

CENTRE_ONLY = {
    Permission.WRITE_QUESTIONS,
    Permission.PLAN_SITTINGS,
    Permission.MANAGE_SCHOOLS,
    Permission.PUBLISH,
    Permission.RELEASE,
    Permission.ISSUE_RELEASE_CODE,
    Permission.MARK_ESSAYS,
    Permission.READ_RESULTS,
}
SCHOOL_ONLY = {Permission.OPEN_PACKAGE, Permission.HELP_PARTICIPANT, Permission.END_SITTING, Permission.UPLOAD_RESULTS}


def test_every_role_has_a_place_and_permissions() -> None:
    assert set(PERMISSIONS) == set(Role) == {role for roles in ROLES_AT.values() for role in roles}


def test_every_permission_is_somebodys() -> None:
    assert frozenset().union(*PERMISSIONS.values()) == set(Permission)


@pytest.mark.parametrize("role", ROLES_AT["sekolah"])
def test_nobody_at_a_school_can_do_the_work_of_the_centre(role: Role) -> None:
    assert not PERMISSIONS[role] & CENTRE_ONLY


@pytest.mark.parametrize("role", ROLES_AT["pusat"])
def test_nobody_at_the_centre_can_act_in_the_exam_room(role: Role) -> None:
    assert not PERMISSIONS[role] & SCHOOL_ONLY


def test_anto_the_teknisi_watches_but_does_not_touch_a_students_attempt() -> None:
    assert may(Role.TEKNISI, Permission.WATCH_ROOM)
    assert not may(Role.TEKNISI, Permission.HELP_PARTICIPANT)
    assert not may(Role.TEKNISI, Permission.OPEN_PACKAGE)


def test_who_writes_questions_does_not_release_them() -> None:
    assert not may(Role.AUTHOR, Permission.RELEASE)
    assert not may(Role.AUTHOR, Permission.ISSUE_RELEASE_CODE)


@pytest.mark.parametrize("role", ["", "root", "Proktor", "administrator "])
def test_an_unknown_role_may_do_nothing(role: str) -> None:
    assert not any(may(role, permission) for permission in Permission)
