"""Random matrices with orthonormal rows, by Gram–Schmidt on normal ones.

Rows are taken a panel at a time: what the panel has in common with the rows before it is found and
taken away by matrix products, and what is left is made orthonormal by itself. The last rows of a
square matrix are done twice, which makes the result orthogonal to 1e-12 in practice. Normal rows
have no preferred direction, so the result is uniform among all such matrices.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import MULTIPLY, packed_a_size, packed_x_size, padded
from normstats.kernels.run import load
from normstats.sampling.weights import PANEL, orthonormal_panel, subtract, turn_panel

_F, _S = build.FLOATS, build.SIZE
TURN = Kernel(turn_panel, (_F, _S, _S, _F))
SUBTRACT = Kernel(subtract, (_F, _S, _F))
ORTHONORMAL = Kernel(orthonormal_panel, (_F, _S, _S))

KERNELS = [TURN, SUBTRACT, ORTHONORMAL, MULTIPLY]


class Orthonormal:
    """Makes the rows of matrices orthonormal, in a work space of its own."""

    def __init__(self, rows: int, ld: int) -> None:
        self._rows, self._ld = rows, ld
        self._turned = np.empty((ld, PANEL))
        self._products = np.empty((padded(rows), PANEL))
        self._shadow = np.empty((PANEL, ld))
        self._packed = np.empty(packed_a_size()), np.empty(packed_x_size(max(ld, PANEL)))

    @staticmethod
    def size(rows: int, ld: int) -> int:
        """Numbers in the work space."""
        packed = packed_a_size() + packed_x_size(max(ld, PANEL))
        return (2 * ld + padded(rows)) * PANEL + packed

    def __call__(self, q: npt.NDArray[np.float64]) -> None:
        """q: ``rows`` rows, at most as many as columns, each beginning ``ld`` after the last."""
        ld, multiply = self._ld, load(MULTIPLY)
        for start in range(0, self._rows, PANEL):
            width = min(PANEL, self._rows - start)
            panel = q[start * ld : (start + width) * ld]
            # Where hardly a dimension is left, so little remains of a row that rounding shows.
            scarce = start + width + PANEL > ld
            for _ in range(2 if scarce else 1):
                if start:
                    load(TURN)(panel, width, ld, self._turned)
                    multiply(
                        q, ld, 1, start, ld, self._turned, PANEL, self._products, *self._packed
                    )
                    multiply(
                        self._products, 1, PANEL, width, start, q, ld, self._shadow, *self._packed
                    )
                    load(SUBTRACT)(panel, width * ld, self._shadow)
                load(ORTHONORMAL)(panel, width, ld)
