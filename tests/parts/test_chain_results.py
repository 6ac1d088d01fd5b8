"""Measured chains that were saved: shown as they were, and compared."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.check.chains import compared
from normstats.errors import UsageError
from normstats.networks.result import Number
from normstats.parts.saved import Saved
from tests.parts.chains import back, judged, results, run_of, saved, whole
from tests.parts.damage import damaged


@pytest.mark.parametrize("number", range(5))
def test_results_come_back(number: int, tmp_path: Path) -> None:
    result = results()[number]
    again = back(result.to_json(), tmp_path)
    assert again.to_json() == result.to_json()
    assert repr(again.layers) == repr(result.layers)
    old = json.loads(result.to_json())
    del old["ended"], old["target"]
    assert back(json.dumps(old), tmp_path).to_json() == result.to_json()


@given(seed=st.integers(0, 2**32))
def test_damage_gives_one_error(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = damaged(results()[0].to_json(), seed)
    with contextlib.suppress(UsageError):
        found = back(content, tmp_path_factory.mktemp("damaged"))
        assert found.to_json()


def test_equal_runs_agree_in_every_digit() -> None:
    one = results()[0]
    assert judged(one, one) == []
    first, *rest = one.layers
    value = first.forward_std.value
    assert value is not None
    off = replace(first, forward_std=replace(first.forward_std, value=value * (1.0 + 2.0**-50)))
    assert judged(one, replace(one, layers=(off, *rest))) == ["layer 1, linear: forward_std"]


@pytest.mark.parametrize("number", range(1, 5))
def test_other_seeds_agree_within_their_errors(number: int) -> None:
    run = replace(results()[number].run, seed=number + 1, networks=9)
    assert judged(results()[number], whole(run)) == []


def test_z_is_that_of_the_difference() -> None:
    zs = []
    for seed in range(40):
        one, other = (whole(run_of(n, seed=seed + at)) for n, at in ((40, 0), (20, 500)))
        document = compared(*saved(one, other), 1e-6)
        (case,) = (c for c in document.cases if c.name == "layer 1, linear: forward_std")
        zs.append(case.numbers["z"])
    square = sum(z * z for z in zs)
    assert 12.0 < square < 95.0, "χ² with 40 degrees of freedom: but for a chance of 1e-5 each"


def test_another_chain_is_told_apart() -> None:
    """A gain that is half as large again, said to be the same."""
    one = whole(run_of(200, "linear(6, init=normal, init_std=0.4), relu"))
    wider = whole(run_of(200, "linear(6, init=normal, init_std=0.6), relu", seed=1))
    failed = judged(one, replace(wider, run=replace(one.run, seed=1)))
    assert "layer 1, linear: forward_std" in failed
    with pytest.raises(UsageError, match=r"is of another measurement: chain .*0\.6.* in 0.json"):
        judged(one, wider)


def test_what_varies_much_is_not_judged_by_its_error() -> None:
    """Where ln std scatters by more than 0.7, a few networks decide the std of all together."""
    one = results()[0]
    first, *rest = one.layers
    spread = Number(1.0, 1.0, 0.0, 1.0)
    other = Number(9.0, 0.1, 0.95, 0.01)
    wide = replace(first, typical_forward=spread, forward_std=other, forward_mean=other)
    assert judged(one, replace(one, run=run_of(seed=1), layers=(wide, *rest))) == []


def without(layer: Any, *names: str) -> Any:
    return replace(layer, **dict.fromkeys(names, Number(None)))


def test_what_only_one_has_does_not_agree() -> None:
    """Unless it is near the end of float64, where a further network may leave it."""
    one = results()[0]
    first, second, *rest = one.layers
    other = replace(one, run=run_of(seed=1))
    bare = replace(without(first, "forward_std", "forward_mean"), weights={})
    lost = replace(second, dead=None)
    failed = judged(one, replace(other, layers=(bare, lost, *rest)))
    names = ("forward_mean", "forward_std", "weight_std", "bias_std")
    assert failed == [*(f"layer 1, linear: {name}" for name in names), "layer 2, relu: dead"]
    far = replace(first, forward_std=Number(1e250, 1e248, 250.0, 0.01))
    missing = replace(other, layers=(without(far, "forward_std"), second, *rest))
    assert judged(replace(one, layers=(far, second, *rest)), missing) == []
    names = ("forward_mean", "forward_std", "forward_rms", "gradient_std")
    names += ("typical_forward", "typical_gradient")
    nothing = [
        replace(without(x, *names), weights={}, dead=None, saturated=None) for x in one.layers
    ]
    empty = replace(other, layers=tuple(nothing))
    with pytest.raises(UsageError, match=r"1\.json: has no number that 0\.json has, too"):
        compared(*saved(empty, empty), 1e-6)


def test_what_cannot_be_judged_is_told() -> None:
    document = compared(*saved(results()[0], whole(run_of(1, seed=1))), 1e-6)
    assert document.passed
    assert any("cannot be judged" in remark for remark in document.remarks)
    assert all(row[2] == "0" for row in document.rows[:5]), "none of them exactly"


def test_shares_that_vary_in_neither_run_are_not_judged() -> None:
    """They are counted: all of three networks may have 3 dead units of 32, all of others 2."""
    one = results()[0]
    first, second, *rest = one.layers
    shares = [replace(second, dead=Number(share, 0.0, 0.0, 0.0)) for share in (0.0625, 0.09375)]
    a, b = (replace(one, layers=(first, each, *rest)) for each in shares)
    assert judged(a, replace(b, run=run_of(seed=1))) == []
    assert judged(a, b) == ["layer 2, relu: dead"], "of the same networks it is the same"


CHANGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "networks_done must be at most 11": lambda d: d.update(networks_done=90),
    "layers are not those of its chain": lambda d: d["layers"][0].update(shape=[7]),
    "its layers are not those": lambda d: d["layers"][0]["weights"].update(more=d["x"]),
    "not below 0": lambda d: d["layers"][0]["forward_std"].update(value=-1.0),
    "theory must be numbers": lambda d: d["layers"][0].update(theory={"forward_std": None}),
}


@pytest.mark.parametrize("said", CHANGED)
def test_results_that_cannot_be_are_refused(said: str, tmp_path: Path) -> None:
    document = json.loads(results()[0].to_json())
    CHANGED[said](document)
    with pytest.raises(UsageError, match=said):
        back(json.dumps(document), tmp_path)


def test_a_chain_and_a_layer_are_not_compared() -> None:
    layers = Saved("layers.json", [])
    (chain,) = saved(results()[0])
    for pair in ((layers, chain), (chain, layers)):
        with pytest.raises(UsageError, match=r"layers.json: has results of layers, 0.json that of"):
            compared(*pair, 1e-6)
