"""The inverse of the normal distribution function, for points that are not independent.

Algorithm AS 241, PPND16 (Wichura: The percentage points of the normal distribution; Applied
Statistics 37, 1988), without branches: all three of its rational functions are evaluated. With
the logarithm of ``normals.py`` the result is right to 1e-12 of itself.
"""

from __future__ import annotations

from normstats.kernels.lanes import Lane, fma, sqrt, where
from normstats.sampling.normals import minus_log

A = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
    1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
    3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
B = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
    5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
    2.8729085735721942674e4, 5.2264952788528545610e3,
)  # fmt: skip
C = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
D = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
    6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
    5.47593808499534494600e-4, 1.05075007164441684324e-9,
)  # fmt: skip
E = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
F = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
    1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
    1.42151175831644588870e-7, 2.04426310338993978564e-15,
)  # fmt: skip

CENTRE = 0.425
CENTRE_SQUARE = 0.180625


def polynomial(x: Lane, p: tuple[float, ...]) -> Lane:
    """A polynomial of degree 7 from its coefficients, lowest first."""
    xx = x * x
    low = fma(fma(p[3], x, p[2]), xx, fma(p[1], x, p[0]))
    high = fma(fma(p[7], x, p[6]), xx, fma(p[5], x, p[4]))
    return fma(high, xx * xx, low)


def normal_quantile(u: Lane) -> Lane:
    """z with Φ(z) = u, for 0 < u < 1."""
    q = u - 0.5
    distance = where(q < 0.0, -q, q)
    near = CENTRE_SQUARE - q * q
    centre = q * (polynomial(near, A) / polynomial(near, B))
    r = sqrt(minus_log(where(q < 0.0, u, 1.0 - u)))
    middle = r - 1.6
    far = r - 5.0
    tail = where(
        r <= 5.0,
        polynomial(middle, C) / polynomial(middle, D),
        polynomial(far, E) / polynomial(far, F),
    )
    return where(distance <= CENTRE, centre, where(q < 0.0, -tail, tail))
