"""The types of what the functions of the library take: a type checker refuses all else.

A layer that brings a parameter of a new name needs a line here; a test says which.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, SupportsFloat, SupportsIndex, TypedDict

# Numbers of Python, NumPy and others, or their text, as it would be typed.
Number = SupportsFloat | SupportsIndex | str
Whole = SupportsIndex | str
Sizes = SupportsIndex | Sequence[SupportsIndex] | str
FileName = str | os.PathLike[str]

MethodName = Literal["plain", "antithetic", "rqmc"]
GainKind = Literal["std", "rms", "backward"]
NormalizeName = Literal["none", "forward", "backward", "geometric", "separate"]


class AppliedParameters(TypedDict, total=False):
    """Parameters of layers, under PyTorch's names, that ``apply`` takes by name."""

    align_corners: Literal["false", "true"]
    alpha: Number
    approximate: Literal["none", "tanh"]
    b: Number
    batch_size: Whole
    beta: Number
    branch: Number
    ceil_mode: Literal["false", "true"]
    channels: Whole
    count_include_pad: Literal["false", "true"]
    dilation: Sizes
    divisor_override: Whole | None
    dy_correlation: Literal["none", "full"]
    embedding_dim: Whole
    eps: Number
    features: Whole
    first_features: Whole
    first_scale: Number
    g: Number
    grad_stats: Literal["full", "constant"]
    groups: Whole
    head_dim: Whole
    hidden_size: Whole
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
    input_size: Whole
    is_causal: Literal["false", "true"]
    kernel_size: Sizes
    lambd: Number
    length: Whole
    lower: Number
    max_val: Number
    min_val: Number
    mode: Literal["row", "batch", "train", "eval", "nearest", "linear", "bilinear", "trilinear"]
    negative_slope: Number
    nonlinearity: Literal["tanh", "relu"]
    norm_type: Whole
    normalized_shape: Sizes
    num_channels: Whole
    num_embeddings: Whole
    num_features: Whole
    num_groups: Whole
    num_heads: Whole
    out_channels: Whole
    out_features: Whole
    output_padding: Sizes
    output_size: Sizes
    p: Number
    padding: Sizes
    reduction: Literal["mean", "sum", "none"]
    rescale: Literal["inverted", "sqrt", "none"]
    running_mean: Number
    running_var: Number
    scale: Number | None
    scale_factor: Whole
    second_features: Whole
    second_scale: Number
    size: Sizes | None
    skip: Number
    stride: Sizes | None
    threshold: Number
    tokens: Whole
    upper: Number
    upscale_factor: Whole
    value: Number
    where: Literal["all", "interior", "border", "each"]


class Parameters(AppliedParameters, total=False):
    """All parameters of layers. ``apply`` has its own weight and bias: arrays, or one number."""

    bias: Number | Literal["false", "true"]
    weight: Number
