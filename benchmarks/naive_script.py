"""The few lines that people write, as a script of its own with numba's cache."""

import numba
import numpy as np


@numba.njit(parallel=True, cache=True)
def relu(n):
    a = b = c = d = 0.0
    for _ in numba.prange(n):
        x = np.random.normal()
        dx = np.random.normal() if x > 0.0 else 0.0
        y = max(x, 0.0)
        a += y
        b += y * y
        c += dx
        d += dx * dx
    return a / n, (b / n - (a / n) ** 2) ** 0.5, c / n, (d / n - (c / n) ** 2) ** 0.5


print(relu(10**8))
