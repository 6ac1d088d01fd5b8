"""What a histogram holds: every number once, in a bar, as a mass, or said to be left out."""

from __future__ import annotations

import numpy as np
import pytest

from normstats.plots.density import Density, Mass, density

RNG = np.random.default_rng(1)
NORMALS = RNG.standard_normal(100_000)


def whole(found: Density) -> float:
    bars = float(np.sum(found.heights * np.diff(found.edges)))
    return bars + sum(m.share for m in found.masses) + found.below + found.above + found.infinite


CASES = {
    "normal": NORMALS,
    "relu": np.maximum(NORMALS, 0.0),
    "hardtanh": np.clip(NORMALS, -1.0, 1.0),
    "exp": np.exp(NORMALS),
    "heavy": np.exp(5.0 * NORMALS),
    "overflow": np.where(NORMALS > 2.0, np.inf, NORMALS),
    "constant": np.full(1000, 3.0),
    "nothing": np.zeros(1000),
    "few": np.array([0.5, -0.25]),
    "one": np.array([0.5]),
    "huge": 1e300 * NORMALS,
    "saturated": np.exp(-200.0 * np.abs(NORMALS)) * RNG.standard_normal(100_000),
    "near one": 1.0 - np.exp(-33.0 + NORMALS),
    "tanh": np.tanh(20.0 * NORMALS),
    "seven": RNG.integers(0, 7, 10_000).astype(float),
}


@pytest.mark.parametrize("name", CASES)
def test_all_numbers_are_accounted_for(name: str) -> None:
    assert whole(density(CASES[name])) == pytest.approx(1.0, abs=1e-12)


def test_bars_are_a_density() -> None:
    found = density(NORMALS)
    centres = (found.edges[1:] + found.edges[:-1]) / 2.0
    exact = np.exp(-(centres**2) / 2.0) / np.sqrt(2.0 * np.pi)
    width = found.edges[1] - found.edges[0]
    error = np.sqrt(exact / width / len(NORMALS)) + 1.0 / width / len(NORMALS)
    assert np.all(np.abs(found.heights - exact) < 5.0 * error)
    assert (found.masses, found.below, found.above) == ((), 0.0, 0.0)


def test_masses_are_taken_out() -> None:
    share = float(np.mean(NORMALS < 0.0))
    assert density(CASES["relu"]).masses == (Mass(0.0, share),)
    assert density(CASES["relu"]).edges[0] > 0.0
    low, high = density(CASES["hardtanh"]).masses
    assert (low.value, high.value) == (-1.0, 1.0)
    assert (low.share, high.share) == (np.mean(NORMALS <= -1.0), np.mean(NORMALS >= 1.0))
    assert [m.value for m in density(CASES["constant"]).masses] == [3.0]
    assert len(density(CASES["constant"]).heights) == 0
    assert density(CASES["nothing"]).masses == (Mass(0.0, 1.0),)


def test_masses_that_rounding_tells_apart_are_one() -> None:
    values = np.where(NORMALS > 0.0, 1.0, 1.0 - 2.0**-53)
    ((one,),) = [density(values).masses]
    assert (one.share, one.within) == (1.0, 2e-15)


def test_numbers_that_lie_dense_are_no_mass() -> None:
    """So near to 1 there are few of them, and each has a share that a mass would have."""
    _, counts = np.unique(CASES["near one"], return_counts=True)
    assert counts.max() > 100
    found = density(CASES["near one"])
    assert found.masses == ()
    assert found.edges[-1] <= 1.0


def test_a_mass_keeps_what_lies_dense_beside_it_apart() -> None:
    y = CASES["tanh"]
    for mass, end in zip(density(y).masses, (-1.0, 1.0), strict=True):
        assert mass.value == end
        near = float(np.mean(np.abs(y - end) < mass.within))
        assert 0.0 < mass.within < 1e-14
        assert mass.share == near
    rest = density(y)
    assert float(np.sum(rest.heights * np.diff(rest.edges))) == pytest.approx(
        1.0 - sum(mass.share for mass in rest.masses), abs=1e-12
    )


def test_what_is_as_good_as_zero_is_told_apart_from_the_rest() -> None:
    """Their middle is 1e-60 and smaller; without it there is something to be seen."""
    dx = CASES["saturated"]
    found = density(dx)
    (mass,) = found.masses
    assert mass.value == 0.0
    assert mass.within == pytest.approx(1e-3 * np.std(dx), rel=0.2)
    assert mass.share == np.mean(np.abs(dx) < mass.within) > 0.9
    assert found.edges[0] < -np.std(dx)
    assert found.edges[-1] > np.std(dx)
    # Zeros are among them: they are no mass beside it.
    with_zeros = density(np.where(NORMALS > 1.0, 0.0, dx), 0.16)
    assert len(with_zeros.masses) == 1
    assert whole(with_zeros) == pytest.approx(1.0, abs=1e-12)


def test_of_many_masses_the_largest_are_shown_and_the_others_are_bars() -> None:
    found = density(CASES["seven"])
    assert len(found.masses) == 6
    assert float(found.heights.max()) > 0.0


def test_zeros_of_more_samples_are_taken_over() -> None:
    assert density(CASES["relu"], 0.5).masses == (Mass(0.0, 0.5),)


def test_heavy_tails_are_cut_and_said() -> None:
    """Log-normal: 20 % lie above what is shown, all else within reach of the eye."""
    found = density(CASES["heavy"])
    assert found.above == pytest.approx(0.2, abs=1e-4)
    assert found.edges[-1] < 1e-3 * np.max(CASES["heavy"])
    shares = found.heights * np.diff(found.edges)
    assert shares[1:].sum() > 0.1
    mild = density(CASES["exp"])
    assert 0.0 < mild.above < 0.02
    assert mild.below == 0.0
    assert density(CASES["overflow"]).infinite == np.mean(NORMALS > 2.0)
