"""A layer whose kernel is wrong while all that is known about it is right."""

from __future__ import annotations

import dataclasses
from typing import Any

from normstats.kernels.lanes import Lane
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params
from normstats.values import Array


def right(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """x/(1 + x²) and its derivative (1 − x²)/(1 + x²)²."""
    r = 1.0 / (1.0 + x * x)
    return x * r, (1.0 - x * x) * r * r


def one_percent(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """The derivative is off by one percent."""
    y, slope = right(x, c)
    return y, slope * 1.01


def one_per_mille(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """The derivative is off by a thousandth."""
    y, slope = right(x, c)
    return y, slope * 1.001


def twin(x: Array, params: Params) -> tuple[Array, Array]:
    return x / (1.0 + x**2), (1.0 - x**2) / (1.0 + x**2) ** 2


RIGHT = Elementwise(
    name="rational", formula="y = x/(1 + x²)", gradient="…", activation=right, twin=twin
)
WRONG = dataclasses.replace(RIGHT, activation=one_percent)
SLIGHTLY = dataclasses.replace(RIGHT, activation=one_per_mille)
