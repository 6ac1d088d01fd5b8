"""The sampler once more, one number at a time, in plain Python: slow, readable, exact.

Words are Python integers; a fused multiply-add is a fraction, rounded once. Written from the
published algorithms; of the package it takes the coefficients of the polynomials alone.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from functools import lru_cache

from normstats.sampling import normals as coefficients

WORD = 2**64 - 1


def rotate(w: int, k: int) -> int:
    return (w << k | w >> (64 - k)) & WORD


def threefry(c0: int, c1: int, k0: int, k1: int, rounds: int = 20) -> tuple[int, int]:
    """Threefry-2x64: a key is added before the first and after every fourth round."""
    rotations = (16, 42, 12, 31, 16, 32, 24, 21)
    key = (k0, k1, 0x1BD11BDAA9FC1A22 ^ k0 ^ k1)
    a, b = (c0 + key[0]) & WORD, (c1 + key[1]) & WORD
    for r in range(rounds):
        a = (a + b) & WORD
        b = rotate(b, rotations[r % 8]) ^ a
        if r % 4 == 3:
            j = r // 4 + 1
            a = (a + key[j % 3]) & WORD
            b = (b + key[(j + 1) % 3] + j) & WORD
    return a, b


def start(seed: int, stream: int, purpose: int, block: int, number: int) -> list[int]:
    """The state in which generator ``number`` of a block begins."""
    upper = purpose << 32
    first = threefry(block, upper | 2 * number, seed, stream)
    return [*first, *threefry(block, upper | 2 * number + 1, seed, stream)]


def sfc64(s: list[int]) -> int:
    """The next word of SFC64; the state s moves on."""
    a, b, c, counter = s
    word = (a + b + counter) & WORD
    s[:] = (
        b ^ b >> 11,
        (c + (c << 3)) & WORD,
        (rotate(c, 24) + word) & WORD,
        (counter + 1) & WORD,
    )
    return word


def fma(a: float, b: float, c: float) -> float:
    """a·b + c, rounded once; infinities and nan as a·b + c gives them."""
    if math.isfinite(a) and math.isfinite(b) and math.isinf(c):
        return c  # also where the product alone would overflow
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        return a * b + c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        # An exact zero has the sign of its terms if they agree. Neither underflows to it here.
        sign = math.copysign(1.0, a) * math.copysign(1.0, b)
        same = sign == math.copysign(1.0, c)
        return math.copysign(0.0, c) if same and c == 0.0 and (a == 0.0 or b == 0.0) else 0.0
    try:
        rounded = float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
    return rounded if rounded else (0.0 if exact > 0 else -0.0)


def as_float(word: int) -> float:
    return struct.unpack("<d", struct.pack("<Q", word))[0]  # type: ignore[no-any-return]


def uniform(word: int) -> float:
    """An odd multiple of 2^−52."""
    return (word >> 12 | 1) * 2.0**-52


def fine_uniform(word: int) -> float:
    """An odd multiple of 2^−53."""
    return ((word >> 12) * 2 + 1) * 2.0**-53


def coefficient(name: str) -> float:
    return getattr(coefficients, name)  # type: ignore[no-any-return]


def horner(c: str, degree: int, z: float) -> float:
    """A polynomial by Horner's scheme."""
    result = coefficient(f"{c}{degree}")
    for k in reversed(range(degree)):
        result = fma(result, z, coefficient(f"{c}{k}"))
    return result


@lru_cache(maxsize=4096)
def minus_log(u: float) -> float:
    m, e = math.frexp(u)
    # frexp gives ½ ≤ m < 1; here √½ ≤ m < √2 with √½ rounded to a float.
    if m < math.sqrt(0.5):
        m, e = 2.0 * m, e - 1
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    low, high = (fma(coefficient(f"L{k + 1}"), z, coefficient(f"L{k}")) for k in (0, 2))
    p = fma(fma(coefficient("L4"), z * z, high), z * z, low)
    return fma(float(-e), math.log(2.0), -s * p)


def normal_pair(radius_word: int, angle_word: int) -> tuple[float, float]:
    """Two normals from two words."""
    r = math.sqrt(minus_log(fine_uniform(radius_word)))
    t = uniform(angle_word) - 0.5
    sine = t * horner("S", 4, t * t)
    cosine = horner("C", 5, t * t)
    first, second = r * (cosine - sine), r * (cosine + sine)
    return (
        -first if angle_word & 1 else first,
        -second if angle_word & 2 else second,
    )


def normals(
    seed: int, stream: int, purpose: int, block: int, steps: int, streams: int
) -> list[float]:
    """The pairs of the first ``steps`` steps of a block: all first ones, then all second ones."""
    states = [start(seed, stream, purpose, block, number) for number in range(streams)]
    pairs = [normal_pair(sfc64(state), sfc64(state)) for _ in range(steps) for state in states]
    return [pair[0] for pair in pairs] + [pair[1] for pair in pairs]
