"""What every layer owes, as functions that raise AssertionError; they know no layer by name.

``test_contract.py`` runs them on all layers of the registry and on some that are wrong.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.families.whitening import Whitening
from normstats.layer.base import Layer
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Choice, Integer, OrWord, Param, Params, Real
from normstats.layer.windows import MapSize
from normstats.moments.statistics import statistics
from normstats.result import Estimate, Statistics
from normstats.runs.inputs import Inputs
from normstats.values import Array
from tests.engine.jobs import bits, outcome

STANDARD = Inputs()


# Monte Carlo may deviate by so many standard errors. There are some 1000 comparisons of fixed
# seeds, so that a false alarm has a chance of 6e-4 in all, once.
LIMIT = 5.0


@dataclass(frozen=True)
class Case:
    """A layer with parameters."""

    layer: Layer
    params: Params

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.layer.name}({inside})"


# By family. Of layers with maps few elements, or it takes long.
TINY: dict[str, dict[str, tuple[Any, ...]]] = {
    "convolution": {
        "size": ("3", "4"),
        "kernel_size": ("2", "1", "3", "2"),
        "in_channels": (2, 6),
        "out_channels": (4, 2),
        "groups": (1, 2),
        "stride": ("1", "2"),
        "padding": ("0", "1"),
        "output_padding": ("0", "1"),
        "dilation": ("1", "2"),
    },
    "linear": {"batch_size": (1, 3)},
    "recurrent": {"input_size": (5, 3), "hidden_size": (4, 7)},
}


def values_of(param: Param) -> list[Any]:
    """The default, and others that it takes."""
    if isinstance(param, Choice):
        return list(param.choices)
    if isinstance(param, Integer):
        if param.high <= 64:  # a factor
            return [param.default, 2, 4]
        return [7, 12, *([param.default] if param.default < 7 else [])]
    if isinstance(param, OrWord):
        return [param.default, *values_of(param.other)[1:]]
    if isinstance(param, MapSize):  # small; but of fewer than 8 numbers the variance varies wildly
        return ["2x4", "9"]
    if isinstance(param, Real):
        others = [param.default + 0.3, param.default * 0.5 - 0.2, param.default * 2.0 + 0.1]
    else:
        others = ["2", "1", "2x3", "4x1", "2x1x3", "3x3x1"]
    result = [param.default]
    for value in others:
        try:
            param.parse(value)
        except UsageError:
            continue
        result.append(value)
    return result[:3]


def variants(layer: Layer) -> Iterator[Case]:
    """Every value of every parameter, with the default or first values of the others."""
    tiny = TINY.get(layer.family, {})
    choices = {p.name: list(tiny.get(p.name, ())) or values_of(p) for p in layer.params}
    first = {name: values[0] for name, values in choices.items()}
    given = [first]
    for name, values in choices.items():
        given += [{**first, name: value} for value in values[1:]]
    if len(choices) > 1:  # and all changed at once
        given.append({name: values[-1] for name, values in choices.items()})
    seen: list[Params] = []
    for each in given:
        try:
            params = layer.parse(each)
        except UsageError:  # values that do not go together
            continue
        if params not in seen:
            seen.append(params)
            yield Case(layer, params)


def input_shapes(case: Case) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes of one sample's x and dy."""
    shapes = case.layer.shapes(case.params)
    return shapes.x, shapes.y


def extras(case: Case, samples: int, rng: np.random.Generator) -> dict[str, Array]:
    """A mask or a weight where the layer asks for one."""
    found = {}
    for name, extra in case.layer.shapes(case.params).extras.items():
        batch = () if extra.shared else (samples,)
        found[name] = extra.example(rng, (*batch, *extra.shape))
    return found


def twin(case: Case, x: Array, dy: Array, more: dict[str, Array]) -> tuple[Array, ...]:
    """The slow, readable version: of elementwise layers it gives f and f′."""
    if isinstance(case.layer, Elementwise):
        value, slope = case.layer.twin(x, case.params)
        return value, dy * slope
    return case.layer.twin(x, dy, case.params, **more)  # type: ignore[attr-defined,no-any-return]


def names(case: Case) -> tuple[str, ...]:
    """What the layer gives: y, dx, and the gradients of weights."""
    return "y", "dx", *case.layer.shapes(case.params).gradients


def kinks(case: Case) -> list[float]:
    """Where an elementwise layer is not smooth."""
    return list(case.layer.kinks(case.params)) if isinstance(case.layer, Elementwise) else []


MOST_PLACES = 30


