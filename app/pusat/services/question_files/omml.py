"""Word equations (Office Math, ECMA-376 part 1 §22.1) to LaTeX that KaTeX can set.

Covers what Word's equation editor writes. An element that is not known here is refused by name, because a formula that
lost a part is a wrong formula.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from app.domain.wording import N_

from .problems import Problem

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SPECIAL = {"\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}"} | {char: "\\" + char for char in "#$%&_{}"}
_SYMBOLS = {
    "−": "-", "∗": "*", "×": r"\times ", "÷": r"\div ", "·": r"\cdot ", "⋅": r"\cdot ", "±": r"\pm ", "∓": r"\mp ",
    "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "≡": r"\equiv ", "∼": r"\sim ", "≅": r"\cong ",
    "∝": r"\propto ", "∞": r"\infty ", "∂": r"\partial ", "∇": r"\nabla ", "∈": r"\in ", "∉": r"\notin ",
    "⊂": r"\subset ", "⊆": r"\subseteq ", "∪": r"\cup ", "∩": r"\cap ", "∅": r"\emptyset ", "∀": r"\forall ",
    "∃": r"\exists ", "¬": r"\neg ", "∧": r"\wedge ", "∨": r"\vee ", "→": r"\to ", "←": r"\leftarrow ",
    "↔": r"\leftrightarrow ", "⇒": r"\Rightarrow ", "⇔": r"\Leftrightarrow ", "⟶": r"\longrightarrow ",
    "⇌": r"\rightleftharpoons ", "∠": r"\angle ", "⊥": r"\perp ", "∥": r"\parallel ", "△": r"\triangle ",
    "°": r"{}^{\circ}", "℃": r"{}^{\circ}\mathrm{C}", "′": "'", "″": "''", "…": r"\ldots ", "⋯": r"\cdots ",
    "⋮": r"\vdots ", "⋱": r"\ddots ", "√": r"\surd ", "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ",
    "ħ": r"\hbar ", "ℓ": r"\ell ", "∴": r"\therefore ", "∵": r"\because ", "\u2061": "", "\u200b": "",
    "\u2062": "", "\u00a0": r"\ ", "\u2003": r"\quad ", "\u2009": r"\,", "≪": r"\ll ", "≫": r"\gg ",
}  # fmt: skip
_GREEK_NAMES = """
    alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon varphi chi psi
    omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega epsilon vartheta phi
"""
_GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩϵϑϕ", _GREEK_NAMES.split(), strict=True))
_NARY = {"∑": r"\sum", "∏": r"\prod", "∐": r"\coprod", "∫": r"\int", "∬": r"\iint", "∭": r"\iiint", "∮": r"\oint"}
_NARY |= {"⋃": r"\bigcup", "⋂": r"\bigcap", "⋁": r"\bigvee", "⋀": r"\bigwedge"}
_ACCENTS = {"̂": "hat", "̃": "tilde", "̅": "overline", "̄": "bar", "⃗": "vec", "→": "vec", "̇": "dot", "̈": "ddot"}
_ACCENTS |= {"́": "acute", "̀": "grave", "̆": "breve", "̌": "check", "^": "hat", "~": "tilde", "¯": "bar"}
_FUNCTION_NAMES = """
    sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max min sup inf det gcd deg dim ker
