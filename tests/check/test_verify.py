"""The whole check: it keeps quiet when all is right, and names what is wrong."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest

from normstats import registry
from normstats.check.check import Check
from normstats.check.comparison import Comparison
from normstats.check.judgement import TESTED, WHOLE
from normstats.check.measured import Measure, runs
from normstats.check.noise import Noise
from normstats.check.report import Document
from normstats.check.sources.suite import EVEN, EXACT, Suite
from normstats.check.threshold import chi_square_between
from normstats.errors import UsageError
from normstats.layer.elementwise import Elementwise
from normstats.perform import perform
from normstats.result import Result
from normstats.result.numbers import STATISTICS
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.run import Run
from normstats.tables.jobs import Wanted
from tests.check import probes
from tests.check.made_up import drawn
from tests.layers.known import known


def engine(run: Run) -> Result:
    return perform(run, 1)


class Few(Suite):
    """These layers, as they are by default."""

    def __init__(self, *layers: str) -> None:
        self.calls = [registry.parse_call(layer) for layer in layers]

    def wanted(self) -> list[Wanted]:
        return [Wanted(call) for call in self.calls]


def few(seed: int, *layers: str, samples: int = 40_000, measure: Measure = engine) -> Document:
    return Check([Few(*layers)], samples=samples, seed=seed)(measure)


def everything(measure: Measure) -> Document:
    return Check([Suite()], samples=10**6, seed=1)(measure)


def failed(document: Document, group: str) -> list[str]:
    return [case.name for case in document.failed if case.group == group]


def test_two_hundred_seeds_give_no_false_alarm() -> None:
    layers = ("relu", "tanh", "exp", "hardsigmoid", "dropout")
    total, terms = dict.fromkeys(TESTED, 0.0), dict.fromkeys(TESTED, 0)
    for seed in range(200):
        document = few(seed, *layers)
        assert document.passed, [(case.name, case.message) for case in document.failed]
        for case in document.cases:
            if case.group == WHOLE:
                total[case.numbers["quantity"]] += case.numbers["value"]
                terms[case.numbers["quantity"]] += case.numbers["reference"]
    # All seeds together, where errors that are an eighth too large or too small would show.
    for quantity in TESTED:
        low, high = chi_square_between(terms[quantity], 1e-6)
        assert terms[quantity] >= 800
        assert 0.75 * terms[quantity] < low < total[quantity] < high < 1.27 * terms[quantity]


def test_a_derivative_that_is_off_by_one_percent_is_caught() -> None:
    with known(probes.RIGHT):
        right = few(3, probes.RIGHT.name, samples=10**6)
    assert right.passed
    with known(probes.WRONG):
        wrong = few(3, probes.WRONG.name, samples=10**6)
    names = failed(wrong, EXACT)
    assert names == ["rational backward.std", "rational backward.rms"]
    case = next(case for case in wrong.failed if case.name == names[0])
    assert case.numbers["relative"] == pytest.approx(0.01, abs=0.005)
    assert abs(case.numbers["z"]) > case.numbers["threshold"] > 5.0
    for word in ("measured", "exact", "off by", "z = ", "allowed"):
        assert word in case.message


def test_a_derivative_that_is_off_by_a_thousandth_is_caught_by_evenly_spread_points() -> None:
    """Plain samples do not see it at this size."""

    def checked(layer: Elementwise) -> Document:
        with known(layer):
            return Check([Suite()], samples=10**7, seed=4, names=[layer.name])(engine)

    assert checked(probes.RIGHT).passed
    wrong = checked(probes.SLIGHTLY)
    assert [case.name for case in wrong.failed] == [
        "rational backward.std (rqmc conditional)",
        "rational backward.rms (rqmc conditional)",
    ]
    assert {case.group for case in wrong.failed} == {EVEN}
    by_plain = next(case for case in wrong.cases if case.name == "rational backward.std")
    assert by_plain.passed
    assert by_plain.numbers["drift"] > 10.0 * wrong.failed[0].numbers["drift"]


@pytest.fixture(scope="module")
def standard() -> list[Run]:
    return Check([Suite()], samples=10**6, seed=1).runs


def test_the_standard_list_has_every_layer_and_independent_streams(
    standard: Sequence[Run],
) -> None:
    assert {one.call.layer for one in standard} == set(registry.all_layers())
    streams = {(one.call, one.seed) for one in standard}
    assert len(streams) == len(standard)
    assert len({(one.name, one.method) for one in standard}) == len(standard)
    plain = {(one.call, one.inputs) for one in standard if one.method.is_plain}
    other = {(one.call, one.inputs) for one in standard if not one.method.is_plain}
    assert other < plain
    assert {call.layer for call, _ in other} == {
        name for name, layer in registry.all_layers().items() if isinstance(layer, Elementwise)
    }
    assert any(one.inputs.x_mean and one.inputs.dy_mean for one in standard)


def test_right_values_pass_and_all_are_compared(standard: Sequence[Run]) -> None:
    document = everything(drawn)
    assert document.passed, [(case.name, case.message) for case in document.failed]
    plain = [run for run in standard if run.method.is_plain]
    sides = [side for run in plain for side in registry.exact(run.call, run.inputs)[:2]]
    exact = [getattr(side, name) is not None for side in sides for name in STATISTICS]
    # Of a step of lstm and gru a few are not.
    assert sum(case.group == EXACT for case in document.cases) == sum(exact) > 0.98 * len(exact)
    assert document.header["layers"] == len(plain)
    even = [case for case in document.cases if case.group == EVEN]
    assert len(even) > 5 * (len(standard) - len(plain))
    assert not any(name.numbers["z"] for name in even)
    header = document.header
    assert header["comparisons_random"] > 300
    assert header["chance_of_each"] == pytest.approx(0.5e-6 / header["comparisons_random"])
    for case in document.cases:
        if case.group == EXACT and case.numbers["z"] is not None:
            assert case.numbers["drift"] == pytest.approx(
                case.numbers["threshold"] * case.numbers["se"]
            )


@pytest.mark.parametrize(("spread", "word"), [(0.3, "too small"), (2.2, "too large")])
def test_errors_of_a_wrong_size_are_caught(
    spread: float, word: str, standard: Sequence[Run]
) -> None:
    document = everything(lambda one: drawn(one, spread))
    names = failed(document, WHOLE)
    assert len(names) == len(TESTED)
    assert all(word in case.message for case in document.failed if case.group == WHOLE)


def test_a_single_deviation_is_named(standard: Sequence[Run]) -> None:
    def one_off(run: Run) -> Result:
        if run.name == "gelu(approximate=none)":
            return drawn(run, draw=lambda name: 7.5 if name == "forward.mean" else 0.5)
        return drawn(run)

    document = everything(one_off)
    assert failed(document, EXACT) == ["gelu(approximate=none) forward.mean"]


def test_a_wrong_exact_value_is_named() -> None:
    """A constant in a closed form that is wrong in its third digit."""

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Wrong(Elementwise):
        def exact(self, params, inputs):  # type: ignore[no-untyped-def]
            forward, backward = super().exact(params, inputs)
            return dataclasses.replace(forward, std=forward.std * 1.002), backward

    relu = registry.get("relu")
    fields = {f.name: getattr(relu, f.name) for f in dataclasses.fields(relu)}
    right = drawn(Run(registry.parse_call("relu"), 5 * 10**7, 1))
    with known(Wrong(**fields)):
        exact, _ = registry.exact(right.run.call)
        wrong = with_exact_std(right, exact.std)
        document = few(1, "relu", samples=5 * 10**7, measure=lambda run: wrong)
    assert failed(document, EXACT) == ["relu forward.std"]


def with_exact_std(result: Result, exact: float | None) -> Result:
    std = dataclasses.replace(result.forward.std, exact=exact)
    forward = dataclasses.replace(result.forward, std=std)
    return dataclasses.replace(result, statistics={"forward": forward, "backward": result.backward})


def test_an_interruption_keeps_what_is_done(standard: Sequence[Run]) -> None:
    def stops(run: Run) -> Result:
        if run.call.layer == "tanh":
            raise KeyboardInterrupt
        return drawn(run)

    document = everything(stops)
    assert document.interrupted.startswith("INTERRUPTED after")
    assert document.cases
    with pytest.raises(KeyboardInterrupt):
        few(1, "tanh", measure=stops)


def test_detection_limits_are_told() -> None:
    document = everything(drawn)
    limits = document.header["limits"]
    assert set(limits) == {
        f"{side}.{name}" for side in ("forward", "backward") for name in ("mean", "std", "rms")
    }
    for limit in limits.values():
        assert 0.0 < limit["median_in_std"] < limit["worst_in_std"]
    assert limits["backward.std"]["worst"] == "exp"
    assert "exp" in limits["backward.std"]["beyond_one_percent"]
    assert "relu" not in limits["backward.std"]["beyond_one_percent"]
    (remark,) = [remark for remark in document.remarks if remark.startswith("Detection limits")]
    assert f"backward.std {limits['backward.std']['median_in_std']:.2g}, " in remark


def test_a_detection_limit_is_what_is_found_19_times_of_20() -> None:
    chance, rng = 1e-6, np.random.default_rng(1)
    noise = Noise(3.0)
    limit = Comparison(0.0, 0.0, noise, 10_000).seen(chance)
    values = limit + 0.03 * rng.standard_normal(4_000)
    found = np.mean([not Comparison(v, 0.0, noise, 10_000).passes(chance) for v in values])
    assert found == pytest.approx(0.95, abs=5.0 * math.sqrt(0.95 * 0.05 / 4_000))
    bound = Comparison(0.0, 0.0, precision=1e-3)
    assert bound.seen(chance) == 2e-3


def test_restriction_by_name_and_by_call(standard: Sequence[Run]) -> None:
    def names(*layers: str) -> list[str]:
        found = Check([Suite()], samples=10**6, seed=1, names=layers).runs
        return [one.name for one in found if one.method.is_plain]

    assert names() == [one.name for one in standard if one.method.is_plain]
    assert names("ReLU") == ["relu", "relu [x_mean=0.5, x_std=2, dy_mean=0.3, dy_std=1.5]"]
    assert names("dropout(p=0.1)", "tanh")[0] == "dropout(p=0.1, rescale=inverted)"
    assert names("leaky_relu(negative_slope=0.7)") == ["leaky_relu(negative_slope=0.7)"]
    assert names("linear(in_features=3, out_features=4)")[0].startswith("linear(in_features=3")
    with pytest.raises(UsageError, match="no such layer"):
        names("rleu")


def test_the_same_layer_with_other_inputs_gets_another_seed() -> None:
    relu = registry.parse_call("relu")
    shifted = Inputs(x_mean=1.0)
    found = runs([Wanted(relu), Wanted(relu, shifted)] * 2, 1000, 2**64 - 1)
    assert [(one.inputs, one.seed) for one in found] == [(STANDARD, 2**64 - 1), (shifted, 0)]
