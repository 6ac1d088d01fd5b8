"""One step of recurrent cells, with weights and biases as PyTorch initialises them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from normstats.errors import UsageError
from normstats.families import cell_kernels, recurrent_exact, recurrent_twin
from normstats.families.linear_exact import samples_within
from normstats.kernels.build import Kernel
from normstats.layer.base import NOTHING, Layer
from normstats.layer.params import Choice, Integer, Param, Params
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.reference.preactivation import Preactivation
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array, array

if TYPE_CHECKING:
    from normstats.engine.celljob import Cell
    from normstats.engine.job import LayerJob

MOST_FEATURES = 16384
MOST_WEIGHTS = 2**25  # for each gate
TANH, RELU = "tanh", "relu"
_PER_NUMBER = 150  # operations that drawing a number and adding it up are worth


class Step(NamedTuple):
    """What a cell makes of its sums: as a kernel, as a twin, and in expectation."""

    kernel: Callable[..., None]
    twin: Callable[[Array, Array, Array, Array], tuple[Array, Array, Array, Array]]
    exact: Callable[[Preactivation, int, Inputs], tuple[Exact, ...]]


RNN = {
    TANH: Step(cell_kernels.rnn_tanh, recurrent_twin.rnn_tanh, recurrent_exact.rnn_tanh),
    RELU: Step(cell_kernels.rnn_relu, recurrent_twin.rnn_relu, recurrent_exact.rnn_relu),
}
LSTM = Step(cell_kernels.lstm, recurrent_twin.lstm, recurrent_exact.lstm)
GRU = Step(cell_kernels.gru, recurrent_twin.gru, recurrent_exact.gru)


@dataclass(frozen=True, kw_only=True)
class Recurrent(Layer):
    """x is the input, then h (and c); y is the new h (and c). dx has a row for each of its parts.

    ``gates`` is the number of sums for each element of the state; ``states`` is 2 where there is a
    c. ``apart`` says that the gradients of W_ih·x and W_hh·h differ. ``step`` is what is made of
    the sums.
    """

    family: str = "recurrent"
    gates: int
    states: int = 1
    apart: bool = False
    step: Callable[[Params], Step]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the state's parts, as PyTorch calls them."""
        return ("hx", "cx")[: self.states]

    def has_bias(self, params: Params) -> bool:
        """Whether there are biases."""
        return bool(params["bias"] == "true")

    def shapes(self, params: Params) -> Shapes:
        ins, hidden = params["input_size"], params["hidden_size"]

        def normals(rng: np.random.Generator, shape: Shape) -> Array:
            return rng.standard_normal(shape)

        rows = self.gates * hidden
        given: dict[str, Shape] = {"weight_ih": (rows, ins), "weight_hh": (rows, hidden)}
        if self.has_bias(params):
            given |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        parts = {"input": ins, **dict.fromkeys(self.names, hidden)}
        return Shapes(
            (ins + self.states * hidden,),
            (self.states * hidden,),
            {
                name: Extra(shape, "as in PyTorch", normals, shared=True, gradient=True)
                for name, shape in given.items()
            },
            parts,
        )

    def quantities(self, params: Params) -> tuple[str, ...]:
        found = super().quantities(params)
        parts = ("forward (h)", "forward (c)") if self.states == 2 else ()
        return (*found[:2], *parts, *found[2:])

    def cell(self, params: Params) -> Cell:
        """Its sizes, as the engine takes them."""
        from normstats.engine.celljob import Cell

        return Cell(
            inputs=params["input_size"],
            hidden=params["hidden_size"],
            gates=self.gates,
            states=self.states,
            apart=self.apart,
            bias=self.has_bias(params),
            kernel=Kernel(self.step(params).kernel, cell_kernels.CELL),
        )

    def job(self, run: Run) -> LayerJob:
        from normstats.engine.celljob import CellJob

        params = run.call.params
        why = "whose weights are thousands of random numbers a sample"
        run.method.must_be_plain(self.name, why)
        exact = dict(zip(self.quantities(params), self.exact(params, run.inputs), strict=True))
        states, cell = self.states, self.cell(params)
        outs = ("forward",) if states == 1 else ("forward (h)", "forward (c)")
        names = [*outs, "input", *self.names, *self.shapes(params).gradients]
        means = {name: exact[name].mean or 0.0 for name in names}
        for which in ("ih", "hh"):  # sums of products are those of sums, about a product of pivots
            pivot = means.get(f"bias_{which}", 0.0) * run.inputs.x_mean
            means[f"weight_{which}"] = pivot
        each = tuple((part,) for part in range(len(names)))
        return CellJob(
            run=run,
            cell=cell,
            bound=1.0 / math.sqrt(params["hidden_size"]),
            pivots=tuple(means.values()),
            quantities=(
                tuple(range(states)),
                tuple(range(states, 2 * states + 1)),
                *(each[:states] if states == 2 else ()),
                *each[states:],
            ),
        )

    def products(self, params: Params) -> float:
        ins, hidden = params["input_size"], params["hidden_size"]
        weights: int = self.gates * hidden * (ins + hidden)
        return 4.0 * weights

    def default_samples(self, params: Params) -> int | None:
        ins, hidden = params["input_size"], params["hidden_size"]
        numbers = ins + 2 * (self.states + self.gates) * hidden
        return samples_within(self.products(params) + _PER_NUMBER * numbers)

    def apply(
        self,
        x: Array,
        dy: Array,
        params: Params,
        extras: Mapping[str, Any] = NOTHING,
        gradients: bool = True,
    ) -> tuple[Array, ...]:
        from normstats.engine.givencell import GivenCell

        given, shapes = self._given(extras, params), self.shapes(params)
        batch = x.shape[:-1]
        if x.shape[-1:] != shapes.x:
            text = " + ".join(["input_size", *["hidden_size"] * self.states])
            allowed = f"must end in {text} = {shapes.x[0]}"
            raise UsageError("x", f"of shape {x.shape}", allowed)
        if dy.shape != (*batch, *shapes.y):
            allowed = f"must have the shape of y, {(*batch, *shapes.y)}"
            raise UsageError("dy", f"of shape {dy.shape}", allowed)
        flat = x.reshape(-1, shapes.ins), dy.reshape(-1, shapes.outs)
        found = GivenCell(self.cell(params), given, *flat)
        y, dx = found.y.reshape(dy.shape), found.dx.reshape(x.shape)
        if not gradients:
            return y, dx
        more = zip(shapes.gradients.values(), found.gradients(), strict=True)
        return y, dx, *(values.reshape(*batch, *shape) for shape, values in more)

    def _given(self, extras: Mapping[str, Any], params: Params) -> dict[str, Array]:
        """Weights and biases of the right shapes."""
        self.refuse_extras(extras, params)
        found = {}
        for name, extra in self.shapes(params).extras.items():
            if name not in extras:
                if name.startswith("bias"):
                    continue
                allowed = f"{self.name} needs it, of shape {extra.shape}"
                raise UsageError(name, "missing", allowed)
            found[name] = array(name, extras[name]).copy(order="C")
            if found[name].shape != extra.shape:
                allowed = f"must have shape {extra.shape}"
                raise UsageError(name, f"of shape {found[name].shape}", allowed)
        return found

    def twin(self, x: Array, dy: Array, params: Params, **given: Any) -> tuple[Array, ...]:
        """All of them for given weights and samples along the first axis."""
        ins, hidden = params["input_size"], params["hidden_size"]
        w_ih, w_hh = np.asarray(given["weight_ih"]), np.asarray(given["weight_hh"])
        inside, h = x[:, :ins], x[:, ins : ins + hidden]
        a = inside @ w_ih.T + given.get("bias_ih", 0.0)
        b = h @ w_hh.T + given.get("bias_hh", 0.0)
        y, da, db, direct = self.step(params).twin(a, b, x[:, ins:], dy)
        direct[:, :hidden] += db @ w_hh
        weights = np.einsum("si,sj->sij", da, inside), np.einsum("si,sj->sij", db, h)
        biases = (da, db)[: 2 * self.has_bias(params)]
        return y, np.hstack([da @ w_ih, direct]), *weights, *biases

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        """See ``recurrent_exact.py``, which has them for each cell."""
        hidden = params["hidden_size"]
        g = recurrent_exact.sums(params["input_size"], hidden, self.has_bias(params), inputs)
        return self.step(params).exact(g, hidden, inputs)


