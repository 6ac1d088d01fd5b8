"""Mean-field theory by other means, verdicts by hand, and what scaling does to the gradient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

import normstats
from normstats import registry
from normstats.errors import UsageError
from normstats.networks.estimates import Estimated
from normstats.networks.normalise import WAYS, factors
from normstats.networks.verdict import verdict
from normstats.networks.written import chain_of
from normstats.result import Exact


def expected(function: Any, variance: float) -> float:
    """E f(z), z ~ N(0, variance)."""
    std = math.sqrt(variance)

    def density(z: float) -> float:
        value: float = function(std * z) * math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
        return value

    return float(quad(density, -12.0, 12.0, epsabs=1e-13, epsrel=1e-12, limit=400)[0])


def theory(text: str, **more: Any) -> list[dict[str, float]]:
    """10 to the logarithms of one small network, which theory does not look at."""
    result = normstats.chain(text, networks=1, **more)
    return [{k: 10.0**v for k, v in (one.theory or {}).items()} for one in result.layers]


def test_the_q_map_and_chi_of_tanh_by_other_integrals() -> None:
    """σ_w² = 1.5² of square layers: q ← σ_w²·E tanh², χ = σ_w²·E tanh′²; dW: √batch·rms·rms."""
    width, depth, batch = 32, 6, 20
    found = theory(
        f"linear({width}, init=normal, init_std={1.5 / math.sqrt(width)!r}), tanh",
        repeat=depth, batch_size=batch, x_std=0.7, dy_std=2.0,
    )  # fmt: skip
    square, q, chis = 0.49, [], []
    for layer in range(depth):
        incoming = square
        q.append(2.25 * square)
        square = expected(lambda z: math.tanh(z) ** 2, q[-1])
        assert found[2 * layer]["forward_std"] == pytest.approx(math.sqrt(q[-1]), rel=1e-9)
        assert found[2 * layer + 1]["forward_std"] == pytest.approx(math.sqrt(square), rel=1e-9)
        slope = expected(lambda z: math.cosh(z) ** -4 if abs(z) < 300 else 0.0, q[-1])
        chis.append((2.25 * slope, slope, incoming))
    gradient = 4.0
    for layer in reversed(range(depth)):
        chi, slope, incoming = chis[layer]
        assert found[2 * layer + 1]["gradient_std"] ** 2 == pytest.approx(slope * gradient)
        wanted = batch * slope * gradient * incoming
        assert found[2 * layer]["weight"] ** 2 == pytest.approx(wanted)
        assert found[2 * layer]["bias"] ** 2 == pytest.approx(batch * slope * gradient)
        gradient *= chi
        assert found[2 * layer]["gradient_std"] ** 2 == pytest.approx(gradient)


def test_he_et_al() -> None:
    """ReLU halves mean squares, and kaiming_normal doubles them, however deep it is."""
    found = theory("linear(24, init=kaiming_normal), relu", repeat=150, batch_size=8)
    for layer in found[::2]:
        assert layer["forward_std"] == pytest.approx(math.sqrt(2.0), rel=1e-11)
        assert layer["gradient_std"] == pytest.approx(1.0, rel=1e-11)


@pytest.mark.parametrize(
    "text",
    [
        "linear(192, init=kaiming_normal), relu",
        "linear(192, init=xavier_normal), tanh",
        "linear(192, init=orthogonal), gelu",
        "linear(192), sigmoid",
        "linear(192, init=normal, init_std=0.3), hardtanh",
        "linear(256, init=kaiming_uniform), silu, linear(192), elu",
    ],
)
@pytest.mark.parametrize("normalize", ["none", "separate"])
def test_wide_networks_agree_with_theory(text: str, normalize: Any) -> None:
    """Within 5 standard errors, and 1.5 % for what is of the order of 1/width."""
    result = normstats.chain(
        text, repeat=3, input=192, networks=12, batch_size=24, threads=2, normalize=normalize
    )
    compared = 0
    for layer in result.layers:
        assert layer.theory is not None
        for name, log10 in layer.theory.items():
            one: Any = layer.weights.get(name) or getattr(layer, name, None)
            off = abs(one.log10 - log10) * math.log(10.0)
            assert off < 5.0 * one.log10_se * math.log(10.0) + 0.015, (layer.name, name)
            assert one.log10_se < 0.05
            compared += 1
    assert compared >= 18


@pytest.mark.parametrize(
    "text",
    ["linear(8), layer_norm, relu", "relu, relu", "residual(linear(8))"],
)
def test_where_theory_ends_there_is_none(text: str) -> None:
    result = normstats.chain(text, input=8, networks=2, batch_size=4)
    assert all(layer.theory is None for layer in result.layers)
    assert any("no mean-field theory" in note for note in result.notes)


@pytest.mark.parametrize(
    ("log", "se", "word"),
    [
        *((-1.01, 0.1, "vanishing"), (1.01, 0.1, "exploding"), (-0.99, 0.1, "stable")),
        *((-1.5, 0.6, "stable"), (1.9, 0.6, "exploding"), (-50.0, None, "unknown")),
        *((math.inf, None, "exploding"), (-math.inf, None, "vanishing")),
        (math.nan, 0.1, "unknown"), (-0.9, None, "stable"), (-50.0, 0.0, "vanishing"),
    ],
)  # fmt: skip
def test_verdicts(log: float, se: float | None, word: str) -> None:
    """By more than 1, and by more than 3 standard errors."""
    assert verdict(Estimated(log, se), 10).word == word


def test_the_efolding_depth_and_its_error() -> None:
    found = verdict(Estimated(-2.0, 0.2), 30)
    assert (found.efolding, found.efolding_se) == pytest.approx((15.0, 1.5))
    assert found.per_layer == pytest.approx(-2.0 / 30)
    assert verdict(Estimated(0.0, 0.1), 30).efolding is None
    assert verdict(Estimated(-2.0, 0.1), 0).word == "unknown"


def test_a_known_depth() -> None:
    """Orthogonal weights, and 1/32 of what they give: e-folding after 1/ln 32 layers, always."""
    text, depth = "linear(8, init=orthogonal), residual(identity, branch=-0.96875)", 300
    found = normstats.chain(text, repeat=depth, networks=2, batch_size=8)
    for side in (found.forward, found.backward):
        assert side.word == "vanishing"
        # A little off: std is about the mean, which is another share of the rms in each layer.
        assert side.efolding == pytest.approx(1.0 / math.log(32.0), rel=2e-3)
    end = -depth * math.log10(32.0)
    assert end < -400
    first, last = found.layers[0], found.layers[-1]
    assert last.forward_std.value is None
    assert last.forward_std.log10 == pytest.approx(end, abs=0.2)
    assert first.gradient_std.log10 == pytest.approx(end, abs=0.2)
    assert first.weights["weight"].log10 == pytest.approx(end + math.log10(8) / 2, abs=0.2)


def test_factors_are_the_exact_stds() -> None:
    chain = chain_of(
        "linear(6, init=kaiming_normal), relu, residual(tanh, skip=3, branch=4)", size=5
    )
    exact = [registry.exact(step.call) for step in chain.stages if step.call is not None]
    for way in WAYS[1:]:
        own = factors(chain, way)
        for step, (y, dx, *_) in zip(chain.stages, exact, strict=False):
            assert y.std is not None
            assert dx.std is not None
            forward, backward = _divisors(way, y, dx)
            assert own[step.number].forward == pytest.approx(1.0 / forward)
            assert own[step.number].backward == pytest.approx(1.0 / backward)
            assert own[step.number].shift == pytest.approx(-(y.mean or 0.0) / forward)
        assert own[4].forward == own[4].backward == pytest.approx(0.2)
    assert factors(chain, "none") == {}


def _divisors(way: str, y: Exact, dx: Exact) -> tuple[float, float]:
    assert y.std is not None
    assert dx.std is not None
    middle = math.sqrt(y.std * dx.std)
    return {
        "forward": (y.std, y.std),
        "backward": (dx.std, dx.std),
        "geometric": (middle, middle),
        "separate": (y.std, dx.std),
    }[way]


def test_separate_scaling_is_off_by_the_factor_that_it_reports() -> None:
    """The forward pass is that of "forward", whose gradient is the true one."""
    given: dict[str, Any] = {"repeat": 15, "networks": 3, "batch_size": 9}
    text = "linear(11), sigmoid, linear(8), relu"
    true = normstats.chain(text, normalize="forward", **given)
    other = normstats.chain(text, normalize="separate", **given)
    for a, b in zip(true.layers, other.layers, strict=True):
        assert a.forward_std.value == b.forward_std.value
        assert a.gradient_factor == 1.0
        assert a.gradient_factor_log10 == 0.0
        assert a.gradient_std.log10 is not None
        assert b.gradient_factor_log10 is not None
        assert b.gradient_std.log10 == pytest.approx(a.gradient_std.log10 + b.gradient_factor_log10)
    product = sum(math.log10(layer.gradient_factor) for layer in other.layers)
    assert other.layers[0].gradient_factor_log10 == pytest.approx(product)
    assert abs(product) > 1.0
    assert any("is not the gradient" in note for note in other.notes)


def test_normalised_gradients_are_true_ones() -> None:
    """By finite differences, but for "separate"."""
    from normstats.networks.given import propagate

    chain = chain_of(
        "linear(5), sigmoid, residual(linear(5), relu, branch=0.7)", size=4, batch_size=6
    )
    for way in WAYS:
        trace = propagate(chain, normalize=way)
        direction = np.random.default_rng(0).standard_normal(trace.x.shape)
        ends = [
            propagate(chain, trace.x + h * direction, trace.dy, trace.drawn, normalize=way).y[5]
            for h in (1e-6, -1e-6)
        ]
        along = float((trace.dy * (ends[0] - ends[1])).sum()) / 2e-6
        backward = float((trace.dx[1] * direction).sum())
        assert (along == pytest.approx(backward, rel=1e-5)) == (way != "separate"), way


def test_in_blocks_there_is_no_single_factor() -> None:
    result = normstats.chain(
        "relu, residual(relu, tanh), tanh", input=6, networks=2, batch_size=4, normalize="separate"
    )
    logs = [layer.gradient_factor_log10 for layer in result.layers]
    assert logs[:4] == [None] * 4
    assert logs[4] == pytest.approx(math.log10(result.layers[4].gradient_factor))
    assert any("on each path" in note for note in result.notes)


def test_what_cannot_be_divided_by_is_refused() -> None:
    with pytest.raises(UsageError, match=r"layer 1, zca: the exact std of dx is not known"):
        normstats.chain("zca", input=4, networks=1, batch_size=16, normalize="backward")
