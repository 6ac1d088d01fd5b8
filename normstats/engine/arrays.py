"""One block of samples of an array layer: drawn, mapped and summed up, chunk by chunk.

A block is the smallest thing that is run: its numbers come from its own streams, and its size
depends on the layer, its parameters and the method alone. It goes through the work array in chunks
of ``columns`` samples, which stay in the first- or second-level cache: draw, layer, moments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from normstats.engine.block import AT
from normstats.engine.draw import DRAW, draw_narrow
from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, call, shifted
from normstats.moments.accumulate import (
    ACCUMULATE,
    ACCUMULATE_EXPECTED,
    COUNT,
    clear,
    collect,
)
from normstats.runs.method import Method
from normstats.sampling.bits import START, STREAMS


@dataclass(frozen=True)
class Rows:
    """Rows of x, of dy (as many as of y) and of uniform numbers that one sample takes.

    ``parts`` cut the rows of dx into those that are counted by themselves as well; ``gradients``
    are the rows of each further gradient, of a weight for example; ``scratch`` are rows that the
    kernel has to itself. ``narrow`` rows have a single lane's width: of so many rows a wider chunk
    would not fit into a cache. They go with plain sampling only.
    """

    x: int = 1
    dy: int = 1
    uniforms: int = 0
    parts: tuple[int, ...] = ()
    gradients: tuple[int, ...] = ()
    scratch: int = 0
    narrow: bool = False


@dataclass(frozen=True)
class Layout:
    """The rows of a chunk's work array, in units of one row.

    Drawn normals (x, then dy; an odd number is filled up), dy where it is not drawn, uniforms, y,
    dx, further gradients, scratch. With ``conditional``, dy and the uniforms are integrated out: dy
    is a row that holds E[dy], Var[dy] and whether dy is always 0 instead, and y and what follows
    take three rows for each of theirs: E[v], Var[v], P(v = 0).
    """

    each: Rows
    conditional: bool

    @property
    def normals(self) -> int:
        return self.each.x + (0 if self.conditional else self.each.dy)

    @property
    def uniforms(self) -> int:
        return 0 if self.conditional else self.each.uniforms

    @property
    def coordinates(self) -> int:
        """Random numbers that one sample depends on."""
        return self.normals + self.uniforms

    @property
    def drawn(self) -> int:
        """Numbers that one sample takes from the generator."""
        return self.normals + self.normals % 2 + self.uniforms

    @property
    def dy_at(self) -> int:
        return self.normals + self.normals % 2 if self.conditional else self.each.x

    @property
    def uniforms_at(self) -> int:
        return self.normals + self.normals % 2 + (self.each.dy if self.conditional else 0)

    @property
    def y_at(self) -> int:
        return self.uniforms_at + self.uniforms

    @property
    def dx_at(self) -> int:
        return self.quantities[1][0]

    @property
    def quantities(self) -> list[tuple[int, int]]:
        """Of y, dx, its parts, and the further gradients: the first row, a sample's elements."""
        dx = self.y_at + self.times * self.each.dy
        found = [(self.y_at, self.each.dy), (dx, self.each.x)]
        at = dx
        for elements in self.each.parts:
            found.append((at, elements))
            at += elements
        at = dx + self.times * self.each.x
        for elements in self.each.gradients:
            found.append((at, elements))
            at += self.times * elements
        return found

    @property
    def times(self) -> int:
        """Rows that an element of y, dx and so on takes."""
        return 3 if self.conditional else 1

    @property
    def rows(self) -> int:
        results = self.each.dy + self.each.x + sum(self.each.gradients)
        spare = 2 * STREAMS // LANES if self.each.narrow else 0  # for what is drawn beyond the end
        return self.y_at + self.times * results + self.each.scratch + spare


def array_block(
    kernel: int, size: Any, address: Any, numbers: Any, state: Any, points: Any, work: Any,
    sums: Any, out: Any, inputs: Any, pivots: Any, places: Any, n: Any, c: Any,
) -> None:  # fmt: skip
    """Draw a block's samples, run the layer's kernel on them, and leave the sums in ``out``.

    ``size`` is a ``Block``; ``address`` is seed, stream, block and purpose; ``inputs`` are mean and
    std of x and of dy; ``pivots`` are those of y, dx and so on, ``places`` their first rows and
    elements; ``n`` and ``c`` are the layer's own.
    """
    samples = size[AT.samples]
    columns = size[AT.columns]
    copies = size[AT.copies]
    quantities = size[AT.quantities]
    START(state, numbers, size[AT.streams], address[0], address[1], address[2], address[3])
    for q in range(quantities):
        clear(shifted(sums, q * COUNT * LANES))
    dy = shifted(work, size[AT.dy_at] * columns)
    u = shifted(work, size[AT.uniforms_at] * columns)
    y = shifted(work, size[AT.y_at] * columns)
    dx = shifted(work, size[AT.dx_at] * columns)
    for start in range(0, samples, columns):
        draw(state, points, start, size, work, inputs)
        call(kernel, work, dy, u, y, dx, columns, n, c)
        units = (columns if start + columns < samples else samples - start) // copies
        for q in range(quantities):
            values = shifted(work, places[2 * q] * columns)
            own = shifted(sums, q * COUNT * LANES)
            add(values, copies * places[2 * q + 1], columns // copies, units, pivots[q], own)
    for q in range(quantities):
        collect(shifted(sums, q * COUNT * LANES), out, q * COUNT)


def draw(*rows: Any) -> None:
    """Stands for one of the functions of ``draw.py``; a kernel is built with its own."""
    raise RuntimeError("a block was run without a way to draw")


def add(*rows: Any) -> None:
    """Stands for one of the kernels of ``accumulate.py``; a block is built with its own."""
    raise RuntimeError("a block was run without a way to add")


def block_kernel(method: Method, narrow: bool = False) -> Kernel:
    """The block's kernel for a method, and for narrow rows; it serves all array layers."""
    parameters = (
        *(build.SIZE, build.SIZES, *(build.WORDS,) * 4),
        *(*(build.FLOATS,) * 5, *(build.SIZES,) * 2, build.FLOATS),
    )
    bindings: dict[str, Callable[..., None] | Kernel] = {
        "draw": draw_narrow if narrow else DRAW[method.name],
        "add": ACCUMULATE_EXPECTED if method.conditional else ACCUMULATE,
    }
    return Kernel(array_block, parameters, bindings)


# A block draws about this many numbers: a few milliseconds of work.
_NUMBERS_PER_BLOCK = 2**20
# A chunk's work array is about this many numbers, within these bounds on its columns.
_NUMBERS_PER_CHUNK, _FEWEST_COLUMNS, _MOST_COLUMNS = 4096, STREAMS, 512


def columns_for(layout: Layout, copies: int) -> int:
    """Samples side by side in the work array; of ``copies`` the first is drawn, in full rows."""
    if layout.each.narrow:
        return LANES
    step = STREAMS * copies
    fitting = _NUMBERS_PER_CHUNK // layout.rows // step * step
    return max(_FEWEST_COLUMNS * copies, min(_MOST_COLUMNS, fitting))


def block_samples(layout: Layout, columns: int) -> int:
    """Samples of a full block, unless the method has blocks of its own."""
    return max(_NUMBERS_PER_BLOCK // layout.drawn // columns, 1) * columns
