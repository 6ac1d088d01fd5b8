"""Committed tables: read back, compared, and every digit that is changed in them is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from normstats import registry
from normstats.check import committed, consistency
from normstats.check.check import Check
from normstats.check.report import Document
from normstats.check.sources import Asked, tables
from normstats.check.sources.suite import Suite
from normstats.check.sources.tables import Tables
from normstats.errors import UsageError
from normstats.published.catalogue import catalogue
from normstats.runs.run import Run
from normstats.sampling.streams import STREAM_VERSION
from normstats.tables.generate import generate
from normstats.tables.jobs import Wanted
from tests.check.made_up import drawn

N = 10**9  # a fourth digit is then far beyond the noise, however many layers are judged


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "tables"
    generate(drawn, folder, scalar=N)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tables"))


def tables_of(folder: Path) -> Tables:
    found = Tables.of(Asked(tables=str(folder)))
    assert found is not None
    return found


def whole(folder: Path, seed: int = 1, *names: str) -> Check:
    return Check([Suite(), tables_of(folder)], samples=N, seed=seed, names=names)


def check(folder: Path, seed: int = 1, *names: str) -> Document:
    return whole(folder, seed, *names)(drawn)


def change(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")


def record(document: dict[str, Any], **wanted: str) -> dict[str, Any]:
    for key in committed.LISTS:
        for line in document.get(key, ()):
            if all(line.get(name) == value for name, value in wanted.items()):
                return dict.__getitem__(document, key)[document[key].index(line)]  # type: ignore[no-any-return]
    raise LookupError(wanted)


def test_all_numbers_are_read_and_agree(folder: Path) -> None:
    read = committed.read(folder)
    assert read.ids == {constant.id for constant in catalogue()}
    assert read.runs[Wanted(registry.parse_call("relu"))] == (N, 0, STREAM_VERSION)
    document = check(folder)
    assert document.passed, [(case.name, case.message) for case in document.failed]
    groups = {case.group for case in document.cases}
    assert {tables.MEASURED, tables.COMMITTED, consistency.DIGITS_OF} < groups
    measured = [case for case in document.cases if case.group == tables.MEASURED]
    assert len(measured) > 300
    silent = {str(case.numbers["layer"]) for case in measured if case.numbers["z"] is None}
    certain = {"cross_entropy", "selu [x_mean=-100, x_std=0]"}
    assert {name.split("(")[0] for name in silent} <= certain


def test_the_same_seed_has_to_give_the_same_digits(folder: Path) -> None:
    document = check(folder, seed=0)
    assert document.passed, [(case.name, case.message) for case in document.failed]
    measured = [case for case in document.cases if case.group == tables.MEASURED]
    assert all(case.numbers["z"] is None for case in measured)

    def last_digit(page: dict[str, Any]) -> None:
        record(page, layer="relu", quantity="forward.mean")["measured"] += 1e-12

    change(folder / "activations.json", last_digit)
    names = [case.name for case in check(folder, seed=0).failed]
    assert "activations.json: relu forward.mean" in names


def fourth_digit(value: float) -> float:
    digits = f"{value:.11e}"
    place = digits.index(".") + 3
    return float(digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :])


@pytest.mark.parametrize(
    ("file", "wanted", "name"),
    [
        ("activations", {"layer": "relu", "quantity": "gain"}, "measured"),
        ("activations", {"layer": "sigmoid", "quantity": "backward.std"}, "measured"),
        ("activations", {"layer": "sigmoid", "quantity": "backward.std"}, "exact"),
        ("documents", {"row": "forward.std", "column": "sigmoid"}, "exact"),
        ("nfnets", {"id": "nfnets-gelu"}, "measured"),
        ("nfnets", {"id": "nfnets-gelu"}, "exact"),
        ("nfnets", {"id": "nfnets-gelu"}, "published"),
        ("selu", {"layer": "selu", "quantity": "forward.std"}, "exact"),
    ],
)
def test_a_changed_fourth_digit_is_found_and_named(
    folder: Path, file: str, wanted: dict[str, str], name: str
) -> None:
    def corrupt(page: dict[str, Any]) -> None:
        line = record(page, **wanted)
        line[name] = fourth_digit(line[name])

    try:
        change(folder / f"{file}.json", corrupt)
    except LookupError:
        pytest.fail(f"the tables have no {wanted}")
    document = check(folder)
    assert not document.passed
    told = " ".join(case.name for case in document.failed)
    assert f"{file}.json" in told
    assert any(value.split("-")[-1] in told for value in wanted.values())


def test_a_changed_csv_is_found(folder: Path) -> None:
    path = folder / "activations.csv"
    path.write_text(path.read_text("utf-8").replace("0.398942280401", "0.398842280401", 1), "utf-8")
    (folder / "selu.csv").unlink()
    messages = {case.name: case.message for case in check(folder).failed}
    assert set(messages) == {"activations.csv", "selu.csv"}
    assert "'0.398842280401' instead of '0.398942280401'" in messages["activations.csv"]
    assert "exact" in messages["activations.csv"]
    assert "cannot be read" in messages["selu.csv"]


@pytest.mark.parametrize(
    ("file", "wanted", "field", "value"),
    [
        ("nfnets", {"id": "nfnets-gelu"}, "text", "1.7016"),
        ("nfnets", {"id": "nfnets-gelu"}, "verdict", "digits agree, more or less"),
        ("nfnets", {"id": "nfnets-gelu"}, "sentence", "It is right."),
        ("nfnets", {"id": "nfnets-gelu"}, "source", "somebody"),
        ("nfnets", {"id": "nfnets-gelu"}, "seen_at", "nowhere"),
        ("nfnets", {"id": "nfnets-gelu"}, "published_samples", 17),
        ("nfnets", {"id": "nfnets-gelu"}, "note", "a remark"),
        ("documents", {"row": "backward.std", "column": "sigmoid"}, "verdict", "convention"),
    ],
)
def test_a_changed_text_source_or_verdict_is_named(
    folder: Path, file: str, wanted: dict[str, str], field: str, value: Any
) -> None:
    def corrupt(page: dict[str, Any]) -> None:
        line = record(page, **wanted)
        assert line[field] != value
        line[field] = value

    change(folder / f"{file}.json", corrupt)
    texts = [case for case in check(folder).failed if case.group == consistency.TEXTS_OF]
    (case,) = texts
    assert case.name.startswith(f"{file}.json: ")
    assert next(iter(wanted.values())) in case.name
    assert case.message.startswith(f"{field}: ")
    assert json.dumps(value) in case.message


def test_a_changed_source_is_named(folder: Path) -> None:
    def corrupt(page: dict[str, Any]) -> None:
        page["sources"][0]["author"] = "A. N. Other"

    change(folder / "selu.json", corrupt)
    (case,) = check(folder).failed
    assert (case.group, case.name) == (consistency.TEXTS_OF, "selu.json")
    assert "author: " in case.message
    assert '"A. N. Other" instead of "' in case.message


def test_tables_of_another_catalogue_are_stale(folder: Path) -> None:
    def rename(page: dict[str, Any]) -> None:
        page["constants"][0]["id"] = "unheard-of"

    change(folder / "anyinit.json", rename)
    messages = [f"{case.name} {case.message}" for case in check(folder).failed]
    assert any("unheard-of not in the catalogue" in message for message in messages)
    assert any("not in " in m and "anyinit-" in m for m in messages)


def test_a_restricted_check_leaves_the_rest_alone(folder: Path) -> None:
    def corrupt(page: dict[str, Any]) -> None:
        record(page, layer="tanh", quantity="gain")["exact"] = 3.0

    change(folder / "activations.json", corrupt)
    document = check(folder, 1, "relu")
    assert document.passed
    assert any(case.group == tables.MEASURED for case in document.cases)


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("index.json", None, "cannot be read"),
        ("index.json", "{", "not JSON"),
        ("index.json", "[]", "schema"),
        ("index.json", '{"schema": "normstats-tables/1"}', "'measured' is missing"),
        ("activations.json", None, "cannot be read"),
        (
            "activations.json",
            '{"schema": "normstats-tables/1", "activations": [{"layer": "rleu"}]}',
            "rleu",
        ),
        (
            "activations.json",
            '{"schema": "normstats-tables/1", "activations": [{"layer": "relu", "quantity": "gain",'
            ' "measured": "x", "measured_se": 1, "measured_samples": 3, "exact": 1}]}',
            "'x' is not a number",
        ),
    ],
)
def test_tables_that_are_broken(folder: Path, file: str, text: str | None, named: str) -> None:
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        committed.read(folder)
    assert file in str(caught.value)
    assert named in str(caught.value)


def test_the_plan_covers_the_tables(folder: Path) -> None:
    todo = whole(folder).runs
    measured = {Wanted.of(one): one for one in todo}
    wanted = committed.read(folder).runs
    assert set(wanted) <= set(measured)
    for one, (samples, _, _) in wanted.items():
        assert measured[one].samples == samples, one
    assert all(isinstance(one, Run) for one in todo)
