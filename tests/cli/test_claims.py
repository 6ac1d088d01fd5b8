"""`normstats claims`: what is printed, what is written, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from normstats.claims import perform
from normstats.claims.claim import Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.trial import Trial
from normstats.cli.claims import FILES, made
from tests.cli.conftest import Engine, Invoke

TRIALS: list[Trial] = []


def experiment(trial: Trial) -> Found:
    TRIALS.append(trial)
    return Found([Finding("a number", Measured(2.0, 0.1, 9), 2.1, Interval(low=1.0))], CURVES)


CURVES: list[Curve] = []
ROWS = [["1", Measured(0.5, 0.1)], ["2", Measured(0.7, 0.1)]]
CLAIM = Claim("made-up", "B", "Numbers are above 1.", "nobody, 2000", "It is made up.", experiment)


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A single claim, and an empty folder."""
    monkeypatch.setattr(perform, "claims_there_are", lambda: {CLAIM.name: CLAIM})
    monkeypatch.chdir(tmp_path)
    TRIALS.clear()
    CURVES.clear()


def test_the_page_is_written(invoke: Invoke) -> None:
    said = invoke("claims", "--seed", "3", "--threads", "2")
    assert said.exit_code == 0
    assert said.stdout == "claims.md and claims.json in tables; holds: 1\n"
    assert [Trial("full", 3, 2)] == TRIALS
    page = Path("tables/claims.md").read_text("utf-8")
    assert "Made by `normstats claims --seed 3`" in page
    assert "| a number | 2.00 ± 0.10 | 2.1 | above 1 | so |" in page
    document = json.loads(Path("tables/claims.json").read_text("utf-8"))
    assert document["claims"][0]["verdict"] == "holds"
    assert sorted(path.name for path in Path("tables").iterdir()) == sorted(FILES)
    assert invoke("claims", "--size", "small").exit_code == 0  # over its own files
    assert TRIALS[1].size == "small"


@pytest.mark.parametrize("option", [("--only", "made_up"), ("--format", "md")])
def test_the_report_is_printed(option: tuple[str, str], invoke: Invoke) -> None:
    said = invoke("claims", *option)
    assert said.exit_code == 0
    assert "2.00 ± 0.10" in said.stdout
    assert not list(Path().iterdir())


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "latex"])
def test_every_format(form: str, invoke: Invoke) -> None:
    assert "2" in invoke("claims", "--format", form).stdout
    assert "made-up" in invoke("claims", "--list", "--format", form).stdout
    assert len(TRIALS) == 1  # a list takes none


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "nothing"), "--only nothing: must be one of made-up"),
        (("--size", "huge"), "--size huge: must be one of small, full"),
        (("--seed", "-1"), "--seed -1"),
        (("--threads", "0"), "--threads 0"),
        (("--format", "xml"), "--format xml"),
        (("--output", ""), "--output ''"),
        (("--output", "no/such/folder"), "--output no/such/folder"),
        (("--list", "--output", "here"), "--output here: not together with --list"),
        (("--plot", "x.svg"), "--plot x.svg: goes with one --only NAME"),
        (("--plot", "x.svg", "--format", "md"), "--plot x.svg: goes with one --only NAME"),
        (("--only", "made-up", "--list", "--plot", "x.svg"), "--plot x.svg: goes with one --only"),
        (("--only", "made-up", "--plot", "x.jpg"), "--plot x.jpg: must end in .png, .svg, .pdf"),
        (("--only", "made-up", "--plot", "no/x.svg"), "--plot no/x.svg: the folder"),
        (("--only", "made-up", "--plot-size", "slide"), "--plot-size slide: goes with --plot FILE"),
        (("--plot-size", "slide"), "--plot-size slide: goes with --plot FILE"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], said: str, invoke: Invoke) -> None:
    done = invoke("claims", *words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not TRIALS
    assert not list(Path().iterdir())


def test_a_picture_beside_the_report(invoke: Invoke) -> None:
    CURVES.append(Curve("Std of dx", ("std of x", "tanh"), ROWS))
    words = ("claims", "--only", "made-up", "--size", "small", "--plot")
    said = invoke(*words, "x.svg")
    assert said.exit_code == 0
    assert "2.00 ± 0.10" in said.stdout
    picture = Path("x.svg").read_bytes()
    assert b"normstats claims --only made-up --size small" in picture, "how to draw it again"
    assert invoke(*words, "x.svg", "--threads", "2").exit_code == 0
    assert Path("x.svg").read_bytes() == picture
    assert invoke(*words, "y.png", "--plot-size", "slide").exit_code == 0
    assert Path("y.png").read_bytes().startswith(b"\x89PNG")


def test_without_a_curve_there_is_no_picture(invoke: Invoke) -> None:
    CURVES.append(Curve("Kernels", ("kernel", "std"), [["2×2", Measured(1.0, 0.1)]]))
    said = invoke("claims", "--only", "made_up", "--plot", "x.svg")
    assert said.exit_code == 2
    assert said.stderr == "normstats: --only made-up: has no curve to draw\n"
    assert "2.00 ± 0.10" in said.stdout, "the report is not lost"
    assert not list(Path().iterdir())


def test_two_experiments_are_not_drawn(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"made-up": CLAIM, "other": CLAIM}
    monkeypatch.setattr(perform, "claims_there_are", lambda: both)
    said = invoke("claims", "--only", "made-up", "--only", "other", "--plot", "x.svg")
    assert said.exit_code == 2
    assert "--plot x.svg: goes with one --only NAME" in said.stderr
    assert not TRIALS


def test_nothing_of_others_is_overwritten(invoke: Invoke) -> None:
    Path("mine").mkdir()
    (Path("mine") / "claims.md").write_text("my claims", "utf-8")
    refused = invoke("claims", "--output", "mine")
    assert refused.exit_code == 2
    assert "has claims.md, which normstats did not make" in refused.stderr
    (Path("mine") / "claims.json").write_text("[]", "utf-8")
    assert invoke("claims", "--output", "mine").exit_code == 2
    assert (Path("mine") / "claims.md").read_text("utf-8") == "my claims"
    assert not TRIALS


def test_tables_go_beside_the_claims_and_not_beside_other_files(
    invoke: Invoke, engine: Engine
) -> None:
    assert invoke("claims").exit_code == 0
    assert made(Path("tables")) == set(FILES)
    before = Path("tables/claims.json").read_bytes()
    assert invoke("tables", "--samples", "1e5").exit_code == 0
    assert engine.calls
    assert Path("tables/claims.json").read_bytes() == before
    assert invoke("claims").exit_code == 0
    assert invoke("tables", "--samples", "1e5").exit_code == 0
    Path("tables/claims.json").write_text("{}", "utf-8")
    refused = invoke("tables", "--samples", "1e5")
    assert refused.exit_code == 2
    assert "has claims.json, which normstats did not make" in refused.stderr
