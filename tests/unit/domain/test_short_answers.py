"""A short answer is right when it means the right thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.questions import Answer
from app.domain.short_answers import normal_text, numbers_meant, share_of_short_answer


def right(accepted: Answer, given_text: str, *, case_sensitive: bool = False) -> bool:
    return share_of_short_answer([accepted], given_text, case_sensitive) == 1.0


@pytest.mark.parametrize(
    "given_text", ["Ki Hajar Dewantara", "  ki hajar   dewantara ", "KI HAJAR\tDEWANTARA", "Ｋi Hajar Dewantara"]
)
def test_spaces_case_and_letter_forms_do_not_matter(given_text: str) -> None:
    assert right(Answer(text="Ki Hajar Dewantara"), given_text)


def test_case_matters_where_the_question_says_so() -> None:
    assert not right(Answer(text="NaCl"), "nacl", case_sensitive=True)
    assert right(Answer(text="NaCl"), " NaCl ", case_sensitive=True)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert right(Answer(text="caf\u00e9"), "cafe\u0301")


def test_curly_quotes_are_as_good_as_straight_ones() -> None:
    assert right(Answer(text="Jum'at"), "Jum’at")


@pytest.mark.parametrize(
    ("number", "given_text"),
    [
        (1.5, "1,5"),
        (1.5, "1.5"),
        (1.5, " + 1,50 "),
        (1250, "1.250"),
        (1250, "1250"),
        (1250, "1 250"),
        (1.25, "1.250"),
        (1250000, "1.250.000"),
        (1250000.5, "1.250.000,5"),
        (1250.5, "1,250.5"),
        (1250000, "1,250,000"),
        (-3, "−3"),
        (-3, "- 3"),
        (0.5, ",5"),
        (0.5, "0,5"),
        (2, "２"),
        (1500, "1,5e3"),
    ],
)
def test_a_number_is_read_as_people_here_write_it(number: float, given_text: str) -> None:
    assert right(Answer(number=number), given_text)


@pytest.mark.parametrize(
    ("number", "given_text"),
    [
        (1250, "1,250"),
        (1250, "1.25"),
        (1250, "12.50"),
        (15, "1.5"),
        (1.5, "1,,5"),
        (1250000, "1.250,000"),
        (1250.5, "1.250.5"),
        (3, "tiga"),
        (3, "3 apel"),
        (3, "3-0"),
        (3, ""),
        (0, "."),
        (0, "-"),
        (3, "inf"),
        (3, "nan"),
        (10, "0x0a"),
        (3, "٣"),
    ],
)
def test_what_means_another_number_or_none_is_wrong(number: float, given_text: str) -> None:
    assert not right(Answer(number=number), given_text)


def test_the_tolerance_includes_its_ends() -> None:
    accepted = Answer(number=3.14, tolerance=0.01)
    assert [right(accepted, text) for text in ("3,13", "3.15", "3,12", "3,16")] == [True, True, False, False]
    assert right(Answer(number=0.1, tolerance=0.2), "0,3")


def test_a_key_written_as_text_that_is_a_number_is_compared_by_value() -> None:
    assert right(Answer(text="2,50"), "2.5")
    assert right(Answer(text="1.000"), "1000")


def test_a_key_with_leading_zeros_is_a_code_and_no_number() -> None:
    assert not right(Answer(text="007"), "7")
    assert right(Answer(text="007"), "007")


def test_a_decimal_key_below_one_is_no_code() -> None:
    assert right(Answer(text="0,50"), "0.5")


def test_the_best_matching_answer_counts() -> None:
    answers = [
        Answer(number=5, tolerance=1, weight=0.5),
        Answer(number=5, weight=1.0),
        Answer(text="lima", weight=0.25),
    ]
    assert [share_of_short_answer(answers, text) for text in ("5", "6", "Lima", "7")] == [1.0, 0.5, 0.25, 0.0]


@given(st.text(max_size=600))
def test_no_text_makes_the_comparison_fail(text: str) -> None:
    assert share_of_short_answer([Answer(text=text), Answer(number=1.0)], text) in {0.0, 1.0}
    assert normal_text(normal_text(text)) == normal_text(text)


@given(st.integers(-(10**9), 10**9), st.integers(0, 999))
def test_every_number_is_understood_with_thousands_and_decimal_comma(whole: int, thousandths: int) -> None:
    text = f"{whole:,}".replace(",", ".") + f",{thousandths:03}"
    meant = abs(whole) + thousandths / 1000
    assert any(abs(number - (-meant if whole < 0 else meant)) < 1e-6 for number in numbers_meant(text))
