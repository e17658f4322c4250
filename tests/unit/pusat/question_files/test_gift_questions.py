"""GIFT files give the questions they mean, and one broken question never hides the others."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.questions import Question, QuestionType
from app.pusat.services.question_files.composing import Composer
from app.pusat.services.question_files.gift import read_gift
from app.pusat.services.question_files.items import ReadItem
from app.pusat.services.question_files.plain import readable_text


def read(text: str) -> list[ReadItem]:
    return list(read_gift(text, Composer()))


def question(text: str) -> Question:
    (item,) = read(text)
    assert item.question is not None, item.error
    return item.question


def options(text: str) -> list[tuple[str, float]]:
    return [(option.html, round(option.weight, 7)) for option in question(text).options]


def error(text: str) -> str:
    (item,) = read(text)
    assert item.error, item.question
    return item.error


def test_one_equals_sign_among_tildes_is_a_single_choice() -> None:
    assert question("Ibu kota Jepang?{~Osaka =Tokyo ~Kyoto}").type is QuestionType.SINGLE
    assert options("Ibu kota Jepang?{~Osaka =Tokyo ~Kyoto}") == [("Osaka", 0), ("Tokyo", 1), ("Kyoto", 0)]


def test_weights_without_an_equals_sign_are_a_multiple_choice() -> None:
    text = "Benua?{\n~%33.33333%Asia\n~%33.33333%Afrika\n~%-100%Bali\n~%33.33333%Eropa}"
    assert question(text).type is QuestionType.MULTIPLE
    assert options(text) == [("Asia", 0.3333333), ("Afrika", 0.3333333), ("Bali", -1), ("Eropa", 0.3333333)]


def test_partial_credit_stands_beside_the_right_option() -> None:
    text = "Sulit.{~salah ~%50%setengah =%100%penuh}"
    assert question(text).type is QuestionType.SINGLE
    assert options(text) == [("salah", 0), ("setengah", 0.5), ("penuh", 1)]


def test_true_and_false_become_benar_and_salah_in_that_order() -> None:
    for mark, right in (("T", "Benar"), ("TRUE", "Benar"), ("F#keliru #tepat", "Salah"), ("false####umum", "Salah")):
        made = question(f"Matahari terbit di timur.{{{mark}}}")
        assert made.type is QuestionType.SINGLE
        assert not made.shuffle_options
        assert [option.html for option in made.options if option.weight == 1] == [right]
        assert [option.html for option in made.options] == ["Benar", "Salah"]


def test_short_answers_keep_their_weights() -> None:
    made = question("Ibu kota lama?{=Batavia =%75%Batavya#ejaan =%25%Sunda Kelapa}")
    assert made.type is QuestionType.SHORT
    assert [(a.text, a.weight) for a in made.answers] == [("Batavia", 1), ("Batavya", 0.75), ("Sunda Kelapa", 0.25)]


def test_an_answer_without_a_sign_is_a_short_answer() -> None:
    assert [a.text for a in question("Lima ditambah lima {sepuluh}").answers] == ["sepuluh"]


def test_numbers_have_tolerances_ranges_and_weights() -> None:
    def numbers(answers: str) -> list[tuple[float | None, float, float]]:
        return [(a.number, a.tolerance, a.weight) for a in question(f"Angka?{{#{answers}}}").answers]

    assert numbers("1822") == [(1822, 0, 1)]
    assert numbers("-1") == [(-1, 0, 1)]
    assert numbers("3.1415:0.0005") == [(3.1415, 0.0005, 1)]
    assert numbers("3.141..3.142") == [(3.1415, 0.0005, 1)]
    assert numbers("-3.142..-3.141") == [(-3.1415, 0.0005, 1)]
    assert numbers("-5..5") == [(0, 5, 1)]
    assert numbers("3,5") == [(3.5, 0, 1)]
    assert numbers("\n =1822:0\n =%50%1822:2#dekat\n ~#salah") == [(1822, 0, 1), (1822, 2, 0.5)]


def test_matching_joins_equal_right_sides_and_keeps_distractors() -> None:
    made = question("Jodohkan.{\n=[html]<b>Bandung</b> -> Jawa\n=Medan -> Sumatra\n=Solo -> Jawa\n= -> Papua\n}")
    assert made.type is QuestionType.MATCHING
    assert [(row.html, row.key) for row in made.rows] == [
        ("<b>Bandung</b>", ("c1",)),
        ("Medan", ("c2",)),
        ("Solo", ("c1",)),
    ]
    assert [column.html for column in made.columns] == ["Jawa", "Sumatra", "Papua"]


def test_text_after_the_answers_leaves_a_blank_where_they_stood() -> None:
    assert question("Hari merdeka {~16 =17} Agustus.").stem == "Hari merdeka _____ Agustus."


def test_empty_braces_are_an_essay_and_no_braces_a_description() -> None:
    assert question("Ceritakan liburanmu. {}").type is QuestionType.ESSAY
    assert question("Ceritakan. {####bagus}").type is QuestionType.ESSAY
    assert question("::Petunjuk::Baca teks berikut.").type is QuestionType.DESCRIPTION


def test_control_characters_can_be_escaped_everywhere() -> None:
    made = question(
        "::A\\: b::Mana \\{kurung\\} \\~ \\# \\= \\: `-\\=[];',./!@$%^&*()_+|\"<>?"
        "{~ \\~ # ini\n= \\= 2 + 3 ~ \\\\ ~ \\ }"
    )
    assert made.title == "A: b"
    assert readable_text(made.stem) == "Mana {kurung} ~ # = : `-=[];',./!@$%^&*()_+|\"<>?"
    assert [readable_text(option.html) for option in made.options] == ["~", "= 2 + 3", "\\", "\\"]


def test_backslash_n_is_a_line_end_and_a_line_end_in_the_file_is_a_space() -> None:
    assert readable_text(question("Satu\\ndua\ntiga {}").stem) == "Satu\ndua tiga"


def test_a_latex_command_that_begins_with_n_needs_two_backslashes() -> None:
    assert readable_text(question("[html]Bila\\n $ 1 \\\\neq 0 $ {}").stem) == "Bila\n$ 1 \\neq 0 $"


def test_feedback_is_not_shown_to_students() -> None:
    made = question("Warna langit?{=biru # RAHASIA benar ~merah # [html]RAHASIA salah ####RAHASIA umum}")
    assert "RAHASIA" not in str(made.to_dict())


def test_text_formats_decide_what_markup_means() -> None:
    assert question("[plain]a <b>tebal</b> {}").stem == "a &lt;b&gt;tebal&lt;/b&gt;"
    assert question("[html]a <b>tebal</b> {}").stem == "a <b>tebal</b>"
    assert question("[markdown]a **tebal** dan _miring_ {}").stem == "a <strong>tebal</strong> dan <em>miring</em>"
    assert question("jika a<b maka c>d {}").stem == "jika a&lt;b maka c&gt;d"
    assert [o.html for o in question("[html]x{=[plain]<i> ~<i>y</i>}").options] == ["&lt;i&gt;", "<i>y</i>"]


def test_comments_carry_ids_and_tags_and_are_not_text() -> None:
    text = "// [id:S-12] [tag:aljabar] [tag:kelas 9]\nSoal?{\n// di dalam jawaban\n=ya}\n// sesudahnya\n"
    (item,) = read(text)
    assert (item.source_id, item.tags) == ("S-12", ("aljabar", "kelas 9"))
    assert item.question is not None
    assert item.question.answers[0].text == "ya"


def test_categories_belong_to_the_questions_below_them() -> None:
    items = read("$CATEGORY: Matematika/Aljabar\n\nSatu?{T}\n\n$CATEGORY: IPA\nDua?{F}")
    assert [item.category for item in items] == ["Matematika/Aljabar", "IPA"]


def test_titled_questions_need_no_blank_line_between_them() -> None:
    assert [item.question.title for item in read("::A::x{T}\n::B::y{F}\n// c\n::C::z{}") if item.question] == [
        "A",
        "B",
        "C",
    ]


def test_blank_lines_inside_the_answers_are_allowed() -> None:
    assert options("Pilih.{\n=a\n\n~b\n\n}") == [("a", 1), ("b", 0)]


def test_windows_line_ends_and_indented_lines_change_nothing() -> None:
    assert options("  Pilih.\r\n  {\r\n\t=a\r\n\t~b\r\n  }\r\n") == [("a", 1), ("b", 0)]


def test_an_unclosed_brace_hides_no_other_question() -> None:
    items = read("Satu?{=a ~b\n\nDua?{T}\n\nTiga?{~x\n\n::Empat::y{F}")
    assert [bool(item.error) for item in items] == [True, False, True, False]
    assert items[0].place == "baris 1 (soal 1)"
    assert items[2].place == "baris 5 (soal 3)"


def test_what_cannot_be_meant_is_an_error_with_its_reason() -> None:
    assert "kunci" in error("Pilih.{~a ~b}")
    assert "dua opsi" in error("Pilih.{~%100%a}")
    assert "tidak berpasangan" in error("Pilih {=a ~b")
    assert "lebih dari satu pasang" in error("a {T} b {F}")
    assert "bukan angka" in error("n?{#tiga}")
    assert "di luar" in error("n?{~%150%a =b}")
    assert "pola" in error("n?{=Jak*}")
    assert "->" in error("n?{=a -> b =c}")
    assert "tag HTML" in error('n?{=[html]<b title="x">a</b> ~b}')
    assert "LaTeX" in error("Berapa $\\\\frac\\{1$ ?{T}")
    assert "kosong" in error("{T}")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("{}=~#:%->\\n \n$[]html<b>/*'\"1.,T\x00é()"), max_size=120))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    for item in read(text):
        assert bool(item.error) != bool(item.question)