def check(params: Params) -> None:
    """All weights must fit into memory."""
    ins, hidden = params["input_size"], params["hidden_size"]
    if hidden * (ins + hidden) > MOST_WEIGHTS:
        allowed = f"times (`input_size` {ins} + {hidden}) must be at most {MOST_WEIGHTS} weights"
        raise UsageError("`hidden_size`", hidden, f"{allowed} for each gate")


def _params(*more: Param) -> tuple[Param, ...]:
    return (
        Integer(name="input_size", default=128, high=MOST_FEATURES, help="elements of the input"),
        Integer(name="hidden_size", default=128, high=MOST_FEATURES, help="elements of h"),
        Choice(
            name="bias",
            default="true",
            choices=("false", "true"),
            help="whether there are biases, as random as the weights",
        ),
        *more,
    )


_COMMON = (
    "weights and biases are uniform between ±1/√hidden_size, and new every 512 samples (more often"
    " where that would leave fewer than 64 draws); the error bars rest on the draws of the weights;"
)
_FEW = (
    "means of gradients are known for dy of mean 0; there is no exact std of them, nor of h: it is"
    " an integral over all gates at once"
)

_ABSENT = dict.fromkeys(
    ("num_layers", "bidirectional", "dropout", "proj_size", "batch_first"),
    "there is one step of one layer here, in one direction",
)

