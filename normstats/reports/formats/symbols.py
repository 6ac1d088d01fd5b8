"""Text in LaTeX: characters that mean something to it, and those that its fonts lack."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from normstats.reports.marks import plain

_TEXT = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",  # \textquotedbl takes another encoding of fonts
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "’": "'",
    "‘": "`",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
    **{character: "\\" + character for character in "&%$#_{}"},
}
_MATHS = {
    **dict(zip("αβγδεζηθκλμνξπρστφχψω", ["alpha", "beta", "gamma", "delta", "epsilon", "zeta",
        "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "varphi",
        "chi", "psi", "omega"], strict=True)),
    **dict(zip("ΓΔΘΛΞΠΣΦΨΩ", ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi",
        "Psi", "Omega"], strict=True)),
    **dict(zip("·×±√∞≤≥≠≈∈∑∏∫∂→←↔∗⋅∘", ["cdot", "times", "pm", "surd", "infty", "leq", "geq", "neq",
        "approx", "in", "sum", "prod", "int", "partial", "rightarrow", "leftarrow",
        "leftrightarrow", "ast", "cdot", "circ"], strict=True)),
}  # fmt: skip
_SIGNS = {
    "−": "-",
    "½": r"\frac{1}{2}",
    "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}",
    "∼": r"\sim",
    "ℓ": r"\ell",
    "′": r"^{\prime}",
    "‖": r"\Vert",
}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵀ", "0123456789+-nT")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₙᵢⱼ", "0123456789+-nij")
UNKNOWN = "?"


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is; ASCII and accented letters come out, and nothing else."""
    return "".join(_escaped(unicodedata.normalize("NFC", plain(text))))


def _escaped(text: str) -> Iterator[str]:
    for match in re.finditer("([⁰¹²³⁴-⁹⁺⁻ⁿᵀ]+)|([₀-₉₊₋ₙᵢⱼ]+)|([a-z])\u0302|(.)", text, re.DOTALL):
        raised, lowered, hatted, character = match.groups()
        if raised:
            yield rf"\ensuremath{{^{{{raised.translate(_RAISED)}}}}}"
        elif lowered:
            yield rf"\ensuremath{{_{{{lowered.translate(_LOWERED)}}}}}"
        elif hatted:
            yield rf"\ensuremath{{\hat{{{hatted}}}}}"
        else:
            yield _one(character)


def _one(character: str) -> str:
    if character in _TEXT:
        return _TEXT[character]
    if character in _MATHS:
        return rf"\ensuremath{{\{_MATHS[character]}}}"
    if character in _SIGNS:
        return rf"\ensuremath{{{_SIGNS[character]}}}"
    if character in "\n\t" or " " <= character <= "~":
        return character
    return character if is_letter(character) else UNKNOWN


def is_letter(character: str) -> bool:
    """Whether it is a Latin letter with an accent, as in names, which every LaTeX knows."""
    return character.isalpha() and "\u00c0" <= character <= "\u017f"
