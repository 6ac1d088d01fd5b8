"""Every way of sampling is unbiased and knows its error; what does not apply says so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from normstats.api import measure
from normstats.engine.method import METHODS, REPLICATES, Method, parse_method
from normstats.engine.observer import Interrupted
from normstats.engine.target import Target, parse_target, round_up, run_until
from normstats.engine.threads import run
from normstats.errors import UsageError
from normstats.layers import registry
from normstats.moments.statistics import statistics
from normstats.result import Inputs, Result

SAMPLES = 4096
INPUTS = Inputs(x_mean=0.3, x_std=1.2, dy_mean=-0.4, dy_std=0.7)
CASES = [
    (call, method, 200)
    for call in ("relu", "max_pool2d(kernel_size=2)", "avg_pool1d", "dropout(p=0.3)", "rrelu")
    for method in (Method("plain", True), Method("antithetic"), Method("antithetic", True))
] + [
    (call, Method("rqmc", conditional), 60)
    for call in ("sigmoid", "max_pool2d(kernel_size=2)", "dropout(p=0.3)")
    for conditional in (False, True)
]
# For each of at most 21 · 6 statistics: z over the seeds has mean 0 and variance 1 (31/29 with the
# errors of 32 scrambles), both within 5.5 of their own standard errors: a false alarm in
# 252 · 4e-8 = 1e-5 of all choices of the seeds.
REACH = 5.5
# Errors below this share of the rms may be mostly rounding: then the value itself has to be right.
ROUNDING = 1e-8


@pytest.mark.parametrize(("call", "method", "seeds"), CASES, ids=str)
def test_errors_are_calibrated(call: str, method: Method, seeds: int) -> None:
    layer, params = registry.parse_call(call)
    exact = layer.exact(params, INPUTS)
    z: dict[tuple[int, str], list[float]] = {}
    for seed in range(seeds):
        outcome = run(layer.job(params, INPUTS, seed, SAMPLES, method), 1)
        for side, moments in enumerate((outcome.forward, outcome.backward)):
            found = statistics(moments, exact[side])
            for statistic in ("mean", "std", "rms"):
                estimate = getattr(found, statistic)
                if estimate.se > ROUNDING * found.rms.value:
                    z.setdefault((side, statistic), []).append(estimate.z)
                else:
                    assert abs(estimate.value - estimate.exact) < 10 * ROUNDING
    freedom = outcome.forward.units - 1
    variance = freedom / (freedom - 2)
    kurtosis = 3.0 + 6.0 / (freedom - 4)
    assert len(z) >= 2
    for key, values in z.items():
        if len(values) < seeds:
            continue
        off = np.mean(values) / math.sqrt(variance / seeds)
        assert abs(off) < REACH, (key, "mean", off)
        spread = (np.var(values) / variance - 1.0) / math.sqrt((kurtosis - 1.0) / seeds)
        assert abs(spread) < REACH, (key, "variance", np.var(values))


@pytest.mark.parametrize("call", ["sigmoid", "gelu", "max_pool2d"])
def test_errors_shrink(call: str) -> None:
    """Scrambled points beat independent ones at the same size, and more so without dy."""
    samples = 2**17
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
    with pytest.raises(UsageError, match="--samples 137438953473: must be at most 137438953472"):
        measure("relu", samples=most + 1, method="rqmc")


@pytest.mark.parametrize(
    "call", ["identity", "max_pool2d(kernel_size=2)", "avg_pool1d", "dropout(p=0.3)", "rrelu"]
)
def test_conditional_survives_a_large_mean(call: str) -> None:
    """Variances, not raw second moments: nothing is lost where the mean is 1e8 times the std."""
    layer, params = registry.parse_call(call)
    far = Inputs(x_mean=1e8, dy_mean=1e8)
    exact = layer.exact(params, far)
    outcome = run(layer.job(params, far, 0, 50_000, Method("plain", True)), 1)
    for known, moments in zip(exact, (outcome.forward, outcome.backward), strict=True):
        found = statistics(moments, known)
        assert abs(found.mean.value - known.mean) < 5 * found.mean.se + 1e-7
        # a relative error: where a mask adds to the mean's own scatter, the std is large as well
        assert abs(found.std.value / known.std - 1.0) < 0.03


def test_conditional_zeros_of_a_tiny_gradient() -> None:
    result = measure("relu", samples=1e4, dy_std=1e-170, conditional=True)
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
    errors = [e.se for side in (result.forward, result.backward) for e in (side.mean, side.std)]
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

    def next_run(samples: int) -> Result:
        outcome = next(runs)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    with pytest.raises(Interrupted) as stopped:
        run_until(Target(se=1e-9), 10**9, next_run)
    assert stopped.value.result is not None
    assert stopped.value.result.interrupted
    assert stopped.value.result.forward == whole.forward


def test_a_target_beyond_reach_stops_at_the_samples() -> None:
    result = measure("relu", samples=200_000, target_se=1e-9)
    assert result.samples == 200_000


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "x"])
@pytest.mark.parametrize("option", ["--target-se", "--target-rel"])
def test_bad_targets(option: str, value: str) -> None:
    given = (value, None) if option == "--target-se" else (None, value)
    with pytest.raises(UsageError, match=f"{option} {value}: must be a finite number above 0"):
        parse_target(*given)


def test_checkpoints_are_round() -> None:
    assert parse_target(None, None) is None
    assert parse_target("1e-5", None) == Target(1e-5, None)
    assert [round_up(n) for n in (1, 9.5, 99.1, 100.5, 123_456, 9.91e9)] == [
        1, 10, 100, 110, 130_000, 10_000_000_000,
    ]  # fmt: skip


def test_where_f_jumps_scrambles_may_agree() -> None:
    """hardswish, n = 262,144: one run in ten is off by many of its errors, and says that it may."""
    caution = "where dx jumps its scrambles may agree by chance, and its errors be too small"
    given = {"samples": 2**18, "method": "rqmc"}
    worst = 0.0
    for seed in range(40):
        result = measure("hardswish", seed=seed, conditional=True, **given)
        assert result.notes == (caution,)
        worst = max(worst, abs(result.backward.std.z or 0.0))
    assert worst > 5.0  # if not, the caution can go
    assert measure("hardswish", **given).notes == ()
    assert measure("sigmoid", conditional=True, **given).notes == ()
