"""Bundles in any order, repeated or from a restored server: the newest answer of each question counts, none is lost."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from app.domain.refusals import Refusal
from app.models import AttemptResult, QuestionResult, Upload
from app.pusat.services import receiving
from tests.functional.pusat.exam_day.conftest import SITI, Day, attempt

CHOICES = ("q1a", "q1b", "q1c")
ANSWERS = st.dictionaries(st.sampled_from(["q1", "q5", "q6"]), st.sampled_from(CHOICES), min_size=1)
BUNDLES = st.lists(st.tuples(ANSWERS, st.integers(1, 3), st.integers(1, 30)), min_size=1, max_size=4)


def test_the_newest_answer_of_each_question_counts_in_whatever_order_bundles_come(published: Day) -> None:
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(bundles=BUNDLES, data=st.data())
    def check(bundles: list[tuple[dict[str, str], int, int]], data: st.DataObject) -> None:
        expected: dict[str, tuple[tuple[int, int], set[str]]] = {}
        built = []
        for minutes, (answers, epoch, first) in enumerate(bundles):
            for place, (question, value) in enumerate(answers.items()):
                age = (epoch, first + place)
                best, values = expected.get(question, ((0, 0), set()))
                if age >= best:
                    expected[question] = (age, {value} | (values if age == best else set()))
            built.append(published.bundle(attempt(SITI, answers, epoch=epoch, first=first), minutes=minutes))
        order = data.draw(st.permutations([*built, built[0]]))
        for bundle in order:
            receiving.receive_bundle(published.place, published.server.server, bundle.name, bundle.data, "uji")
        with published.place.look() as session:
            run = session.scalars(select(AttemptResult)).one()
            rows = {row.question_id: json.loads(row.value) for row in run.questions}
            assert run.earned == sum(row.earned or 0 for row in run.questions)
        assert {question for question, value in rows.items() if value is not None} == set(expected)
        for question, (_age, values) in expected.items():
            assert rows[question] in values
        with published.place.transaction() as session:
            for table in (QuestionResult, AttemptResult, Upload):
                session.execute(delete(table))

    check()


def test_no_changed_byte_of_a_bundle_is_believed(published: Day) -> None:
    bundle = published.bundle(attempt(SITI, {"q1": "q1a"}))

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(place=st.integers(0, len(bundle.data) - 1), flip=st.integers(1, 255))
    def check(place: int, flip: int) -> None:
        changed = bytearray(bundle.data)
        changed[place] ^= flip
        name = hashlib.sha256(changed).hexdigest()
        with pytest.raises(Refusal):
            receiving.receive_bundle(published.place, published.server.server, name, bytes(changed), "uji")

    check()
    published.forget()
    assert published.session.scalars(select(Upload)).all() == []
