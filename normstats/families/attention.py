"""Scaled dot-product attention: y = softmax(q kᵀ · scale) v, with the gradients of q, k and v."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.families.attention_kernels import attention, queries_at_once, scratch
from normstats.families.linear_exact import samples_within
from normstats.families.several import pooled, refuse_conditional
from normstats.families.vector_exact import no_gradient, of_std
from normstats.families.vectors import softmax_twin
from normstats.kernels.batched import product_kernel
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Choice, Integer, OrWord, Params, Real
from normstats.layer.shapes import Shapes
from normstats.reference.attention import averages
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

MOST_ELEMENTS = 2**19
AUTO = "auto"
_PER_NUMBER = 150  # operations that drawing a number and adding it up are worth


@dataclass(frozen=True, kw_only=True)
class Attention(ArrayLayer):
    """One sample is q, k and v of all heads, each of shape (num_heads, length, head_dim)."""

    family: str = "attention"
    narrow: bool = True

    def shapes(self, params: Params) -> Shapes:
        one = params["num_heads"], params["length"], params["head_dim"]
        size = math.prod(one)
        return Shapes((3, *one), one, parts={"query": size, "key": size, "value": size})

    def scale(self, params: Params) -> float:
        """What products of queries and keys are multiplied by."""
        given = params["scale"]
        return 1.0 / math.sqrt(params["head_dim"]) if given == AUTO else float(given)

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        sizes = (params[name] for name in ("num_heads", "length", "head_dim"))
        return *sizes, int(params["is_causal"] == "true"), self._queries(params)

    def _queries(self, params: Params) -> int:
        """Queries that are taken at a time."""
        return queries_at_once(params["length"], params["is_causal"] == "true")

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return (self.scale(params),)

    def scratch_rows(self, params: Params) -> int:
        return scratch(params["length"], params["head_dim"], self._queries(params))

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(attention, ARRAY_KERNEL, {"PRODUCT": product_kernel()})

    def conditional_kernel_for(self, params: Params) -> Kernel:
        raise refuse_conditional(self.name)

    def products(self, params: Params) -> float:
        return 12.0 * self.shapes(params).outs * float(params["length"])

    def default_samples(self, params: Params) -> int | None:
        numbers = 4.0 * _PER_NUMBER * self.shapes(params).outs
        return samples_within(self.products(params) + numbers)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx of samples (3, heads, length, head_dim) in the last axes of x."""
        q, k, v = (x[..., part, :, :, :] for part in range(3))
        scores = np.einsum("...id,...jd->...ij", q, k) * self.scale(params)
        if params["is_causal"] == "true":
            hidden = np.triu(np.ones(scores.shape[-2:], bool), 1)
            scores = np.where(hidden, -np.inf, scores)
        weights, slopes = softmax_twin(scores, np.einsum("...id,...jd->...ij", dy, v))
        if params["is_causal"] == "true":  # softmax's own floor is not 0
            weights, slopes = np.where(hidden, 0.0, weights), np.where(hidden, 0.0, slopes)
        slopes = slopes * self.scale(params)
        dx = (
            np.einsum("...ij,...jd->...id", slopes, k),
            np.einsum("...ij,...id->...jd", slopes, q),
            np.einsum("...ij,...id->...jd", weights, dy),
        )
        return np.einsum("...ij,...jd->...id", weights, v), np.stack(dx, axis=-4)

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        """With p the weights, σ of x, τ and ν std and mean of dy, J and r as in the reference:

        y: mean μ, variance σ² E Σ p², as v is independent of p.
        dq: mean 0, variance scale²σ⁴(τ² + ν²)((d − 1) E tr J² + E|J z|²): given p and dy, the
            gradients of the weights are normal, with a common mean that J takes off and std σ|dy|.
            Along q the keys decide p; across q they do not.
        dk: mean 0, and where ν = 0 variance scale²σ⁴τ² E r² tr J².
        dv: mean ν, and where ν = 0 variance τ² E Σ p².

        With ν ≠ 0 the last two have terms of pairs of queries, whose weights depend on each other:
        an integral of many dimensions.
        """
        length, size = params["length"], params["head_dim"]
        causal, scale = params["is_causal"] == "true", abs(self.scale(params))
        mean, std = inputs.x_mean, inputs.x_std
        alone = 1.0 / length if causal else 0.0  # the first query sees one key: its dq is 0
        width = scale * std * std
        drift = size * (mean / std) ** 2 if std > 0.0 else 0.0
        found = averages(length, causal, size, drift, width)
        middle = inputs.dy_mean / 3.0
        if no_gradient(inputs):
            y = Exact(mean=mean, zeros=0.0)
            if found is not None:
                y = of_std(mean, std * math.sqrt(found.square))
            return y, *(of_std(0.0, 0.0),) * 4
        if found is None:
            some = Exact(mean=0.0, zeros=0.0)
            query, value = Exact(mean=0.0, zeros=alone), Exact(mean=inputs.dy_mean, zeros=0.0)
            y = Exact(mean=mean, zeros=0.0)
            return y, Exact(mean=middle, zeros=alone / 3.0), query, some, value
        gradient = math.hypot(inputs.dy_mean, inputs.dy_std)
        across = (size - 1) * found.jacobian + found.along
        query = of_std(0.0, width * gradient * math.sqrt(across), alone)
        key, value = self._pairs(inputs, width, found.longer), self._values(params, inputs, width)
        y = of_std(mean, std * math.sqrt(found.square))
        if value.std is None and inputs.dy_mean == 0.0:
            value = of_std(0.0, inputs.dy_std * math.sqrt(found.square))
        together = pooled(query, key, value)
        if together.std is None:
            zeros = [part.zeros or 0.0 for part in (query, key, value)]
            together = Exact(mean=middle, zeros=math.fsum(zeros) / 3.0)
        return y, together, query, key, value

    def _pairs(self, inputs: Inputs, width: float, longer: float) -> Exact:
        """Of the gradient of k."""
        if width == 0.0 or longer == 0.0:
            return of_std(0.0, 0.0)
        if inputs.dy_mean != 0.0:
            return Exact(mean=0.0, zeros=0.0)
        return of_std(0.0, width * inputs.dy_std * math.sqrt(longer))

    def _values(self, params: Params, inputs: Inputs, width: float) -> Exact:
        """Of the gradient of v where weights are not random: 1/(number of keys) each."""
        length = params["length"]
        if width > 0.0 and length > 1:
            return Exact(mean=inputs.dy_mean, zeros=0.0)
        if params["is_causal"] == "false":
            return of_std(inputs.dy_mean, inputs.dy_std / math.sqrt(length))
        shares = 1.0 / np.arange(1.0, length + 1.0)
        columns = np.cumsum(shares[::-1])  # Σ of the weights of a key, over its queries
        own = inputs.dy_std**2 * float(shares.mean())
        means = inputs.dy_mean**2 * float(columns.var())
        return of_std(inputs.dy_mean, math.sqrt(own + means))


