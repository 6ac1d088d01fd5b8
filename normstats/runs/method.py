"""How samples are drawn, and what is integrated out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.sampling.sobol import DIGITS

PLAIN, ANTITHETIC, RQMC = "plain", "antithetic", "rqmc"
METHODS = (PLAIN, ANTITHETIC, RQMC)

# Independent sequences of one run. Their scatter is the standard error, which is therefore itself
# known to 1/√(2 · 127) = 6 %. Of unbounded functions the farthest point of a sequence decides its
# error, however long it is: with 32, the skewness of that point would bias (measured − exact)/SE by
# -0.25 to -0.4 for the std of relu_squared and relu_cubed.
REPLICATES = 128
# Points of one sequence: with fewer, errors are not calibrated for functions with a kink; after
# more, it repeats.
FEWEST_POINTS, MOST_POINTS = 16, 2**DIGITS


@dataclass(frozen=True)
class Method:
    """plain, antithetic or rqmc; ``conditional`` takes expectations over dy and masks exactly."""

    name: str = PLAIN
    conditional: bool = False

    @property
    def copies(self) -> int:
        """Samples that belong together in the columns of a chunk."""
        return 2 if self.name == ANTITHETIC else 1

    @property
    def is_plain(self) -> bool:
        return self.name == PLAIN and not self.conditional

    def must_be_plain(self, layer: str, why: str) -> None:
        """UsageError for another method with a layer that goes with plain sampling only."""
        if self.conditional:
            raise UsageError("`conditional`", "given", f"does not apply to {layer}, {why}")
        if not self.is_plain:
            raise UsageError("`method`", self.name, f"does not apply to {layer}, {why}")

    def samples(self, wanted: int) -> int:
        """The smallest number of samples, not below ``wanted``, that the method can do.

        Raises UsageError if there is none.
        """
        if self.name == RQMC:
            points = max(FEWEST_POINTS, -(-wanted // REPLICATES))
            if points > MOST_POINTS:
                most = REPLICATES * MOST_POINTS
                raise UsageError("`samples`", wanted, f"must be at most {most} with `method` rqmc")
            digits: int = (points - 1).bit_length()
            return REPLICATES << digits
        return -(-wanted // self.copies) * self.copies

    def samples_within(self, most: int) -> int:
        """The largest number of samples that the method can do and that is not above ``most``.

        If even the smallest is above it, the smallest.
        """
        if self.name == RQMC:
            points = min(max(FEWEST_POINTS, most // REPLICATES), MOST_POINTS)
            digits: int = points.bit_length() - 1
            return REPLICATES << digits
        return max(most // self.copies, 1) * self.copies

    def __str__(self) -> str:
        return self.name + (" conditional" if self.conditional else "")


def parse_method(name: Any, conditional: Any = False) -> Method:
    """A method by its name."""
    word = str(name).strip().lower()
    if word not in METHODS:
        raise UsageError("`method`", name, "must be one of " + ", ".join(METHODS))
    if not isinstance(conditional, bool | np.bool_):
        raise UsageError("`conditional`", conditional, "must be True or False")
    return Method(word, bool(conditional))
