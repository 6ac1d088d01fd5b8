"""What programs read in the files of the tables: numbers, counts, links, commands."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from typing import Any

import pytest

from normstats import registry
from normstats.published.catalogue import catalogue, pages
from normstats.published.verdict import Kind
from normstats.runs.inputs import NAMES, parse_inputs
from normstats.tables.sequential import SEQUENTIAL, networks
from tests.tables.made_up import NEEDED


def test_all_files_are_there(files: dict[str, str]) -> None:
    names = ["index", "documents", "activations", *(page.name for page in pages())]
    assert {name for name in files if name.endswith(".md")} == {
        "README.md",
        *(f"{name}.md" for name in names),
    }
    for name in names[1:]:
        assert {f"{name}.csv", f"{name}.json"} <= set(files)


def test_machines_read_all_constants(files: dict[str, str]) -> None:
    found: dict[str, str] = {}
    for page in pages():
        document = json.loads(files[f"{page.name}.json"])
        assert document["schema"] == "normstats-tables/1"
        records = list(csv.DictReader(io.StringIO(files[f"{page.name}.csv"])))
        assert [row["id"] for row in records] == [row["id"] for row in document["constants"]]
        assert sum(document["verdicts"].values()) == len(records)
        for row, record in zip(document["constants"], records, strict=True):
            assert set(row) == set(record)
            found[row["id"]] = row["verdict"]
            if row["published"] is not None:
                assert float(record["published"]) == row["published"]
    assert sorted(found) == sorted(constant.id for constant in catalogue())
    assert set(found.values()) == set(Kind)


def test_the_index_counts_what_the_pages_say(files: dict[str, str]) -> None:
    document = json.loads(files["index.json"])
    assert document["constants"] == 224
    assert sum(document["verdicts"].values()) == 224
    for page in document["pages"]:
        assert page["verdicts"] == json.loads(files[f"{page['page']}.json"])["verdicts"]
    assert len(document["measured"]) == len(NEEDED)
    assert document["agreement"]["largest_z"] == 0.5
    assert files["index.md"].count("](") > 20


def test_links_lead_to_files(files: dict[str, str]) -> None:
    for name, content in files.items():
        if name.endswith(".md"):
            for target in re.findall(r"\]\(([\w.]+)\)", content):
                assert target in files, (name, target)


def test_exact_values_show_at_most_twelve_digits(files: dict[str, str]) -> None:
    for name, content in files.items():
        if not name.endswith(".csv"):
            continue
        for record in csv.DictReader(io.StringIO(content)):
            number = record["exact"]
            if number:
                digits = re.sub(r"e.*", "", number).replace(".", "").lstrip("-0").rstrip("0")
                assert len(digits) <= 12, (name, number)
                assert float(number) == 0.0 or abs(float(number)) > 1e-12


def test_machines_read_what_a_verdict_rests_on(files: dict[str, str]) -> None:
    def read(page: str, id: str) -> dict[str, Any]:
        constants = json.loads(files[f"{page}.json"])["constants"]
        return next(constant for constant in constants if constant["id"] == id)

    relu = read("nfnets", "nfnets-relu")
    assert relu["recipe"]["formula"] == "biased_rows"
    assert relu["predicted"] == pytest.approx(1.71286 / math.sqrt(1 - 1 / 1024), abs=1e-5)
    assert relu["predicted_z"] == pytest.approx(
        (relu["published"] - relu["predicted"]) / relu["predicted_se"], rel=0.01
    )
    tanh = read("unit_scaling", "us-ops-tanh-bwd_gain")
    assert tanh["z"] == pytest.approx(tanh["distance"] / tanh["published_se"], rel=0.01)
    assert 0 < tanh["distance"] < tanh["deviation"]
    assert read("kernels", "dks-test-tanh-DKS")["accuracy"] == 1.5e-7
    factors = read("wang", "wang3-normalize-factors")
    assert len(factors["row_names"]) == len(factors["matrix"]) == len(factors["exact_matrix"])
    assert len(factors["column_names"]) == len(factors["matrix"][0])
    assert factors["exact_matrix"][4] == [4, 8, 4, 0]


def test_the_commands_of_the_readme_can_be_typed(files: dict[str, str]) -> None:
    import shlex

    known = {(run.name, run.samples) for run in NEEDED if run.call.layer != SEQUENTIAL}
    chains = [run for run in NEEDED if run.call.layer == SEQUENTIAL]
    commands = [line for line in files["README.md"].splitlines() if line.startswith("    ")]
    assert len(commands) > 12
    measured = set()
    for command in commands:
        words = shlex.split(command)
        at = words.index("--samples" if words[1] == "run" else "--input")
        options = dict(zip(words[at::2], words[at + 1 :: 2], strict=True))
        given = {name[2:].replace("-", "_"): value for name, value in options.items()}
        if words[:2] == ["normstats", "chain"]:
            (run,) = (one for one in chains if one.call.params["layers"] == words[2])
            assert at == 3
            assert given["input"] == run.call.params["input"]
            assert int(given["networks"]) == networks(run)
            assert parse_inputs(*map(given.get, NAMES)) == run.inputs
            chains.remove(run)
            continue
        assert words[:2] == ["normstats", "run"]
        for text in words[2:at]:
            call = registry.parse_call(text)
            inputs = registry.inputs_of(call, *map(given.get, NAMES))
            measured.add((f"{call}{inputs}", int(float(given["samples"]))))
    assert measured == known
    assert not chains
