"""What stands where in the posts that this project starts from, and by which layers it is measured.

All that is printed there comes from the catalogue; which constant stands where is said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from normstats.published.catalogue import Constant, catalogue
from normstats.tables import jobs
from normstats.tables.jobs import Wanted

ROWS = ("forward.mean", "forward.std", "backward.std")

# Column -> the constants in it; each stands in the row of its quantity.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "conv / inner product": ("wang2-linear-fwd-mean", "wang1-linear-rule", "wang2-linear-bwd-rule"),
    "ReLU": ("wang1-relu-fwd-mean", "wang1-relu-fwd-std", "wang2-relu-bwd-std"),
    "sigmoid": ("wang1-sigmoid-fwd-mean", "wang1-sigmoid-fwd-std", "wang2-sigmoid-bwd-std"),
    "max pool 3×3": ("wang1-maxpool3-fwd-mean", "wang1-maxpool3-fwd-std", "wang2-maxpool3-bwd-std"),
    "avg pool s×s (s = 3)": (
        "wang1-avgpool-fwd-mean",
        "wang1-avgpool-fwd-std",
        "wang2-avgpool3-bwd-std",
    ),
    "dropout (keep p = 1/2)": (
        "wang1-dropout-fwd-mean",
        "wang1-dropout-fwd-std",
        "wang2-table-dropout-fwd-std",
        "wang2-dropout-recommended-fwd-std",
        "wang2-table-dropout-bwd-std",
        "wang2-dropout-recommended-bwd-std",
    ),
}
# The same as a convolution: elements of the map that no border touches, as the posts have it.
CONVOLUTION: Mapping[str, Mapping[str, Any]] = {
    "wang2-linear-fwd-mean": {"init": "fan_in_rows", "where": "interior"},
    "wang1-linear-rule": {"init": "fan_in_rows", "where": "interior"},
    "wang2-linear-bwd-rule": {"init": "fan_out_rows", "where": "interior"},
}
# The third post's figures of stride, for dy that are independent, and for one dy in the whole map.
STRIDES = ("wang3-conv-stride-bwd-std", "wang3-conv-stride-factor")
DY = {"none": "independent", "full": "all equal"}
STRIDE_COLUMN = "flat 3×3 kernel, stride 2"

# Where a cell has several layers, which one a number is of.
LABELS = {
    "wang1-dropout-fwd-std": "y = x·r, text",
    "wang2-table-dropout-fwd-std": "y = x·r/p, table",
    "wang2-table-dropout-bwd-std": "y = x·r/p, table",
    "wang2-dropout-recommended-fwd-std": "y = x·r/√p, recommended",
    "wang2-dropout-recommended-bwd-std": "y = x·r/√p, recommended",
}
# Numbers that stand in the text of the posts only.
ALSO = (
    "wang1-maxpool2-fwd-mean",
    "wang1-maxpool2-fwd-std",
    "wang2-maxpool2-bwd-std",
    "wang2-avgpool2-bwd-std",
    "wang2-relu-bwd-mean",
    "wang2-sigmoid-bwd-mean",
)


def cells() -> Iterator[tuple[str, str, Constant]]:
    """Row, column and constant of every number of the table; of a convolution after the others."""
    found = {constant.id: constant for constant in catalogue()}
    for row in ROWS:
        for column, ids in COLUMNS.items():
            own = [found[id] for id in ids if found[id].quantity == row]
            own += [as_convolution(constant) for constant in own if constant.id in CONVOLUTION]
            yield from ((row, column, constant) for constant in own)


def as_convolution(constant: Constant) -> Constant:
    """What is published of a convolution and an inner product at once, for the convolution."""
    return replace(constant, layer="conv2d", params=CONVOLUTION[constant.id])


def strides() -> Iterator[tuple[Constant, str, Constant]]:
    """The constant, what is taken for dy, and the constant with that."""
    found = {constant.id: constant for constant in catalogue()}
    for id in STRIDES:
        for correlation in DY:
            params = {**found[id].params, "dy_correlation": correlation}
            yield found[id], correlation, replace(found[id], params=params)


def wanted() -> tuple[Wanted, ...]:
    """The layers of the page."""
    also = (c for c in catalogue() if c.id in ALSO)
    every = (*(c for _, _, c in cells()), *also, *(c for _, _, c in strides()))
    return tuple(dict.fromkeys(map(jobs.wanted, every)))
