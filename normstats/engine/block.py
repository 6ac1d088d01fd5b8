"""The sizes that a block of samples is run with, as one structure.

Python fills it in by name; a kernel gets the numbers side by side and finds each by its place:
``size[AT.columns]``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Sizes = npt.NDArray[np.intp]


class Block(NamedTuple):
    """Rows are those of a chunk's work array; see ``Layout`` for their order."""

    streams: int  # of random numbers, side by side
    samples: int  # of this block
    columns: int  # samples of a chunk
    copies: int  # samples that belong together: a sample and its mirror image
    x_rows: int
    dy_rows: int  # as many as y has
    normal_rows: int  # that are drawn, from row 0 on
    uniform_rows: int  # that are drawn
    dy_at: int  # the first row of dy, and so on
    uniforms_at: int
    y_at: int
    dx_at: int
    quantities: int  # that are summed up: y, dx, gradients

    @property
    def numbers(self) -> Sizes:
        """As a kernel takes them."""
        return np.array(self, np.intp)


AT = Block(*range(len(Block._fields)))
