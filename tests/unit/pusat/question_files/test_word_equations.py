"""Word equations become LaTeX that KaTeX can set; an unknown part is refused, never dropped."""

from __future__ import annotations

import pytest
from lxml import etree

from app.pusat.services.question_files.formulas import render
from app.pusat.services.question_files.omml import latex
from app.pusat.services.question_files.problems import Problem

NAMESPACE = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def run(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def part(name: str, inner: str) -> str:
    return f"<m:{name}>{inner}</m:{name}>"


def converted(inner: str) -> str:
    return latex(etree.fromstring(f"<m:oMath {NAMESPACE}>{inner}</m:oMath>"))


X, N, TWO = part("e", run("x")), run("n"), run("2")
SCRIPTS = part("sub", run("i")) + part("sup", TWO)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (run("𝑥+α≤∞"), r"x+\alpha \le \infty"),
        (run("a&amp;b%"), r"a\&b\%"),
        (part("f", part("num", run("1")) + part("den", TWO)), r"\frac{1}{2}"),
        (part("sSup", X + part("sup", TWO)), "{x}^{2}"),
        (part("sSub", X + part("sub", TWO)), "{x}_{2}"),
        (part("sSubSup", X + SCRIPTS), "{x}_{i}^{2}"),
        (part("rad", '<m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/>' + X), r"\sqrt{x}"),
        (part("rad", part("deg", run("3")) + X), r"\sqrt[3]{x}"),
        (
            part("nary", '<m:naryPr><m:chr m:val="∑"/><m:limLoc m:val="undOvr"/></m:naryPr>' + SCRIPTS + X),
            r"\sum\limits_{i}^{2}{x}",
        ),
        (part("nary", part("sub", run("0")) + part("sup", run("1")) + X), r"\int_{0}^{1}{x}"),
        (part("d", X), r"\left( x \right)"),
        (part("d", '<m:dPr><m:begChr m:val="{"/><m:endChr m:val=""/></m:dPr>' + X), r"\left\{ x \right."),
        (part("m", part("mr", X + X) + part("mr", X + X)), r"\begin{matrix}x & x \\ x & x\end{matrix}"),
        (part("eqArr", X + X), r"\begin{aligned}x \\ x\end{aligned}"),
        (part("func", part("fName", run("sin")) + X), r"\sin {x}"),
        (
            part("func", part("fName", part("limLow", part("e", run("lim")) + part("lim", run("x→0")))) + X),
            r"\lim_{x\to 0}{x}",
        ),
        (part("acc", '<m:accPr><m:chr m:val="⃗"/></m:accPr>' + X), r"\vec{x}"),
        (part("bar", '<m:barPr><m:pos m:val="top"/></m:barPr>' + X), r"\overline{x}"),
        ("<m:r><m:rPr><m:nor/></m:rPr><m:t>luas total</m:t></m:r>", r"\text{luas total}"),
        (part("borderBox", X), r"\boxed{x}"),
        (part("sPre", part("sub", run("6")) + part("sup", run("14")) + part("e", run("C"))), "{}_{6}^{14}{C}"),
    ],
)
def test_each_kind_of_part_has_its_latex(source: str, expected: str) -> None:
    assert converted(source) == expected
    assert "katex" in render(expected, display=False)


def test_an_unknown_part_is_refused_by_name() -> None:
    with pytest.raises(Problem, match="ajaib"):
        converted(part("ajaib", X))
