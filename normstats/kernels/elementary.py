"""Elementary functions in the lane language: no branches, no tables, at most one division each.

Every bound below is a relative error in ulp (units in the last place of the result); the tests
measure them against mpmath. The polynomials are minimax fits (Remez exchange in 50-digit
arithmetic, weighted for the relative error of the function that they serve), rounded to double;
the fit error stands beside each and the tests measure that as well. They are evaluated as two
interleaved Horner schemes, which costs one multiplication more than one and halves the latency.

Arguments are clamped where a function has come to its limit, and always such that a value which
is not zero stays so: a tail that underflowed would count as a zero that the layer does not have.
"""

from __future__ import annotations

import numpy as np

from normstats.kernels.lanes import Lane, bits, floats, fma, where

# n = round(x log2 e) is a sum with 1.5·2^52: its bits end in n. The 1023 more is the bias
# of the exponent, so that these bits, shifted to the exponent's place, are 2^n.
_ROUND_EXPONENT = 6755399441055744.0 + 1023.0
_ROUND = 6755399441055744.0
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471805599453  # n·this is exact inside a fused multiply-add
_LN2_LOW = 2.3190468138462996e-17
_TO_EXPONENT = np.uint64(52)

# (e^r − 1 − r)/r² for |r| ≤ ln(2)/2; fit error 1.8e-17 of e^r − 1.
_EXP = (
    0.5000000000000006,
    0.16666666666666588,
    0.04166666666657676,
    0.008333333333389552,
    0.001388888893156493,
    0.0001984126971900553,
    2.4801505273716857e-05,
    2.755740754417928e-06,
    2.762603792112313e-07,
    2.505377443576586e-08,
)

# 2(atanh(z)/z − 1)/z² in z² for 0 ≤ z ≤ 1/3; fit error 5.0e-17 of atanh(z).
_ATANH = (
    0.6666666666667789,
    0.3999999999599421,
    0.285714290635558,
    0.22222192635407673,
    0.18182821287282272,
    0.15364182866531215,
    0.13587334679218227,
    0.09897851700507318,
    0.1774982138696801,
)

# Q(a) exp(a²/2), with Q the upper tail of the normal distribution, for 0 ≤ a ≤ 37.6: numerator and
# denominator in a. It interpolates at the 20 Chebyshev nodes in 1/(a + 3.9), 3.9 being the shift
# with the smallest error; fit error 8.3e-17. All coefficients are positive: nothing cancels.
_TAIL_ABOVE = (
    0.5,
    0.7734623145710822,
    0.5919535611198101,
    0.28780666685565376,
    0.09699995755525874,
    0.02340394067480593,
    0.004041756403993508,
    0.0004833455368118022,
    3.659030490688503e-05,
    1.3548526739213623e-06,
)
_TAIL_BELOW = (
    1.0,
    2.3448091899450247,
    2.5547941729255963,
    1.707601085610584,
    0.7777003877781643,
    0.2530905683252638,
    0.059869755243265654,
    0.010222899162532152,
    0.0012149637012196979,
    9.171829285470487e-05,
    3.3961120204217017e-06,
)
_SQRT_2 = 1.4142135623730951
_PER_SQRT_2PI = 0.3989422804014327
_TWO_PER_SQRT_PI = 1.1283791670955126

# erf(x)/x in x² for |x| ≤ 1/2; fit error 3.9e-18.
_ERF = (
    1.1283791670955126,
    -0.37612638903183465,
    0.11283791670924789,
    -0.026866170632707805,
    0.005223977370192373,
    -0.0008548297512191548,
    0.00012053323699229785,
    -1.4845567672365935e-05,
    1.4723045147922906e-06,
)

# π/2 in three parts: multiples n < 2^31 of the first two are exact, of the third exact enough.
_TWO_PER_PI = 0.6366197723675814
_HALF_PI_1 = 1.5707963267341256
_HALF_PI_2 = 6.077100506303966e-11
_HALF_PI_3 = 2.0222662487959506e-21

# (sin(r)/r − 1)/r² and (cos(r) − 1 + r²/2)/r⁴ in r² for |r| ≤ π/4; fit errors 3.4e-18, 9.2e-17.
_SIN = (
    -0.16666666666666632,
    0.008333333333322413,
    -0.00019841269829807707,
    2.7557313691885833e-06,
    -2.5050758110724573e-08,
    1.5896795417399058e-10,
)
_COS = (
    0.04166666666659647,
    -0.001388888887760267,
    2.4801580703329937e-05,
    -2.755552238702997e-07,
    2.064507240790029e-09,
)

