"""What all elementwise activations share: y = f(x), dx = dy · f′(x)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, Lane, load, splat, store, where
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Params
from normstats.layer.shapes import Shapes
from normstats.reference.function import Function, Interval
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob

Activation = Callable[[Lane, Any], tuple[Lane, Lane]]


def activation(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """Stands for the layer's own function; ``build.py`` puts that in its place."""
    raise RuntimeError("an elementwise kernel was run without its activation")


def elementwise_kernel(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """One row of x and dy to one row of y and dx."""
    for i in range(0, columns, LANES):
        value, slope = activation(load(x, i), c)
        store(y, i, value)
        store(dx, i, load(dy, i) * slope)


def elementwise_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """Given x, y is certain, and dx = dy · f′(x) has variance Var[dy] f′(x)²."""
    for i in range(0, columns, LANES):
        value, slope = activation(load(x, i), c)
        store(y, i, value)
        store(y, columns + i, splat(0.0))
        store(y, 2 * columns + i, where(value == 0.0, 1.0, 0.0))
        store(dx, i, slope * dy[0])
        store(dx, columns + i, slope * slope * dy[1])
        store(dx, 2 * columns + i, where(slope == 0.0, 1.0, splat(dy[2])))


@dataclass(frozen=True, kw_only=True)
class Elementwise(ArrayLayer):
    """An activation.

    ``activation`` gives f(x) and f′(x) in the lane language, with the coefficients c;
    ``twin`` gives both with NumPy and SciPy from the parameters. ``kinks`` are the points where f
    or f′ is not smooth; ``zero_value`` and ``zero_slope`` the closed intervals where f, f′ are 0.
    Both include infinite ends; where a zero is a single point it has no probability and is left
    out. ``coefficients`` are what the kernel sees as c: the parameters in their order, unless
    given. ``choose`` gives the activation where it depends on a parameter. ``refuse`` raises
    UsageError for inputs where float64 or the kernel would be wrong.
    """

    family: str = "elementwise"
    activation: Activation
    twin: Callable[[Array, Params], tuple[Array, Array]]
    kinks: Callable[[Params], tuple[float, ...]] = lambda params: ()
    zero_value: Callable[[Params], tuple[Interval, ...]] = lambda params: ()
    zero_slope: Callable[[Params], tuple[Interval, ...]] = lambda params: ()
    coefficients: Callable[[Params], tuple[float, ...]] = lambda params: tuple(params.values())
    choose: Callable[[Params], Activation] | None = None
    refuse: Callable[[Inputs], None] = lambda inputs: None

    def activation_for(self, params: Params) -> Activation:
        """f and f′ in the lane language for these parameters."""
        return self.activation if self.choose is None else self.choose(params)

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(elementwise_kernel, ARRAY_KERNEL, {"activation": self.activation_for(params)})

    def conditional_kernel_for(self, params: Params) -> Kernel:
        bindings = {"activation": self.activation_for(params)}
        return Kernel(elementwise_expected, ARRAY_KERNEL, bindings)

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return self.coefficients(params)

    def shapes(self, params: Params) -> Shapes:
        return Shapes()

    def function(self, params: Params) -> Function:
        """f and f′ as quadrature takes them."""
        return Function(
            both=lambda x: self.twin(x, params),
            kinks=self.kinks(params),
            zero_value=self.zero_value(params),
            zero_slope=self.zero_slope(params),
        )

    def job(self, run: Run) -> LayerJob:
        self.refuse(run.inputs)
        return super().job(run)

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        from normstats.reference.quadrature import elementwise

        self.refuse(inputs)
        return elementwise(self.function(params), inputs)
