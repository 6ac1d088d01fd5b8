"""The language of the kernels: arithmetic on eight lanes at a time.

A kernel is an ordinary Python function that uses ``+ - * /``, comparisons, bit operations and the
functions below. It means the same thing in two worlds:

* under NumPy, where a lane value is an array of eight: slow, readable, the twin in the tests;
* compiled (``build.py``), where it is one vector register of eight: the fast path.

The number of lanes is part of the source, not a choice of the compiler. That is why the same seed
gives the same bits on 128-, 256- and 512-bit machines: nothing is left to be reassociated, and a
product is fused with a sum only where ``fma`` says so.

Nothing here imports numba; ``lowering.py`` teaches it these names when a kernel is compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LANES = 8

Lane = Any  # np.ndarray of eight under NumPy, a vector register when compiled


def fma(a: Lane, b: Lane, c: Lane) -> Lane:
    """a·b + c, rounded once.

    The twin rounds through the extended precision of the platform's long double, which agrees
    with a true fused operation to within 1 ulp, and almost always exactly; where a·b and c cancel,
    to within 2^-63 of a·b.
    """
    wide = np.longdouble
    return np.asarray(wide(1) * a * np.asarray(b, wide) + np.asarray(c, wide), np.float64)


def sqrt(a: Lane) -> Lane:
    """The correctly rounded square root."""
    return np.sqrt(a)


def where(mask: Lane, a: Lane, b: Lane) -> Lane:
    """a in the lanes where the mask holds, b in the others."""
    return np.where(mask, a, b)


def count(mask: Lane) -> int:
    """In how many lanes the mask holds."""
    return int(np.count_nonzero(mask))


def bits(a: Lane) -> Lane:
    """The 64 bits of a float as an unsigned integer."""
    return np.asarray(a, np.float64).view(np.uint64)


def floats(w: Lane) -> Lane:
    """The float with these 64 bits."""
    return np.asarray(w, np.uint64).view(np.float64)


def rotate(w: Lane, k: int) -> Lane:
    """The 64 bits of w rotated left by k."""
    return (w << np.uint64(k)) | (w >> np.uint64(64 - k))


def lane_numbers() -> Lane:
    """0, 1, …, 7 as floats."""
    return np.arange(LANES, dtype=np.float64)


def splat(a: float) -> Lane:
    """The same float in every lane."""
    return np.full(LANES, a, np.float64)


def splat_word(w: int) -> Lane:
    """The same 64-bit word in every lane."""
    return np.full(LANES, w, np.uint64)


def load(p: Any, i: int) -> Lane:
    """Eight consecutive floats of p from index i."""
    return p[i : i + LANES].copy()


def store(p: Any, i: int, a: Lane) -> None:
    """Write eight consecutive floats of p from index i."""
    p[i : i + LANES] = a


def load_words(p: Any, i: int) -> Lane:
    """Eight consecutive 64-bit words of p from index i."""
    return p[i : i + LANES].copy()


def store_words(p: Any, i: int, w: Lane) -> None:
    """Write eight consecutive 64-bit words of p from index i."""
    p[i : i + LANES] = w


def total(a: Lane) -> float:
    """The sum of the lanes, always in the same order: halves are added until one is left."""
    while len(a) > 1:
        a = a[: len(a) // 2] + a[len(a) // 2 :]
    return float(a[0])


def shifted(p: Any, i: int) -> Any:
    """The array p from index i on."""
    return p[i:]


def call(
    kernel: Any, x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """Run a layer's array kernel (compiled: the code at that address)."""
    kernel(x, dy, u, y, dx, columns, n, c)
