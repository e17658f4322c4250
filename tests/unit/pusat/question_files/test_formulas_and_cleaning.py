"""HTML is made safe first and formulas are set after; money stays money; the way back gives the same again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pusat.services.question_files.composing import Composer
from app.pusat.services.question_files.formulas import render, split
from app.pusat.services.question_files.plain import editable_html, readable_text
from app.pusat.services.question_files.problems import Problem


def clean(raw: str) -> str:
    return Composer().html(raw)


@pytest.mark.parametrize(
    "money",
    [
        "Harga $5 dan $10",
        "antara $5-$10",
        "US$5, US$ 6 saja",
        "$5 juta dan $6 juta",
        "$100,000 atau $200,000",
        "$5/$6",
        "bayar $20 dan x",
        "Biaya $50 (diskon) $",
    ],
)
def test_money_is_no_formula(money: str) -> None:
    assert list(split(money)) == [("text", money)]


@pytest.mark.parametrize(
    ("text", "kind", "content"),
    [
        ("$x^2$", "inline", "x^2"),
        ("$ 1 \\neq 0 $", "inline", " 1 \\neq 0 "),
        ("\\(a<b\\)", "inline", "a<b"),
        ("\\[c\\]", "display", "c"),
        ("$$\nd\n$$", "display", "\nd\n"),
        ("$5$", "inline", "5"),
        ("$3x + 4y = 10$", "inline", "3x + 4y = 10"),
    ],
)
def test_formulas_are_found_in_all_their_delimiters(text: str, kind: str, content: str) -> None:
    assert list(split(text)) == [(kind, content)]


def test_a_backslash_before_a_dollar_keeps_it_a_dollar() -> None:
    assert clean("\\$a\\$ dan $b$").startswith("$a$ dan <span")


def test_formulas_carry_mathml_for_screen_readers() -> None:
    assert "<math" in render("x^2", display=False)
    assert "katex-display" in render("x^2", display=True)


@pytest.mark.parametrize(
    "tex",
    ["\\frac{1", "\\perintah", "\\def\\a{\\a\\a}\\a", "{" * 3000, "\\frac{1}{" * 500 + "}" * 500, "\\htmlStyle{a}{b}"],
)
def test_formulas_that_cannot_be_set_are_problems_and_leave_the_next_one_alone(tex: str) -> None:
    with pytest.raises(Problem):
        render(tex, display=False)
    assert "katex" in render("1+1", display=False)


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("<script>alert(1)</script>a", "a"),
        ('<p onclick="x()" style="color:red" class="b">a</p>', "a"),
        ('<a href="https://x.test">tautan</a>', "tautan"),
        ("<h2>Judul</h2><p>b</p>", "<p><strong>Judul</strong></p><p>b</p>"),
        ("<p>&nbsp;</p>", ""),
        ('<span class="katex" style="position:fixed">a</span>', "<span>a</span>"),
        ('<p dir="rtl" lang="ar">نص</p>', '<p dir="rtl" lang="ar">نص</p>'),
        ("a\x00b\x0bc", "abc"),
    ],
)
def test_only_the_allowed_tags_and_attributes_stay(raw: str, safe: str) -> None:
    assert clean(raw) == safe


@pytest.mark.parametrize(
    "raw",
    [
        "<math><mi>x</mi></math>",
        "<svg onload=alert(1)></svg>",
        "<video src=a.mp4></video>",
        "<iframe src=a></iframe>",
        "<img src=javascript:alert(1)>",
        "<img alt=a>",
        '<img src="/media/../../x">',
        '<img src="data:image/png;base64,AAAA">',
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        f'<img src="/media/{"0" * 64}.png">',
    ],
)
def test_what_would_vanish_or_cannot_be_had_is_refused(raw: str) -> None:
    with pytest.raises(Problem):
        clean(raw)


def test_media_already_in_the_bank_may_be_shown_again() -> None:
    name = "0" * 64 + ".png"
    assert Composer(known=[name]).html(f'<img src="/media/{name}">') == f'<img src="/media/{name}">'


def test_code_is_never_a_formula() -> None:
    assert clean("<code>$x$</code>") == "<code>$x$</code>"


def test_less_than_inside_a_formula_survives_cleaning() -> None:
    assert readable_text(clean("jika $a<b$ maka")) == "jika $a<b$ maka"


def test_editable_source_gives_the_same_html_again() -> None:
    formulas = "<p>Bila $x<1$ dan $$y_2$$ dan \\( 5 \\) dan \\(x\\)7 dan \\(5-\\)"
    raw = f"{formulas} seharga \\$5 atau \\$6$ &amp; &lt;b&gt;</p><ul><li><b>a</b></li></ul>"
    safe = clean(raw)
    assert clean(editable_html(safe)) == safe


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("$\\()[]ab1 <>/p&;=\"'\n{}^_"), max_size=60))
def test_cleaning_never_raises_anything_but_a_problem_and_is_stable(text: str) -> None:
    try:
        safe = clean(text)
    except Problem:
        return
    assert clean(editable_html(safe)) == safe
    readable_text(safe)
