"""Numbers with errors from repetitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from normstats.claims import repeats
from normstats.claims.claim import Measured
from normstats.claims.trial import GROUP, Trial

RNG = np.random.default_rng(1)


def test_the_error_of_a_mean_is_the_spread_over_the_root() -> None:
    values = RNG.standard_normal(50)
    found = repeats.over(values)
    assert found.value == pytest.approx(values.mean())
    assert found.se == pytest.approx(values.std(ddof=1) / math.sqrt(50))
    assert found.units == 50


def test_on_a_grid_equal_repetitions_have_an_error() -> None:
    assert repeats.over([2.0, 2.0, 2.0]) == Measured(2.0)
    assert repeats.over([2.0, 2.0, 2.0], step=1.0).se == pytest.approx(math.sqrt(1 / 12 / 3))


def test_ratio_and_geometric_mean_by_the_delta_method() -> None:
    """Against the spread of the same quotient over many draws."""
    one, other = (
        2.0 + 0.01 * RNG.standard_normal(100_000),
        4.0 + 0.04 * RNG.standard_normal(100_000),
    )
    found = repeats.ratio(Measured(2.0, 0.01, 5), Measured(4.0, 0.04, 7))
    assert found.se == pytest.approx((one / other).std(), rel=0.02)
    assert found.units == 5
    logs = RNG.standard_normal(100)
    middle = repeats.geometric(logs)
    assert middle.value == pytest.approx(math.exp(logs.mean()))
    assert middle.se / middle.value == pytest.approx(repeats.over(logs).se)


def test_slopes_of_straight_lines() -> None:
    x = (1.0, 2.0, 5.0)
    table = np.array([[3.0 * at + start for at in x] for start in (0.0, 7.0)])
    assert repeats.slope(x, table).value == pytest.approx(3.0)
    table[1] *= 2.0
    assert repeats.slope(x, table).value == pytest.approx(4.5)


def test_groups_depend_neither_on_threads_nor_on_the_others() -> None:
    def measure(rng: np.random.Generator, networks: int) -> np.ndarray:
        return rng.standard_normal((networks, 2))

    alone = Trial("full", 3, 1).collect("a", 2 * GROUP + 1, measure)
    assert alone.shape == (2 * GROUP + 1, 2)
    assert np.array_equal(alone, Trial("small", 3, 4).collect("a", 2 * GROUP + 1, measure))
    assert np.array_equal(alone[:GROUP], Trial("full", 3, 1).collect("a", GROUP, measure))
    assert not np.array_equal(alone[0], alone[GROUP])
    assert not np.array_equal(alone, Trial("full", 4, 1).collect("a", 2 * GROUP + 1, measure))
    assert not np.array_equal(alone, Trial("full", 3, 1).collect("b", 2 * GROUP + 1, measure))