_TWO_THIRDS_BITS = np.uint64(0x3FE5555555555555)
_EXPONENT = np.uint64(0xFFF0000000000000)
_ONE_BITS = np.uint64(0x3FF0000000000000)
# A whole number below 2^52 in the last bits of this float's is added to it.
_WHOLE = 4503599627370496.0
_WHOLE_BITS = np.uint64(0x4330000000000000)
_MAGNITUDE = np.uint64(0x7FFFFFFFFFFFFFFF)
_SIGN = np.uint64(0x8000000000000000)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_TO_TOP = np.uint64(62)


def clamp(x: Lane, low: float, high: float) -> Lane:
    """x, or the nearer end of [low, high] if x is outside."""
    x = where(x < low, low, x)
    return where(x > high, high, x)


def magnitude(x: Lane) -> Lane:
    """|x|."""
    return floats(bits(x) & _MAGNITUDE)


def exp_parts(x: Lane) -> tuple[Lane, Lane]:
    """p = 2^n and m with e^x = p(1 + m), for −708 ≤ x ≤ 709; not clamped.

    |m| < 0.42 keeps its relative accuracy, so that e^x − 1 = p·m + (p − 1) does as well.
    """
    shifted = fma(x, _LOG2_E, _ROUND_EXPONENT)
    n = shifted - _ROUND_EXPONENT
    r = fma(n, -_LN2_LOW, fma(n, -_LN2_HIGH, x))
    w = r * r
    even = fma(w, fma(w, fma(w, fma(w, _EXP[8], _EXP[6]), _EXP[4]), _EXP[2]), _EXP[0])
    odd = fma(w, fma(w, fma(w, fma(w, _EXP[9], _EXP[7]), _EXP[5]), _EXP[3]), _EXP[1])
    return floats(bits(shifted) << _TO_EXPONENT), fma(w, fma(r, odd, even), r)


def exp_within(x: Lane) -> Lane:
    """e^x within 1 ulp for −708 ≤ x ≤ 709; not clamped."""
    p, m = exp_parts(x)
    return fma(p, m, p)


def exp_negative(x: Lane) -> Lane:
    """e^x within 1 ulp for x ≤ 0, e^−708 below −708."""
    return exp_within(where(x < -708.0, -708.0, x))


def exp(x: Lane) -> Lane:
    """e^x within 3 ulp; infinite above 709.78 as in double, e^−708 below −708.

    The square of e^(x/2), whose exponent does not overflow first.
    """
    half = exp_within(0.5 * clamp(x, -708.0, 1416.0))
    return half * half


def expm1(x: Lane) -> Lane:
    """e^x − 1 within 2 ulp, up to x = 709, where it stays."""
    p, m = exp_parts(clamp(x, -708.0, 709.0))
    return fma(p, m, p - 1.0)


def _log1p(z: Lane) -> Lane:
    """log(1 + t) from z = t/(2 + t), 0 ≤ t ≤ 1: the series of 2 atanh(z)."""
    w = z * z
    v = w * w
    even = fma(v, fma(v, fma(v, fma(v, _ATANH[8], _ATANH[6]), _ATANH[4]), _ATANH[2]), _ATANH[0])
    odd = fma(v, fma(v, fma(v, _ATANH[7], _ATANH[5]), _ATANH[3]), _ATANH[1])
    return fma(z * w, fma(w, odd, even), z + z)


def log1p_unit(t: Lane) -> Lane:
    """log(1 + t) within 3 ulp for 0 ≤ t ≤ 1."""
    return _log1p(t / (t + 2.0))


def log1p(t: Lane) -> Lane:
    """log(1 + t) within 3 ulp for 0 ≤ t ≤ 2^53.

    1 + t = 2^k (1 + f) with f from −1/3 to 1/3; what rounding takes from 1 + t is added to f.
    """
    s = 1.0 + t
    exponent = (bits(s) - _TWO_THIRDS_BITS) & _EXPONENT
    k = floats((exponent >> _TO_EXPONENT) | _WHOLE_BITS) - _WHOLE
    scale = floats(_ONE_BITS - exponent)
    f = fma(t - (s - 1.0), scale, fma(s, scale, -1.0))
    return fma(k, _LN2_HIGH, fma(k, _LN2_LOW, _log1p(f / (f + 2.0))))


def logistic(x: Lane) -> tuple[Lane, Lane]:
    """σ(x) and σ(−x) = 1 − σ(x) within 4 ulp, down to the 1e-308 that they have at |x| = 708."""
    e = exp_within(clamp(-x, -708.0, 708.0))
    s = 1.0 / (1.0 + e)
    return s, e * s


def softplus(x: Lane) -> tuple[Lane, Lane]:
    """log(1 + e^x) and its derivative σ(x) within 4 ulp; never zero.

    One division serves 1/(1 + e) and e/(2 + e), with e = e^−|x|.
    """
    e = exp_within(where(magnitude(x) > 708.0, -708.0, -magnitude(x)))
    one, two = 1.0 + e, 2.0 + e
    r = 1.0 / (one * two)
    large = r * two
    positive = x > 0.0
    log = _log1p(e * (r * one))
    return log + where(positive, x, 0.0), where(positive, large, e * large)


