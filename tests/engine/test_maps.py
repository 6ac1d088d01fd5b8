"""Indices of convolutions, against a walk over every position and tap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.engine.maps import NONE, Axis, Maps


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    """Of a convolution or a transposed one: the big map may have positions that nothing meets."""
    kernel, stride, dilation = (draw(st.integers(1, 4)) for _ in range(3))
    padding, small = draw(st.integers(0, 4)), draw(st.integers(1, 6))
    big = (small - 1) * stride + (kernel - 1) * dilation + 1 - 2 * padding
    return Axis(max(big, 1) + draw(st.integers(0, 3)), small, kernel, stride, padding, dilation)


def met(axis: Axis) -> set[tuple[int, int, int]]:
    """Position of the small map, tap, position of the big map: all that meet."""
    pairs = ((o, k) for o in range(axis.small) for k in range(axis.kernel))
    found = {(o, k, o * axis.stride - axis.padding + k * axis.dilation) for o, k in pairs}
    return {(o, k, q) for o, k, q in found if 0 <= q < axis.big}


@given(st.lists(axes(), min_size=1, max_size=2))
def test_both_directions_have_every_meeting_once(found: list[Axis]) -> None:
    maps = Maps(tuple(found))
    expected = met(found[0])
    if len(found) == 2:
        b = found[1]
        expected = {
            (o * b.small + p, k * b.kernel + m, q * b.big + r)
            for o, k, q in expected
            for p, m, r in met(b)
        }
    forward = maps.forward.sources
    there = {(o, k, int(forward[o, k])) for o, k in zip(*np.nonzero(forward != NONE), strict=True)}
    assert there == expected
    back: list[tuple[int, int, int]] = []
    targets: list[int] = []
    for part in maps.backward:
        targets += part.targets.tolist()
        for row, column in zip(*np.nonzero(part.sources != NONE), strict=True):
            back.append(
                (int(part.sources[row, column]), part.taps[column], part.targets[row])
            )  # fmt: skip
    assert len(back) == len(set(back))
    assert set(back) == expected
    assert sorted(targets) == list(range(maps.big))


@given(st.lists(axes(), min_size=1, max_size=2), st.booleans())
def test_counts(found: list[Axis], small: bool) -> None:
    maps = Maps(tuple(found))
    sources = maps.forward.sources
    counts = (
        (sources != NONE).sum(axis=1)
        if small
        else np.bincount(sources[sources != NONE], minlength=maps.big)
    )
    inside = maps.interior(small)
    for where, own in (("all", counts), ("interior", counts[inside]), ("border", counts[~inside])):
        expected = len(own), own.sum(), (own**2).sum(), (own == 0).sum()
        assert maps.counts(small, where) == expected
        if len(own):
            assert maps.counts(small, where).mean == pytest.approx(own.mean())
            assert maps.counts(small, where).variance == pytest.approx(own.var(), abs=1e-12)
    served = (sources != NONE).sum(axis=0)
    assert maps.tap_counts == (len(served), served.sum(), (served**2).sum(), (served == 0).sum())


@given(axes())
def test_the_interior_is_as_if_there_were_no_border(axis: Axis) -> None:
    """Positions of it have the counts that they would have in the middle of a long map."""
    own = axis.interior(True)
    assert all(axis.counts(True)[own.start : own.stop] == axis.kernel)
    inside = axis.interior(False)
    assert len(inside) % axis.stride == 0
    far = 20 * axis.stride
    long = Axis(axis.big + 2 * far, 60 + axis.small, axis.kernel, axis.stride, 0, axis.dilation)
    middle = long.counts(False)[far + axis.padding :][: axis.big]
    covered = slice(inside.start, inside.stop)
    assert (axis.counts(False)[covered] == middle[covered]).all()
