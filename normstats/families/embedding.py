"""The embedding: rows of a table W by number, and the gradient of W, which is x here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, load, splat, store, where
from normstats.layer.arrays import ArrayLayer
from normstats.layer.masks import whole_numbers
from normstats.layer.params import Integer, Params
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

MOST = 2**18


def embedding(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """n: rows of W, their length, tokens. Token t takes row v where v ≤ rows·uₜ < v + 1.

    The scratch rows hold the v of each token.
    """
    table, width, tokens = n[0], n[1], n[2]
    scratch = table * width
    for i in range(0, columns, LANES):
        for t in range(tokens):
            place = load(u, t * columns + i) * float(table)
            number = splat(0.0)
            for v in range(1, table):
                number = where(place >= float(v), splat(float(v)), number)
            store(dx, (scratch + t) * columns + i, number)
            for d in range(width):
                value = load(x, d * columns + i)
                for v in range(1, table):
                    row = load(x, (v * width + d) * columns + i)
                    value = where(number == float(v), row, value)
                store(y, (t * width + d) * columns + i, value)
        for v in range(table):
            for d in range(width):
                s = splat(0.0)
                for t in range(tokens):
                    here = load(dx, (scratch + t) * columns + i) == float(v)
                    s = s + where(here, load(dy, (t * width + d) * columns + i), 0.0)
                store(dx, (v * width + d) * columns + i, s)


def embedding_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y is each row of W with the same chance; c: mean, variance, P(0) of a row's number of tokens.

    The sum of k independent dy has mean k·E[dy] and variance k·Var[dy], and k is binomial.
    """
    table, width, tokens = n[0], n[1], n[2]
    outs, ins = tokens * width, table * width
    share = 1.0 / table
    for i in range(0, columns, LANES):
        for d in range(width):
            mean = splat(0.0)
            zero = splat(0.0)
            for v in range(table):
                value = load(x, (v * width + d) * columns + i)
                mean = mean + value
                zero = zero + where(value == 0.0, 1.0, splat(0.0))
            mean = mean * share
            variance = splat(0.0)
            for v in range(table):
                apart = load(x, (v * width + d) * columns + i) - mean
                variance = variance + apart * apart
            for t in range(tokens):
                at = (t * width + d) * columns + i
                store(y, at, mean)
                store(y, outs * columns + at, variance * share)
                store(y, 2 * outs * columns + at, zero * share)
        for r in range(ins):
            at = r * columns + i
            store(dx, at, splat(c[0] * dy[0]))
            store(dx, ins * columns + at, splat(c[0] * dy[1] + c[1] * dy[0] * dy[0]))
            store(dx, 2 * ins * columns + at, where(splat(dy[2]) > 0.0, 1.0, splat(c[2])))


def counts(params: Params) -> tuple[float, float, float]:
    """Mean and variance of the number of tokens that take a row, and the chance of none."""
    share, tokens = 1.0 / params["num_embeddings"], params["tokens"]
    return tokens * share, tokens * share * (1.0 - share), (1.0 - share) ** tokens


@dataclass(frozen=True, kw_only=True)
class Embedding(ArrayLayer):
    """y = W[numbers] for independent numbers, all equally likely. Its mask holds the numbers."""

    family: str = "embedding"

    def shapes(self, params: Params) -> Shapes:
        table, width, tokens = (params[name] for name in NAMES)

        def numbers(rng: np.random.Generator, shape: Shape) -> Array:
            return rng.integers(0, table, shape).astype(np.float64)

        mask = Extra((tokens,), "the number of each token, from 0", numbers)
        return Shapes(x=(table, width), y=(tokens, width), extras={"mask": mask})

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        return tuple(params[name] for name in NAMES)

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return counts(params)

    def scratch_rows(self, params: Params) -> int:
        tokens: int = params["tokens"]
        return tokens

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(embedding, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(embedding_expected, ARRAY_KERNEL)

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """The middle of each number's share of the uniform numbers."""
        table = params["num_embeddings"]
        numbers = whole_numbers(mask, table, f"must be whole numbers from 0 to {table - 1}")
        uniforms: Array = (numbers + 0.5) / table
        return uniforms

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx of samples along the first axis, for given numbers."""
        numbers = np.asarray(mask, np.intp)
        samples = np.arange(len(x))[:, None]
        dx = np.zeros_like(x)
        np.add.at(dx, (samples, numbers), dy)
        return x[samples, numbers], dx

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """y has the moments of x; dx is the sum of a binomial number of dy's."""
        x_mean, x_std, mean, std = inputs.x_mean, inputs.x_std, inputs.dy_mean, inputs.dy_std
        first, variance, none = counts(params)
        width = math.hypot(math.sqrt(first) * std, math.sqrt(variance) * mean)
        zeros = 1.0 if mean == 0.0 and std == 0.0 else none
        return (
            Exact(
                mean=x_mean,
                std=x_std,
                rms=math.hypot(x_mean, x_std),
                zeros=1.0 if x_mean == 0.0 and x_std == 0.0 else 0.0,
            ),
            Exact(
                mean=first * mean,
                std=width,
                rms=math.hypot(first * mean, width),
                zeros=zeros,
            ),
        )


NAMES = ("num_embeddings", "embedding_dim", "tokens")


def check(params: Params) -> None:
    """The kernel looks at every row for every token."""
    table, width, tokens = (params[name] for name in NAMES)
    if table * width * tokens > MOST:
        allowed = f"times --embedding-dim {width} times --tokens {tokens} must be at most {MOST}"
        raise UsageError("`num_embeddings`", table, allowed)


LAYERS = (
    Embedding(
        name="embedding",
        alone="takes tokens, and not numbers, as its input",
        formula="y = W[numbers]: a row of W for each token; W is x",
        gradient="dW[v] = Σ dy of the tokens whose number is v",
        torch="torch.nn.Embedding",
        params=(
            Integer(name="num_embeddings", default=8, high=65536, help="rows of W"),
            Integer(name="embedding_dim", default=4, high=65536, help="length of a row"),
            Integer(name="tokens", default=8, high=65536, help="numbers of a batch"),
        ),
        note=(
            "One sample is a table and a batch of tokens; all rows are equally likely. std of dW is"
            " √(tokens/num_embeddings), and the rows that no token takes are 0."
        ),
        check=check,
    ),
)
