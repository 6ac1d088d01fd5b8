"""Draws weight matrices W (out × in) by the usual initialisations.

Row i of W begins at ``w[i * ld]``; ``ld``, a multiple of LANES, is ``in`` or a little more, and
what lies between is zero.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.elementary import exp
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, sqrt, store, total, where
from normstats.sampling.bits import STREAMS
from normstats.sampling.fill import FILL_NORMALS, FILL_UNIFORMS


def pad_rows(w: Any, rows: int, columns: int, ld: int) -> None:
    """Zero what lies between the end of a row and the next."""
    for i in range(rows):
        for j in range(columns, ld):
            w[i * ld + j] = 0.0


def draw_normals(state: Any, w: Any, count: int, std: float) -> None:
    """At least ``count`` normals: a whole number of double rows of the streams."""
    half = -(-count // (2 * STREAMS)) * STREAMS
    FILL_NORMALS(state, w, 0, half, half, 0.0, std, 0.0, std)


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
            FILL_NORMALS(state, spare, 0, STREAMS, STREAMS, 0.0, std, 0.0, std)
            for i in range(0, 2 * STREAMS, LANES):
                store(chances, i, splat(-1.0))
        else:
            FILL_UNIFORMS(state, spare, 0, 2 * STREAMS, -bound, 2.0 * bound)
            FILL_UNIFORMS(state, spare, 2 * STREAMS, 2 * STREAMS, 0.0, 1.0)
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


def normal(
    state: Any, w: Any, rows: int, columns: int, ld: int, scale: float, bound: float, spare: Any
) -> None:  # fmt: skip
    """Independent normals with std ``scale``."""
    draw_normals(state, w, rows * ld, scale)
    pad_rows(w, rows, columns, ld)


def uniform(
    state: Any, w: Any, rows: int, columns: int, ld: int, scale: float, bound: float, spare: Any
) -> None:  # fmt: skip
    """Independent uniforms between ±``scale``."""
    count = -(-rows * ld // STREAMS) * STREAMS
    FILL_UNIFORMS(state, w, 0, count, -scale, 2.0 * scale)
    pad_rows(w, rows, columns, ld)


def truncated(
    state: Any, w: Any, rows: int, columns: int, ld: int, scale: float, bound: float, spare: Any
) -> None:  # fmt: skip
    """Independent normals with std ``scale``, restricted to ±``bound``."""
    draw_truncated(state, w, rows * ld, scale, bound, spare)
    pad_rows(w, rows, columns, ld)


def flat(
    state: Any, w: Any, rows: int, columns: int, ld: int, scale: float, bound: float, spare: Any
) -> None:  # fmt: skip
    """All weights equal ``scale``: nothing is drawn."""
    for i in range(0, rows * ld, LANES):
        store(w, i, splat(scale))
    pad_rows(w, rows, columns, ld)


def unit_rows(
    state: Any, w: Any, rows: int, columns: int, ld: int, scale: float, bound: float, spare: Any
) -> None:  # fmt: skip
    """Rows that are uniform on the unit sphere."""
    normal(state, w, rows, columns, ld, 1.0, bound, spare)
    for i in range(rows):
        scale_row(shifted(w, i * ld), ld)


def unit_columns(
    state: Any, w: Any, rows: int, columns: int, ld: int, scale: float, bound: float, spare: Any
) -> None:  # fmt: skip
    """Columns that are uniform on the unit sphere."""
    normal(state, w, rows, columns, ld, 1.0, bound, spare)
    scale_columns(w, rows, ld)


def weight_size(rows: int, ld: int) -> int:
    """Numbers to set aside for w, with room for what is drawn beyond the end."""
    return rows * ld + 2 * STREAMS


SPARE = 4 * STREAMS  # numbers to set aside for ``spare``
