"""Draws weight matrices W (out × in) by the usual initialisations.

Row i of W begins at ``w[i * ld]``; ``ld`` is ``in`` rounded up to a multiple of LANES, and what lies
between is zero.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.elementary import exp
from normstats.kernels.gemm import multiply
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, sqrt, store, total, where
from normstats.sampling.bits import STREAMS
from normstats.sampling.fill import fill_normals, fill_uniforms

# Ways to draw.
NORMAL, UNIFORM, FAN_IN_ROWS, FAN_OUT_ROWS, ORTHOGONAL, TRUNCATED = range(6)

# Rows that are made orthogonal to each other at a time, the rest being matrix products: a multiple
# of LANES and of the TILE of ``gemm.py``, so that no product writes beyond its rows.
PANEL = 48


def pad_rows(w: Any, rows: int, columns: int, ld: int) -> None:
    """Zero what lies between the end of a row and the next."""
    for i in range(rows):
        for j in range(columns, ld):
            w[i * ld + j] = 0.0


def draw_normals(state: Any, w: Any, count: int, std: float) -> None:
    """At least ``count`` normals: a whole number of double rows of the streams."""
    half = -(-count // (2 * STREAMS)) * STREAMS
    fill_normals(state, w, 0, half, half, 0.0, std, 0.0, std)


def draw_truncated(state: Any, w: Any, count: int, std: float, bound: float, spare: Any) -> None:
    """Normals that lie within ±bound, by rejection.

    Normals are proposed where most of them lie inside; otherwise uniforms, accepted with
    probability exp(−v²/2·std²). ``spare`` has room for 4 · STREAMS numbers.
    """
    done = 0
    precision = -0.5 / (std * std)
    chances = shifted(spare, 2 * STREAMS)
    while done < count:
        if bound >= std:
            fill_normals(state, spare, 0, STREAMS, STREAMS, 0.0, std, 0.0, std)
            for i in range(0, 2 * STREAMS, LANES):
                store(chances, i, splat(-1.0))
        else:
            fill_uniforms(state, spare, 0, 2 * STREAMS, -bound, 2.0 * bound)
            fill_uniforms(state, spare, 2 * STREAMS, 2 * STREAMS, 0.0, 1.0)
            for i in range(0, 2 * STREAMS, LANES):
                v = load(spare, i)
                store(chances, i, load(chances, i) - exp(v * v * precision))
        for i in range(2 * STREAMS):
            v = spare[i]
            if done < count and chances[i] < 0.0 and -bound <= v and v <= bound:
                w[done] = v
                done += 1


def row_dot(v: Any, w: Any, ld: int) -> float:
    """The scalar product of two rows."""
    s = splat(0.0)
    for j in range(0, ld, LANES):
        s = fma(load(v, j), load(w, j), s)
    return total(s)


def scale_row(w: Any, ld: int) -> None:
    """A row of length 1."""
    norm = sqrt(splat(row_dot(w, w, ld)))
    for j in range(0, ld, LANES):
        store(w, j, load(w, j) / norm)


def scale_columns(w: Any, rows: int, ld: int) -> None:
    """All columns of length 1."""
    for j in range(0, ld, LANES):
        s = splat(0.0)
        for i in range(rows):
            v = load(w, i * ld + j)
            s = fma(v, v, s)
        norm = sqrt(where(s > 0.0, s, 1.0))
        for i in range(rows):
            store(w, i * ld + j, load(w, i * ld + j) / norm)


def orthonormal_rows(q: Any, rows: int, ld: int, spare: Any, packed_a: Any, packed_x: Any) -> None:
    """Gram–Schmidt, twice for full precision: panels against what is done by matrix products.

    ``spare`` has room for (2 · ld + rows + 6) · PANEL numbers.
    """
    transposed = spare
    products = shifted(spare, ld * PANEL)
    shadow = shifted(spare, ld * PANEL + (rows + 6) * PANEL)
    for start in range(0, rows, PANEL):
        width = min(PANEL, rows - start)
        panel = shifted(q, start * ld)
        for _ in range(2):
            if start > 0:
                for j in range(ld):
                    for i in range(PANEL):
                        transposed[j * PANEL + i] = panel[i * ld + j] if i < width else 0.0
                multiply(q, ld, 1, start, ld, transposed, PANEL, products, packed_a, packed_x)
                multiply(products, 1, PANEL, width, start, q, ld, shadow, packed_a, packed_x)
                for i in range(0, width * ld, LANES):
                    store(panel, i, load(panel, i) - load(shadow, i))
            for i in range(width):
                row = shifted(panel, i * ld)
                for other in range(i):
                    done = shifted(panel, other * ld)
                    share = splat(-row_dot(row, done, ld))
                    for j in range(0, ld, LANES):
                        store(row, j, fma(share, load(done, j), load(row, j)))
                scale_row(row, ld)


def draw_weights(
    state: Any,
    w: Any,
    rows: int,
    columns: int,
    ld: int,
    way: int,
    scale: float,
    bound: float,
    spare: Any,
    packed_a: Any,
    packed_x: Any,
) -> None:
    """One matrix: ``scale`` is a std or the half-width of a uniform distribution."""
    count = rows * ld
    if way == UNIFORM:
        padded = -(-count // STREAMS) * STREAMS
        fill_uniforms(state, w, 0, padded, -scale, 2.0 * scale)
    elif way == TRUNCATED:
        draw_truncated(state, w, count, scale, bound, spare)
    elif way == ORTHOGONAL and rows > columns:
        # Orthonormal columns: drawn as rows of the transpose.
        across = -(-rows // LANES) * LANES
        turned = shifted(spare, (2 * across + columns + 6) * PANEL)
        draw_normals(state, turned, columns * across, 1.0)
        pad_rows(turned, columns, rows, across)
        orthonormal_rows(turned, columns, across, spare, packed_a, packed_x)
        for i in range(rows):
            for j in range(columns):
                w[i * ld + j] = turned[j * across + i]
    else:
        draw_normals(state, w, count, scale)
    pad_rows(w, rows, columns, ld)
    if way == FAN_IN_ROWS:
        for i in range(rows):
            scale_row(shifted(w, i * ld), ld)
    elif way == FAN_OUT_ROWS:
        scale_columns(w, rows, ld)
    elif way == ORTHOGONAL and rows <= columns:
        orthonormal_rows(w, rows, ld, spare, packed_a, packed_x)


def weight_size(rows: int, columns: int) -> int:
    """Numbers to set aside for w, with room for what is drawn beyond the end."""
    return rows * (-(-columns // LANES) * LANES) + 2 * STREAMS


def spare_size(rows: int, columns: int, way: int) -> int:
    """Numbers to set aside for ``spare``."""
    if way != ORTHOGONAL:
        return 4 * STREAMS
    longest = -(-max(rows, columns) // LANES) * LANES
    least = min(rows, columns)
    shared = (2 * longest + least + 6 + 6) * PANEL
    return shared + (weight_size(columns, rows) if rows > columns else 0)