def places(shape: tuple[int, ...], rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Every element of a shape, or of a large one some: the first, the last, and random ones."""
    every = list(itertools.product(*map(range, shape)))
    if len(every) <= MOST_PLACES:
        return every
    some = rng.permutation(range(1, len(every) - 1))[: MOST_PLACES - 2]
    return [every[0], every[-1], *(every[number] for number in some)]


def check_gradient(case: Case) -> None:
    """dx, and what belongs to weights, are gradients of y·dy, by central differences.

    Samples whose differences change with the step, for a kink is near, are left out: few. Where
    the layer says that dx is none, the differences must say so, too.
    """
    rng = np.random.default_rng(1)
    x_shape, dy_shape = input_shapes(case)
    samples = 400 if math.prod(x_shape) <= 16 else 40
    x = 2.0 * rng.standard_normal((samples, *x_shape))
    dy = rng.uniform(0.5, 2.0, (samples, *dy_shape)) * rng.choice([-1.0, 1.0], (samples, *dy_shape))
    given = {"x": x, **extras(case, samples, rng)}

    def forward(moved: dict[str, Array]) -> Array:
        at, more = moved["x"], {name: moved[name] for name in moved if name != "x"}
        y, *_ = case.layer.apply(at, dy, case.params, more, gradients=False)
        return (y * dy).reshape(samples, -1).sum(axis=1)

    def difference(name: str, index: tuple[Any, ...], step: float) -> Array:
        ends = []
        for sign in (1.0, -1.0):
            at = given[name].copy()
            at[index] += sign * step
            ends.append(forward({**given, name: at}))
        return (ends[0] - ends[1]) / ((given[name][index] + step) - (given[name][index] - step))

    more = {name: given[name] for name in given if name != "x"}
    _, *gradients = case.layer.apply(x, dy, case.params, more)
    size = 1.0 + np.abs(forward(given))
    shapes = {"x": x_shape, **case.layer.shapes(case.params).gradients}
    wrong = []
    for (name, shape), gradient in zip(shapes.items(), gradients, strict=True):
        for place in places(shape, rng):
            index = (slice(None), *place) if name == "x" else place
            # Two steps, and Richardson's extrapolation from both: an error of the fourth order.
            coarse, fine = difference(name, index, 2e-4), difference(name, index, 1e-4)
            extrapolated = (4.0 * fine - coarse) / 3.0
            # What the differences lose to rounding grows with y, not with the gradient.
            own = gradient[(slice(None), *place)]
            scale = size + np.abs(own)
            smooth = np.abs(coarse - fine) <= 1e-6 * scale
            assert smooth.mean() > 0.95
            off = np.abs(extrapolated - own)
            wrong += [name] if (off[smooth] > 1e-8 * scale[smooth]).any() else []
    expected = set() if case.layer.is_gradient(case.params) else {"x"}
    assert set(wrong) == expected, f"{case}: gradient of {wrong}"


def points(case: Case) -> Array:
    """Numbers of every size, with kinks, their neighbours, and zeros of both signs."""
    rng = np.random.default_rng(2)
    special = [0.0, -0.0, 1e-300, -1e-300, 1e-9, -1e-9, 1.0, -1.0, 30.0, -30.0, 1e3, -1e3]
    for kink in kinks(case):
        special += [kink, math.nextafter(kink, math.inf), math.nextafter(kink, -math.inf)]
    sizes = np.exp2(rng.uniform(-30, 4, 500))
    if isinstance(
        case.layer, Whitening
    ):  # it divides by a covariance: digits go with its condition
        return rng.standard_normal(2000)
    numbers = np.concatenate([special, 3.0 * rng.standard_normal(2000), sizes, -sizes])
    # Sums of products are rounded where they are large, and tanh's slope, e^−2|g|, multiplies that.
    return numbers[np.abs(numbers) <= 16.0] if case.layer.family == "recurrent" else numbers


def slack(case: Case, name: str, x: Array, dy: Array, expected: tuple[Array, ...]) -> Array | float:
    """What a value near 0 may lose where it is the difference of larger ones.

    For sums over elements and random slopes 1e-12 of the terms. Where there are weights, 1e-12 of
    the largest y or dx of the sample, and of the sum of dy·y for their gradients. For functions the
    rounding of numbers near 1, but not in the tails, where small values are no differences.
    """
    if isinstance(case.layer, Elementwise):
        return np.where(np.abs(x) <= 5.0, 1e-15, 1e-290) * (1.0 if name == "y" else np.abs(dy))
    terms = x if name == "y" else dy
    if case.layer.shapes(case.params).gradients:
        rows = [np.abs(values.reshape(len(x), -1)) for values in (*expected[:2], dy)]
        y_size, dx_size, dy_size = rows[0].max(axis=1), rows[1].max(axis=1), rows[2].sum(axis=1)
        size = {"y": y_size, "dx": dx_size}.get(name, dy_size * (1.0 + y_size))
        own = expected[names(case).index(name)]
        return 1e-12 * np.reshape(size, (-1, *(1,) * (own.ndim - 1)))
    return 1e-12 * (np.abs(terms) if x.shape == dy.shape else np.abs(terms).max())


def check_twin(case: Case) -> None:
    """The compiled kernel equals the twin to 1e-12, wherever that is finite."""
    rng = np.random.default_rng(3)
    x_shape, dy_shape = input_shapes(case)
    numbers = points(case)
    for shuffle in range(2):  # every number in another lane
        order = rng.permutation(len(numbers)) if shuffle else np.arange(len(numbers))
        per = math.prod(x_shape)
        samples = -(-len(numbers) // per)
        x = np.resize(numbers[order], (samples, *x_shape))
        dy = rng.standard_normal((samples, *dy_shape))
        more = extras(case, samples, rng)
        got = case.layer.apply(x, dy, case.params, more)
        with np.errstate(all="ignore"):
            expected = twin(case, x, dy, more)
        for name, a, b in zip(names(case), got, expected, strict=True):
            assert a.shape == b.shape
            finite = np.isfinite(b)
            with np.errstate(invalid="ignore"):
                near = (
                    np.abs(a - b) <= 1e-12 * np.abs(b) + slack(case, name, x, dy, expected)
                ) | ~finite
            assert near.all(), f"{case}: {name} differs from the twin: {a[~near]}, {b[~near]}"


def check_inputs_untouched(case: Case) -> None:
    """Neither x, dy nor a mask or weight is written to."""
    rng = np.random.default_rng(4)
    x_shape, dy_shape = input_shapes(case)
    x, dy = rng.standard_normal((9, *x_shape)), rng.standard_normal((9, *dy_shape))
    more = extras(case, 9, rng)
    given = (x, dy, *more.values())
    copies = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False
    results = case.layer.apply(x, dy, case.params, more)
    assert all(np.array_equal(a, b) for a, b in zip(given, copies, strict=True))
    assert not any(np.shares_memory(a, b) for a in given for b in results)


def samples_for(case: Case) -> int:
    """Enough for a sharp test; fewer for layers with many elements."""
    shapes = case.layer.shapes(case.params)
    if shapes.ins * shapes.outs == 1:
        return 300_000
    return 100_000 if shapes.ins + shapes.outs < 50 else 20_000


def check_monte_carlo(case: Case, inputs: Inputs, samples: int = 0) -> None:
    """Exact values are there, and within LIMIT standard errors of a run whose errors are small."""
    samples = samples or samples_for(case)
    exact = case.layer.exact(case.params, inputs)
    done = outcome(case.layer, samples, 1, params=case.params, inputs=inputs, seed=11)
    measured = ("y", "dx", *case.layer.quantities(case.params)[2:])
    for side, moments, known in zip(measured, done.sums, exact, strict=True):
        judged: Statistics = statistics(moments, known)
        for name in ("mean", "std", "rms", "zeros"):
            estimate: Estimate = getattr(judged, name)
            if estimate.exact is None:  # users have to be told why
                assert "no exact" in case.layer.note, f"{case}: no exact {name} of {side}"
                continue
            if estimate.heavy:
                assert case.layer.notes(case.params, inputs), f"{case}: no error of {name}"
                continue
            assert estimate.z is not None
            assert abs(estimate.z) < LIMIT, f"{case}: {name} of {side} is off: {estimate}"
        if known.std is None or known.std_from:
            continue
        assert known.mean is not None
        assert known.rms is not None
        assert math.isclose(known.rms, math.hypot(known.mean, known.std), rel_tol=1e-12)
        # A cap, so that no deviation is excused by an error that is too large.
        assert judged.mean.se is not None
        assert judged.std.se is not None
        assert judged.mean.se <= 1.2 * known.std / math.sqrt(moments.units)
        assert judged.std.se <= 0.06 * known.std


def check_reproducible(case: Case) -> None:
    """The same seed gives the same bits, another one others."""
    kwargs = {"params": case.params}
    first = bits(case.layer, 1000, **kwargs)
    assert bits(case.layer, 1000, **kwargs) == first
    assert bits(case.layer, 1000, seed=1, **kwargs) != first
