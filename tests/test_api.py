"""The library's two functions, and what they accept."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import normstats
from normstats import registry
from normstats.api import parse_threads
from normstats.errors import UsageError
from normstats.result import Result
from normstats.runs.counts import MOST_SAMPLES, parse_samples, parse_seed
from normstats.runs.inputs import LARGEST, SMALLEST_STD, Inputs, parse_inputs
from normstats.sampling.streams import STREAM_VERSION


def attempt(function: Callable[[str], Any], text: str) -> tuple[Any, UsageError | None]:
    """A result, or the one error that there may be."""
    try:
        return function(text), None
    except UsageError as error:
        return None, error


SUFFIX = {"": 1, "k": 10**3, "M": 10**6, "m": 10**6, "G": 10**9, "b": 10**9, "T": 10**12}


@given(st.integers(1, MOST_SAMPLES))
def test_whole_numbers_of_samples(samples: int) -> None:
    for spelling in (samples, str(samples), f"{samples:_}", f" {samples} ", f"+{samples}"):
        assert parse_samples(spelling) == samples


@given(st.integers(1, 9999), st.integers(0, 3), st.sampled_from(sorted(SUFFIX)))
def test_decimals_and_suffixes(digits: int, places: int, suffix: str) -> None:
    text = f"{Fraction(digits, 10**places).__float__():.{places}f}{suffix}"
    exact = Fraction(digits, 10**places) * SUFFIX[suffix]
    if exact.denominator == 1 and 1 <= exact <= MOST_SAMPLES:
        assert parse_samples(text) == exact
    else:
        with pytest.raises(UsageError):
            parse_samples(text)


@given(st.integers(1, 999), st.integers(0, 12), st.sampled_from("eE"))
def test_exponents(digits: int, power: int, e: str) -> None:
    for spelling in (f"{digits}{e}{power}", f"{digits}{e}+{power}", f"{digits}0{e}{power - 1}"):
        assert parse_samples(spelling) == digits * 10**power
    assert parse_samples(float(f"{digits}e{power}")) == digits * 10**power


@given(st.text(max_size=12))
@example("1e999999999")
@example("١٢")
@example("1__0")
def test_any_text_is_a_number_or_a_usage_error(text: str) -> None:
    samples, error = attempt(parse_samples, text)
    if error is None:
        assert 1 <= samples <= MOST_SAMPLES
    else:
        assert (error.name, error.value) == ("samples", text)


BAD_SAMPLES = [
    0, -5, 1.5, "1.5", "nan", "inf", math.nan, math.inf, "1e400", "1e999", "abc", "", " ", "0",
    "-1", "1e-3", "0.0005k", "1e16", 10**16, "1e30", "1 000", "1,000", "0x10", "5q", "1e", True,
    False, [],
]  # fmt: skip


@pytest.mark.parametrize("value", BAD_SAMPLES, ids=repr)
def test_bad_samples_say_what_is_allowed(value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.measure("relu", samples=value)
    assert caught.value.name == "samples"
    assert caught.value.value is value or caught.value.value == value
    assert "from 1 to 1e15" in caught.value.allowed
    assert "\n" not in str(caught.value)


def test_too_many_samples_say_how_long_they_would_take() -> None:
    with pytest.raises(UsageError, match=r"6\.3e\+13 years"):
        parse_samples("1e30")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", -1),
        ("seed", 2**64),
        ("seed", "abc"),
        ("seed", 1.0),
        ("seed", True),
        ("seed", None),
        ("seed", "1_0"),
        ("seed", "٣"),
        ("threads", "٣"),
        ("x_mean", "1_0"),
        ("x_mean", True),
        ("threads", 0),
        ("threads", -1),
        ("threads", "two"),
        ("threads", 1.5),
        ("threads", True),
        ("threads", 10**9),
        ("x_std", -1),
        ("x_std", "nan"),
        ("x_std", math.nan),
        ("x_std", math.inf),
        ("dy_std", -1e-300),
        ("x_mean", "abc"),
        ("x_mean", math.inf),
        ("dy_mean", "-inf"),
        ("dy_mean", 10**400),
    ],
    ids=str,
)
def test_bad_values_name_argument_value_and_what_is_allowed(name: str, value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.measure("relu", samples=10, **{name: value})
    error = caught.value
    assert error.name == name
    assert error.allowed.startswith("must be")
    assert str(error) == f"{name} {value}: {error.allowed}"


@given(st.integers(0, 2**64 - 1))
def test_seeds(seed: int) -> None:
    assert parse_seed(seed) == parse_seed(str(seed)) == seed


def test_threads() -> None:
    assert parse_threads("3") == 3
    assert parse_threads(np.int64(3)) == 3
    assert 1 <= parse_threads(None) <= 4096


STDS = st.just(0.0) | st.floats(SMALLEST_STD, LARGEST)
MEANS_AND_STDS = st.tuples(st.floats(-LARGEST, LARGEST), STDS)


@given(MEANS_AND_STDS, MEANS_AND_STDS)
def test_inputs(x: tuple[float, float], dy: tuple[float, float]) -> None:
    """All pairs of numbers, but for means that are more than 1e9 times their std."""
    given_numbers = (str(x[0]), x[1], dy[0], str(dy[1]))
    if any(std > 0.0 and abs(mean) > 1e9 * std for mean, std in (x, dy)):
        with pytest.raises(UsageError, match=r"must be within 1e\+09 times the d?[xy]_std"):
            parse_inputs(*given_numbers)
    else:
        assert parse_inputs(*given_numbers) == Inputs(*x, *dy)


@given(st.floats(0.0, SMALLEST_STD, exclude_min=True, exclude_max=True))
def test_stds_whose_powers_underflow(std: float) -> None:
    with pytest.raises(UsageError, match="must be 0 or a number from 1e-60 to"):
        parse_inputs(0.0, std, 0.0, 1.0)


def test_integers_of_thousands_of_digits() -> None:
    for name in ("samples", "seed", "threads", "x_mean", "dy_std", "target_se"):
        with pytest.raises(UsageError, match=rf"^{name} \(a number of thousands of digits\)"):
            normstats.measure("relu", **{name: 10**5000})


def test_a_result_holds_everything() -> None:
    r = normstats.measure("max_pool2d(kernel_size=2x3)", samples="10k", seed=7, threads=1)
    assert isinstance(r, Result)
    assert (r.layer, dict(r.params)) == ("max_pool2d", {"kernel_size": (2, 3)})
    assert (r.samples, r.seed, r.threads, r.stream) == (10_000, 7, 1, STREAM_VERSION)
    assert (r.units, r.unit, r.interrupted) == (10_000, "sample", False)
    assert r.elapsed_s > 0.0
    assert r.inputs == Inputs()
    assert {"normstats", "python", "numpy", "numba", "scipy"} <= set(r.versions)
    for side in (r.forward, r.backward):
        for estimate in (side.mean, side.std, side.rms, side.zeros):
            assert estimate.se is not None
            assert estimate.exact is not None
            assert estimate.z is not None
            assert abs(estimate.z) < 5
    with pytest.raises(AttributeError):
        r.samples = 1  # type: ignore[misc]


def test_a_result_can_be_copied_and_sent_to_another_process() -> None:
    result = normstats.measure("max_pool2d(kernel_size=2x3)", samples=1000)
    for same in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
        assert same == result


def test_one_sample_gives_no_error() -> None:
    r = normstats.measure("relu", samples=1)
    assert r.forward.mean.se is None
    assert r.forward.mean.z is None
    assert r.forward.std.value == 0.0


def test_parameters_beside_the_call_and_in_it() -> None:
    one = normstats.measure("leaky_relu(negative_slope=0.2)", samples=1000)
    other = normstats.measure("leaky_relu", samples=1000, negative_slope=0.2)
    alias = normstats.measure("LReLU", samples=1000, negative_slope="0.2")
    assert one.forward == other.forward == alias.forward
    with pytest.raises(UsageError, match="given twice"):
        normstats.measure("leaky_relu(negative_slope=0.2)", samples=10, negative_slope=0.2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("rleu", "did you mean .*relu"),
        ("zzzzzz", "normstats list"),
        ("", "must look like"),
        ("relu(", "must look like"),
        ("relu(3)", "name=value"),
        ("relu(p=)", "name=value"),
        ("relu(p=1)", "no such option"),
        ("dropout(p=1=2)", r"\[0, 1\]"),
        ("dropout(p=0.1, p=0.2)", "given twice"),
    ],
)
def test_bad_calls(call: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        normstats.measure(call, samples=10)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=30))
@example("max_pool2d(kernel_size=(2, 3))")
@example("dropout((((")
def test_any_text_is_a_layer_or_a_usage_error(text: str) -> None:
    found, error = attempt(registry.parse_call, text)
    if error is None:
        assert registry.layer_of(found).parse(found.params) == found.params
        assert registry.parse_call(str(found)) == found
    else:
        assert str(error)


@given(
    st.lists(st.integers(0, 5), max_size=3).map(tuple),
    st.integers(0, 2**32),
)
def test_apply_takes_any_shape(shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, dy = rng.standard_normal(shape), rng.standard_normal(shape)
    y, dx = normstats.apply("relu", x, dy)
    assert y.shape == dx.shape == shape
    assert np.array_equal(y, np.maximum(x, 0.0))
    assert np.array_equal(dx, np.where(x > 0.0, dy, 0.0))


def test_apply_takes_lists_integers_and_strided_arrays() -> None:
    y, dx = normstats.apply("relu", [-1, 0, 2], [1, 1, 1])
    assert y.tolist() == [0.0, 0.0, 2.0]
    assert dx.tolist() == [0.0, 0.0, 1.0]
    x = np.arange(-10.0, 10.0).reshape(4, 5)
    for view in (x.T, x[::2, ::-1], np.asfortranarray(x), x.astype(np.float32)):
        y, _ = normstats.apply("relu", view, np.ones(view.shape))
        assert np.array_equal(y, np.maximum(view, 0.0))


def test_apply_passes_nan_and_infinities_on() -> None:
    y, dx = normstats.apply("identity", [np.nan, np.inf, -np.inf], [1.0, np.nan, 3.0])
    assert np.isnan(y[0])
    assert y[1:].tolist() == [np.inf, -np.inf]
    assert np.isnan(dx[1])


@pytest.mark.parametrize("layer", ["relu", "relu6", "max_pool1d", "avg_pool1d", "softplus", "abs"])
def test_a_sample_with_a_nan_is_unknown(layer: str) -> None:
    """Wherever it stands; and no other sample is touched."""
    shape = (2, 2) if "pool" in layer else (4,)
    more = {"kernel_size": 2} if "pool" in layer else {}
    for at in range(4):
        x = np.array([3.0, -1.0, 2.0, -5.0])
        x[at] = np.nan
        y, dx = normstats.apply(layer, x.reshape(shape), np.ones(shape[:1]), **more)
        sample = at * len(y) // 4
        assert np.isnan(y).tolist() == [k == sample for k in range(len(y))]
        assert np.isnan(dx).reshape(len(y), -1).all(axis=1).tolist() == np.isnan(y).tolist()


@pytest.mark.parametrize(
    ("call", "x", "dy", "more", "argument"),
    [
        ("relu", (3,), (4,), {}, "dy"),
        ("relu", (3,), (), {}, "dy"),
        ("max_pool2d", (5, 3, 2), (5,), {}, "x"),
        ("max_pool2d", (3,), (), {}, "x"),
        ("max_pool2d", (5, 3, 3), (4,), {}, "dy"),
        ("relu", (3,), (3,), {"weight": np.ones((3, 3))}, "weight"),
        ("relu", (3,), (3,), {"mask": np.ones(3)}, "mask"),
        ("dropout", (3,), (3,), {"mask": [1.0, 0.0, np.nan]}, "mask"),
        ("dropout", (3,), (3,), {"mask": [1, 2, 0]}, "mask"),
        ("dropout", (3,), (3,), {"mask": "abc"}, "mask"),
        ("rrelu", (3,), (3,), {"mask": None}, "mask"),
        ("linear", (3,), (3,), {"weight": [[1, 2], [3]]}, "weight"),
        ("max_pool2d", (5, 3, 3), (5,), {"mask": np.ones(5)}, "mask"),
    ],
)
def test_apply_names_what_does_not_fit(
    call: str, x: tuple[int, ...], dy: tuple[int, ...], more: dict[str, Any], argument: str
) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.apply(call, np.ones(x), np.ones(dy), **more)
    assert caught.value.name == argument


@pytest.mark.parametrize("given", [[1.0, "a"], [[1.0], [1.0, 2.0]], [1j], None, object()])
def test_apply_takes_real_numbers_only(given: Any) -> None:
    for x, dy, argument in ((given, [1.0, 1.0], "x"), ([1.0, 1.0], given, "dy")):
        with pytest.raises(UsageError) as caught:
            normstats.apply("relu", x, dy)
        assert caught.value.name == argument


@pytest.mark.parametrize("layer", [None, 3, b"relu", ["relu"]])
def test_a_layer_is_text(layer: Any) -> None:
    with pytest.raises(UsageError, match="must look like"):
        normstats.measure(layer)


def test_numpys_integers_are_integers() -> None:
    for size in (np.int64(2), (np.int32(2), 2), np.array([2, 2]), [2]):
        result = normstats.measure("max_pool2d", samples=100, kernel_size=size)
        assert result.params["kernel_size"] == (2, 2)
    assert (
        normstats.measure("linear", samples=10, in_features=np.int64(3)).params["in_features"] == 3
    )


@pytest.mark.parametrize("size", [{2: 3}, {2}, "", "2x", "(2", "2x2)", "²", b"2", None, 2.0, [2.0]])
def test_sizes_of_windows_that_are_none(size: Any) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.measure("max_pool2d", samples=100, kernel_size=size)
    assert caught.value.name == "kernel_size"


def test_different_layers_draw_different_numbers() -> None:
    """Their deviations at the same seed are independent."""
    values = [
        normstats.measure(call, samples=1000).backward.mean.value
        for call in ("identity", "avg_pool1d(kernel_size=1)", "max_pool1d(kernel_size=1)")
    ]
    assert len(set(values)) == 3


def test_weight_is_the_slope_of_prelu() -> None:
    y, dx = normstats.apply("prelu", [-2.0, 3.0], [1.0, 1.0], weight=-0.5)
    assert y.tolist() == [1.0, 3.0]
    assert dx.tolist() == [-0.5, 1.0]
