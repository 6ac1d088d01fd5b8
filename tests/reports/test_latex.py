"""LaTeX that compiles and fits on a page: by rules, and by compiling it where that can be done."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from normstats.registry import all_layers
from normstats.reports.formats import render
from normstats.reports.formats.latex import number
from normstats.reports.formats.symbols import UNKNOWN, escaped, is_letter
from normstats.reports.marks import plain
from normstats.reports.model import Table
from normstats.tables import generate
from normstats.tables.jobs import Wanted
from tests.cli.conftest import Invoke
from tests.reports.distinct import RESULTS
from tests.reports.made_up import shown
from tests.tables.made_up import NEEDED, fake

LINE, DIGIT, BETWEEN = 345.0, 5.0, 12.0  # points: a line of article at 10 pt, a digit, 2 tabcolsep
COMMANDS = [
    ("list",),
    ("constants", "--all"),
    ("constants", *all_layers(), "--x-std", "2"),
    ("run", *all_layers()),
    ("run", "relu", "linear", "--columns", "forward.mean,forward.std,forward.rms,gain"),
    ("run", "relu", "linear", "--columns", "forward.std,backward.std", "--digits", "4"),
]
LATEX = next(filter(shutil.which, ("pdflatex", "tectonic")), None)


@pytest.fixture(params=COMMANDS, ids=lambda words: " ".join(words)[:40])
def latex(request: pytest.FixtureRequest, invoke: Invoke) -> str:
    outcome = invoke(*request.param, "--format", "tex")
    assert outcome.exit_code == 0
    return outcome.stdout


def body(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("%")]


def test_only_characters_that_every_latex_sets(latex: str) -> None:
    """ASCII and accented letters, with what means something to LaTeX in its place."""
    for line in body(latex):
        assert [c for c in line if not (" " <= c <= "~" or is_letter(c))] == []
        assert UNKNOWN not in line
        bare = re.sub(r"\\(?:[&%$#_{}\\]|[a-zA-Z]+)", "", line)
        assert not set("~^#%") & set(re.sub(r"\\ensuremath\{\^|\{\^|\$[^$]*\$", "", bare)) - {"^"}
        assert len(re.findall(r"(?<!\\)\$", line)) % 2 == 0
        opened = len(re.findall(r"(?<!\\)\{", line))
        assert opened == len(re.findall(r"(?<!\\)\}", line))


def test_lines_have_the_cells_of_their_table(latex: str) -> None:
    columns = 0
    for line in body(latex):
        if line.startswith(r"\begin"):
            columns = len(kinds(line))
        elif line.endswith(r" \\"):
            assert len(re.findall(r"(?<!\\)&", line)) == columns - 1 > 0


def kinds(spec: str) -> str:
    """``prrr`` for a column of text of a given width and three of numbers."""
    spec = re.sub(r"\\begin\{\w+\}|>\{[^}]*\}", "", spec)
    return re.sub(r"p\{[^}]*\}", "p", spec).strip("{}")


def widths(latex: str) -> Iterator[float]:
    """The width of each table in points; columns of text of a given width may break their lines."""
    for table in re.findall(r"\\begin\{(?:tabular|longtable)\}(.*?)\\bottomrule", latex, re.DOTALL):
        spec, *lines = table.splitlines()
        shares = [float(share) for share in re.findall(r"p\{([\d.]+)", spec)]
        rows = [line[:-3].split(" & ") for line in lines if line.endswith(r" \\")]
        free = [i for i, kind in enumerate(kinds(spec)) if kind != "p"]
        natural = sum(max(visible(row[i]) for row in rows) for i in free)
        yield sum(shares) * LINE + natural * DIGIT + len(rows[0]) * BETWEEN


def visible(cell: str) -> int:
    """Characters, and two for each sign with room around it."""
    cell = re.sub(r"\\times 10\^\{([^}]*)\}", r"..10\1", cell)
    return len(re.sub(r"\\pm", "...", cell).replace("$", ""))


def test_tables_fit_between_the_margins(latex: str) -> None:
    found = list(widths(latex))
    assert found
    assert max(found) <= 1.05 * LINE


def test_long_tables_go_on_over_pages(invoke: Invoke) -> None:
    assert r"\begin{longtable}" in invoke("list", "--format", "latex").stdout
    assert r"\begin{tabular}" in invoke("run", "relu", "--format", "latex").stdout


def test_every_text_that_there_is_can_be_set() -> None:
    """Of the catalogue and the tables' pages as well, which no command prints in LaTeX."""
    results = {Wanted.of(run): fake(run) for run in NEEDED}
    made = generate.reports(generate.judge(results), NEEDED, results, 0, "make tables")
    for report in made.values():
        for part in report.parts:
            cells = (
                [text for row in part.rows for text in row.cells] if isinstance(part, Table) else []
            )
            for text in cells if isinstance(part, Table) else part.texts:
                known = escaped(text)
                assert known.count(UNKNOWN) == plain(text).count(UNKNOWN), text
        assert render(report, "latex")


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("χ² ≤ σ₁₂", r"\ensuremath{\chi}\ensuremath{^{2}} \ensuremath{\leq} \ensuremath{\sigma}"
         r"\ensuremath{_{12}}"),
        ("x⁻¹ − 50 %", r"x\ensuremath{^{-1}} \ensuremath{-} 50 \%"),
        ("a_b{c}\\d~e^f", r"a\_b\{c\}\textbackslash{}d\textasciitilde{}e\textasciicircum{}f"),
        ("Glorot & Bengio, É. Sainte–Łódź", r"Glorot \& Bengio, É. Sainte--Łódź"),
        ("e\u0301", "é"),
        ("好", UNKNOWN),
    ],
)  # fmt: skip
def test_characters(text: str, latex: str) -> None:
    assert escaped(text) == latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("0.39901(18)", "$0.39901(18)$"),
        ("1.200(30)e-12", r"$1.200(30)\times 10^{-12}$"),
        ("–", "--"),
    ],
)
def test_numbers(text: str, latex: str) -> None:
    assert number(text) == latex


@pytest.mark.skipif(LATEX is None, reason="no LaTeX here")
def test_it_compiles(latex: str, tmp_path: Path) -> None:
    packages = r"\usepackage{array,booktabs,longtable}"
    document = rf"\documentclass{{article}}{packages}\begin{{document}}{latex}\end{{document}}"
    (tmp_path / "table.tex").write_text(document, "utf-8")
    command = [str(LATEX), *(["-interaction=nonstopmode"] if LATEX == "pdflatex" else [])]
    done = subprocess.run([*command, "table.tex"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


def test_how_it_was_measured_is_told_in_comments() -> None:
    text = shown(RESULTS, "latex")
    comments = [line for line in text.splitlines() if line.startswith("%")]
    assert "% 0.3989(12) is 0.3989 ± 0.0012" in comments
    assert any("seed 17" in line for line in comments)
    assert "seed" not in "\n".join(body(text))


def test_what_a_chain_does_is_text_above_its_tables(invoke: Invoke) -> None:
    """Not a comment, which nobody who reads the paper sees."""
    given = ("chain", "linear(16), relu", "--networks=3", "--batch-size=8", "--repeat=2")
    lines = body(invoke(*given, "--format=latex").stdout)
    for side in ("forward: stable, std changes by", "backward: stable, std changes by"):
        (place,) = (i for i, line in enumerate(lines) if line.startswith(side))
        following = [line for line in lines[place + 1 :] if line]
        assert following[0].startswith(r"\begin{tabular}")