def tanh(x: Lane) -> tuple[Lane, Lane]:
    """tanh(x) and its derivative 1/cosh²(x) within 4 ulp, the latter down to its 1e-303 at 350."""
    p, m = exp_parts(2.0 * clamp(x, -350.0, 350.0))
    r = 1.0 / fma(p, m, p + 1.0)
    return fma(p, m, p - 1.0) * r, ((4.0 * fma(p, m, p)) * r) * r


def _bell(minus_half: Lane, a: Lane) -> Lane:
    """exp(minus_half·a) as if the product were not rounded: at a = 37 that rounding is 400 ulp."""
    h = minus_half * a
    e = exp_within(h)
    return fma(e, fma(minus_half, a, -h), e)


def _tail(a: Lane) -> Lane:
    """Q(a) exp(a²/2) for 0 ≤ a ≤ 37.6."""
    w = a * a
    n, d = _TAIL_ABOVE, _TAIL_BELOW
    even = fma(w, fma(w, fma(w, fma(w, n[8], n[6]), n[4]), n[2]), n[0])
    odd = fma(w, fma(w, fma(w, fma(w, n[9], n[7]), n[5]), n[3]), n[1])
    above = fma(a, odd, even)
    even = fma(w, fma(w, fma(w, fma(w, fma(w, d[10], d[8]), d[6]), d[4]), d[2]), d[0])
    odd = fma(w, fma(w, fma(w, fma(w, d[9], d[7]), d[5]), d[3]), d[1])
    return above / fma(a, odd, even)


def normal(x: Lane) -> tuple[Lane, Lane]:
    """Φ(x) and its derivative φ(x), the normal distribution and density, within 5 ulp.

    Also in the left tail, down to the 1e-307 that they have at x = −37.5, where they stay.
    """
    a = magnitude(x)
    a = where(a > 37.5, 37.5, a)
    e = _bell(-0.5 * a, a)
    q = e * _tail(a)
    return where(x > 0.0, 1.0 - q, q), e * _PER_SQRT_2PI


def erf(x: Lane) -> tuple[Lane, Lane]:
    """erf(x) and its derivative within 4 ulp, the latter down to its 1e-305 at |x| = 26.5."""
    a = magnitude(x)
    a = where(a > 26.5, 26.5, a)
    e = _bell(-a, a)
    w = a * a
    v = w * w
    even = fma(v, fma(v, fma(v, fma(v, _ERF[8], _ERF[6]), _ERF[4]), _ERF[2]), _ERF[0])
    odd = fma(v, fma(v, fma(v, _ERF[7], _ERF[5]), _ERF[3]), _ERF[1])
    small = a * fma(w, odd, even)
    large = fma(-2.0 * e, _tail(a * _SQRT_2), 1.0)
    y = where(a > 0.5, large, small)
    return floats(bits(y) | (bits(x) & _SIGN)), e * _TWO_PER_SQRT_PI


FURTHEST = 1e15


def sin_cos(x: Lane) -> tuple[Lane, Lane]:
    """sin(x) and cos(x) within 4 ulp for |x| ≤ 1e6, 1e-15 for |x| ≤ 1e9; beyond 1e15 x is clamped.

    Beyond 1e9 this needs a true fused multiply-add: the twin under NumPy loses digits there.
    """
    x = clamp(x, -FURTHEST, FURTHEST)
    shifted = fma(x, _TWO_PER_PI, _ROUND)
    n = shifted - _ROUND
    r = fma(n, -_HALF_PI_3, fma(n, -_HALF_PI_2, fma(n, -_HALF_PI_1, x)))
    w = r * r
    v = w * w
    even = fma(v, fma(v, _SIN[4], _SIN[2]), _SIN[0])
    odd = fma(v, fma(v, _SIN[5], _SIN[3]), _SIN[1])
    sine = fma(r * w, fma(w, odd, even), r)
    even = fma(v, fma(v, _COS[4], _COS[2]), _COS[0])
    cosine = fma(v, fma(w, fma(v, _COS[3], _COS[1]), even), fma(w, -0.5, 1.0))
    # The last two bits of the sum number the quadrant. An odd one swaps sine and cosine: its last
    # bit, moved to the exponent, makes a 2.0.
    quadrant = bits(shifted)
    swap = floats((quadrant & _ONE) << _TO_TOP) > 1.0
    s = where(swap, cosine, sine)
    c = where(swap, sine, cosine)
    return (
        floats(bits(s) ^ ((quadrant & _TWO) << _TO_TOP)),
        floats(bits(c) ^ (((quadrant + _ONE) & _TWO) << _TO_TOP)),
    )
