"""The committed page, against the claims of today and a smaller performance with another seed."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest

from normstats.claims.claim import ERRORS, Finding, Interval, Measured, Outcome, conditions, verdict
from normstats.claims.experiments import claims_there_are
from normstats.claims.perform import chosen, judge
from normstats.claims.report import report
from normstats.claims.trial import Trial
from tests.claims.compare import both, count, disagreements
from tests.readme.named import refused

FOLDER = Path(__file__).parents[2] / "tables"
DOCUMENT: dict[str, Any] = json.loads((FOLDER / "claims.json").read_text("utf-8"))
PAGE = (FOLDER / "claims.md").read_text("utf-8")
RECORDS: dict[str, dict[str, Any]] = {one["name"]: one for one in DOCUMENT["claims"]}
COMPARISONS = count(DOCUMENT["claims"])
COMMANDS = sorted({command for one in RECORDS.values() for command in one["commands"]})
SMALL = Trial("small", seed=1, threads=2)


def test_every_claim_is_there_as_it_is_said_today() -> None:
    assert (DOCUMENT["size"], DOCUMENT["seed"], DOCUMENT["standard_errors"]) == ("full", 0, ERRORS)
    assert list(RECORDS) == list(claims_there_are())
    for claim in claims_there_are().values():
        record = RECORDS[claim.name]
        assert record["claim"] == claim.words
        assert record["source"] == claim.source
        assert record["experiment"] == claim.how
        assert record["criterion"] == (claim.criterion or None)
        assert record["commands"] == [f"normstats claims --only {claim.name}", *claim.commands]


def found(record: dict[str, Any]) -> list[Finding]:
    """The findings again, from their numbers alone."""
    return [
        Finding(
            one["number"],
            Measured(one["value"], one["se"] or 0.0, one["units"]),
            one["exact"],
            None
            if one["low"] is one["high"] is None
            else Interval(
                -math.inf if one["low"] is None else one["low"],
                math.inf if one["high"] is None else one["high"],
            ),
            one["under"] or "",
        )
        for one in record["findings"]
    ]


@pytest.mark.parametrize("name", RECORDS)
def test_verdicts_follow_from_the_numbers_of_the_page(name: str) -> None:
    record = RECORDS[name]
    findings = found(record)
    outcomes = [None if one.outcome is None else str(one.outcome) for one in findings]
    assert outcomes == [one["outcome"] for one in record["findings"]]
    assert record["verdict"] == str(verdict(findings))
    assert record["so"] == conditions(findings, Outcome.SO)
    assert record["not_so"] == conditions(findings, Outcome.NOT_SO)
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| [{name}]"))
    assert line.endswith(f"| {record['verdict']} |")


@pytest.mark.parametrize("name", RECORDS)
def test_measured_where_an_exact_value_is_known(name: str) -> None:
    """Five errors, of some fifty: a false alarm in 30,000 pages."""
    for one in RECORDS[name]["findings"]:
        if one["exact"] is not None and one["se"]:
            assert abs(one["value"] - one["exact"]) < 5.0 * one["se"], one


@pytest.mark.parametrize("name", RECORDS)
def test_a_small_performance_gives_the_same_within_errors(name: str) -> None:
    page = report(judge(chosen([name]), SMALL), SMALL, "")
    (record,) = json.loads(json.dumps(page.document["claims"]))
    assert list(disagreements(record, RECORDS[name], COMPARISONS)) == []


@pytest.mark.parametrize(
    "command", sorted({c for one in RECORDS.values() for c in one["commands"]})
)
def test_every_command_of_the_page_is_accepted(command: str) -> None:
    assert refused(command) is None


def test_what_is_off_is_seen() -> None:
    """One number by ten errors, or another interval, or another row of a curve."""
    true = RECORDS["saturation"]
    assert list(disagreements(true, true, COMPARISONS)) == []
    for spoil in (_number, _interval, _exact, _cell, _name):
        wrong = copy.deepcopy(true)
        spoil(wrong)
        assert list(disagreements(wrong, true, COMPARISONS)), spoil


def _off(one: dict[str, Any]) -> None:
    one["value"] += 10.0 * both(one, one)[0]


def _number(record: dict[str, Any]) -> None:
    _off(record["findings"][0])


def _interval(record: dict[str, Any]) -> None:
    record["findings"][0]["high"] *= 2.0


def _exact(record: dict[str, Any]) -> None:
    record["findings"][0]["exact"] *= 1.0001


def _cell(record: dict[str, Any]) -> None:
    _off(record["curves"][0]["rows"][2][1])


def _name(record: dict[str, Any]) -> None:
    record["findings"][0]["number"] += " of old"
