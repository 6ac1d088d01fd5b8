"""Normal and uniform numbers from random words.

Box–Muller: with u and v uniform, √(−2 ln u) · (cos 2πv, sin 2πv) are two independent normals. Both
are used. The uniform u has 64 bits down to 2^−64, so the tails reach 9.4σ; v is a quadrant from
two bits of its word and a position t in it, −π/4 < t < π/4, from 51 others, so that

    cos(π/4 + t) = (cos t − sin t)/√2,   sin(π/4 + t) = (cos t + sin t)/√2

need no exchange of sine and cosine, and the √2 cancels against the one in the radius.

ln, sin and cos are polynomials that interpolate the function at Chebyshev points (computed with 50
digits, rounded to float64): relative errors below 3e-14, 5e-15 and 8e-14 on their intervals. A
normal is therefore right to 2e-13 of its pair's radius, which no sum of 1e20 samples could see. (u
rounds to 1 once in 2^53 pairs; both normals are then 0.)
"""

from __future__ import annotations

import numpy as np

from normstats.kernels.lanes import Lane, bits, floats, fma, sqrt

MANTISSA = np.uint64(12)  # shift that leaves the 52 mantissa bits of a float
LOW_BITS = np.uint64(0xFFF)
BIT = np.uint64(1)
SIGN = np.uint64(0x8000000000000000)
ONE_BITS = np.uint64(0x3FF0000000000000)  # 1.0
ONE_ODD_BITS = np.uint64(0x3FF0000000000001)  # 1.0 and the lowest mantissa bit
FINE_BITS = np.uint64(0x3F30000000000000)  # 2^−12, whose last mantissa bit is worth 2^−64
FINE_BASE = 1.0 + 2.0**-12
ROOT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)  # √½
EXPONENT = np.uint64(0xFFF0000000000000)
INTEGER_BITS = np.uint64(0x4330000000000000)  # 2^52: a word below it becomes a float by or-ing
INTEGER_BASE = 2.0**52
ZERO = np.uint64(0)
LN2 = 0.6931471805599453
HALF_PI = 1.5707963267948966

# 2 artanh(s)/s in z = s², 0 ≤ z ≤ ((√2 − 1)/(√2 + 1))²
L0, L1, L2 = 1.9999999999999472, 0.6666666667957926, 0.3999999489183238
L3, L4, L5 = 0.28572166145875727, 0.2217424991007749, 0.19608095639753054
# sin(t)/t and cos(t) in z = t², 0 ≤ z ≤ (π/4)²
S0, S1, S2 = 0.9999999999999957, -0.16666666666616686, 0.00833333332387815
S3, S4, S5 = -0.0001984126329839051, 2.7555271893389817e-06, -2.475655877198039e-08
C0, C1, C2 = 0.9999999999999444, -0.49999999999351113, 0.04166666654391119
C3, C4, C5 = -0.0013888880393776424, 2.4798928755323667e-05, -2.717342984102282e-07


def uniform(word: Lane) -> Lane:
    """Uniform on (0, 1): the odd multiples of 2^−52, so symmetric about 1/2."""
    return floats((word >> MANTISSA) | ONE_ODD_BITS) - 1.0


def fine_uniform(word: Lane) -> Lane:
    """Uniform on (0, 1] with all 64 bits: the odd multiples of 2^−64, rounded to a float."""
    coarse = floats((word >> MANTISSA) | ONE_BITS) - FINE_BASE
    return coarse + floats((word & LOW_BITS) | BIT | FINE_BITS)


def minus_log(u: Lane) -> Lane:
    """−ln u for 0 < u ≤ 1, from u = 2^−e · m with √½ ≤ m < √2 and s = (m − 1)/(m + 1)."""
    word = bits(u)
    exponent = (word - ROOT_HALF_BITS) & EXPONENT
    m = floats(word - exponent)
    e = floats(((ZERO - exponent) >> 52) | INTEGER_BITS) - INTEGER_BASE
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    zz = z * z
    p = fma(fma(fma(L5, z, L4), zz, fma(L3, z, L2)), zz, fma(L1, z, L0))
    return fma(e, LN2, -s * p)


def half_square(word: Lane) -> Lane:
    """r²/2 of the Box–Muller radius r: exponentially distributed."""
    return minus_log(fine_uniform(word))


def normal_pair(half: Lane, angle_word: Lane) -> tuple[Lane, Lane]:
    """Two independent standard normals from r²/2 and a random word."""
    r = sqrt(half)
    t = (floats((angle_word >> MANTISSA) | ONE_ODD_BITS) - 1.5) * HALF_PI
    z = t * t
    zz = z * z
    sine = t * fma(fma(fma(S5, z, S4), zz, fma(S3, z, S2)), zz, fma(S1, z, S0))
    cosine = fma(fma(fma(C5, z, C4), zz, fma(C3, z, C2)), zz, fma(C1, z, C0))
    first = bits(r * (cosine - sine)) ^ (angle_word << 63)
    second = bits(r * (cosine + sine)) ^ ((angle_word << 62) & SIGN)
    return floats(first), floats(second)
