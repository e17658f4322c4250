"""Tables, one room for both roles: a centre fills the first half, a school's server the second.

`db` is the one Flask-SQLAlchemy object. Import every model from here. Rules live in `app.domain`; these classes hold
data and constraints and nothing else.
"""

from app.models.attempts import (
    Answer,
    Attempt,
    Credit,
    JournalEntry,
    Outage,
    RequestState,
    ResetRequest,
    SavedOutcome,
)
from app.models.bank import Bank, BankQuestion, Media, Paper, PaperQuestion
from app.models.base import Base, db
from app.models.files import StoredFile, StoredPiece
from app.models.held import Bundle, Download, DownloadState, HeldSitting, HeldState, Identity
from app.models.publishing import CodeIssue, Publication, Release
from app.models.results import AttemptResult, QuestionResult, Upload
from app.models.schools import Participant, Room, School, Server
from app.models.sittings import Enrolment, Sitting, SittingState
from app.models.staff import AuditEntry, Staff, StateEntry

__all__ = [
    "Answer",
    "Attempt",
    "AttemptResult",
    "AuditEntry",
    "Bank",
    "BankQuestion",
    "Base",
    "Bundle",
    "CodeIssue",
    "Credit",
    "Download",
    "DownloadState",
    "Enrolment",
    "HeldSitting",
    "HeldState",
    "Identity",
    "JournalEntry",
    "Media",
    "Outage",
    "Paper",
    "PaperQuestion",
    "Participant",
    "Publication",
    "QuestionResult",
    "Release",
    "RequestState",
    "ResetRequest",
    "Room",
    "SavedOutcome",
    "School",
    "Server",
    "Sitting",
    "SittingState",
    "Staff",
    "StateEntry",
    "StoredFile",
    "StoredPiece",
    "Upload",
    "db",
]