"""
_FUNCTIONS = set(_FUNCTION_NAMES.split())
_FENCES = {"{": r"\{", "}": r"\}", "⟨": r"\langle", "⟩": r"\rangle", "‖": r"\|", "∥": r"\|", "⌈": r"\lceil"}
_FENCES |= {"⌉": r"\rceil", "⌊": r"\lfloor", "⌋": r"\rfloor", "": ".", "|": "|", "∣": "|", "(": "(", ")": ")"}
_FENCES |= {"[": "[", "]": "]", "/": "/", "\\": r"\backslash"}


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _value(element: Any, path: str, default: str) -> str:
    found = element.find("/".join(MATH + step for step in path.split("/")))
    return default if found is None else str(found.get(MATH + "val", ""))


def _on(element: Any, path: str) -> bool:
    found = element.find("/".join(MATH + step for step in path.split("/")))
    return found is not None and found.get(MATH + "val", "1") not in ("0", "off", "false")


def _part(element: Any, name: str) -> str:
    found = element.find(MATH + name)
    return "" if found is None else _children(found)


def _plain(text: str) -> str:
    return "".join("\\" + char if char in "#$%&_{}" else {"\\": r"\textbackslash "}.get(char, char) for char in text)


def _characters(text: str) -> str:
    out = []
    for raw in text:
        known = _SYMBOLS.get(raw)
        char = raw if known is not None or raw in _GREEK else unicodedata.normalize("NFKC", raw)
        out.append(known if known is not None else "".join(_character(one) for one in char))
    return "".join(out)


def _character(char: str) -> str:
    if char in _GREEK:
        return f"\\{_GREEK[char]} "
    return _SYMBOLS.get(char) or _SPECIAL.get(char, char)


def _run(element: Any) -> str:
    text = "".join(part.text or "" for part in element.findall(MATH + "t"))
    if _on(element, "rPr/nor"):
        return rf"\text{{{_plain(text)}}}" if text else ""
    if text.strip() in _FUNCTIONS:
        return f"\\{text.strip()} "
    made = _characters(text)
    style = _value(element, "rPr/sty", "")
    if style == "p" and re.search(r"[A-Za-z]{2,}", text):
        return rf"\mathrm{{{made}}}"
    return rf"\mathbf{{{made}}}" if style in ("b", "bi") and made.strip() else made


def _fraction(element: Any) -> str:
    top, bottom = _part(element, "num"), _part(element, "den")
    kind = _value(element, "fPr/type", "bar")
    if kind in ("lin", "skw"):
        return f"{{{top}}}/{{{bottom}}}"
    return rf"\genfrac{{}}{{}}{{0pt}}{{}}{{{top}}}{{{bottom}}}" if kind == "noBar" else rf"\frac{{{top}}}{{{bottom}}}"


def _radical(element: Any) -> str:
    degree = "" if _on(element, "radPr/degHide") else _part(element, "deg")
    return (rf"\sqrt[{degree}]" if degree.strip() else r"\sqrt") + f"{{{_part(element, 'e')}}}"


def _nary(element: Any) -> str:
    sign = _value(element, "naryPr/chr", "∫")
    made = _NARY.get(sign) or _characters(sign)
    if _value(element, "naryPr/limLoc", "") == "undOvr":
        made += r"\limits"
    if not _on(element, "naryPr/subHide") and _part(element, "sub").strip():
        made += f"_{{{_part(element, 'sub')}}}"
    if not _on(element, "naryPr/supHide") and _part(element, "sup").strip():
        made += f"^{{{_part(element, 'sup')}}}"
    return f"{made}{{{_part(element, 'e')}}}"


def _fence(char: str) -> str:
    return _FENCES.get(char, _characters(char))


def _delimiters(element: Any) -> str:
    opening = _fence(_value(element, "dPr/begChr", "("))
    closing = _fence(_value(element, "dPr/endChr", ")"))
    between = _value(element, "dPr/sepChr", "|")
    separator = rf" \middle{_fence(between)} " if between else " "
    inner = separator.join(_children(part) for part in element.findall(MATH + "e"))
    return rf"\left{opening} {inner} \right{closing}"


def _matrix(element: Any) -> str:
    rows = (" & ".join(_children(cell) for cell in row.findall(MATH + "e")) for row in element.findall(MATH + "mr"))
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"


def _equations(element: Any) -> str:
    lines = (_children(line) for line in element.findall(MATH + "e"))
    return r"\begin{aligned}" + r" \\ ".join(line.replace(r"\&", "&") for line in lines) + r"\end{aligned}"


def _limit(element: Any) -> str:
    base, limit = _part(element, "e").strip(), _part(element, "lim")
    below = _name(element) == "limLow"
    if base.removeprefix("\\") in _FUNCTIONS:
        return f"{base}{'_' if below else '^'}{{{limit}}}"
    return rf"\{'under' if below else 'over'}set{{{limit}}}{{{base}}}"


def _accent(element: Any) -> str:
    char = _value(element, "accPr/chr", "̂")
    base = _part(element, "e")
    name = _ACCENTS.get(char)
    if name is None:
        raise Problem(N_("Persamaan Word memakai tanda aksen “%(char)s” yang belum didukung."), char=char)
    wide = {"hat": "widehat", "tilde": "widetilde", "vec": "overrightarrow"}
    return f"\\{wide.get(name, name) if len(base.strip()) > 1 else name}{{{base}}}"


def _group(element: Any) -> str:
    char = _value(element, "groupChrPr/chr", "⏟")
    names = {"⏟": "underbrace", "⏞": "overbrace", "→": "overrightarrow", "←": "overleftarrow"}
    return f"\\{names.get(char, 'underline')}{{{_part(element, 'e')}}}"


def _bar(element: Any) -> str:
    name = "overline" if _value(element, "barPr/pos", "bot") == "top" else "underline"
    return f"\\{name}{{{_part(element, 'e')}}}"


_ELEMENTS: dict[str, Callable[[Any], str]] = {
    "r": _run,
    "f": _fraction,
    "rad": _radical,
    "nary": _nary,
    "d": _delimiters,
    "m": _matrix,
    "eqArr": _equations,
    "limLow": _limit,
    "limUpp": _limit,
    "acc": _accent,
    "groupChr": _group,
    "bar": _bar,
    "sSup": lambda e: f"{{{_part(e, 'e')}}}^{{{_part(e, 'sup')}}}",
    "sSub": lambda e: f"{{{_part(e, 'e')}}}_{{{_part(e, 'sub')}}}",
    "sSubSup": lambda e: f"{{{_part(e, 'e')}}}_{{{_part(e, 'sub')}}}^{{{_part(e, 'sup')}}}",
    "sPre": lambda e: f"{{}}_{{{_part(e, 'sub')}}}^{{{_part(e, 'sup')}}}{{{_part(e, 'e')}}}",
    "func": lambda e: f"{_part(e, 'fName')}{{{_part(e, 'e')}}}",
    "borderBox": lambda e: rf"\boxed{{{_part(e, 'e')}}}",
    "box": lambda e: _part(e, "e"),
    "phant": lambda e: rf"\phantom{{{_part(e, 'e')}}}" if not _on(e, "phantPr/show") else _part(e, "e"),
    "oMath": lambda e: _children(e),
    "e": lambda e: _children(e),
}
_SILENT = {"ctrlPr", "argPr", "bookmarkStart", "bookmarkEnd", "proofErr", "del", "oMathParaPr", "rPr"}
_THROUGH = {"ins", "sdt", "sdtContent", "smartTag", "hyperlink"}


def _children(element: Any) -> str:
    out = []
    for child in element:
        name = _name(child)
        if name in _THROUGH:
            out.append(_children(child))
        elif name == "r" and not child.tag.startswith(MATH):
            out.append(_characters("".join(t.text or "" for t in child if _name(t) == "t")))
        elif name in _ELEMENTS:
            out.append(_ELEMENTS[name](child))
        elif name and name not in _SILENT and not name.endswith("Pr"):
            raise Problem(N_("Persamaan Word memuat bagian “%(name)s” yang belum didukung."), name=name)
    return "".join(out)


def latex(equation: Any) -> str:
    """LaTeX of one `m:oMath` element. Raises Problem for a part that has no equal here."""
    return re.sub(r"[ \t\n]+", " ", _children(equation)).strip()
