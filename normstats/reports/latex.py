r"""The report as a LaTeX table for the booktabs package."""

from __future__ import annotations

import re
from collections.abc import Sequence

from normstats.reports.columns import HUMAN, call, rows
from normstats.reports.words import run
from normstats.result import Result

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: "\\" + character for character in "&%$#_{}"},
}


def render(results: Sequence[Result]) -> str:
    """A tabular for all layers; how they were measured stands above it as comments."""
    lines = [r"% needs \usepackage{booktabs}"]
    for result in results:
        lines += [f"% {call(result)}: {sentence}" for sentence in run(result)]
    lines += [
        r"\begin{tabular}{lllrrr}",
        r"\toprule",
        r"layer & direction & statistic & measured & exact & deviation \\",
    ]
    for result in results:
        lines.append(r"\midrule")
        for i, row in enumerate(rows(result)):
            layer = rf"\texttt{{{escaped(call(result))}}}" if i == 0 else ""
            cells = [number(column.value(row)) for column in HUMAN]
            lines.append(" & ".join([layer, *cells]) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text whose characters mean nothing to LaTeX."""
    return "".join(_SPECIAL.get(character, character) for character in text)


def number(text: str) -> str:
    """A number, with its error or its power of ten, in mathematics; a word as it is."""
    if not re.search(r"\d|∞", text):
        return escaped(text)
    text, _, remark = text.partition(" (no error")
    text = re.sub(r"e([+-]?)0*(\d+)", _power, text)
    text = text.replace("±", r"\pm").replace("σ", r"\,\sigma").replace("∞", r"\infty")
    text = re.sub(r"\b(nan|inf)\b", r"\\mathrm{\1}", text)
    return f"${text.replace(' ', ' ')}$" + (f" (no error{escaped(remark)}" if remark else "")


def _power(match: re.Match[str]) -> str:
    sign = "-" if match[1] == "-" else ""
    return rf"\times 10^{{{sign}{match[2]}}}"
