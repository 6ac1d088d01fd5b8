"""Layers that are deliberately wrong, each in one way; the contract has to catch every one."""

from __future__ import annotations

import dataclasses
from typing import Any

from normstats.kernels.lanes import Lane, lane_numbers, where
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array


def softclip(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """Right: x/(1 + x²) has the derivative (1 − x²)/(1 + x²)²."""
    r = 1.0 / (1.0 + x * x)
    return x * r, (1.0 - x * x) * r * r


def softclip_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return x / (1.0 + x**2), (1.0 - x**2) / (1.0 + x**2) ** 2


def one_percent(x: Lane, c: Any) -> tuple[Lane, Lane]:
    y, slope = softclip(x, c)
    return y, slope * 1.01


def one_percent_twin(x: Array, params: Params) -> tuple[Array, Array]:
    """Wrong in the same way: only finite differences can tell."""
    y, slope = softclip_twin(x, params)
    return y, slope * 1.01


def one_lane(x: Lane, c: Any) -> tuple[Lane, Lane]:
    y, slope = softclip(x, c)
    return where(lane_numbers() == 5.0, y * 1.0001, y), slope


def nan_at_large(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """x²·x²… overflows where x/(1 + x²) is small."""
    square = x * x
    return x * (square / (square + square * square)), (1.0 - square) / (
        (1.0 + square) * (1.0 + square)
    )


class WrongMean(Elementwise):
    """An exact mean that is off by 2 % of the std: by 11 standard errors of 3e5 samples."""

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        forward, backward = super().exact(params, inputs)
        assert forward.mean is not None
        assert forward.std is not None
        return dataclasses.replace(forward, mean=forward.mean + 0.02 * forward.std), backward


class WrongZeros(Elementwise):
    """An exact fraction of zeros where there are none."""

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        forward, backward = super().exact(params, inputs)
        return forward, dataclasses.replace(backward, zeros=0.001)


def _layer(kind: type[Elementwise] = Elementwise, **fields: Any) -> Elementwise:
    given = {"activation": softclip, "twin": softclip_twin, **fields}
    return kind(name="softclip", formula="y = x/(1 + x²)", gradient="dx = …", **given)


RIGHT = _layer()
WRONG = {
    "derivative": _layer(activation=one_percent, twin=one_percent_twin),
    "lane": _layer(activation=one_lane),
    "zero": _layer(activation=nan_at_large),
    "mean": _layer(WrongMean),
    "zeros": _layer(WrongZeros),
}
