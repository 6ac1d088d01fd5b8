"""One step of a recurrent cell on given arrays, by the kernels of the measurement."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from normstats.engine.celljob import Cell
from normstats.engine.drawn import lane_multiple
from normstats.engine.weights import times_weight
from normstats.kernels.run import load
from normstats.values import Array


class GivenCell:
    """What comes of x, which is the input and the state, and dy, samples in their rows.

    ``y``, ``dx``, and with them what ``gradients`` needs. Biases that are not given are 0.
    """

    def __init__(self, cell: Cell, weights: Mapping[str, Array], x: Array, dy: Array) -> None:
        self._cell = cell
        samples, columns = len(x), lane_multiple(max(len(x), 1))

        def rows(values: Array) -> Array:
            work = np.zeros((values.shape[1], columns))
            work[:, :samples] = values.T
            return work

        self._input, state = x[:, : cell.inputs], x[:, cell.inputs :]
        self._h = state[:, : cell.hidden]
        a = rows(times_weight(weights["weight_ih"], self._input))
        b = rows(times_weight(weights["weight_hh"], self._h))
        biases = [weights.get(name, np.zeros(cell.rows)) for name in ("bias_ih", "bias_hh")]
        h, y = rows(state), rows(dy)
        load(cell.kernel)(a, b, *biases, h, y, cell.hidden, columns, columns)
        self._da = a[:, :samples].T
        self._db = b[:, :samples].T if cell.apart else self._da
        past = h[:, :samples].T.copy()
        past[:, : cell.hidden] += times_weight(weights["weight_hh"], self._db, backward=True)
        inside = times_weight(weights["weight_ih"], self._da, backward=True)
        self.y: Array = y[:, :samples].T.copy()
        self.dx: Array = np.hstack([inside, past])

    def gradients(self) -> tuple[Array, ...]:
        """Of W_ih, W_hh, and their biases if there are some, for each sample."""
        pairs = (self._da, self._input), (self._db, self._h)
        weights = [gates[:, :, None] * values[:, None] for gates, values in pairs]
        return *weights, *(gates.copy() for gates, _ in pairs[: 2 * self._cell.bias])
