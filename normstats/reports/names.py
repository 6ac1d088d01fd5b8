"""The numbers of a layer by name: "forward.mean" to "backward.zeros", and the gains."""

from __future__ import annotations

from collections.abc import Sequence

from normstats import registry
from normstats.errors import UsageError
from normstats.result.numbers import STATISTICS
from normstats.result.quantity import GAINS
from normstats.runs.call import Call


def names(call: Call) -> list[str]:
    """All of a layer's."""
    quantities = registry.layer_of(call).quantities(call.params)
    return [*(f"{of}.{statistic}" for of in quantities for statistic in STATISTICS), *GAINS]


def refuse(option: str, wanted: Sequence[str], calls: Sequence[Call]) -> None:
    """UsageError for a name that one of the layers has not."""
    for call in calls:
        there = names(call)
        for name in wanted:
            if name not in there:
                raise UsageError(option, name, _allowed(name, there))


def _allowed(name: str, there: Sequence[str]) -> str:
    near = registry.nearest(name, there)
    hint = f"did you mean {' or '.join(near)}? It " if near else ""
    return f"{hint}must be of {', '.join(there)}"


def canonical(text: str) -> str:
    """The spelling used inside."""
    return text.strip().lower().replace("-", "_")
