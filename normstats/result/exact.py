"""What is known of a layer without sampling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normstats.frozen import Frozen
from normstats.result import shown
from normstats.result.numbers import STATISTICS, Exact
from normstats.result.quantity import GAINS, exact_quantity
from normstats.runs.call import Call
from normstats.runs.inputs import STANDARD, Inputs


@dataclass(frozen=True)
class ExactValues:
    """The exact values of each quantity of a layer: "forward" of y and "backward" of dx."""

    call: Call
    statistics: Mapping[str, Exact]
    inputs: Inputs = STANDARD

    @property
    def layer(self) -> str:
        """The layer's name."""
        return self.call.layer

    @property
    def params(self) -> Mapping[str, Any]:
        """All its parameters."""
        return self.call.params

    @property
    def forward(self) -> Exact:
        """Of y."""
        return self.statistics["forward"]

    @property
    def backward(self) -> Exact:
        """Of dx."""
        return self.statistics["backward"]

    @property
    def gains(self) -> Mapping[str, float]:
        """``gain`` = 1/std of y, ``gain_rms`` = 1/rms of y, ``backward_gain`` = 1/std of dx.

        One that does not exist, because the scale is 0, or that is unknown, is left out.
        """
        values = self.values
        known = ((name, values[name]) for name in GAINS)
        return Frozen({name: value for name, value in known if value is not None})

    @property
    def values(self) -> dict[str, float | None]:
        """All numbers by their names, ``forward.mean`` to ``backward_gain``; None if unknown."""
        statistics = {
            f"{direction}.{name}": getattr(side, name)
            for direction, side in self.statistics.items()
            for name in STATISTICS
        }
        return statistics | {name: exact_quantity(self.statistics, name) for name in GAINS}

    def __repr__(self) -> str:
        return shown.exact_text(self)

    def _repr_html_(self) -> str:
        return shown.exact_html(self)
