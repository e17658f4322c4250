"""Dates and numbers as people read them, in the zone of the place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from app.web.locale import clock_words, date_words, number_words, time_words

MORNING = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Jakarta", "23 November 2026, 07.30 WIB"),
        ("Asia/Makassar", "23 November 2026, 08.30 WITA"),
        ("Asia/Jayapura", "23 November 2026, 09.30 WIT"),
    ],
)
def test_a_time_is_told_in_the_zone_of_the_place(pusat_app: Flask, zone: str, words: str):
    with pusat_app.test_request_context():
        assert time_words(MORNING, zone) == words


def test_midnight_belongs_to_the_new_day_of_the_place(pusat_app: Flask):
    with pusat_app.test_request_context():
        late = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
        assert time_words(late) == "23 November 2026, 00.00 WIB"
        assert date_words(late, "UTC") == "22 November 2026"


def test_numbers_have_a_decimal_comma_and_english_ones_a_point(pusat_app: Flask):
    with pusat_app.test_request_context():
        assert [number_words(1234.5), number_words(87.0), number_words(1234.567, 0)] == ["1.234,5", "87", "1.235"]
    with pusat_app.app_context(), pusat_app.test_request_context(headers={"Cookie": "guyub_bahasa=en"}):
        assert number_words(1234.5) == "1,234.5"
        assert clock_words(MORNING) == "07:30 WIB"


def test_a_time_without_a_zone_is_a_bug(pusat_app: Flask):
    with pusat_app.test_request_context(), pytest.raises(ValueError, match="zone"):
        time_words(datetime(2026, 11, 23))  # noqa: DTZ001 - the point
