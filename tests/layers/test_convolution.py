"""Convolutions: the third post's figures, borders, weights, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import normstats
from normstats.engine.mapjob import MapJob, _Workspace
from normstats.errors import UsageError
from normstats.perform import perform
from normstats.published.closed_forms import overlap_counts
from normstats.registry import get, parse_call
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array
from tests.engine.jobs import MOVED, hexes, job_of, outcome, parse

FLAT = "conv2d(in_channels=1, out_channels=1, size=33, where=interior, stride=2, init="


def exact(call: str, inputs: Inputs | None = None) -> dict[str, Exact]:
    layer, params = parse(call)
    return dict(zip(layer.quantities(params), layer.exact(params, inputs or Inputs()), strict=True))


@pytest.mark.parametrize(
    ("init", "correlation", "std"),
    [
        ("flat", "full", 5 / 2),
        ("flat_rows", "full", 5 / 6),
        ("flat", "none", 3 / 2),
        ("flat_rows", "none", 1 / 2),
        ("fan_in_rows", "none", 1 / 2),
        ("fan_in_rows", "full", 1 / 2),
    ],
)
def test_the_third_posts_figures(init: str, correlation: str, std: float) -> None:
    """5/2 and 5/6 hold if all dy are the same; 3/2 and 1/2 if they are independent."""
    call = f"{FLAT}{init}, dy_correlation={correlation})"
    assert exact(call)["backward"].std == pytest.approx(std, rel=1e-15)
    measured = normstats.measure(call, samples=20_000).backward.std
    assert abs(measured.value - std) < 5 * measured.se < 0.5


CELLS = [(3, 2, 0), (4, 3, 0), (5, 4, 0), (5, 2, 0), (5, 3, 0), (6, 4, 1)]


@pytest.mark.parametrize(("kernel", "stride", "phase"), CELLS)
def test_overlap_counts(kernel: int, stride: int, phase: int) -> None:
    """dx of a flat kernel and dy = 1 counts the windows; its cells are those that were printed."""
    size = kernel + 9 * stride
    params = {"in_channels": 1, "out_channels": 1, "kernel_size": kernel, "stride": stride}
    layer, values = parse("conv2d", {**params, "size": size})
    shapes = layer.shapes(values)
    _, dx = normstats.apply(
        "conv2d",
        np.zeros(shapes.x),
        np.ones(shapes.y),
        weight=np.ones(shapes.extras["weight"].shape),
        **values,
    )
    at = slice(kernel - kernel % stride + stride + phase, None)
    cell = dx[0, at, at][:stride, :stride]
    expected = np.array(overlap_counts(kernel, stride, phase).matrix)
    assert (cell == expected).all()
    # The factors of the post's other figure: one over the number of windows.
    assert (1.0 / cell == 1.0 / expected).all()


def test_unit_scaling_of_a_strided_convolution() -> None:
    """√(stride · groups / (fan_out · kernel)) times a unit gain: away from borders."""
    call = "conv1d(in_channels=6, out_channels=10, groups=2, kernel_size=5, stride=3, init=normal"
    found = exact(f"{call}, size=50, where=interior)")["backward"].std
    assert found is not None
    assert 1.0 / found == pytest.approx(math.sqrt(3 * 2 / (10 * 5)))


def test_a_batch_norms_the_gradient_by_its_root() -> None:
    """dW of a linear layer: √m · rms(x) · rms(dy)."""
    for m in (1, 2, 7):
        call = f"linear(in_features=5, out_features=3, batch_size={m})"
        found = exact(call, Inputs(x_std=2.0, dy_std=3.0))
        assert found["weight"].std == pytest.approx(math.sqrt(m) * 6.0)
        assert found["bias"].std == pytest.approx(math.sqrt(m) * 3.0)


def test_a_linear_layer_with_a_batch_of_1_keeps_its_name() -> None:
    """And so its random numbers: the parameter came later."""
    layer, params = parse("linear(in_features=5, out_features=3, batch_size=1)")
    assert "batch_size" not in params
    assert layer.shapes(params).x == (5,)
    assert layer.shapes(layer.parse({"batch_size": 2})).x == (2, 512)


@pytest.mark.parametrize("inputs", [Inputs(), MOVED, Inputs(1e7, 1.0, 1e7, 1.0)], ids=str)
@pytest.mark.parametrize("samples", [3, 1000])
def test_sums_of_outer_products(inputs: Inputs, samples: int) -> None:
    """Of a group's gradients, without forming them: against NumPy with the very numbers."""
    from normstats.engine.matrices import COLUMN_SUMS, OUTER_SUMS
    from normstats.kernels.run import load

    rng = np.random.default_rng(3)
    columns = -(-samples // 8) * 8
    x = inputs.x_mean + inputs.x_std * rng.standard_normal((5, columns))
    dy = inputs.dy_mean + inputs.dy_std * rng.standard_normal((3, columns))
    x[2, ::3] = 0.0
    dy[1, ::5] = 0.0
    of_x, of_dy, out = np.empty(3 * columns), np.empty(3 * columns), np.empty(48)
    load(COLUMN_SUMS)(x, 5, columns, columns, inputs.x_mean, of_x)
    load(COLUMN_SUMS)(dy, 3, columns, columns, inputs.dy_mean, of_dy)
    given = inputs.x_mean, inputs.dy_mean
    load(OUTER_SUMS)(of_x, of_dy, columns, samples, 5, 3, *given, out)
    a, b = np.longdouble(x[:, :samples]), np.longdouble(dy[:, :samples])
    product = a[:, None] * b[None]
    for at, values, pivot in ((0, product, given[0] * given[1]), (3, b, given[1])):
        off = values - np.longdouble(pivot)
        bound = 1e-13 * float((off**2).sum())
        assert abs(out[at] - float(off.sum())) <= 1e-13 * float(np.abs(off).sum())
        assert abs(out[at + 1] - float((off**2).sum())) <= bound
        assert out[at + 2] == float((values == 0.0).sum())


def drawn(call: str) -> Array:
    """Weights of a run, as small channel × big channel of the group × tap."""
    job = job_of(call, 1000, seed=4)
    assert isinstance(job, MapJob)
    space = _Workspace(job)
    space.begin(0)
    space._matrix.draw(space._state)
    strides, sides = job.strides(space._matrix), job.sides
    small, big = sides.small // sides.groups, sides.big // sides.groups
    i, j, k = np.ogrid[:small, :big, : sides.maps.taps]
    at = i * strides.small + j * strides.big + k * strides.tap
    groups = [space._matrix.w[at + g * strides.group] for g in range(sides.groups)]
    return np.array(groups)


@pytest.mark.parametrize("name", ["conv2d", "conv_transpose2d"])
@pytest.mark.parametrize("init", ["fan_in_rows", "fan_out_rows"])
@pytest.mark.parametrize("groups", [1, 2])
def test_rows_of_length_1(name: str, init: str, groups: int) -> None:
    """Over all weights into an output channel, or away from an input channel."""
    call = f"{name}(in_channels=6, out_channels=4, groups={groups}, init={init}, size=5)"
    w = drawn(call)
    small_is_y = name == "conv2d"
    axis = 2 if (init == "fan_in_rows") == small_is_y else 1
    np.testing.assert_allclose((w**2).sum(axis=(axis, 3)), 1.0, rtol=1e-14)
    assert len(np.unique(w)) == w.size


@pytest.mark.parametrize("shape", [(3, 4), (40, 2)])
def test_orthogonal_weights(shape: tuple[int, int]) -> None:
    outs, ins = shape
    call = f"conv2d(in_channels={ins}, out_channels={outs}, init=orthogonal, size=5)"
    w = drawn(call).reshape(outs, -1)
    product = w @ w.T if outs <= w.shape[1] else w.T @ w
    assert np.abs(product - np.eye(len(product))).max() < 1e-14


def test_weights_are_new_in_every_group() -> None:
    job = job_of("conv1d(in_channels=2, out_channels=2, size=4)", 1000)
    assert isinstance(job, MapJob)
    space = _Workspace(job)
    space.begin(0)
    found = []
    for _ in range(3):
        space._matrix.draw(space._state)
        found.append(space._matrix.w[:6].copy())
    assert len(np.unique(found)) == 18


EVERYTHING = "conv2d(in_channels=4, out_channels=6, size=5x6, padding=1, stride=2, groups=2"


def test_any_number_of_threads_gives_the_same_bits() -> None:
    call = f"{EVERYTHING}, where=each)"
    one, three = (outcome(call, 20_011, threads) for threads in (1, 3))
    assert len(one.sums) == 8
    for a, b in zip(one.sums, three.sums, strict=True):
        assert hexes(a) == hexes(b)


@pytest.mark.parametrize("samples", [1, 7, 64, 520, 5003])
def test_every_sample_counts_once(samples: int) -> None:
    call = f"{EVERYTHING}, where=each)"
    done = outcome(call, samples)
    layer, params = parse(call)
    elements = dict(
        zip(layer.quantities(params), (m.elements // samples for m in done.sums), strict=True)
    )
    assert elements["forward"] == 6 * 3 * 3
    assert elements["backward"] == 4 * 5 * 6
    for side in ("forward", "backward"):
        parts = elements[f"{side} (interior)"] + elements[f"{side} (border)"]
        assert parts == elements[side]
    assert (elements["weight"], elements["bias"]) == (6 * 2 * 9, 6)


def test_interior_and_border_are_where_they_should_be() -> None:
    """Padding takes taps from the border alone: there y is smaller."""
    r = perform(Run(normstats.registry.parse_call("conv2d(padding=2, where=each)"), 3000), 2)
    interior, border = (r.statistics[f"forward ({part})"].std for part in ("interior", "border"))
    assert interior.exact == pytest.approx(1.0)
    assert border.exact is not None
    assert border.exact < 0.8
    for one in (interior, border):
        assert one.z is not None
        assert abs(one.z) < 5


def test_one_dy_for_the_whole_map() -> None:
    """All dx of a flat kernel in the interior are multiples of it: no others vary."""
    call = "conv1d(in_channels=1, out_channels=1, size=9, init=flat, dy_correlation=full)"
    found = exact(call)
    assert found["bias"].std == 7.0
    assert found["backward"].std == pytest.approx(math.sqrt((2 * 1 + 2 * 4 + 5 * 9) / 9))
    r = normstats.measure(call, samples=50_000)
    for side in r.statistics.values():
        assert side.std.z is not None
        assert abs(side.std.z) < 5


@pytest.mark.parametrize("correlation", ["none", "full"])
@pytest.mark.parametrize("name", ["conv1d", "conv_transpose1d"])
def test_means_that_vary_from_place_to_place(name: str, correlation: str) -> None:
    """At a border sums have fewer terms: that is most of what varies where means are large."""
    call = f"{name}(in_channels=2, out_channels=2, size=3, padding=1, stride=2, init=flat"
    r = normstats.measure(
        f"{call}, dy_correlation={correlation})", samples=50_000, x_mean=20, dy_mean=-10
    )
    for side in r.statistics.values():
        for one in (side.mean, side.std):
            assert one.z is not None
            assert abs(one.z) < 5
            assert one.se <= 0.01 * max(abs(one.value), 1.0)


def test_large_means_cost_no_digits() -> None:
    """Sums are about the exact means, those of the gradients of weights as well."""
    inputs = {"x_mean": 1e6, "dy_mean": 1e6}
    r = normstats.measure(
        "conv1d(in_channels=1, out_channels=1, size=4, init=flat)", samples=50_000, **inputs
    )
    for side in r.statistics.values():
        assert side.std.z is not None
        assert abs(side.std.z) < 5
        assert abs(side.std.value / side.std.exact - 1.0) < 0.02


def test_default_samples() -> None:
    """One digit, and so many that a default run takes about a second or two."""
    for call in ("linear", "conv2d", "conv3d(size=16)", "conv_transpose2d(in_channels=1)"):
        layer, params = parse(call)
        samples = layer.default_samples(params)
        assert samples is not None
        assert 500 <= samples < 10**7
        assert len(str(samples).rstrip("0")) == 1
    for call in ("relu", "linear(in_features=2, out_features=2)"):
        layer, params = parse(call)
        assert layer.default_samples(params) is None


@pytest.mark.parametrize(
    ("layer", "params", "name"),
    [
        ("conv2d", {"groups": 3}, "groups"),
        ("conv2d", {"groups": 32}, "groups"),
        ("conv2d", {"kernel_size": 9}, "size"),
        ("conv2d", {"size": "300x300"}, "size"),
        ("conv2d", {"size": "256x256", "kernel_size": 17}, "size"),
        ("conv2d", {"in_channels": 65536, "out_channels": 65536}, "kernel_size"),
        ("conv2d", {"padding": -1}, "padding"),
        ("conv2d", {"stride": 0}, "stride"),
        ("conv2d", {"where": "middle"}, "where"),
        ("conv2d", {"where": "border"}, "where"),
        ("conv2d", {"size": 3, "where": "interior", "kernel_size": 3, "stride": 2}, "where"),
        ("conv2d", {"output_padding": 1}, "output_padding"),
        ("conv_transpose2d", {"output_padding": 1}, "output_padding"),
        ("conv_transpose2d", {"padding": 6, "size": 1}, "size"),
        ("conv1d", {"dy_correlation": "half"}, "dy_correlation"),
        ("linear", {"batch_size": 0}, "batch_size"),
    ],
    ids=str,
)
def test_bad_parameters(layer: str, params: dict[str, object], name: str) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.measure(layer, samples=10, **params)
    assert caught.value.name == name


@pytest.mark.parametrize("method", [{"method": "rqmc"}, {"conditional": True}], ids=str)
def test_other_methods_do_not_apply(method: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="does not apply to conv2d"):
        normstats.measure("conv2d", samples=10, **method)


def test_maps_that_memory_would_not_hold() -> None:
    with pytest.raises(UsageError, match="memory") as caught:
        normstats.measure(
            "conv2d", samples=10**9, threads=1024, size=256, in_channels=512, kernel_size=1
        )
    assert caught.value.name == "size"


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"x": (2, 3, 9)}, "x"),
        ({"dy": (2, 4, 9)}, "dy"),
        ({"x": (3, 8)}, "dy"),
        ({"weight": (4, 3, 2)}, "weight"),
        ({"weight": None}, "weight"),
    ],
    ids=str,
)
def test_bad_shapes(changed: dict[str, tuple[int, ...] | None], name: str) -> None:
    shapes = {"x": (2, 3, 8), "dy": (2, 4, 6), "weight": (4, 3, 3), **changed}
    x, dy, weight = (None if shape is None else np.ones(shape) for shape in shapes.values())
    assert x is not None
    assert dy is not None
    with pytest.raises(UsageError) as caught:
        normstats.apply("conv1d", x, dy, weight=weight, in_channels=3, out_channels=4, size=8)
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("call", "size", "least"),
    [
        ("conv2d(kernel_size=5x3, dilation=2x1, padding=1x0, size={})", "6x3", "7x3"),
        ("conv1d(kernel_size=9, stride=4, size={})", "8", "9"),
        ("conv_transpose1d(kernel_size=1, padding=4, stride=3, size={})", "3", "4"),
        ("conv_transpose2d(kernel_size=3, padding=3, stride=2, output_padding=1, size={})",
         "2x3", "3x3"),
    ],
)  # fmt: skip
def test_a_map_that_is_too_small_is_told_the_smallest(call: str, size: str, least: str) -> None:
    with pytest.raises(UsageError, match=f"size {size}: must be at least {least}, or y has no"):
        parse_call(call.format(size))
    found = parse_call(call.format(least))
    assert min(get(found.layer).shapes(found.params).y) >= 1