LAYERS = (
    Recurrent(
        name="rnn_cell",
        alone="takes a state beside its input, and a chain has one input",
        aliases=("rnn",),
        formula="y = h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu of it",
        gradient="dg = dh'·tanh'(g): dx = W_ihᵀ·dg, dh = W_hhᵀ·dg",
        torch="torch.nn.RNNCell",
        params=_params(
            Choice(
                name="nonlinearity", default=TANH, choices=(TANH, RELU), help="function of the sum"
            )
        ),
        note=(
            f"g is the sum in the brackets, and dg its gradient; {_COMMON} with relu there is no"
            " exact mean and std of y where the integral for E|g|"
            " falls off too slowly, as for a handful of elements of input and h, or for x near 0,"
            " and none of dx where dy has a mean; with tanh none where the sum has a std above 30"
        ),
        gates=1,
        step=lambda params: RNN[params["nonlinearity"]],
        check=check,
        absent=_ABSENT,
    ),
    Recurrent(
        name="lstm_cell",
        alone="takes a state beside its input, and a chain has one input",
        aliases=("lstm",),
        formula="y = (h', c'): c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c')",
        gradient="dx = (dinput, dh, dc), from dh' and dc' through all gates",
        torch="torch.nn.LSTMCell",
        params=_params(),
        note=f"i, f, g and o are the quarters of W_ih·x + b_ih + W_hh·h + b_hh; {_COMMON} x is the"
        f" input, h and c; {_FEW}, nor of c where sums have a std above 8",
        gates=4,
        states=2,
        step=lambda params: LSTM,
        check=check,
        absent=_ABSENT,
    ),
    Recurrent(
        name="gru_cell",
        alone="takes a state beside its input, and a chain has one input",
        aliases=("gru",),
        formula="y = h' = (1 − σ(z))·n + σ(z)·h, n = tanh(aₙ + σ(r)·bₙ)",
        gradient="dx = (dinput, dh), from dh' through all gates",
        torch="torch.nn.GRUCell",
        params=_params(),
        note="a = W_ih·x + b_ih and b = W_hh·h + b_hh; r and z are the first two thirds of a + b,"
        f" aₙ and bₙ the last of each; {_COMMON} x is the input and h; {_FEW}",
        gates=3,
        apart=True,
        step=lambda params: GRU,
        check=check,
        absent=_ABSENT,
    ),
)
