"""The linear layer y = W·x with freshly drawn weights, for the usual initialisations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from normstats.errors import UsageError
from normstats.families.inits import (
    INITS,
    TRUNCATION,
    Fans,
    init_choice,
    init_std,
)
from normstats.layers.base import NOTHING, Layer
from normstats.layers.params import Integer, Params
from normstats.layers.shapes import Extra, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array, array

if TYPE_CHECKING:
    from normstats.engine.job import Job

MOST_FEATURES = 65536
MOST_WEIGHTS = 2**28


@dataclass(frozen=True, kw_only=True)
class Linear(Layer):
    """y = W·x and dx = Wᵀ·dy; one sample is one feature vector x and one gradient dy."""

    family: str = "linear"

    def shapes(self, params: Params) -> Shapes:
        ins, outs = params["in_features"], params["out_features"]
        weight = Extra((outs, ins), "W", lambda rng, shape: rng.standard_normal(shape), shared=True)
        return Shapes(x=(ins,), y=(outs,), extras={"weight": weight})

    def job(self, run: Run) -> Job:
        from normstats.engine.matrices import MatrixJob

        params, method = run.call.params, run.method
        if not method.is_plain:
            raise UsageError(
                "--conditional" if method.conditional else "--method",
                "given" if method.conditional else method.name,
                "does not apply to linear, whose weights are thousands of random numbers a sample",
            )
        init = INITS[params["init"]]
        ins, outs = params["in_features"], params["out_features"]
        return MatrixJob(
            run=run,
            in_features=ins,
            out_features=outs,
            draw=init.draw,
            scale=init.scale(Fans.linear(ins, outs), params["init_std"]),
            bound=TRUNCATION,
        )

    def apply(
        self, x: Array, dy: Array, params: Params, extras: Mapping[str, Any] = NOTHING
    ) -> tuple[Array, Array]:
        from normstats.engine.weights import apply_weight

        self.refuse_extras(extras, params)
        if "weight" not in extras:
            raise UsageError("weight", "missing", "linear needs its weight, of shape (out, in)")
        w = array("weight", extras["weight"]).copy(order="C")
        if w.ndim != 2 or 0 in w.shape:
            raise UsageError("weight", f"of shape {w.shape}", "must have shape (out, in)")
        outs, ins = w.shape
        batch = x.shape[:-1]
        if x.shape[-1:] != (ins,):
            raise UsageError("x", f"of shape {x.shape}", f"must end in in_features = {ins}")
        if dy.shape != (*batch, outs):
            raise UsageError(
                "dy", f"of shape {dy.shape}", f"must have the shape of y, {(*batch, outs)}"
            )
        y, dx = apply_weight(w, x.reshape(-1, ins), dy.reshape(-1, outs))
        return y.reshape(dy.shape), dx.reshape(x.shape)

    def twin(
        self, x: Array, dy: Array, params: Params, mask: Any = None, weight: Any = None
    ) -> tuple[Array, Array]:
        """y and dx for given weights."""
        w = np.asarray(weight)
        return x @ w.T, dy @ w

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """Means are 0; E[y²] = in · E[w²] · E[x²], E[dx²] = out · E[w²] · E[dy²].

        The distribution of W does not change when the signs of a row or of a column are flipped,
        for any of the initialisations; so E[w] = 0 and E[w w′] = 0 for different entries, and the
        mean of x, too, counts only through E[x²].
        """
        ins, outs = params["in_features"], params["out_features"]
        square = INITS[params["init"]].square(Fans.linear(ins, outs), params["init_std"])

        def side(fan: int, mean: float, std: float) -> Exact:
            rms = math.sqrt(fan * square) * math.hypot(mean, std)
            return Exact(mean=0.0, std=rms, rms=rms, zeros=1.0 if rms == 0.0 else 0.0)

        return side(ins, inputs.x_mean, inputs.x_std), side(outs, inputs.dy_mean, inputs.dy_std)


def check(params: Params) -> None:
    """All weights must fit into memory."""
    ins, outs = params["in_features"], params["out_features"]
    if ins * outs > MOST_WEIGHTS:
        raise UsageError(
            "--in-features",
            ins,
            f"times --out-features {outs} must be at most {MOST_WEIGHTS} weights",
        )


LAYERS = (
    Linear(
        name="linear",
        aliases=("inner_product", "dense"),
        formula="y = W·x",
        gradient="dx = Wᵀ·dy",
        torch="torch.nn.Linear",
        params=(
            Integer(name="in_features", default=512, high=MOST_FEATURES, help="elements of x"),
            Integer(name="out_features", default=256, high=MOST_FEATURES, help="elements of y"),
            init_choice(INITS),
            init_std("normal and trunc_normal"),
        ),
        note=(
            "no bias; new weights every 512 samples (more often where that would leave fewer than"
            " 64 draws); the error bars rest on the draws of the weights"
        ),
        check=check,
    ),
)
