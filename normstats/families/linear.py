"""The linear layer y = W·x with freshly drawn weights, for the usual initialisations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from normstats.engine.maps import Axis, Counts, Maps
from normstats.errors import UsageError
from normstats.families.inits import INITS, TRUNCATION, Fans, init_choice, init_std, law
from normstats.families.linear_exact import (
    ONE,
    bias_gradient,
    samples_within,
    sums,
    weight_gradient,
)
from normstats.layer.base import NOTHING, Layer
from normstats.layer.params import Integer, Params
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array, array

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob
    from normstats.engine.mapproducts import Sides

MOST_FEATURES = 65536
MOST_WEIGHTS = 2**28


@dataclass(frozen=True, kw_only=True)
class Linear(Layer):
    """y = W·x and dx = Wᵀ·dy; one sample is a batch of feature vectors x and gradients dy.

    A batch of one, which is the default, has no axis of its own. The gradients of the weight and of
    a bias that is 0 are sums over the batch: Σ dy·xᵀ and Σ dy.
    """

    family: str = "linear"

    def shapes(self, params: Params) -> Shapes:
        ins, outs = params["in_features"], params["out_features"]
        batch = batch_of(params)
        more = () if batch == 1 else (batch,)

        def normals(rng: np.random.Generator, shape: Shape) -> Array:
            return rng.standard_normal(shape)

        extras = {
            "weight": Extra((outs, ins), "W", normals, shared=True, gradient=True),
            "bias": Extra((outs,), "added to y", normals, shared=True, gradient=True),
        }
        return Shapes((*more, ins), (*more, outs), extras)

    def job(self, run: Run) -> LayerJob:
        from normstats.engine.mapjob import MapJob
        from normstats.engine.matrices import MatrixJob

        params = run.call.params
        why = "whose weights are thousands of random numbers a sample"
        run.method.must_be_plain(self.name, why)
        name = params["init"]
        init = INITS[name]
        ins, outs = params["in_features"], params["out_features"]
        fans = Fans.linear(ins, outs)
        if batch_of(params) == 1:
            return MatrixJob(
                run=run,
                in_features=ins,
                out_features=outs,
                draw=init.draw,
                scale=init.scale(fans, params["init_std"]),
                bound=TRUNCATION,
            )
        exact = self.exact(params, run.inputs)
        return MapJob(
            run=run,
            sides=sides(ins, outs, batch_of(params)),
            law=law(init, name, fans, params["init_std"]),
            pivots=(0.0, 0.0, 0.0, 0.0, exact[2].mean or 0.0, exact[3].mean or 0.0),
        )

    def products(self, params: Params) -> float:
        batch = batch_of(params)
        each = 4.0 if batch == 1 else 6.0  # gradients of the weights of one row take none
        weights: int = params["in_features"] * params["out_features"]
        return each * batch * weights

    def default_samples(self, params: Params) -> int | None:
        return samples_within(self.products(params))

    def apply(
        self,
        x: Array,
        dy: Array,
        params: Params,
        extras: Mapping[str, Any] = NOTHING,
        gradients: bool = True,
    ) -> tuple[Array, ...]:
        from normstats.engine.mapproducts import GivenMaps
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
        size = batch_of(params)
        if size > 1 and batch[-1:] != (size,):
            allowed = f"must have the shape (…, batch_size = {size}, in_features = {ins})"
            raise UsageError("x", f"of shape {x.shape}", allowed)
        bias = array("bias", extras.get("bias", np.zeros(outs)))
        if bias.shape != (outs,):
            raise UsageError("bias", f"of shape {bias.shape}", f"must have shape {(outs,)}")
        y, dx = apply_weight(w, x.reshape(-1, ins), dy.reshape(-1, outs))
        if "bias" in extras:
            y = y + bias
        y, dx = y.reshape(dy.shape), dx.reshape(x.shape)
        if not gradients:
            return y, dx
        batch = batch if size == 1 else batch[:-1]
        big, small = (v.reshape(-1, size, v.shape[-1]).swapaxes(1, 2) for v in (x, dy))
        dw = GivenMaps(sides(ins, outs, size), small, big).gradients()
        return y, dx, dw.reshape(*batch, outs, ins), small.sum(axis=2).reshape(*batch, outs)

    def twin(
        self, x: Array, dy: Array, params: Params, weight: Any = None, bias: Any = None
    ) -> tuple[Array, ...]:
        """All of them for given weights and samples along the first axis."""
        w = np.asarray(weight)
        size = batch_of(params)
        several = x.reshape(len(x), size, -1), dy.reshape(len(dy), size, -1)
        dw = np.einsum("sbi,sbo->soi", *several)
        y = x @ w.T + (0.0 if bias is None else bias)
        return y, dy @ w, dw, several[1].sum(axis=1)

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        """Means are 0; E[y²] = in · E[w²] · E[x²], E[dx²] = out · E[w²] · E[dy²].

        The distribution of W does not change when the signs of a row or of a column are flipped,
        for any of the initialisations; so E[w] = 0 and E[w w′] = 0 for different entries, and the
        mean of x, too, counts only through E[x²].
        """
        ins, outs = params["in_features"], params["out_features"]
        square = INITS[params["init"]].square(Fans.linear(ins, outs), params["init_std"])
        batch = batch_of(params)
        return (
            sums(ONE, ins, square, False, inputs.x_mean, inputs.x_std, False),
            sums(ONE, outs, square, False, inputs.dy_mean, inputs.dy_std, False),
            weight_gradient(Counts(1, batch, batch * batch, 0), inputs),
            bias_gradient(batch, inputs),
        )


def batch_of(params: Params) -> int:
    """The batch size, which a call leaves out where it is 1."""
    size: int = params.get("batch_size", 1)
    return size


def sides(ins: int, outs: int, batch: int) -> Sides:
    """A batch as a map of so many positions, each met by a kernel of one element."""
    from normstats.engine.mapproducts import Sides

    return Sides(Maps((Axis(batch, batch, 1),)), outs, ins, 1)


def check(params: Params) -> None:
    """All weights must fit into memory."""
    ins, outs = params["in_features"], params["out_features"]
    if ins * outs > MOST_WEIGHTS:
        raise UsageError(
            "`in_features`",
            ins,
            f"times `out_features` {outs} must be at most {MOST_WEIGHTS} weights",
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
            Integer(
                name="batch_size",
                default=1,
                high=65536,
                later=True,
                help="vectors in a sample; gradients of weight and bias are sums over them",
            ),
        ),
        note=(
            "weight and bias are gradients, of a bias that is 0; new weights every 512 samples"
            " (more often where that would leave fewer than 64 draws, or where samples are"
            " batches); the error bars rest on the draws of the weights"
        ),
        absent={"bias": "there is no bias here: it adds a constant to y, and nothing to dx"},
        check=check,
    ),
)
