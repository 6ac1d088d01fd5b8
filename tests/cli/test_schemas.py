"""Every JSON there is keeps to a schema, which refuses what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from normstats.check.report import report as check_report
from normstats.cli.schema import SCHEMAS, text
from normstats.registry import all_layers
from normstats.reports.formats import render
from normstats.tables import generate
from normstats.tables.jobs import Wanted
from tests.cli.conftest import Invoke
from tests.reports.test_formats import CASES
from tests.reports.test_other_commands import CHECK
from tests.tables.made_up import NEEDED, fake

COMMITTED = Path(__file__).parents[2] / "tables"
COMMANDS = {
    "results": ["run", *all_layers()],
    "constants": ["constants", *all_layers()],
    "catalogue": ["constants", "--all"],
    "layers": ["list"],
    "chain": ["chain", "residual(linear(8), relu, batch_norm)", "--networks=2", "--batch-size=8"],
}


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(text(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", COMMANDS)
def test_commands(name: str, invoke: Invoke) -> None:
    document = json.loads(invoke(*COMMANDS[name], "--format", "json").stdout)
    validator(name).validate(document)


def test_checks() -> None:
    for interrupted in ("", "INTERRUPTED after 2 layers"):
        document = CHECK.__class__(**{**CHECK.__dict__, "interrupted": interrupted})
        validator("check").validate(json.loads(render(check_report(document), "json")))


def test_tables_that_are_committed_and_made() -> None:
    paths = [path for path in COMMITTED.glob("*.json") if path.name != "claims.json"]
    found = [json.loads(path.read_text()) for path in paths]
    results = {Wanted.of(run): fake(run) for run in NEEDED}
    made = generate.render(generate.judge(results), NEEDED, results)
    found += [json.loads(content) for name, content in made.items() if name.endswith(".json")]
    assert len(found) > 30
    for document in found:
        validator("tables").validate(document)


def test_claims_that_are_committed_and_listed(invoke: Invoke) -> None:
    found = json.loads((COMMITTED / "claims.json").read_text())
    validator("claims").validate(found)
    validator("claims").validate(json.loads(invoke("claims", "--list", "--format=json").stdout))
    del found["claims"][0]["verdict"]
    with pytest.raises(jsonschema.ValidationError):
        validator("claims").validate(found)


def test_results_of_every_kind() -> None:
    from tests.reports.made_up import shown

    for result in CASES.values():
        validator("results").validate(json.loads(shown([result], "json")))


def _without_a_gain(document: dict[str, Any]) -> None:
    del document["results"][0]["gains"]["gain"]["se"]


def _another_gain(document: dict[str, Any]) -> None:
    gains = document["results"][0]["gains"]
    gains["sigma"] = gains["gain"]


def _text_for_a_number(document: dict[str, Any]) -> None:
    document["constants"][0]["forward"]["std"] = "0.5"


def _no_id(document: dict[str, Any]) -> None:
    del document["constants"][0]["id"]


def _no_formula(document: dict[str, Any]) -> None:
    del document["layers"][0]["formula"]


def _another_verdict(document: dict[str, Any]) -> None:
    document["verdict"]["forward"]["word"] = "fine"


def _no_error_of_a_layer(document: dict[str, Any]) -> None:
    del document["layers"][1]["gradient_std"]["log10_se"]


def _another_schema(document: dict[str, Any]) -> None:
    document["schema"] += "0"


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("results", _without_a_gain),
        ("results", _another_gain),
        ("constants", _text_for_a_number),
        ("catalogue", _no_id),
        ("layers", _no_formula),
        ("chain", _another_verdict),
        ("chain", _no_error_of_a_layer),
        *((name, _another_schema) for name in COMMANDS),
    ],
)
def test_what_is_wrong_is_refused(
    name: str, spoil: Callable[[dict[str, Any]], None], invoke: Invoke
) -> None:
    document = json.loads(invoke(*COMMANDS[name], "--format", "json").stdout)
    spoil(document)
    with pytest.raises(jsonschema.ValidationError):
        validator(name).validate(document)


@pytest.mark.parametrize("gone", ["verdicts", "constants", "pages", "measured"])
def test_an_index_without_a_part_is_refused(gone: str) -> None:
    document = json.loads((COMMITTED / "index.json").read_text())
    del document[gone]
    with pytest.raises(jsonschema.ValidationError):
        validator("tables").validate(document)


def test_the_command(invoke: Invoke) -> None:
    there = {path.name for path in (files("normstats.reports") / "schemas").iterdir()}
    assert there == {f"{name}.json" for name in SCHEMAS}
    for name in SCHEMAS:
        assert json.loads(invoke("schema", name).stdout) == json.loads(text(name))
    assert invoke("schema").stdout == text("results")
    refused = invoke("schema", "nothing")
    assert refused.exit_code == 2
    assert "must be one of " + ", ".join(SCHEMAS) in refused.stderr
    assert all(f"  {name} " in invoke("schema", "--help").stdout for name in SCHEMAS)
