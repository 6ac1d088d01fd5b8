"""The files of the tables as a whole: the same bytes again, and nothing half-written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from normstats.errors import UsageError
from normstats.result import Result
from normstats.runs.run import Run
from normstats.tables import generate, write
from normstats.tables.jobs import Wanted
from tests.tables.made_up import NEEDED, SCALAR, fake


def test_no_workplace_and_no_run_in_the_files(
    files: dict[str, str], results: dict[Wanted, Result]
) -> None:
    """Time, threads and versions change no byte."""
    others = {
        call: replace(result, threads=7, elapsed_s=99.5, versions={"numpy": "9"}, notes=("n",))
        for call, result in results.items()
    }
    assert generate.render(generate.judge(others), NEEDED, others) == files
    for content in files.values():
        assert str(Path(__file__).parents[2]) not in content
        assert content.endswith("\n")


def test_generate_writes_what_render_gives(files: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    summary = generate.generate(fake, folder, scalar=SCALAR)
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    for name, content in files.items():
        assert (folder / name).read_bytes() == content.encode()
    assert summary.files == tuple(files)
    assert sum(summary.verdicts.values()) == 224


def interrupted(run: Run) -> Result:
    raise KeyboardInterrupt


def refused(run: Run) -> Result:
    raise UsageError("layer", run.call, "no")


@pytest.mark.parametrize(
    ("measure", "error"), [(interrupted, KeyboardInterrupt), (refused, UsageError)]
)
def test_nothing_is_written_unless_everything_is_measured(
    measure: Callable[..., Result], error: type[BaseException], tmp_path: Path
) -> None:
    (tmp_path / "index.md").write_text("old")
    with pytest.raises(error):
        generate.generate(measure, tmp_path, scalar=SCALAR)
    assert [path.name for path in tmp_path.iterdir()] == ["index.md"]
    assert (tmp_path / "index.md").read_text() == "old"


def test_a_folder_that_cannot_be_written_is_refused_first(tmp_path: Path) -> None:
    for folder in (tmp_path / "no" / "such", tmp_path / "file"):
        (tmp_path / "file").write_text("")
        with pytest.raises(UsageError, match=r"^output"):
            generate.generate(interrupted, folder, scalar=SCALAR)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write.write(tmp_path, {"a.md": "new \ud800"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]
    assert (tmp_path / "a.md").read_text() == "old"
