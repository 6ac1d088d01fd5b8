"""Normal and uniform numbers from random words.

Box–Muller: with u and v uniform, √(−2 ln u) · (cos 2πv, sin 2πv) are two independent normals. Both
are used. The uniform u is a multiple of 2^−53, so the tails reach 8.57σ, which one normal in 1e17
exceeds; v is a quadrant from two bits of its word and a position t in it, −1/2 < t < 1/2, from 51
others, so that

    cos(π/4 + πt/2) = (cos πt/2 − sin πt/2)/√2,   sin(π/4 + πt/2) = (cos πt/2 + sin πt/2)/√2

need no exchange of sine and cosine, and the √2 cancels against the one in the radius.

ln, sin and cos are polynomials that interpolate the function at Chebyshev points (computed with 50
digits, rounded to float64): relative errors below 5e-12, 5e-12 and 8e-14 on their intervals. A
normal is therefore right to 8e-12 of its pair's radius. The errors change sign on the intervals and
average out: the even moments of a normal up to the eighth are right to 4e-13 (integrated in the
tests), the odd ones exactly, which no sum of 1e20 samples could see.
"""

from __future__ import annotations

import numpy as np

from normstats.kernels.lanes import Lane, bits, floats, fma, sqrt

MANTISSA = np.uint64(12)  # shift that leaves the 52 mantissa bits of a float
MANTISSA_BITS = np.uint64(0x000FFFFFFFFFFFFF)
SIGN = np.uint64(0x8000000000000000)
ONE_BITS = np.uint64(0x3FF0000000000000)  # 1.0
ONE_ODD_BITS = np.uint64(0x3FF0000000000001)  # 1.0 and the lowest mantissa bit
BELOW_ONE = 1.0 - 2.0**-53
SMALLEST, LARGEST = 2.0**-52, 1.0 - 2.0**-52  # of the uniforms
ROOT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)  # √½
INTEGER_BITS = np.uint64(0x4330000000000000)  # 2^52: a word below it becomes a float by or-ing
# √½ with its exponent lowered by BIAS: what is above it has a whole number of octaves plus BIAS
# in the place of the exponent.
BIAS = 1023
OCTAVE_BITS = np.uint64((0x3FE6A09E667F3BCD - (BIAS << 52)) % 2**64)
INTEGER_BASE = 2.0**52 + BIAS
LN2 = 0.6931471805599453

# 2 artanh(s)/s in z = s², 0 ≤ z ≤ ((√2 − 1)/(√2 + 1))²
L0, L1, L2 = 2.0000000000083595, 0.6666666524748752, 0.4000038467237519
L3, L4 = 0.2853505103781631, 0.23616359099145984
# sin(πt/2)/t and cos(πt/2) in z = t², 0 ≤ z ≤ 1/4
S0, S1, S2 = 1.5707963267881, -0.6459640961467954, 0.07969258272563062
S3, S4 = -0.004681266256726245, 0.00015820630355647733
C0, C1, C2 = 0.9999999999999444, -1.2337005501201592, 0.25366950715370434
C3, C4, C5 = -0.020863468002244645, 0.0009191617369539572, -2.4850963357813638e-05


def uniform(word: Lane) -> Lane:
    """Uniform on (0, 1): the odd multiples of 2^−52, so symmetric about 1/2."""
    return floats((word >> MANTISSA) | ONE_ODD_BITS) - 1.0


def fine_uniform(word: Lane) -> Lane:
    """Uniform on (0, 1): the odd multiples of 2^−53."""
    return floats((word >> MANTISSA) | ONE_BITS) - BELOW_ONE


def minus_log(u: Lane) -> Lane:
    """−ln u for 0 < u ≤ 1, from u = 2^−e · m with √½ ≤ m < √2 and s = (m − 1)/(m + 1)."""
    word = bits(u) - OCTAVE_BITS
    m = floats((word & MANTISSA_BITS) + ROOT_HALF_BITS)
    e = INTEGER_BASE - floats((word >> 52) | INTEGER_BITS)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    zz = z * z
    p = fma(fma(L4, zz, fma(L3, z, L2)), zz, fma(L1, z, L0))
    return fma(e, LN2, -s * p)


def half_square(word: Lane) -> Lane:
    """r²/2 of the Box–Muller radius r: exponentially distributed."""
    return minus_log(fine_uniform(word))


def normal_pair(half: Lane, angle_word: Lane) -> tuple[Lane, Lane]:
    """Two independent standard normals from r²/2 and a random word."""
    r = sqrt(half)
    t = floats((angle_word >> MANTISSA) | ONE_ODD_BITS) - 1.5
    z = t * t
    sine = t * fma(fma(fma(fma(S4, z, S3), z, S2), z, S1), z, S0)
    cosine = fma(fma(fma(fma(fma(C5, z, C4), z, C3), z, C2), z, C1), z, C0)
    first = bits(r * (cosine - sine)) ^ (angle_word << 63)
    second = bits(r * (cosine + sine)) ^ ((angle_word << 62) & SIGN)
    return floats(first), floats(second)
