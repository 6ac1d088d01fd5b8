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
    batch_size: Whole
    beta: Number
    branch: Number
    dilation: Sizes
    dy_correlation: Literal["none", "full"]
    eps: Number
    features: Whole
    g: Number
    grad_stats: Literal["full", "constant"]
    groups: Whole
    in_channels: Whole
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
        "flat",
        "flat_rows",
    ]
    init_std: Number
    kernel_size: Sizes
    lambd: Number
    lower: Number
    max_val: Number
    min_val: Number
    mode: Literal["train", "eval"]
    negative_slope: Number
    normalized_shape: Sizes
    num_channels: Whole
    num_features: Whole
    num_groups: Whole
    out_channels: Whole
    out_features: Whole
    output_padding: Sizes
    p: Number
    padding: Sizes
    reduction: Literal["mean", "sum", "none"]
    rescale: Literal["inverted", "sqrt", "none"]
    running_mean: Number
    running_var: Number
    size: Sizes
    skip: Number
    stride: Sizes
    threshold: Number
    upper: Number
    value: Number
    where: Literal["all", "interior", "border", "each"]


class Parameters(AppliedParameters, total=False):
    """All parameters of layers. ``apply`` has its own weight and bias: arrays, or one number."""

    bias: Number
    weight: Number
