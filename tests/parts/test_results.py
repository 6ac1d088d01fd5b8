"""Saved results come back as they were, and two of them are compared."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.check.results import Saved, compared
from normstats.errors import UsageError
from normstats.parts.saved import read_saved
from normstats.perform import perform
from normstats.result import Result
from normstats.result.document import document, dumped
from normstats.runs.inputs import Inputs
from normstats.runs.method import Method
from tests.parts.damage import damaged
from tests.parts.runs import run_of
from tests.reports.made_up import shown

CALLS = ("relu", "exp", "dropout(p=0.1)", "glu", "linear(in_features=8, out_features=4)", "prelu")


@cache
def results(seed: int = 0, samples: int = 20_000) -> tuple[Result, ...]:
    """Of all kinds: infinite and unknown values, no errors, notes."""
    runs = [run_of(call, samples, seed=seed) for call in CALLS]
    runs += [
        run_of("exp", samples, seed=seed, inputs=Inputs(x_std=6.0)),
        run_of("relu_cubed", samples, seed=seed, inputs=Inputs(x_std=1e20)),
        run_of("gelu", samples, seed=seed, method=Method("rqmc", True)),
        run_of("batch_norm(batch_size=3)", samples, seed=seed),
        run_of("tanh", 1, seed=seed),
    ]
    return tuple(perform(run, 1) for run in runs)


def written(found: Sequence[Result]) -> str:
    return dumped(document(found), indent=2)


def back(content: str | bytes, folder: Path) -> list[Result]:
    file = folder / "r.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_saved("FILE", str(file)).results


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "latex"])
def test_they_are_shown_as_they_were(form: str, tmp_path: Path) -> None:
    assert shown(back(written(results()), tmp_path), form) == shown(list(results()), form)


def test_what_an_older_version_wrote(tmp_path: Path) -> None:
    """Without the word on what ended it."""
    tree = json.loads(written(results()[:1]))
    del tree["results"][0]["ended"]
    assert shown(back(json.dumps(tree), tmp_path), "json") == shown(results()[:1], "json")


@given(seed=st.integers(0, 2**32))
def test_damage_gives_one_error(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file of results has no checksum: people write such files. What is read is shown."""
    content = damaged(written(results()[:2]), seed)
    with contextlib.suppress(UsageError):
        found = back(content, tmp_path_factory.mktemp("damaged"))
        for form in ("table", "json"):
            shown(found, form)


WRONG = {
    '"samples": 20000': [
        ('"samples": "20000"', "samples must be a whole"),
        ('"samples": 20000, "a": 1', "a: no such field"),
        ('"samples": 20000, "samples": 2', "samples is given twice"),
    ],
    '"layer": "relu"': [('"layer": "none"', "no such layer"), ('"layer": 1', "must be a text")],
    '"x_std": 1.0': [('"x_std": -1', "x_std -1"), ('"x_std": "1"', "null or a number")],
    '"method": "plain"': [('"method": "x"', "method x"), ('"method": "plain x"', "nothing is x")],
    '"ended": "samples"': [('"ended": "x"', "must be one of")],
    "normstats/1": [("normstats/2", "its schema must be")],
    '"notes": []': [('"notes": [1]', "a list of texts")],
}


@pytest.mark.parametrize("there", WRONG)
def test_what_is_wrong_is_named(there: str, tmp_path: Path) -> None:
    content = written(results()[:1])
    assert there in content
    for instead, said in WRONG[there]:
        with pytest.raises(UsageError, match=f"FILE .*r.json: .*{said}"):
            back(content.replace(there, instead, 1), tmp_path)


def judged(one: Sequence[Result], other: Sequence[Result], alpha: float = 1e-6) -> list[str]:
    document = compared(Saved("a", one), Saved("b", other), alpha)
    return [case.name for case in document.failed]


def test_equal_runs_agree_in_every_digit(tmp_path: Path) -> None:
    again = back(written(results()), tmp_path)
    assert judged(results(), again) == []
    off = json.loads(written(again[:1]))
    value = off["results"][0]["forward"]["mean"]["value"]
    off["results"][0]["forward"]["mean"]["value"] = value * (1.0 + 2.0**-50)
    assert judged(results()[:1], back(json.dumps(off), tmp_path)) == ["relu forward.mean"]


def test_other_seeds_agree_within_their_errors() -> None:
    for seed in range(1, 6):
        assert judged(results(), results(seed, 5000)) == []


@pytest.mark.parametrize("call", ["relu", "dropout(p=0.1)", "gelu"])
def test_z_is_that_of_the_difference(call: str) -> None:
    """Over many pairs z of the mean has the variance 1, whichever way its error is known."""
    zs = []
    for seed in range(60):
        pair = [perform(run_of(call, n, seed=seed + at), 1) for at, n in ((0, 4000), (500, 1000))]
        document = compared(Saved("a", pair[:1]), Saved("b", pair[1:]), 1e-6)
        (case,) = (one for one in document.cases if one.name.endswith("forward.mean"))
        zs.append(case.numbers["z"])
    square = sum(z * z for z in zs)
    assert 27.0 < square < 110.0, "χ² with 60 degrees of freedom: but for a chance of 1e-4 each"


def test_another_layer_is_told_apart() -> None:
    """20,000 samples of relu and of one whose inputs are 10 % wider, said to be the same."""
    from dataclasses import replace

    wide = perform(run_of("relu", 20_000, seed=9, inputs=Inputs(x_std=1.1)), 1)
    pretended = replace(wide, run=run_of("relu", 20_000, seed=9))
    assert "relu forward.std" in judged(results(), [pretended])
    assert "relu forward.zeros" not in judged(results(), [pretended])


def test_what_only_one_has_is_no_agreement() -> None:
    document = compared(Saved("a", results()[:2]), Saved("b", results(1)[1:3]), 1e-6)
    alone = {case.name: case.message for case in document.failed}
    assert set(alone) == {results()[0].run.name, results(1)[2].run.name}
    assert alone["relu"] == "is only in a: nothing to compare with"
    # The second of two of the same layer as well.
    twice = [results()[0], results(2)[0]]
    assert len(compared(Saved("a", twice), Saved("b", results(1)[:1]), 1e-6).failed) == 1
    with pytest.raises(UsageError, match=r"FILE b: has no run that a has$"):
        compared(Saved("a", results()[:1]), Saved("b", results()[1:2]), 1e-6)


def test_the_same_seed_with_more_samples_is_said() -> None:
    document = compared(Saved("a", results()[:1]), Saved("b", results(0, 5000)[:1]), 1e-6)
    assert document.passed
    assert any("share random numbers" in remark for remark in document.remarks)
