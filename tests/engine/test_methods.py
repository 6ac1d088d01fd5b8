"""Every way of sampling is unbiased and knows its error; what does not apply says so."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import special

from normstats.api import measure
from normstats.engine import arrayjob
from normstats.engine.observer import Interrupted
from normstats.engine.target import BEYOND, FIRST, MISSED, reached, round_up, run_until
from normstats.engine.threads import run
from normstats.errors import UsageError
from normstats.moments.statistics import statistics
from normstats.perform import perform
from normstats.registry import samples_for
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs
from normstats.runs.method import METHODS, REPLICATES, Method, parse_method
from normstats.runs.run import Run
from normstats.runs.target import DEFAULT_SAMPLES, TARGET_SAMPLES, Target, parse_target
from normstats.sampling.sobol import OFFSET, TABLE, Words, scrambled_tables
from tests.engine.jobs import parse
from tests.engine.test_calibration import assert_calibrated

INPUTS = Inputs(x_mean=0.3, x_std=1.2, dy_mean=-0.4, dy_std=0.7)
INDEPENDENT = [
    (call, Method(name, conditional))
    for call in ("relu", "max_pool2d(kernel_size=2)", "avg_pool1d", "dropout(p=0.3)", "rrelu")
    for name, conditional in (("plain", True), ("antithetic", False), ("antithetic", True))
]
# Smooth, with kinks and jumps, of heavy tails, with masks, of several inputs.
POINTS = [
    (call, Method("rqmc", conditional))
    for call in (
        "sigmoid", "hardswish", "relu_squared", "dropout(p=0.3)", "rrelu",
        "max_pool2d(kernel_size=2)",
    )
    for conditional in (False, True)
]  # fmt: skip


def assert_calibrated_by(
    call: str, method: Method, samples: int, seeds: int, inputs: Inputs = INPUTS
) -> None:
    """Every statistic of every run is right to its rounding, or its z over the seeds is honest.

    For at most 21 · 6 statistics the chances of ``assert_calibrated`` add up to 2e-4, once.
    """
    layer, params = parse(call)
    exact = layer.exact(params, inputs)
    z: dict[tuple[int, str], list[float]] = {}
    for seed in range(seeds):
        outcome = run(layer.job(Run(Call.of(layer.name, params), samples, seed, inputs, method)), 1)
        for side, moments in enumerate((outcome.forward, outcome.backward)):
            found = statistics(moments, exact[side])
            for statistic in ("mean", "std", "rms"):
                estimate = getattr(found, statistic)
                assert estimate.se is not None
                # Sums of squares over many units lose an error that is 1e-8 of the values.
                floor = 0.0 if method.name == "rqmc" else 1e-8 * found.rms.value
                floor = max(floor, estimate.precision)
                if estimate.se > floor:
                    z.setdefault((side, statistic), []).append(estimate.z)
                else:
                    assert abs(estimate.value - estimate.exact) < 10 * floor
    units = outcome.forward.units
    for values in z.values():
        assert len(values) == seeds
        assert_calibrated(np.array(values), math.inf if units > 1000 else units - 1)
    assert z


@pytest.mark.parametrize(("call", "method"), INDEPENDENT, ids=str)
def test_errors_of_independent_samples_are_calibrated(call: str, method: Method) -> None:
    assert_calibrated_by(call, method, 4096, 120)


@pytest.mark.parametrize(("call", "method"), POINTS, ids=str)
def test_errors_of_sequences_of_points_are_calibrated(call: str, method: Method) -> None:
    assert_calibrated_by(call, method, 8192, 60)


# 64 · Φ(−x_mean) is just above a whole number: hardly any of the sequences has one point more.
NEARLY_WHOLE = Inputs(x_mean=-float(special.ndtri(20.003 / 64)))


@pytest.mark.parametrize(
    ("call", "conditional", "inputs"),
    [
        ("elu(alpha=3)", True, NEARLY_WHOLE),
        ("relu", False, replace(NEARLY_WHOLE, dy_mean=1.0, dy_std=0.01)),
        ("dropout(p=0.2501)", False, Inputs(x_mean=1.0, x_std=0.001)),
        ("dropout(p=0.5001)", False, Inputs(1.0, 0.01, 1.0, 0.01)),
        ("threshold(value=20)", False, Inputs(x_mean=1e-5)),
    ],
)
def test_jumps_show_in_the_scatter(call: str, conditional: bool, inputs: Inputs) -> None:
    """Also those that nearly agree with the intervals of the points, and little else varies."""
    assert_calibrated_by(call, Method("rqmc", conditional), 8192, 60, inputs)


@pytest.mark.parametrize("call", ["exp", "relu_cubed"])
def test_heavy_tails_are_skewed_as_the_readme_says(call: str) -> None:
    """The farthest point of each sequence decides: too low a value goes with too low an error."""
    layer, params = parse(call)
    exact, _ = layer.exact(params, Inputs())
    z = [
        statistics(
            run(
                layer.job(Run(Call.of(layer.name, params), 8192, seed, Inputs(), Method("rqmc"))), 1
            ).forward,
            exact,
        ).std.z
        for seed in range(60)
    ]
    assert -1.0 < np.mean(z) < -0.1
    assert 0.8 < np.var(z) < 3.5


def test_jumps_would_not_show_in_sequences_of_one_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrayjob, "uneven", lambda points, count, *key: (points,) * count)
    with pytest.raises(AssertionError, match="variance of z"):
        assert_calibrated_by("elu(alpha=3)", Method("rqmc", True), 8192, 60, NEARLY_WHOLE)


def test_jumps_would_not_show_in_plain_sobol_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """All windows begin at 0, and so keep the intervals: where they are mirrored, none is cut."""

    def aligned(*key: Any) -> Words:
        tables = scrambled_tables(*key)
        tables[:, OFFSET::TABLE] = 0
        return tables

    monkeypatch.setattr(arrayjob, "scrambled_tables", aligned)
    with pytest.raises(AssertionError, match="variance of z"):
        assert_calibrated_by(
            "dropout(p=0.2501)", Method("rqmc"), 8192, 60, Inputs(x_mean=1.0, x_std=0.001)
        )


def test_points_that_are_taken_for_independent_are_caught() -> None:
    """The scatter of points within sequences is no measure of their error: it is far too large."""
    layer, params = parse("sigmoid")
    exact, _ = layer.exact(params, INPUTS)
    z = []
    for seed in range(60):
        sums = run(
            layer.job(Run(Call.of(layer.name, params), 8192, seed, INPUTS, Method("rqmc"))), 1
        ).forward
        found = statistics(sums, exact).mean
        assert exact.std is not None
        assert found.exact is not None
        z.append((found.value - found.exact) / (exact.std / math.sqrt(8192)))
    with pytest.raises(AssertionError, match="variance of z"):
        assert_calibrated(np.array(z))


@pytest.mark.parametrize("call", ["sigmoid", "gelu", "max_pool2d"])
def test_errors_shrink(call: str) -> None:
    """Scrambled points beat independent ones at the same size, and more so without dy."""
    samples = 2**20
    plain, points, both = (
        measure(call, samples=samples, method=name, conditional=conditional)
        for name, conditional in (("plain", False), ("rqmc", False), ("rqmc", True))
    )
    assert plain.samples == points.samples == both.samples
    assert points.forward.std.se < plain.forward.std.se / 3
    assert points.backward.std.se < plain.backward.std.se / 10
    assert both.backward.std.se < plain.backward.std.se / 100


def test_conditional_takes_the_gradient_out() -> None:
    """A gradient that only moves from place to place has no error left."""
    result = measure("max_pool2d", samples=1e5, conditional=True)
    assert result.backward.std.se < 1e-8
    assert abs(result.backward.std.value - 1 / 3) < 1e-12


@pytest.mark.parametrize("samples", [1, 2, 3, 100, 127, 129, 1001])
def test_samples_are_rounded_up(samples: int) -> None:
    assert Method("plain").samples(samples) == samples
    assert Method("antithetic").samples(samples) == samples + samples % 2
    found = Method("rqmc").samples(samples)
    points = found // REPLICATES
    assert found >= samples
    assert points >= 2
    assert points & (points - 1) == 0
    for name in METHODS:
        result = measure("relu", samples=samples, method=name)
        assert result.samples == Method(name).samples(samples)
        within = Method(name).samples_within(samples)
        assert within <= max(samples, Method(name).samples(1))
        assert Method(name).samples(within) == within


def test_scrambled_points_end_before_they_repeat() -> None:
    most = REPLICATES * 2**32
    assert Method("rqmc").samples(most) == most == Method("rqmc").samples_within(10**15)
    with pytest.raises(UsageError, match=f"^samples {most + 1}: must be at most {most}"):
        measure("relu", samples=most + 1, method="rqmc")


@pytest.mark.parametrize(
    "call", ["identity", "max_pool2d(kernel_size=2)", "avg_pool1d", "dropout(p=0.3)", "rrelu"]
)
def test_conditional_survives_a_large_mean(call: str) -> None:
    """Variances, not raw second moments: nothing is lost where the mean is 1e8 times the std."""
    layer, params = parse(call)
    far = Inputs(x_mean=1e8, dy_mean=1e8)
    exact = layer.exact(params, far)
    outcome = run(
        layer.job(Run(Call.of(layer.name, params), 50_000, 0, far, Method("plain", True))), 1
    )
    for known, moments in zip(exact, (outcome.forward, outcome.backward), strict=True):
        found = statistics(moments, known)
        assert abs(found.mean.value - known.mean) < 5 * found.mean.se + 1e-7
        # a relative error: where a mask adds to the mean's own scatter, the std is large as well
        assert abs(found.std.value / known.std - 1.0) < 0.03


def test_conditional_zeros_of_a_tiny_gradient() -> None:
    result = measure("relu", samples=1e4, dy_std=1e-60, conditional=True)
    assert abs(result.backward.zeros.value - 0.5) < 5 * result.backward.zeros.se
    nothing = measure("relu", samples=1e4, dy_std=0, conditional=True)
    assert nothing.backward.zeros.value == 1.0


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("conditional", [False, True])
def test_same_bits_on_any_number_of_threads(name: str, conditional: bool) -> None:
    one, three = (
        measure(
            "max_pool2d", samples=300_000, method=name, conditional=conditional, threads=threads
        )
        for threads in (1, 3)
    )
    assert one.forward == three.forward
    assert one.backward == three.backward


def test_what_does_not_apply_says_so() -> None:
    for options in ({"method": "rqmc"}, {"method": "antithetic"}, {"conditional": True}):
        with pytest.raises(UsageError, match="does not apply to linear"):
            measure("linear", samples=100, **options)
    with pytest.raises(UsageError, match="101 random numbers a sample"):
        measure("max_pool2d", kernel_size=10, samples=100, method="rqmc")
    measure("max_pool1d", kernel_size=63, samples=100, method="rqmc")
    with pytest.raises(UsageError, match="plain, antithetic, rqmc"):
        parse_method("sobol")


@pytest.mark.parametrize(
    "options",
    [
        {"target_se": 2e-4},
        {"target_se": 1e-4, "method": "antithetic"},
        {"target_rel": 1e-3},
        {"target_se": 1e-6, "method": "rqmc", "conditional": True},
    ],
)
def test_a_target_is_met_by_a_run_that_can_be_repeated(options: dict[str, float]) -> None:
    result = measure("sigmoid", samples=1e9, **options)
    both = [e for side in (result.forward, result.backward) for e in (side.mean, side.std)]
    errors = [e.se for e in both]
    assert all(abs(e.z) < 5.0 for e in both if e.z is not None)
    if "target_se" in options:
        assert max(errors) <= options["target_se"]
    else:
        for side in (result.forward, result.backward):
            assert max(side.mean.se, side.std.se) <= 1e-3 * side.std.value
    settings = {k: v for k, v in options.items() if not k.startswith("target")}
    again = measure("sigmoid", samples=result.samples, **settings)
    assert again.forward == result.forward
    assert again.backward == result.backward


def test_a_target_stays_within_the_samples() -> None:
    result = measure("relu", samples=100_000, target_se=1e-12, method="rqmc")
    assert result.samples == 65_536


def test_an_interrupted_target_keeps_the_last_whole_run() -> None:
    whole = measure("relu", samples=100_000)
    runs = iter([whole, Interrupted(None)])

    def next_run(run: Run) -> Result:
        outcome = next(runs)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    with pytest.raises(Interrupted) as stopped:
        run_until(Run(Call("relu"), 10**9, target=Target(se=1e-9)), next_run, reached, FIRST)
    assert stopped.value.result is not None
    assert stopped.value.result.interrupted
    assert stopped.value.result.forward == whole.forward


def test_a_target_beyond_reach_stops_at_the_samples() -> None:
    result = measure("relu", samples=200_000, target_se=1e-9)
    assert result.samples == 200_000


def test_a_target_beyond_any_reach_stops_at_once() -> None:
    """exp(1000 z) overflows: its std is infinite for any number of samples."""
    result = measure("exp", x_std=1000, target_se=1e-3)
    assert result.samples == 100_000
    assert result.notes == (BEYOND,)
    for given in ({"target_rel": 0.1}, {"target_se": 1e3}):
        result = measure("exp", x_std=50, **given)  # whose fourth powers overflow, the first ones
        assert math.isfinite(result.forward.std.value)
        assert result.forward.std.se is None
        assert result.notes == (BEYOND,)


def test_a_target_below_the_precision_of_float64_stops_at_once() -> None:
    for options in ({"target_se": 1e-14}, {"target_rel": 1e-13}):
        result = measure("hardtanh", method="rqmc", conditional=True, dy_std=0, **options)
        assert result.samples == 131_072
        assert result.notes == (BEYOND,)
        assert (result.forward.std.se or 0.0) >= result.forward.std.precision


def test_a_relative_target_is_not_given_up_before_a_rare_event_comes() -> None:
    """None of the first 1e5 samples is below 1, where hardtanh is not constant."""
    first = measure("hardtanh", x_mean=6, samples=100_000)
    assert first.forward.std.value == 0.0
    result = measure("hardtanh", x_mean=6, target_rel=0.5, samples=3e8)
    assert result.samples > 100_000
    assert result.notes == ()
    assert result.forward.std.se is not None
    assert result.forward.std.se <= 0.5 * result.forward.std.value


def test_a_run_that_is_as_large_as_allowed_is_not_done_twice() -> None:
    done = []

    def run_once(run: Run) -> Result:
        done.append(run.samples)
        return perform(run, 1)

    asked = Run(Call("relu"), 131_072, method=Method("rqmc"), target=Target(se=1e-9))
    result = run_until(asked, run_once, reached, FIRST)
    assert (done, result.samples, result.notes) == ([100_000], 131_072, (MISSED,))


def test_a_target_counts_the_exact_value_where_no_error_is_known() -> None:
    """None of the samples is beyond 8 or 10: the value 0 is right to 3e-7 all the same."""
    for call, given in (("hardshrink(lambd=8)", {}), ("relu", {"x_mean": -10})):
        result = measure(call, target_se=1e-3, **given)
        assert result.forward.std.se is None
        assert result.samples == 100_000
        assert result.notes == ()
        assert measure(call, target_se=1e-15, samples=1e6, **given).notes == (MISSED,)


def test_a_target_has_far_more_samples_by_default_than_a_run() -> None:
    assert measure("identity").samples == DEFAULT_SAMPLES
    assert measure("relu", target_se=1e-4).samples > DEFAULT_SAMPLES
    assert samples_for(Call("relu"), None, Target(se=1e-4)) == TARGET_SAMPLES


@pytest.mark.parametrize("value", ["no", "", 0, 1, None])
def test_conditional_is_true_or_false(value: Any) -> None:
    with pytest.raises(UsageError, match=r"^conditional .*: must be True or False"):
        measure("relu", samples=100, conditional=value)


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "x"])
@pytest.mark.parametrize("name", ["target_se", "target_rel"])
def test_bad_targets(name: str, value: str) -> None:
    given = (value, None) if name == "target_se" else (None, value)
    with pytest.raises(UsageError, match=f"^{name} {value}: must be a finite number above 0"):
        parse_target(*given)


def test_checkpoints_are_round() -> None:
    assert parse_target(None, None) is None
    assert parse_target("1e-5", None) == Target(1e-5, None)
    assert [round_up(n) for n in (1, 9.5, 99.1, 100.5, 123_456, 9.91e9)] == [
        1, 10, 100, 110, 130_000, 10_000_000_000,
    ]  # fmt: skip
