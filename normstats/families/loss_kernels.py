"""Kernels of losses. c[0] is the weight of each loss; the last of n is 1 where each has its own y.

Otherwise all are summed up in the one row of y, and share the one row of dy.
"""

from __future__ import annotations

from typing import Any

from normstats.families.vector_kernels import powers
from normstats.kernels.elementary import log1p
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, store, where


def cross_entropy(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """n: classes, rows. dx = y − 1 at the class, which is −Σ of the others' y."""
    classes = n[0]
    for i in range(0, columns, LANES):
        clear(y, n[1], n[2], columns, i)
        for b in range(n[1]):
            first = b * classes * columns
            own = b * n[2] * columns + i
            out = shifted(dx, first)
            largest, rest = powers(shifted(x, first), classes, columns, i, 1.0, out)
            drawn = load(u, b * columns + i) * splat(float(classes))
            target = splat(0.0)
            logit = load(x, first + i)
            for r in range(1, classes):
                beyond = drawn >= splat(float(r))
                target = where(beyond, splat(float(r)), target)
                logit = where(beyond, load(x, first + r * columns + i), logit)
            others = splat(0.0)
            for r in range(classes):
                e = load(out, r * columns + i)
                others = others + where(target == splat(float(r)), 0.0, e)
            loss = (largest - logit) + log1p(rest)
            store(y, own, fma(loss, splat(c[0]), load(y, own)))
            scale = load(dy, own) * c[0] / (1.0 + rest)
            for r in range(classes):
                e = load(out, r * columns + i)
                store(out, r * columns + i, where(target == splat(float(r)), -others, e) * scale)


def cross_entropy_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """Over the classes, too: E of a loss is L less the mean logit, Var the logits' scatter.

    With s = softmax(x), E[(s − 1)²] = s² − 2s/n + 1/n and E[s − 1] = s − 1/n, of variance
    (1 − 1/n)/n; dx is that times w·dy.
    """
    classes = n[0]
    second = classes * n[1] * columns
    outputs = ((n[1] - 1) * n[2] + 1) * columns
    share = 1.0 / float(classes)
    square = c[0] * c[0]
    for i in range(0, columns, LANES):
        clear(y, n[1], n[2], columns, i)
        clear(shifted(y, outputs), n[1], n[2], columns, i)
        clear(shifted(y, 2 * outputs), n[1], n[2], columns, i)
        for b in range(n[1]):
            first = b * classes * columns
            own = b * n[2] * columns + i
            out = shifted(dx, first)
            largest, rest = powers(shifted(x, first), classes, columns, i, 1.0, out)
            mean = splat(0.0)
            for r in range(classes):
                mean = mean + (load(x, first + r * columns + i) - largest)
            mean = mean * share
            scatter = splat(0.0)
            scale = 1.0 / (1.0 + rest)
            for r in range(classes):
                at = r * columns + i
                off = (load(x, first + at) - largest) - mean
                scatter = fma(off, off, scatter)
                s = load(out, at) * scale
                uneven = s - share
                both = s * (s - 2.0 * share) + share
                store(out, at, uneven * (dy[0] * c[0]))
                spread = both * dy[1] + share * (1.0 - share) * (dy[0] * dy[0])
                store(out, second + at, spread * square)
                store(out, 2 * second + at, splat(dy[2]))
            store(y, own, fma(log1p(rest) - mean, splat(c[0]), load(y, own)))
            variance = load(y, outputs + own)
            store(y, outputs + own, fma(scatter, splat(share * square), variance))


def squared_error(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """n: elements; the input's rows, then the target's."""
    second = n[0] * columns
    for i in range(0, columns, LANES):
        clear(y, n[0], n[1], columns, i)
        for r in range(n[0]):
            at = r * columns + i
            own = r * n[1] * columns + i
            off = load(x, at) - load(x, second + at)
            store(y, own, fma(off * off, splat(c[0]), load(y, own)))
            gradient = off * load(dy, own) * (2.0 * c[0])
            store(dx, at, gradient)
            store(dx, second + at, -gradient)


def squared_error_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y as it is; dx is dy times a known number."""
    second = n[0] * columns
    all_rows = 2 * second
    outputs = ((n[0] - 1) * n[1] + 1) * columns
    for i in range(0, columns, LANES):
        clear(y, n[0], n[1], columns, i)
        for r in range(n[0]):
            at = r * columns + i
            own = r * n[1] * columns + i
            off = load(x, at) - load(x, second + at)
            store(y, own, fma(off * off, splat(c[0]), load(y, own)))
            factor = off * (2.0 * c[0])
            nothing = where(off == 0.0, 1.0, splat(dy[2]))
            store(dx, at, factor * dy[0])
            store(dx, second + at, -factor * dy[0])
            store(dx, all_rows + at, factor * factor * dy[1])
            store(dx, all_rows + second + at, factor * factor * dy[1])
            store(dx, 2 * all_rows + at, nothing)
            store(dx, 2 * all_rows + second + at, nothing)
        for at in range(i, outputs, columns):
            store(y, outputs + at, splat(0.0))
            store(y, 2 * outputs + at, where(load(y, at) == 0.0, 1.0, 0.0))


def clear(y: Any, terms: int, each: int, columns: int, i: int) -> None:
    """0 into the rows of y: one, or one for each loss."""
    for at in range(i, ((terms - 1) * each + 1) * columns, columns):
        store(y, at, splat(0.0))
