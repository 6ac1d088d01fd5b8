"""The types of what the functions of the library take: a type checker refuses all else.

A layer that brings a parameter of a new name needs a line here; a test says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, SupportsFloat, SupportsIndex, TypedDict

# Numbers of Python, NumPy and others, or their text, as it would be typed.
Number = SupportsFloat | SupportsIndex | str
Whole = SupportsIndex | str
Sizes = SupportsIndex | Sequence[SupportsIndex] | str

MethodName = Literal["plain", "antithetic", "rqmc"]
GainKind = Literal["std", "rms", "backward"]


class AppliedParameters(TypedDict, total=False):
    """Parameters of layers, under PyTorch's names, that ``apply`` takes by name."""

    alpha: Number
    approximate: Literal["none", "tanh"]
    b: Number
    beta: Number
    in_features: Whole
    init: Literal[
        "fan_in_rows",
        "fan_out_rows",
        "xavier_normal",
        "xavier_uniform",
        "kaiming_normal",
        "kaiming_uniform",
        "lecun_normal",
        "orthogonal",
        "trunc_normal",
        "normal",
    ]
    init_std: Number
    kernel_size: Sizes
    lambd: Number
    lower: Number
    max_val: Number
    min_val: Number
    negative_slope: Number
    out_features: Whole
    p: Number
    rescale: Literal["inverted", "sqrt", "none"]
    threshold: Number
    upper: Number
    value: Number


class Parameters(AppliedParameters, total=False):
    """All parameters of layers. ``apply`` has a weight of its own, which is also prelu's."""

    weight: Number
