"""What people write instead: the same statistics by other means."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba as nb
import numpy as np

THREADS = 2


def use(threads: int) -> None:
    """So many threads for every peer, whatever the machine has."""
    global THREADS
    THREADS = threads
    nb.set_num_threads(threads)
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(threads)


@nb.njit
def _relu(x: float) -> tuple[float, float]:
    return (x, 1.0) if x > 0.0 else (0.0, 0.0)


@nb.njit
def _sigmoid(x: float) -> tuple[float, float]:
    y = 1.0 / (1.0 + math.exp(-x))
    return y, y * (1.0 - y)


@nb.njit
def _tanh(x: float) -> tuple[float, float]:
    y = math.tanh(x)
    return y, 1.0 - y * y


@nb.njit
def _gelu(x: float) -> tuple[float, float]:
    phi = 0.5 * (1.0 + math.erf(x * 0.7071067811865476))
    return x * phi, phi + x * 0.3989422804014327 * math.exp(-0.5 * x * x)


def naive(activation: Callable[[float], tuple[float, float]]) -> Callable[[int], object]:
    """np.random.normal in a prange loop, with mean and std of y and dx."""

    @nb.njit(parallel=True)
    def run(n: int) -> tuple[float, float, float, float]:
        a = b = c = d = 0.0
        for _ in nb.prange(n):
            y, slope = activation(np.random.normal())
            dx = np.random.normal() * slope
            a += y
            b += y * y
            c += dx
            d += dx * dx
        return a / n, (b / n - (a / n) ** 2) ** 0.5, c / n, (d / n - (c / n) ** 2) ** 0.5

    return run


@nb.njit(parallel=True)
def naive_max_pool(n: int) -> tuple[float, float, float, float]:
    """The same for windows of 3 x 3."""
    a = b = c = d = 0.0
    for _ in nb.prange(n):
        y = np.random.normal()
        for _k in range(8):
            x = np.random.normal()
            if x > y:
                y = x
        dy = np.random.normal()
        a += y
        b += y * y
        c += dy
        d += dy * dy
    m = 9 * n
    return a / n, (b / n - (a / n) ** 2) ** 0.5, c / m, (d / m - (c / m) ** 2) ** 0.5


NAIVE: dict[str, Callable[[int], object]] = {
    "relu": naive(_relu),
    "sigmoid": naive(_sigmoid),
    "tanh": naive(_tanh),
    "gelu": naive(_gelu),
    "max_pool2d": naive_max_pool,
}


def _shared(work: Callable[[int, int], Any], n: int) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(THREADS), [n // THREADS] * THREADS))


def numpy_blocks(n: int) -> object:
    """What people write: standard_normal, maximum, where and sums, in blocks of 2^15."""

    def work(seed: int, count: int) -> Any:
        size = 2**15
        rng = np.random.default_rng(seed)
        sums = np.zeros(4)
        for _ in range(count // size):
            x = rng.standard_normal(size)
            dy = rng.standard_normal(size)
            y = np.maximum(x, 0.0)
            dx = np.where(x > 0.0, dy, 0.0)
            sums += y.sum(), (y * y).sum(), dx.sum(), (dx * dx).sum()
        return sums

    return _shared(work, n)


def numpy_tuned(n: int) -> object:
    """NumPy at its best: its fastest generator, no allocations.

    In blocks of 2^13: they stay in the cache, and their scalar products are too short for the BLAS
    library to start threads of its own, which would get in each other's way.
    """

    def work(seed: int, count: int) -> Any:
        size = 2**13
        rng = np.random.Generator(np.random.SFC64(seed))
        x, dy, y, dx = np.empty((4, size))
        positive = np.empty(size, bool)
        sums = np.zeros(4)
        for _ in range(count // size):
            rng.standard_normal(out=x)
            rng.standard_normal(out=dy)
            np.maximum(x, 0.0, out=y)
            np.greater(x, 0.0, out=positive)
            np.multiply(dy, positive, out=dx)
            sums += y.sum(), y @ y, dx.sum(), dx @ dx
        return sums

    return _shared(work, n)


def torch_autograd() -> Callable[[int], object] | None:
    """torch.randn, relu, backward, in blocks of 2^16; None without PyTorch."""
    try:
        import torch
    except ImportError:
        return None

    def run(n: int) -> object:
        size = 2**16
        sums = torch.zeros(4, dtype=torch.float64)
        for _ in range(n // size):
            x = torch.randn(size, dtype=torch.float64, requires_grad=True)
            dy = torch.randn(size, dtype=torch.float64)
            y = torch.relu(x)
            y.backward(dy)
            dx = x.grad
            y = y.detach()
            sums += torch.stack([y.sum(), (y * y).sum(), dx.sum(), (dx * dx).sum()])
        return sums

    return run


def mkl_normals() -> dict[str, Callable[[int], object]]:
    """Intel MKL, two bare normals a sample and nothing else, for each engine and method.

    Blocks of 2^14 stay in the second-level cache. Empty without mkl_random.
    """
    try:
        import mkl_random
    except ImportError:
        return {}
    state = getattr(mkl_random, "MKLRandomState", None) or mkl_random.RandomState
    runs: dict[str, Callable[[int], object]] = {}
    for engine in ("MCG59", "MCG31", "SFMT19937", "ARS5", "PHILOX4X32X10", "MT19937"):
        for method in ("ICDF", "BoxMuller", "BoxMuller2"):

            def run(n: int, engine: str = engine, method: str = method) -> object:
                def work(seed: int, count: int) -> None:
                    rng = state(seed + 1, brng=engine)
                    for _ in range(2 * count // 2**14):
                        rng.standard_normal(2**14, method=method)

                return _shared(work, n)

            runs[f"{engine} {method}"] = run
    return runs
