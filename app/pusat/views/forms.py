"""What the centre's form pages share: a refusal told on the form itself, and numbers and dates as typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.domain.questions import Question, QuestionType
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.pusat.services.question_files.problems import problem_from_rule
from app.pusat.services.secrets_box import SecretsBox
from app.web.current import settings
from app.web.transactions import current_session


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal in the reader's language, for `pusat/_refused.html`."""

    code: str
    cause: str
    remedy: str
    status: int


def tell(refusal: Refusal) -> Told:
    """Undo what the refused service had begun, and put its words on the page."""
    current_session().rollback()
    values = {name: str(value) for name, value in refusal.values.items()}
    return Told(refusal.code, _(refusal.cause, **values), _(refusal.remedy, **values), refusal.status)


def whole_number(form: Mapping[str, str], name: str, label: str) -> int:
    """A whole number as typed; Refusal P-650 with the field's label otherwise."""
    text = form.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Refusal(
            "P-650",
            N_("Isian “%(label)s” harus bilangan bulat."),
            N_("Ketik angka saja, tanpa titik, koma, atau satuan."),
            values={"label": label},
        )
    return int(text)


def local_time(date: str, time: str, zone: str, label: str) -> datetime:
    """A date (YYYY-MM-DD) and time (HH:MM) of a place as a UTC time; Refusal P-651 otherwise."""
    try:
        typed = datetime.strptime(f"{date.strip()} {time.strip().replace('.', ':')}", "%Y-%m-%d %H:%M")  # noqa: DTZ007
        return typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, KeyError, OverflowError) as error:
        raise Refusal(
            "P-651",
            N_("Tanggal atau jam “%(label)s” tidak terbaca."),
            N_("Pilih tanggal, lalu isi jam seperti 07.30."),
            values={"label": label},
        ) from error


def box() -> SecretsBox:
    """The centre's secrets box."""
    return SecretsBox.at(settings().keys_dir)


def type_words(kind: str) -> str:
    """A question type as the field calls it."""
    words = {
        QuestionType.SINGLE: _("Pilihan Ganda"),
        QuestionType.MULTIPLE: _("Pilihan Ganda Kompleks"),
        QuestionType.CATEGORY: _("PGK Kategori"),
        QuestionType.MATCHING: _("Menjodohkan"),
        QuestionType.SHORT: _("Isian Singkat"),
        QuestionType.ESSAY: _("Uraian"),
        QuestionType.DESCRIPTION: _("Keterangan"),
    }
    return str(words[QuestionType(kind)])


def problem_words(question: Question) -> list[str]:
    """What keeps a question off a paper, in the reader's language."""
    found = [problem_from_rule(sentence) for sentence in question.problems()]
    return [_(problem.text, **problem.values) for problem in found]


def field_words(name: str) -> str:
    """A participant's field as the sheets call it."""
    words = {
        "number": _("Nomor peserta"),
        "nisn": _("NISN"),
        "nis": _("NIS"),
        "name": _("Nama"),
        "gender": _("Jenis kelamin"),
        "class_name": _("Kelas"),
        "birth_place": _("Tempat lahir"),
        "birth_date": _("Tanggal lahir"),
    }
    return str(words.get(name, name))
