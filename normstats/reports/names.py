"""The numbers of a layer by name: "forward.mean" to "backward.zeros", and the gains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from normstats import registry
from normstats.errors import UsageError
from normstats.published.quantity import QUANTITIES
from normstats.result.notes import named
from normstats.result.numbers import STATISTICS
from normstats.result.quantity import GAINS
from normstats.runs.call import Call

# What a recipe takes: the mean to subtract, and the gain to multiply by.
USUAL = ("forward.mean", "gain", "gain_rms", "backward_gain")
MOST_DIGITS = 15


class Choice(NamedTuple):
    """The quantities of a line, and their significant digits: None is as many as are known."""

    columns: Sequence[str] = USUAL
    digits: int | None = None


def parse_choice(columns: str | None, digits: str | None) -> Choice | None:
    """What --columns and --digits say; None if neither is given."""
    if columns is None and digits is None:
        return None
    names = USUAL if columns is None else tuple(map(canonical, columns.split(",")))
    if "" in names:
        raise UsageError("--columns", columns, "must be quantities such as forward.std,gain")
    if digits is None:
        return Choice(names)
    if not re.fullmatch(r"\d{1,2}", digits) or not 1 <= int(digits) <= MOST_DIGITS:
        raise UsageError("--digits", digits, f"must be a whole number from 1 to {MOST_DIGITS}")
    return Choice(names, int(digits))


def refuse(option: str, wanted: Sequence[str], calls: Sequence[Call]) -> None:
    """UsageError for a name that one of the layers has not."""
    for call in calls:
        quantities = registry.layer_of(call).quantities(call.params)
        there = [*(f"{of}.{statistic}" for of in quantities for statistic in STATISTICS), *GAINS]
        for name in wanted:
            if name not in there:
                near = registry.nearest(name, there)
                hint = f"did you mean {' or '.join(near)}? It " if near else ""
                raise UsageError(option, name, f"{hint}must be of {', '.join(there)}")


def canonical(text: str) -> str:
    """The spelling used inside."""
    return text.strip().lower().replace("-", "_")


def words(quantity: str) -> str:
    """What a number is: "mean of y", "1/std of dx", "zeros in y"."""
    if quantity in QUANTITIES:
        return QUANTITIES[quantity]
    direction, _, statistic = quantity.partition(".")
    name = named(direction).replace("gradient", "the gradient", 1)
    return f"fraction of zeros in {name}" if statistic == "zeros" else f"{statistic} of {name}"
