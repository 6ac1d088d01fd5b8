"""What a command reads, and what it did not make, it does not write over."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from normstats.cli.tables import own_folder
from normstats.errors import UsageError
from normstats.tables.text import SCHEMA
from tests.cli.conftest import Engine, Invoke

TABLES = Path(__file__).parents[2] / "tables"
PINNED = '[[constant]]\nlayer = "relu"\nquantity = "gain_rms"\nvalue = 1.41421356\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "q.toml").write_text(PINNED)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("other", ["q.toml", "./q.toml", "link.json", "hard.json", "f/../q.toml"])
def test_constants_are_not_replaced_by_their_report(
    other: str, folder: Path, invoke: Invoke, engine: Engine
) -> None:
    (folder / "f").mkdir()
    (folder / "link.json").symlink_to("q.toml")
    os.link("q.toml", "hard.json")
    before = contents(folder)
    said = invoke("check", "q.toml", "--output", other, "--format", "json")
    assert said.exit_code == 2
    allowed = "is read by this command (q.toml); must be another file"
    assert said.stderr == f"normstats: --output {other}: {allowed}\n"
    assert contents(folder) == before
    assert engine.calls == []


@pytest.mark.parametrize("options", [[], ["--tables", "tables"]])
def test_committed_tables_are_not_replaced(
    options: list[str], folder: Path, invoke: Invoke, engine: Engine
) -> None:
    (folder / "tables").mkdir()
    (folder / "tables" / "index.json").write_text("{}")
    said = invoke("check", *options, "--output", "tables/index.json")
    assert said.exit_code == 2
    assert "tables/index.json: is read by this command (tables" in said.stderr
    assert (folder / "tables" / "index.json").read_text() == "{}"
    assert engine.calls == []


def test_another_file_of_that_name_is_no_input(folder: Path, invoke: Invoke) -> None:
    (folder / "f").mkdir()
    (folder / "f" / "q.toml").write_text("old")
    output = ("--output", "f/q.toml", "--format", "json")
    assert invoke("check", "q.toml", *output, "--samples", "1000").exit_code in (0, 1)
    assert json.loads((folder / "f" / "q.toml").read_text())["schema"] == "normstats-check/1"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "--output '': must be the name of a folder"),
        (" ", "--output '': must be the name of a folder"),
        (".", "--output .: has README.md, which normstats did not make; must be new, empty or of"),
        ("mine", "--output mine: has index.json, which normstats did not make"),
        ("tables", "--output tables: has notes.txt, which normstats did not make"),
        ("other", "--output other: has README.md, which normstats did not make"),
        ("q.toml", "--output q.toml: cannot be written"),
    ],
)
def test_tables_go_to_no_folder_of_other_files(
    name: str, said: str, folder: Path, invoke: Invoke, engine: Engine
) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "index.json").write_text('{"schema": "mine/1"}')
    (folder / "README.md").write_text("mine")
    for made, file in (("tables", "notes.txt"), ("other", "README.md")):
        shutil.rmtree(folder / made, ignore_errors=True)
        shutil.copytree(TABLES, folder / made)
        (folder / made / file).write_text("mine")
    before = contents(folder)
    refused = invoke("tables", "--output", name)
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"normstats: {said}")
    assert refused.stderr.count("\n") == 1
    assert contents(folder) == before
    assert engine.calls == []


def test_folders_that_tables_may_go_to(folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "made").mkdir()
    index = {"schema": SCHEMA, "pages": [{"page": "relu"}]}
    (folder / "made" / "index.json").write_text(json.dumps(index))
    (folder / "made" / "relu.md").write_text("made before")
    (folder / "made" / ".git").mkdir()
    for name in ("new", "empty", "made"):
        assert own_folder(name) == Path(name)


@pytest.mark.parametrize("index", ["", "[]", "{}", "[" * 100_000, '{"schema": 1}'])
def test_only_our_own_index_says_that_it_is(index: str, folder: Path) -> None:
    (folder / "index.json").write_text(index)
    with pytest.raises(UsageError, match="did not make"):
        own_folder(".")