def check(params: Params) -> None:
    """Eight samples must fit into memory."""
    heads, length, size = (params[name] for name in ("num_heads", "length", "head_dim"))
    if heads * length * size > MOST_ELEMENTS:
        allowed = (
            f"times `num_heads` {heads} times `head_dim` {size} must be at most {MOST_ELEMENTS}"
            " elements; heads are independent, so one tells as much as several"
        )
        raise UsageError("`length`", length, allowed)


LAYERS = (
    Attention(
        name="scaled_dot_product_attention",
        alone="takes queries, keys and values, and a chain has one input",
        aliases=("attention", "sdpa", "dot_product_attention"),
        formula="y = P·v, P = softmax(scale·q·kᵀ) row by row, x = (q, k, v)",
        gradient="dv = Pᵀ·dy, dq = scale·S·k, dk = scale·Sᵀ·q, S from dy·vᵀ by softmax's gradient",
        torch="torch.nn.functional.scaled_dot_product_attention",
        params=(
            Integer(name="num_heads", default=1, high=4096, help="heads of a sample"),
            Integer(name="length", default=16, high=4096, help="queries, and as many keys"),
            Integer(
                name="head_dim", default=32, high=4096, help="size of a head: embed_dim/num_heads"
            ),
            Choice(
                name="is_causal",
                default="false",
                choices=("false", "true"),
                help="whether a query sees no later key",
            ),
            OrWord(
                name="scale",
                default=AUTO,
                other=Real(name="scale", default=1.0, low=-1e3, high=1e3, help=""),
                help="factor of q·k; auto: 1/√head_dim",
            ),
        ),
        note=(
            "query, key and value are their gradients; heads are independent, and a sample is q, k"
            " and v of all of them; there is no exact std of dk and dv where dy has a mean (weights"
            " of different queries depend on each other), nor any where scale·|q|·std of x goes"
            " beyond 32 or the mean of x is 1000 times its std"
        ),
        absent={
            "attn_mask": "there are no masks here but that of `is_causal`",
            "dropout_p": "there is no dropout here",
            "enable_gqa": "every query head has its own keys and values here",
            "embed_dim": "give `head_dim`, which is embed_dim/num_heads",
        },
        check=check,
    ),
)
