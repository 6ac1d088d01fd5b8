"""Gated linear units: values times a function of gates, y = a·f(b), where x is a, then b."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.families import activations, activations_gated
from normstats.families.several import independent, pooled, refuse_conditional
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, Lane, load, store
from normstats.layer.arrays import ArrayLayer
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Integer, Params
from normstats.layer.shapes import Shapes
from normstats.reference.quadrature import elementwise
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

GATES: Mapping[str, Elementwise] = {
    layer.name: layer for layer in (*activations.LAYERS, *activations_gated.LAYERS)
}
MOST_FEATURES = 65536


def activation(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """Stands for the function of the gates; each layer binds its own."""
    raise RuntimeError("a gated kernel was run without its activation")


def gated(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """n[0] values, then as many gates."""
    second = n[0] * columns
    for i in range(0, columns, LANES):
        for at in range(i, second, columns):
            a = load(x, at)
            gradient = load(dy, at)
            value, slope = activation(load(x, second + at), c)
            store(y, at, a * value)
            store(dx, at, gradient * value)
            store(dx, second + at, (gradient * a) * slope)


@dataclass(frozen=True, kw_only=True)
class Gated(ArrayLayer):
    """``gate`` is the activation f; its parameters are this layer's, without ``features``."""

    family: str = "gated"
    gate: Elementwise
    check: Callable[[Params], None] = lambda params: check(params)

    def own(self, params: Params) -> Params:
        """The parameters of the gates' activation."""
        return {param.name: params[param.name] for param in self.gate.params}

    def shapes(self, params: Params) -> Shapes:
        half = params["features"] // 2
        return Shapes(x=(2 * half,), y=(half,), parts={"value": half, "gate": half})

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        return (params["features"] // 2,)

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return self.gate.coefficients_for(self.own(params))

    def kernel_for(self, params: Params) -> Kernel:
        bindings = {"activation": self.gate.activation_for(self.own(params))}
        return Kernel(gated, ARRAY_KERNEL, bindings)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        raise refuse_conditional(self.name)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx of values and gates in the last axis of x."""
        a, b = np.split(x, 2, axis=-1)
        value, slope = self.gate.twin(b, self.own(params))
        return a * value, np.concatenate([dy * value, dy * a * slope], axis=-1)

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        """Products of independent factors: a·f(b), dy·f(b), and (dy·a)·f′(b)."""
        plain = Inputs(inputs.x_mean, inputs.x_std, 1.0, 0.0)  # its dx is f′ itself
        f, slope = elementwise(self.gate.function(self.own(params)), plain)
        x, dy = (inputs.x_mean, inputs.x_std), (inputs.dy_mean, inputs.dy_std)
        value, gate = independent(f, dy), independent(slope, x, dy)
        return independent(f, x), pooled(value, gate), value, gate


def check(params: Params) -> None:
    """Half of the elements are gates."""
    if params["features"] % 2:
        raise UsageError("`features`", params["features"], "must be even: half of it are gates")


def _gated(name: str, letter: str, f: str, gate: str, **more: Any) -> Gated:
    layer = GATES[gate]
    size = Integer(
        name="features",
        default=2,
        low=2,
        high=MOST_FEATURES,
        help="elements of x, an even number: values a, then as many gates b",
    )
    return Gated(
        name=name,
        formula=f"y = a·{f}, x = (a, b)",
        gradient=f"da = dy·{f}, db = dy·a·{letter}′(b)",
        params=(size, *layer.params),
        gate=layer,
        **more,
    )


LAYERS = (
    _gated("glu", "σ", "σ(b)", "sigmoid", torch="torch.nn.functional.glu"),
    _gated(
        "swiglu",
        "silu",
        "silu(b)",
        "silu",
        aliases=("silu_glu",),
        note="Of Shazeer, GLU Variants Improve Transformer (2020). PyTorch has none.",
    ),
    _gated(
        "geglu",
        "gelu",
        "gelu(b)",
        "gelu",
        aliases=("gelu_glu",),
        note="Of Shazeer, GLU Variants Improve Transformer (2020). PyTorch has none.",
    ),
    _gated(
        "reglu",
        "relu",
        "relu(b)",
        "relu",
        aliases=("relu_glu",),
        note="Of Shazeer, GLU Variants Improve Transformer (2020). PyTorch has none.",
    ),
)
