"""The linear layer y = W·x with freshly drawn weights, for the usual initialisations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from normstats.errors import UsageError
from normstats.layer.base import NOTHING, Layer
from normstats.layer.params import Choice, Integer, Params, Real
from normstats.layer.shapes import Extra, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.runs.target import DEFAULT_SAMPLES
from normstats.sampling import weights
from normstats.values import Array, array

if TYPE_CHECKING:
    from normstats.engine.job import Job

MOST_FEATURES = 65536
MOST_WEIGHTS = 2**28
WORK = 2 * 10**10  # multiplications that take a few seconds
FEWEST = 1024  # samples: enough draws of the weights for errors that mean something


def truncated_square(std: float, bound: float) -> float:
    """E[w²] of N(0, std²) restricted to ±bound: std² P(3/2, a²/2) / P(1/2, a²/2), a = bound/std."""
    from scipy.special import gammainc

    half = 0.5 * (bound / std) ** 2
    return float(std**2 * gammainc(1.5, half) / gammainc(0.5, half))


@dataclass(frozen=True)
class Init:
    """A way to draw W: by which function (none: reflections), and E[w²] from in, out, init_std."""

    draw: Callable[..., None] | None
    square: Callable[[int, int, float], float]
    text: str

    def scale(self, ins: int, outs: int, std: float) -> float:
        """What ``draw`` takes as its scale: a std, or the half-width of a uniform distribution."""
        if self.draw is weights.truncated:
            return std
        root = math.sqrt(self.square(ins, outs, std))
        return math.sqrt(3.0) * root if self.draw is weights.uniform else root


TRUNCATION = 2.0

INITS: Mapping[str, Init] = MappingProxyType(
    {
        "fan_in_rows": Init(
            weights.unit_rows, lambda i, o, s: 1.0 / i, "rows of W on the unit sphere"
        ),
        "fan_out_rows": Init(
            weights.unit_columns,
            lambda i, o, s: 1.0 / o,
            "columns of W (rows over fan-out) on the unit sphere",
        ),
        "xavier_normal": Init(weights.normal, lambda i, o, s: 2.0 / (i + o), "N(0, 2/(in + out))"),
        "xavier_uniform": Init(
            weights.uniform, lambda i, o, s: 2.0 / (i + o), "U(±√(6/(in + out)))"
        ),
        "kaiming_normal": Init(weights.normal, lambda i, o, s: 2.0 / i, "N(0, 2/in)"),
        "kaiming_uniform": Init(weights.uniform, lambda i, o, s: 2.0 / i, "U(±√(6/in))"),
        "lecun_normal": Init(weights.normal, lambda i, o, s: 1.0 / i, "N(0, 1/in)"),
        "orthogonal": Init(None, lambda i, o, s: 1.0 / max(i, o), "orthonormal rows or columns"),
        "trunc_normal": Init(
            weights.truncated,
            lambda i, o, s: truncated_square(s, TRUNCATION),
            "N(0, init_std²) restricted to ±2",
        ),
        "normal": Init(weights.normal, lambda i, o, s: s * s, "N(0, init_std²)"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Linear(Layer):
    """y = W·x and dx = Wᵀ·dy; one sample is one feature vector x and one gradient dy."""

    family: str = "linear"

    def shapes(self, params: Params) -> Shapes:
        ins, outs = params["in_features"], params["out_features"]
        weight = Extra((outs, ins), "W", lambda rng, shape: rng.standard_normal(shape), shared=True)
        return Shapes(x=(ins,), y=(outs,), extras={"weight": weight})

    def default_samples(self, params: Params) -> int | None:
        """As many as make WORK multiplications, in a round number."""
        fitting = max(WORK // (params["in_features"] * params["out_features"]), FEWEST)
        step = 10 ** (len(str(fitting)) - 1)
        return None if fitting >= DEFAULT_SAMPLES else fitting // step * step

    def job(self, run: Run) -> Job:
        from normstats.engine.matrices import MatrixJob

        params, method = run.call.params, run.method
        if not method.is_plain:
            raise UsageError(
                "`conditional`" if method.conditional else "`method`",
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
            scale=init.scale(ins, outs, params["init_std"]),
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
        square = INITS[params["init"]].square(ins, outs, params["init_std"])

        def side(fan: int, mean: float, std: float) -> Exact:
            rms = math.sqrt(fan * square) * math.hypot(mean, std)
            return Exact(mean=0.0, std=rms, rms=rms, zeros=1.0 if rms == 0.0 else 0.0)

        return side(ins, inputs.x_mean, inputs.x_std), side(outs, inputs.dy_mean, inputs.dy_std)


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
            Choice(
                name="init",
                default="fan_in_rows",
                choices=tuple(INITS),
                help="how W is drawn: "
                + "; ".join(f"{name}: {init.text}" for name, init in INITS.items()),
            ),
            Real(
                name="init_std",
                default=1.0,
                low=1e-100,
                high=1e20,
                help="std for the inits normal and trunc_normal (which cuts at ±2, as in PyTorch)",
            ),
        ),
        note=(
            "no bias; new weights every 512 samples (more often where that would leave fewer than"
            " 64 draws); the error bars rest on the draws of the weights"
        ),
        absent={"bias": "there is no bias here: it adds a constant to y, and nothing to dx"},
        check=check,
    ),
)
