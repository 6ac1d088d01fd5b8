"""One block of samples of an array layer: drawn, mapped and summed up, chunk by chunk.

A block is the smallest thing that is run: its numbers come from its own streams, and its size
depends on the layer, its parameters and the method alone. It goes through the work array in chunks
of ``columns`` samples, which stay in the first- or second-level cache: draw, layer, moments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from normstats.engine.method import Method
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
from normstats.sampling.bits import START, STREAMS


@dataclass(frozen=True)
class Shape:
    """Rows of x, of dy (as many as of y) and of uniform numbers that one sample takes."""

    x: int = 1
    dy: int = 1
    uniforms: int = 0


@dataclass(frozen=True)
class Layout:
    """The rows of a chunk's work array, in units of one row.

    Drawn normals (x, then dy; an odd number is filled up), dy where it is not drawn, uniforms, y,
    dx. With ``conditional``, dy and the uniforms are integrated out: dy is a row that holds E[dy],
    Var[dy] and whether dy is always 0 instead, and y and dx take three rows for each of theirs:
    E[v], Var[v], P(v = 0).
    """

    shape: Shape
    conditional: bool

    @property
    def normals(self) -> int:
        return self.shape.x + (0 if self.conditional else self.shape.dy)

    @property
    def uniforms(self) -> int:
        return 0 if self.conditional else self.shape.uniforms

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
        return self.normals + self.normals % 2 if self.conditional else self.shape.x

    @property
    def uniforms_at(self) -> int:
        return self.normals + self.normals % 2 + (self.shape.dy if self.conditional else 0)

    @property
    def y_at(self) -> int:
        return self.uniforms_at + self.uniforms

    @property
    def dx_at(self) -> int:
        return self.y_at + (3 if self.conditional else 1) * self.shape.dy

    @property
    def rows(self) -> int:
        return self.dx_at + (3 if self.conditional else 1) * self.shape.x


def array_block(
    kernel: int,
    streams: int,
    numbers: Any,
    state: Any,
    points: Any,
    work: Any,
    sums: Any,
    out: Any,
    seed: int,
    stream: int,
    purpose: int,
    block: int,
    samples: int,
    columns: int,
    copies: int,
    x_rows: int,
    dy_rows: int,
    normal_rows: int,
    uniform_rows: int,
    dy_at: int,
    uniforms_at: int,
    y_at: int,
    dx_at: int,
    inputs: Any,
    c: Any,
    pivot_y: float,
    pivot_dx: float,
) -> None:
    """Draw a block's samples, run the layer's kernel on them, and leave the sums in ``out``."""
    START(state, numbers, streams, seed, stream, block, purpose)
    sums_dx = shifted(sums, COUNT * LANES)
    clear(sums)
    clear(sums_dx)
    dy = shifted(work, dy_at * columns)
    u = shifted(work, uniforms_at * columns)
    y = shifted(work, y_at * columns)
    dx = shifted(work, dx_at * columns)
    for start in range(0, samples, columns):
        draw(
            state, points, start, samples, work, columns, x_rows, normal_rows,
            uniforms_at * columns, uniform_rows, inputs,
        )  # fmt: skip
        call(kernel, work, dy, u, y, dx, columns, x_rows, c)
        units = (columns if start + columns < samples else samples - start) // copies
        add(y, copies * dy_rows, columns // copies, units, pivot_y, sums)
        add(dx, copies * x_rows, columns // copies, units, pivot_dx, sums_dx)
    collect(sums, out, 0)
    collect(sums_dx, out, COUNT)


def draw(*rows: Any) -> None:
    """Stands for one of the functions of ``draw.py``; a kernel is built with its own."""
    raise RuntimeError("a block was run without a way to draw")


def add(*rows: Any) -> None:
    """Stands for one of the kernels of ``accumulate.py``; a block is built with its own."""
    raise RuntimeError("a block was run without a way to add")


def block_kernel(method: Method) -> Kernel:
    """The block's kernel for a method; it serves all array layers."""
    parameters = (
        *(build.SIZE,) * 2,
        *(build.WORDS,) * 3,
        *(build.FLOATS,) * 3,
        *(build.WORD,) * 4,
        *(build.SIZE,) * 11,
        *(build.FLOATS,) * 2,
        *(build.FLOAT,) * 2,
    )
    bindings: dict[str, Callable[..., None] | Kernel] = {
        "draw": method.draw,
        "add": ACCUMULATE_EXPECTED if method.conditional else ACCUMULATE,
    }
    return Kernel(array_block, parameters, bindings)


# A block draws about this many numbers: a few milliseconds of work.
_NUMBERS_PER_BLOCK = 2**20
# A chunk's work array is about this many numbers, within these bounds on its columns.
_NUMBERS_PER_CHUNK, _FEWEST_COLUMNS, _MOST_COLUMNS = 4096, STREAMS, 512


def columns_for(layout: Layout, copies: int) -> int:
    """Samples side by side in the work array; of ``copies`` the first is drawn, in full rows."""
    step = STREAMS * copies
    fitting = _NUMBERS_PER_CHUNK // layout.rows // step * step
    return max(_FEWEST_COLUMNS * copies, min(_MOST_COLUMNS, fitting))


def block_samples(layout: Layout, columns: int) -> int:
    """Samples of a full block, unless the method has blocks of its own."""
    return max(_NUMBERS_PER_BLOCK // layout.drawn // columns, 1) * columns
