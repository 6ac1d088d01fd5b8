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


def xoshiro(s: list[int]) -> int:
    """The next word of xoshiro256++; the state s moves on."""
    result = (rotate((s[0] + s[3]) & WORD, 23) + s[0]) & WORD
    t = s[1] << 17 & WORD
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotate(s[3], 45)
    return result


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
    """An odd multiple of 2^−64, rounded once."""
    return float(Fraction(word | 1, 2**64))


@lru_cache(maxsize=4096)
def polynomial(c: str, z: float) -> float:
    """Six coefficients: pairs by Horner's scheme in z², each pair a linear function of z."""
    k = [getattr(coefficients, f"{c}{i}") for i in range(6)]
    pairs = [fma(k[i + 1], z, k[i]) for i in (0, 2, 4)]
    return fma(fma(pairs[2], z * z, pairs[1]), z * z, pairs[0])


@lru_cache(maxsize=4096)
def minus_log(u: float) -> float:
    m, e = math.frexp(u)
    # frexp gives ½ ≤ m < 1; here √½ ≤ m < √2 with √½ rounded to a float.
    if m < math.sqrt(0.5):
        m, e = 2.0 * m, e - 1
    s = (m - 1.0) / (m + 1.0)
    return fma(float(-e), math.log(2.0), -s * polynomial("L", s * s))


def normal_pair(radius_word: int, angle_word: int) -> tuple[float, float]:
    """Two normals from two words."""
    r = math.sqrt(minus_log(fine_uniform(radius_word)))
    t = (uniform(angle_word) - 0.5) * (math.pi / 2.0)
    sine = t * polynomial("S", t * t)
    cosine = polynomial("C", t * t)
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
    pairs = [normal_pair(xoshiro(state), xoshiro(state)) for _ in range(steps) for state in states]
    return [pair[0] for pair in pairs] + [pair[1] for pair in pairs]
