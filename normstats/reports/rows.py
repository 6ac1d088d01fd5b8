"""Many layers on a screen: which rows are shown, and small pictures made of characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from normstats.reports.sparkline import sparkline

MOST_ROWS = 24
BAR = 8
LONGEST = 60  # characters of a sparkline
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """That of a layer."""


N = TypeVar("N", bound=Named)


def chosen(rows: Sequence[N]) -> list[N]:
    """All of a few; of many, whole periods of the names, evenly spread, the first and the last."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    start, period = _period([row.name for row in rows])
    blocks = [list(rows[i : i + period]) for i in range(start, len(rows), period)]
    fitting = max(2, (MOST_ROWS - start) // period)
    count = min(fitting, len(blocks))
    picked = [round(i * (len(blocks) - 1) / (count - 1)) for i in range(count)]
    return [*rows[:start], *(row for i in dict.fromkeys(picked) for row in blocks[i])]


def _period(names: Sequence[str]) -> tuple[int, int]:
    """After how many rows names repeat, from which row on; (0, 1) where they hardly do."""
    for period in range(1, MOST_ROWS // 3 + 1):
        for start in range(MOST_ROWS // 3):
            rest = names[start:]
            if all(a == b for a, b in zip(rest, rest[period : len(rest) - period], strict=False)):
                return start, period
    return 0, 1


def bar(value: float, low: float, high: float) -> str:
    """A bar of at most BAR characters: one eighth for the lowest, all for the highest."""
    eighths = 1 + round((value - low) / (high - low) * (8 * BAR - 1))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def profile(logs: Sequence[float | None]) -> str:
    """Heights by log std, with the ends in numbers: ``1 █▇▅▃▂▁ 1.2e-05``."""
    if all(log is None for log in logs):
        return ""
    step = max(1, -(-len(logs) // LONGEST))
    line = sparkline([*logs[:-1:step], logs[-1]])
    return f"{_power(logs[0])} {line} {_power(logs[-1])}"


def _power(log: float | None) -> str:
    if log is None:
        return "–"
    if abs(log) < 300.0:
        return f"{10.0**log:.3g}"
    power = int(log // 1)
    return f"{10.0 ** (log - power):.2g}e{power:+d}"
