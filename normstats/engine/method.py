"""How samples are drawn, and what is integrated out: the choice behind --method, --conditional."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from normstats.engine.draw import draw_mirrored, draw_plain, draw_points
from normstats.errors import UsageError

PLAIN, ANTITHETIC, RQMC = "plain", "antithetic", "rqmc"
_DRAW: dict[str, Callable[..., None]] = {
    PLAIN: draw_plain,
    ANTITHETIC: draw_mirrored,
    RQMC: draw_points,
}
METHODS = tuple(_DRAW)

# Independent scrambles of one run. Their scatter is the standard error, which is therefore itself
# known to 1/√(2 · 31) = 13 %.
REPLICATES = 32


@dataclass(frozen=True)
class Method:
    """plain, antithetic or rqmc; ``conditional`` takes expectations over dy and masks exactly."""

    name: str = PLAIN
    conditional: bool = False

    @property
    def draw(self) -> Callable[..., None]:
        """The kernel function that fills the random rows."""
        return _DRAW[self.name]

    @property
    def copies(self) -> int:
        """Samples that belong together in the columns of a chunk."""
        return 2 if self.name == ANTITHETIC else 1

    @property
    def is_plain(self) -> bool:
        return self.name == PLAIN and not self.conditional

    def samples(self, wanted: int) -> int:
        """The nearest number of samples, not below ``wanted``, that the method can do."""
        if self.name == RQMC:
            points = max(2, -(-wanted // REPLICATES))
            return REPLICATES << (points - 1).bit_length()
        return -(-wanted // self.copies) * self.copies

    def __str__(self) -> str:
        return self.name + (" conditional" if self.conditional else "")


def parse_method(name: Any, conditional: Any = False) -> Method:
    """A method by its name."""
    word = str(name).strip().lower()
    if word not in METHODS:
        raise UsageError("--method", name, "must be one of " + ", ".join(METHODS))
    return Method(word, bool(conditional))
