"""The usual ways to draw the weights of linear layers and convolutions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from normstats.layer.params import Choice, Real
from normstats.sampling import weights

if TYPE_CHECKING:
    from normstats.engine.mapjob import Law

TRUNCATION = 2.0


class Fans(NamedTuple):
    """What the variance of a weight depends on.

    ``ins`` and ``outs`` are what PyTorch calls fan_in and fan_out of the weight, ``rows`` and
    ``columns`` the shape of the matrix that it is flattened to. ``into`` and ``away`` are the
    weights that lead to one output channel, and those that lead away from one input channel.
    """

    ins: int
    outs: int
    rows: int
    columns: int
    into: int
    away: int

    @classmethod
    def linear(cls, ins: int, outs: int) -> Fans:
        """Of a linear layer, where all of these are the same two numbers."""
        return cls(ins, outs, outs, ins, ins, outs)


def truncated_square(std: float, bound: float) -> float:
    """E[w²] of N(0, std²) restricted to ±bound: std² P(3/2, a²/2) / P(1/2, a²/2), a = bound/std."""
    from scipy.special import gammainc

    half = 0.5 * (bound / std) ** 2
    return float(std**2 * gammainc(1.5, half) / gammainc(0.5, half))


@dataclass(frozen=True)
class Init:
    """A way to draw weights: by which function (none: reflections), and E[w²] from fans, init_std.

    ``fixed`` says that all weights are the same number, √E[w²].
    """

    draw: Callable[..., None] | None
    square: Callable[[Fans, float], float]
    text: str
    fixed: bool = False

    def scale(self, fans: Fans, std: float) -> float:
        """What ``draw`` takes as its scale: a std, or the half-width of a uniform distribution."""
        if self.draw is weights.truncated:
            return std
        root = math.sqrt(self.square(fans, std))
        return math.sqrt(3.0) * root if self.draw is weights.uniform else root


FAN_IN_ROWS, FAN_OUT_ROWS = "fan_in_rows", "fan_out_rows"

INITS: Mapping[str, Init] = MappingProxyType(
    {
        FAN_IN_ROWS: Init(
            weights.unit_rows, lambda f, s: 1.0 / f.into, "rows of W on the unit sphere"
        ),
        FAN_OUT_ROWS: Init(
            weights.unit_columns,
            lambda f, s: 1.0 / f.away,
            "columns of W (rows over fan-out) on the unit sphere",
        ),
        "xavier_normal": Init(
            weights.normal, lambda f, s: 2.0 / (f.ins + f.outs), "N(0, 2/(in + out))"
        ),
        "xavier_uniform": Init(
            weights.uniform, lambda f, s: 2.0 / (f.ins + f.outs), "U(±√(6/(in + out)))"
        ),
        "kaiming_normal": Init(weights.normal, lambda f, s: 2.0 / f.ins, "N(0, 2/in)"),
        "kaiming_uniform": Init(weights.uniform, lambda f, s: 2.0 / f.ins, "U(±√(6/in))"),
        "lecun_normal": Init(weights.normal, lambda f, s: 1.0 / f.ins, "N(0, 1/in)"),
        "orthogonal": Init(
            None, lambda f, s: 1.0 / max(f.columns, f.rows), "orthonormal rows or columns"
        ),
        "trunc_normal": Init(
            weights.truncated,
            lambda f, s: truncated_square(s, TRUNCATION),
            "N(0, init_std²) restricted to ±2",
        ),
        "normal": Init(weights.normal, lambda f, s: s * s, "N(0, init_std²)"),
    }
)


def law(init: Init, name: str, fans: Fans, std: float, transposed: bool = False) -> Law:
    """How a convolution draws its weights; a linear layer is one with a kernel of one element.

    Weights into one output channel, or away from one input channel, are drawn as one row.
    """
    from normstats.engine.mapjob import Law

    rows = name in (FAN_IN_ROWS, FAN_OUT_ROWS)
    draw = weights.unit_rows if rows else init.draw
    turned = rows and (name == FAN_IN_ROWS) == transposed
    return Law(draw, init.scale(fans, std), TRUNCATION, turned)


# Kernels of equal weights, for convolutions.
FLAT_INITS: Mapping[str, Init] = MappingProxyType(
    {
        "flat": Init(weights.flat, lambda f, s: s * s, "all weights equal init_std", True),
        "flat_rows": Init(
            weights.flat, lambda f, s: 1.0 / f.into, "all equal, rows of W on the unit sphere", True
        ),
    }
)


def init_choice(inits: Mapping[str, Init]) -> Choice:
    """The parameter that chooses one of them."""
    return Choice(
        name="init",
        default=FAN_IN_ROWS,
        choices=tuple(inits),
        help="how W is drawn: " + "; ".join(f"{name}: {one.text}" for name, one in inits.items()),
    )


def init_std(users: str) -> Real:
    """The parameter init_std, and which inits use it."""
    return Real(
        name="init_std",
        default=1.0,
        low=1e-100,
        high=1e20,
        help=f"std for the inits {users} (which cuts at ±2, as in PyTorch)",
    )
