"""`--plot`: one clear line for what cannot be, a whole file or none, the same for one seed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from normstats.engine.observer import Interrupted
from normstats.plots.layer import NUMBERS
from normstats.result import Result
from tests.cli.conftest import Engine, Invoke

RELU = ("relu", "-n", "2e4", "--plot")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--plot", "x.jpg"], "--plot x.jpg: must end in .png, .svg, .pdf"),
        (["--plot", "x"], "--plot x: must end in .png, .svg, .pdf"),
        (["--plot", "-"], "--plot -: must end in .png, .svg, .pdf"),
        (["--plot", ""], "--plot : must end in .png, .svg, .pdf"),
        (["--plot", "no/x.svg"], "no/x.svg: the folder"),
        (["--plot", "folder.svg"], "--plot folder.svg: is a folder; must be the name of a file"),
        (["--plot", "/proc/x.svg"], "--plot /proc/x.svg: cannot be written: "),
        (["--plot", "a.svg", "-o", "a.svg", "--format", "json"], "--plot a.svg: is the --output"),
        (["--plot", "a.svg", "-o", "./a.svg", "--format", "json"], "--plot a.svg: is the --output"),
        (["--plot", "l.svg", "-o", "r.json"], "--plot l.svg: is the --output as well"),
        (["--plot", "x.svg", "--plot-size", "a4"], "--plot-size a4: must be one of column, slide"),
        (["--plot-size", "slide"], "--plot-size slide: goes with --plot FILE"),
    ],
)
def test_refused(words: list[str], said: str, folder: Path, invoke: Invoke, engine: Engine) -> None:
    (folder / "folder.svg").mkdir()
    (folder / "r.json").write_text("before")
    (folder / "l.svg").symlink_to("r.json")
    before = sorted(folder.iterdir())
    outcome = invoke("relu", *words)
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("normstats: ")
    assert outcome.stderr.count("\n") == 1
    assert said in outcome.stderr
    assert engine.calls == []
    assert sorted(folder.iterdir()) == before
    assert (folder / "r.json").read_text() == "before"


def test_without_matplotlib_it_says_what_to_install(
    folder: Path, invoke: Invoke, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Without(), *sys.meta_path])
    outcome = invoke(*RELU, "x.svg")
    assert outcome.exit_code == 2
    install = "pip install 'normstats[plot]'"
    assert outcome.stderr == f"normstats: --plot x.svg: needs matplotlib: {install}\n"
    assert engine.calls == []
    assert invoke("relu", "-n", "2e4").exit_code == 0


class Without:
    """Finds that there is no matplotlib."""

    def find_spec(self, name: str, *_: object) -> None:
        if name.split(".")[0] == "matplotlib":
            raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")


@pytest.mark.parametrize("suffix", [".png", ".PDF"])
def test_a_picture_beside_the_report(suffix: str, folder: Path, invoke: Invoke) -> None:
    outcome = invoke("max_pool2d", "-n", "1e4", "--plot", f"x{suffix}", "--plot-size", "slide")
    assert outcome.exit_code == 0
    assert outcome.stderr == ""
    assert outcome.stdout.startswith("max_pool2d(")
    assert [path.name for path in folder.iterdir()] == [f"x{suffix}"]
    assert len((folder / f"x{suffix}").read_bytes()) > 5000


def test_seed_and_size_decide_the_picture(folder: Path, invoke: Invoke) -> None:
    def drawn(*more: str) -> bytes:
        assert invoke(*RELU, "x.svg", *more).exit_code == 0
        return (folder / "x.svg").read_bytes()

    first = drawn("--threads", "1")
    assert drawn("--threads", "2") == first
    assert drawn("--seed", "1") != first
    assert drawn("--plot-size", "slide") != first
    assert b"relu samples=20000 seed=0 stream=" in first


def test_a_file_that_is_there_is_replaced_whole_or_stays(
    folder: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder / "x.svg"
    target.write_text("before")

    def fail(*_: object) -> bytes:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("normstats.cli.plot.render", fail)
        outcome = invoke(*RELU, "x.svg")
    assert outcome.exit_code == 2
    assert outcome.stdout.startswith("relu "), "the report is not lost"
    assert target.read_text() == "before"
    assert list(folder.iterdir()) == [target]
    assert invoke(*RELU, "x.svg").exit_code == 0
    assert target.read_text().startswith("<?xml")


def test_an_interrupted_run_has_no_picture(folder: Path, invoke: Invoke, engine: Engine) -> None:
    def stop(result: Result) -> Result:
        raise Interrupted(result)

    engine.behave = stop
    outcome = invoke(*RELU, "x.svg")
    assert outcome.exit_code == 130
    assert "x.svg is not written" in outcome.stderr
    assert list(folder.iterdir()) == []


def test_pictures_take_no_more_numbers_than_they_show() -> None:
    assert NUMBERS <= 2**20


def test_the_checkpoint_is_no_picture(invoke: Invoke, tmp_path: Path) -> None:
    name = str(tmp_path / "p.svg")
    outcome = invoke("relu", "-n", "10", "--checkpoint", name, "--plot", name)
    assert outcome.exit_code == 2
    assert "is the --checkpoint as well" in outcome.stderr
