"""A new format is one file, and every command has it at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from normstats.check.report import report as check_report
from normstats.cli.common import report_options
from normstats.reports import formats, of_results
from normstats.reports.marks import plain
from normstats.reports.model import PAPER, SCREEN, Report, Table
from normstats.tables import generate
from normstats.tables.jobs import Wanted
from tests.cli.conftest import Invoke
from tests.reports.distinct import RESULTS
from tests.reports.test_other_commands import CHECK
from tests.tables.made_up import NEEDED, fake

TSV = '''
"""Tab-separated values: what people read on a page, then what machines read."""

from normstats.reports.formats import Format
from normstats.reports.marks import plain
from normstats.reports.model import PAGE, Report, Table


def render(report: Report) -> str:
    lines = []
    for part in report.read_by(PAGE):
        if isinstance(part, Table):
            lines.append([column.title for column in part.columns])
            lines += [[plain(text) for text in row.cells] for row in part.rows]
        else:
            lines += [[plain(text)] for text in part.texts]
    lines.append(list(report.data.names))
    lines += [[str(value) for value in row] for row in report.data.rows]
    return "".join("\\t".join(line) + "\\n" for line in lines)


FORMAT = Format(render, (".tsv",))
'''


@pytest.fixture
def tsv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The format, as long as a test runs."""
    (tmp_path / "tsv.py").write_text(TSV, "utf-8")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    formats.formats_there_are.cache_clear()
    yield "tsv"
    formats.formats_there_are.cache_clear()
    sys.modules.pop(f"{formats.__name__}.tsv", None)


def test_it_is_found_and_comes_last(tsv: str) -> None:
    assert list(formats.formats())[-1] == list(formats.formats(cases=True))[-1] == tsv
    for cases in (False, True):
        (option, _) = report_options(cases)
        assert str(option.metavar).endswith("|tsv")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("relu",), "relu\tforward\tmean\t0.39894 ± 0.00006"),
        (("run", "relu", "leaky_relu"), "leaky_relu(negative_slope=0.01)\tforward\tmean"),
        (("list",), "elementwise\ttanh\ty = tanh(x)\tdx = dy(1 − y²)"),
        (("constants", "relu"), "relu\t0.398942280401433\t0.583819370103549\t"),
        (("constants", "--all"), "nfnets-relu\trelu\t1/std of y\t1.7139588594436646"),
    ],
)
def test_commands_print_it(tsv: str, arguments: tuple[str, ...], said: str, invoke: Invoke) -> None:
    outcome = invoke(*arguments, "--format", tsv)
    assert outcome.exit_code == 0
    assert said in outcome.stdout


def test_its_suffix_chooses_it(tsv: str, invoke: Invoke, tmp_path: Path) -> None:
    target = tmp_path / "layers.tsv"
    assert invoke("list", "--output", str(target)).exit_code == 0
    assert target.read_text("utf-8").startswith("family\tlayer\tformula")


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """One of every kind that no command of the test above prints."""
    results = {Wanted.of(run): fake(run) for run in NEEDED}
    judged = generate.judge(results)
    made = generate.reports(judged, NEEDED, results, 0, "make tables")
    return made | {"check": check_report(CHECK), "results": of_results.report(RESULTS)}


def test_every_report_renders_in_it(tsv: str, reports: dict[str, Report]) -> None:
    said = {
        "check": "group 1\tname 3\tFalse\tlayer 3",
        "documents": "forward std\tℓ2 fan-in\t√(1/2 − 1/2π)\t0.2083",
        "activations": "relu\t0.3989422804\t0.5838193701",
        "wang": "\tsigmoid\tstd of dx\t0.2123\t1e5\t0.211745699721\t",
        "index": "NFNets (DeepMind, 2021)\t19\t1\t3\t15\t–",
        "README": "Made by make tables, never by hand; start at index.",
    }
    for name, report in reports.items():
        text = formats.render(report, tsv)
        assert said.get(name, "\n") in text
        assert "\\" not in text.replace("\\[", ""), "no marks are left"


def test_pages_are_whole_on_a_terminal_and_in_latex(reports: dict[str, Report]) -> None:
    """Formats that no page is written in lose nothing of them either."""
    for report in reports.values():
        paper = [part for part in report.read_by(PAPER) if isinstance(part, Table) and part.rows]
        latex = formats.render(report, "latex").replace("longtable", "tabular")
        lines = [line for line in latex.splitlines() if line.endswith(r" \\")]
        assert len(lines) == sum(1 + len(table.rows) for table in paper)
        assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == len(paper)
        words = " ".join(formats.render(report, "table").split())
        for table in report.read_by(SCREEN):
            for row in table.rows if isinstance(table, Table) else ():
                for text in row.cells[1:]:
                    assert " ".join(plain(text).split()) in words


def test_what_compares_nothing_has_no_junit(invoke: Invoke, reports: dict[str, Report]) -> None:
    """The options of a command follow from whether its report has cases."""
    assert "junit" not in formats.formats()
    assert "junit" in formats.formats(cases=True)
    for command in ("relu", "list", "constants"):
        assert invoke(command, "--format", "junit").exit_code == 2
    assert reports["check"].cases
    assert not any(report.cases for name, report in reports.items() if name != "check")
