"""Multiplies by a random orthonormal matrix that is never formed: its reflections are applied.

Applied to as many samples as a square matrix has rows, that costs what the product with the matrix
would cost, and making the matrix is saved.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from normstats.kernels import build
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import MULTIPLY, distance, packed_a_size, packed_x_size, padded
from normstats.kernels.run import load
from normstats.sampling.bits import STREAMS
from normstats.sampling.fill import FILL_NORMALS
from normstats.sampling.reflections import PANEL, reflectors, triangle

Array = npt.NDArray[np.float64]

_F, _S = build.FLOATS, build.SIZE
REFLECTORS = Kernel(reflectors, (_F, _S, _S, _F))
TRIANGLE = Kernel(triangle, (_F, _F))

KERNELS = [FILL_NORMALS, REFLECTORS, TRIANGLE, MULTIPLY]


class Reflections:
    """A matrix Q of ``long`` × ``short``, whose columns are orthonormal.

    It is applied to matrices of ``columns``, whose rows are ``distance(columns)`` apart.
    """

    def __init__(self, short: int, long: int, columns: int) -> None:
        self._short, self._long, self._columns = short, long, columns
        starts = range(0, short, PANEL)
        ends = np.cumsum([padded(long - start) * PANEL for start in starts]).tolist()
        self._panels = list(zip(starts, [0, *ends[:-1]], strict=True))
        self._v = aligned(ends[-1] + 2 * STREAMS)
        self._u = aligned(ends[-1])  # −V T, beside V
        self._signs = np.empty(-(-short // PANEL) * PANEL)
        self._small = aligned(2, PANEL * PANEL)
        self._shares = aligned(PANEL * distance(columns))
        self._packed = aligned(packed_a_size()), aligned(packed_x_size(max(columns, PANEL)))
        self._run = {kernel: load(kernel) for kernel in KERNELS}

    @staticmethod
    def size(short: int, long: int, columns: int) -> int:
        """Numbers that are held, at most."""
        panels = 2 * (-(-short // PANEL) * PANEL) * padded(long) + 2 * PANEL * PANEL
        return (
            panels
            + PANEL * distance(columns)
            + packed_a_size()
            + packed_x_size(max(columns, PANEL))
        )

    def draw(self, state: npt.NDArray[np.uint64]) -> None:
        """New reflections."""
        multiply = self._run[MULTIPLY]
        gram, t = self._small
        for start, at in self._panels:
            v, rows, width = self._v[at:], self._long - start, min(PANEL, self._short - start)
            half = -(-rows * PANEL // (2 * STREAMS)) * STREAMS
            self._run[FILL_NORMALS](state, v, 0, half, half, 0.0, 1.0, 0.0, 1.0)
            self._run[REFLECTORS](v, rows, width, self._signs[start:])
            multiply(v, 1, PANEL, PANEL, rows, v, PANEL, gram, PANEL, 1, *self._packed)
            self._run[TRIANGLE](gram, t)
            multiply(v, PANEL, 1, rows, PANEL, t, PANEL, self._u[at:], PANEL, 1, *self._packed)

    def reduce(self, x: Array) -> None:
        """x, of ``long`` rows, becomes Qᵀ x in its first ``short`` rows."""
        for start, at in self._panels:
            self._apply(self._u[at:], self._v[at:], x, start, 0)
        self._sign(x)

    def extend(self, x: Array) -> None:
        """x, of which the first ``short`` rows count, becomes Q x, of ``long`` rows."""
        self._sign(x)
        x[self._short :] = 0.0
        for start, at in reversed(self._panels):
            self._apply(self._v[at:], self._u[at:], x, start, 0)

    def form(self, q: Array) -> None:
        """Q itself: ``extend`` of the identity, whose first columns the last panels leave alone."""
        q[:] = 0.0
        np.fill_diagonal(q[: self._short], 1.0)
        self._sign(q)
        for start, at in reversed(self._panels):
            self._apply(self._v[at:], self._u[at:], q, start, start)

    def _sign(self, x: Array) -> None:
        x[: self._short] *= self._signs[: self._short, np.newaxis]

    def _apply(self, across: Array, along: Array, x: Array, start: int, left: int) -> None:
        """x += along · (acrossᵀ x), from row ``start`` and column ``left`` on."""
        multiply, shares, away = self._run[MULTIPLY], self._shares, x.shape[1]
        rows, columns, inside = self._long - start, self._columns - left, x[start:].ravel()[left:]
        multiply(across, 1, PANEL, PANEL, rows, inside, columns, shares, away, 1, *self._packed)
        multiply(along, PANEL, 1, rows, PANEL, shares, columns, inside, away, 0, *self._packed)
