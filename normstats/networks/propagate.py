"""One network forward and backward, with the statistics of each layer.

A signal is an array times a power of two. Where it becomes very large or small, and the layers in
front of it allow that, a power of two goes over from the array to the exponent, which changes no
digit: dy may always be rescaled, as every layer is linear in it; x may be where a layer is
homogeneous, f(2x) = 2f(x) exactly. So a gradient of 1e-4000 is a number like any other. In front of
other layers x gets back its size, and float64's range is what it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from normstats.kernels import signals
from normstats.kernels.build import Kernel
from normstats.kernels.run import load
from normstats.layer.elementwise import Elementwise
from normstats.networks.acting import acting
from normstats.networks.chain import Residual, Stage, Step
from normstats.networks.homogeneous import is_homogeneous, largest_slope
from normstats.networks.layout import DY as DY_AT
from normstats.networks.layout import Layout, layout
from normstats.networks.layout import X as X_AT
from normstats.networks.measured import Measured, measured
from normstats.networks.memory import keeps_weights
from normstats.networks.normalise import PLAIN, Factors, factors
from normstats.networks.run import ChainRun
from normstats.networks.signal import Row, Signal
from normstats.networks.space import DY, KERNELS, Space, X
from normstats.networks.stages import Acting
from normstats.networks.weighted import Drawers
from normstats.values import Array

SATURATED = 0.05  # of the largest slope: what is below counts as saturated
_RANGE = 64  # octaves around 1 within which nothing is rescaled

# What a caller is told of each array on its way: what it is, where, the values, their exponent.
Tell = Callable[[str, int, Array, int], None]


class Network:
    """All memory for one network, used for one after the other."""

    def __init__(self, run: ChainRun) -> None:
        self._run = run
        chain = run.chain
        self.layout: Layout = layout(chain)
        self.space = Space(chain.batch_size, run.seed, run.stream_number)
        drawers = Drawers(keeps_weights(chain))
        self._acting: dict[int, Acting] = {}
        for step in chain.stages:
            if isinstance(step, Stage):
                self._acting[step.number] = acting(step, self.space, drawers)
        self._factors: Mapping[int, Factors] = factors(chain, run.normalize)
        self._place = {place.step.number: place for place in self.layout.places}
        self._index = {place.step.number: i for i, place in enumerate(self.layout.places)}
        self._kept: dict[int, Signal | int] = {}
        self._out = np.zeros(2)
        self._tell: Tell | None = None
        self._with_bias: set[int] = set()
        self._row = self._empty()

    @property
    def kernels(self) -> list[Kernel]:
        """All that are called."""
        found = [*KERNELS, *signals.ALL]
        for one in self._acting.values():
            found += one.kernels
        return list({kernel.name: kernel for kernel in found}.values())

    def _empty(self) -> Row:
        size, layers = self.layout.size, len(self.layout.places)
        nan = np.full(layers, math.nan)
        return Row(np.zeros(size), np.zeros(size), np.zeros(size), nan, nan.copy())

    def give(self, number: int, arrays: Mapping[str, Array]) -> None:
        """Weights or uniform numbers of a layer, from now on in place of drawn ones."""
        self._acting[number].give(arrays)
        if "bias" in arrays:
            self._with_bias.add(number)

    def drawn(self) -> dict[int, dict[str, Array]]:
        """What was drawn in this network, by the numbers of layers."""
        found = {number: one.drawn() for number, one in self._acting.items()}
        return {number: arrays for number, arrays in found.items() if arrays}

    def measure(
        self,
        network: int,
        x: Array | None = None,
        dy: Array | None = None,
        tell: Tell | None = None,
    ) -> Row:
        """Network number so and so: draw, forward, backward; x and dy as given, (batch, …)."""
        self.space.begin(network)
        self._tell, self._row, self._kept = tell, self._empty(), {}
        chain, given = self._run.chain, self._run.inputs
        for one in self._acting.values():
            if one.random:
                one.draw()
        if x is None:
            rows = math.prod(chain.input)
            inside = self.space.normals(X, rows, given.x_mean, given.x_std)
        else:
            inside = self.space.inside(x)
        if dy is None:
            rows = math.prod(chain.output)
            outside = self.space.normals(DY, rows, given.dy_mean, given.dy_std)
        else:
            outside = self.space.inside(dy)
        first, last = Signal(self.space, inside), Signal(self.space, outside)
        self._measure(X_AT, first, "x", 0)
        self._measure(DY_AT, last, "dy", 0)
        self._forward(chain.steps, first).release()
        self._backward(chain.steps, last).release()
        return self._row

    def _measure(self, at: int, signal: Signal, what: str, number: int) -> Measured:
        found = self._note(at, signal.values, self.space.batch, signal.exponent)
        if self._tell is not None:
            self._tell(what, number, signal.values, signal.exponent)
        return found

    def _note(self, at: int, values: Array, columns: int, exponent: int) -> Measured:
        found = measured(values, columns, exponent)
        self._row.mean[at], self._row.variance[at] = found.mean, found.variance
        self._row.exponent[at] = found.exponent
        return found

    def _scale(self, signal: Signal, factor: float, exponent: int, shift: float = 0.0) -> Signal:
        """values · factor + shift with this exponent, in place where nobody else needs them."""
        out = self.space.take(len(signal.values)) if signal.is_shared else signal.values
        load(signals.SHIFTED_SCALED)(signal.values, out, out.size, factor, shift)
        if not signal.is_shared:
            signal.exponent = exponent
            return signal
        signal.release()
        return Signal(self.space, out, exponent)

    def _near_one(self, signal: Signal, found: Measured) -> Signal:
        """Rescaled by a power of two if the rms is far from 1."""
        if found.octaves is None:
            return signal
        octaves = found.octaves - signal.exponent
        if abs(octaves) <= _RANGE:
            return signal
        return self._shifted(signal, -octaves, signal.exponent + octaves)

    def _plain(self, signal: Signal) -> Signal:
        """Without an exponent, as far as float64 goes."""
        return self._shifted(signal, signal.exponent, 0)

    def _shifted(self, signal: Signal, octaves: int, exponent: int) -> Signal:
        """values · 2**octaves with this exponent."""
        while octaves:  # 2**octaves itself may be no float
            part = max(-1000, min(1000, octaves))
            signal = self._scale(signal, math.ldexp(1.0, part), exponent)
            octaves -= part
        return signal

    def _forward(self, steps: tuple[Step, ...], x: Signal) -> Signal:
        for step in steps:
            x = self._block(step, x) if isinstance(step, Residual) else self._stage(step, x)
            own = self._factors.get(step.number, PLAIN)
            if own is not PLAIN:
                shift = math.ldexp(own.shift, -x.exponent)
                x = self._scale(x, own.forward, x.exponent, shift)
            at = self._place[step.number].y
            x = self._near_one(x, self._measure(at, x, "y", step.number))
        return x

    def _stage(self, stage: Stage, x: Signal) -> Signal:
        own = self._acting[stage.number]
        if not is_homogeneous(stage) or stage.number in self._with_bias:
            x = self._plain(x)
        y = Signal(self.space, self.space.take(math.prod(stage.y)), x.exponent)
        own.forward(x.values, y.values)
        self._kept[stage.number] = x.share() if own.keeps_x else x.exponent
        self._flag(stage, own, y)
        x.release()
        return y

    def _flag(self, stage: Stage, own: Acting, y: Signal) -> None:
        """Dead and saturated units of an activation."""
        slopes = own.slopes()
        if slopes is None or not isinstance(stage.layer, Elementwise) or stage.call is None:
            return
        largest = largest_slope(stage.call)
        rows, batch = len(slopes), self.space.batch
        flat = SATURATED * largest if largest is not None else 0.0
        load(signals.FLAGGED)(y.values, slopes, rows, batch, self.space.columns, flat, self._out)
        at = self._index[stage.number]
        self._row.dead[at] = self._out[0] / rows
        if largest is not None:
            self._row.saturated[at] = self._out[1] / (rows * batch)

    def _block(self, block: Residual, x: Signal) -> Signal:
        past = x.share()
        through = self._forward(block.steps, x)
        y = self._sum(past, through, block.skip, block.branch)
        past.release()
        through.release()
        return y

    def _sum(self, a: Signal, b: Signal, of_a: float, of_b: float) -> Signal:
        """of_a·a + of_b·b; the larger exponent is that of the sum."""
        exponent = max(a.exponent, b.exponent)
        left, right = (math.ldexp(w, s.exponent - exponent) for w, s in ((of_a, a), (of_b, b)))
        out = self.space.take(len(a.values))
        load(signals.COMBINED)(a.values, b.values, out, out.size, left, right)
        return Signal(self.space, out, exponent)

    def _backward(self, steps: tuple[Step, ...], dy: Signal) -> Signal:
        for step in reversed(steps):
            own = self._factors.get(step.number, PLAIN)
            if own is not PLAIN:
                dy = self._scale(dy, own.backward, dy.exponent)
            if isinstance(step, Residual):
                dy = self._block_back(step, dy)
            else:
                dy = self._stage_back(step, dy)
            at = self._place[step.number].dx
            dy = self._near_one(dy, self._measure(at, dy, "dx", step.number))
        return dy

    def _block_back(self, block: Residual, dy: Signal) -> Signal:
        past = dy.share()
        if block.branch != 1.0:
            dy = self._scale(dy, block.branch, dy.exponent)
        through = self._backward(block.steps, dy)
        dx = self._sum(past, through, block.skip, 1.0)
        past.release()
        through.release()
        return dx

    def _stage_back(self, stage: Stage, dy: Signal) -> Signal:
        own = self._acting[stage.number]
        dx = Signal(self.space, self.space.take(math.prod(stage.x)), dy.exponent)
        own.backward(dy.values, dx.values)
        kept = self._kept.pop(stage.number)
        of_x = kept.exponent if isinstance(kept, Signal) else kept
        for name, values in own.gradients().items():
            rows = values if values.ndim > 1 else values[None]
            exponent = dy.exponent + (of_x if name == "weight" else 0)
            at = self._place[stage.number].gradients[name]
            self._note(at, rows, rows.shape[1], exponent)
            if self._tell is not None:
                self._tell(name, stage.number, values, exponent)
        if isinstance(kept, Signal):
            kept.release()
        dy.release()
        return dx
