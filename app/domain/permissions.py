"""Who may do what: one small map from a staff member's role to permissions. Pages name a permission, never a role."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a staff account is for. The first three belong to the centre, the last two to a school's server."""

    AUTHOR = "author"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    PROKTOR = "proktor"
    TEKNISI = "teknisi"


class Permission(StrEnum):
    """One thing a page lets a person do."""

    SIGN_IN = "sign_in"  # any staff: own password, the overview
    WRITE_QUESTIONS = "write_questions"
    PLAN_SITTINGS = "plan_sittings"
    MANAGE_SCHOOLS = "manage_schools"
    MANAGE_PARTICIPANTS = "manage_participants"
    PUBLISH = "publish"
    RELEASE = "release"
    ISSUE_RELEASE_CODE = "issue_release_code"
    WATCH_SERVERS = "watch_servers"
    MARK_ESSAYS = "mark_essays"
    READ_RESULTS = "read_results"
    MANAGE_STAFF = "manage_staff"
    READ_AUDIT = "read_audit"
    # a school's server
    SET_UP_SERVER = "set_up_server"
    SYNC = "sync"
    OPEN_PACKAGE = "open_package"
    WATCH_ROOM = "watch_room"
    ASSIGN_SEATS = "assign_seats"
    HELP_PARTICIPANT = "help_participant"
    END_SITTING = "end_sitting"
    UPLOAD_RESULTS = "upload_results"
    PRINT_SHEETS = "print_sheets"


_CENTRE_DAY = {
    Permission.MANAGE_SCHOOLS,
    Permission.MANAGE_PARTICIPANTS,
    Permission.PLAN_SITTINGS,
    Permission.PUBLISH,
    Permission.RELEASE,
    Permission.ISSUE_RELEASE_CODE,
    Permission.WATCH_SERVERS,
    Permission.READ_RESULTS,
    Permission.PRINT_SHEETS,
}
_SCHOOL_SERVER = {Permission.SET_UP_SERVER, Permission.SYNC, Permission.PRINT_SHEETS, Permission.UPLOAD_RESULTS}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AUTHOR: frozenset({Permission.SIGN_IN, Permission.WRITE_QUESTIONS, Permission.MARK_ESSAYS}),
    Role.OPERATOR: frozenset({Permission.SIGN_IN, *_CENTRE_DAY}),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.SIGN_IN,
            *_CENTRE_DAY,
            Permission.WRITE_QUESTIONS,
            Permission.MARK_ESSAYS,
            Permission.MANAGE_STAFF,
            Permission.READ_AUDIT,
        }
    ),
    Role.PROKTOR: frozenset(
        {
            Permission.SIGN_IN,
            *_SCHOOL_SERVER,
            Permission.OPEN_PACKAGE,
            Permission.WATCH_ROOM,
            Permission.ASSIGN_SEATS,
            Permission.HELP_PARTICIPANT,
            Permission.END_SITTING,
            Permission.MANAGE_STAFF,
            Permission.READ_AUDIT,
        }
    ),
    Role.TEKNISI: frozenset({Permission.SIGN_IN, *_SCHOOL_SERVER, Permission.WATCH_ROOM}),
}

ROLES_AT = {
    "pusat": (Role.AUTHOR, Role.OPERATOR, Role.ADMINISTRATOR),
    "sekolah": (Role.PROKTOR, Role.TEKNISI),
}


def may(role: Role | str, permission: Permission) -> bool:
    """Whether a person of this role may do this; an unknown role may do nothing."""
    try:
        return permission in PERMISSIONS[Role(role)]
    except ValueError:
        return False
