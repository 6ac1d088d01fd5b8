"""A curve in one line."""

from __future__ import annotations

import math

import pytest

from normstats.reports.rows import BLOCKS, sparkline


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([-8 * k for k in range(8)], "█▇▆▅▄▃▂▁"),
        ([-400.0, -200.0, 0.0], "▁▅█"),
        ([0.0, None, 7.0], "▁ █"),
        ([math.nan, 0.0, 1.0], " ▁█"),
        ([-math.inf, 5.0, 7.0, math.inf], "▁▁██"),
        ([0.2, 0.2, 0.2], "▅▅▅"),
        ([0.0, 0.3], "▃▆"),
        ([], ""),
        ([None], " "),
        ([-math.inf], "▁"),
        ([0.0, 1.0], "▁█"),
    ],
)
def test_characters(values: list[float | None], line: str) -> None:
    assert sparkline(values) == line


def test_higher_is_never_lower() -> None:
    line = sparkline([k / 3 for k in range(100)])
    assert list(line) == sorted(line)
    assert set(line) == set(BLOCKS)
