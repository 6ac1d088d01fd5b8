"""What a layer is: names, parameters, shapes, kernel, twin and exact values, in one object."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from normstats.errors import UsageError
from normstats.layer.params import Param, Params
from normstats.layer.shapes import Shapes
from normstats.result import Exact
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.run import Run
from normstats.values import Array

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob


# Multiplications and additions that drawing a number and adding it up are worth.
PER_NUMBER = 150.0

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """A layer type.

    ``formula`` is y in terms of x, ``gradient`` is dx in terms of dy; ``torch`` names the PyTorch
    counterpart, or is empty where there is none; ``absent`` are parameters that it has there and
    not here, each with the reason. ``inputs`` are what x and dy are drawn from where a user does
    not say: a loss begins with dy = 1. ``alone`` says why the layer has no place in a chain, and
    what to do instead; it is empty where it has one.
    """

    name: str
    family: str
    formula: str
    gradient: str
    torch: str = ""
    params: tuple[Param, ...] = ()
    aliases: tuple[str, ...] = ()
    note: str = ""
    absent: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Params], None] = field(default=lambda params: None)
    inputs: Inputs = STANDARD
    alone: str = ""

    def parse(self, given: Params) -> dict[str, Any]:
        """All parameters, defaults filled in, in the declared order; not what came ``later``.

        Raises UsageError for an unknown name, a value that does not fit, or values that do not
        fit together.
        """
        known = {param.name for param in self.params}
        for name, value in given.items():
            if name not in known:
                if name in self.absent:
                    raise UsageError(f"`{name}`", value, self.absent[name])
                options = ", ".join(f"`{param.name}`" for param in self.params) or "none"
                raise UsageError(
                    f"`{name}`", value, f"{self.name} has no such option (it has {options})"
                )
        values = {
            param.name: param.parse(given.get(param.name, param.default)) for param in self.params
        }
        self.check(values)
        return {
            param.name: values[param.name]
            for param in self.params
            if not (param.later and values[param.name] == param.parse(param.default))
        }

    def default_samples(self, params: Params) -> int | None:
        """How many samples take a few seconds, where the usual number would take minutes."""
        return None

    def products(self, params: Params) -> float:
        """Multiplications and additions of a sample's matrix products, 0 where there are none."""
        return 0.0

    def cost(self, params: Params) -> float:
        """What a sample takes, in random numbers: those drawn for it, and its matrix products.

        A normal number with all that becomes of it counts 1, a uniform one (of a mask) ½.
        """
        shapes = self.shapes(params)
        masks = (math.prod(one.shape) for one in shapes.extras.values() if not one.shared)
        return shapes.ins + shapes.outs + sum(masks) / 2 + self.products(params) / PER_NUMBER

    @abstractmethod
    def shapes(self, params: Params) -> Shapes:
        """What one sample looks like."""

    def quantities(self, params: Params) -> tuple[str, ...]:
        """What is measured: y, dx, then the parts of dx and the gradients of weights, by names."""
        shapes = self.shapes(params)
        return ("forward", "backward", *shapes.parts, *shapes.gradients)

    @abstractmethod
    def job(self, run: Run) -> LayerJob:
        """The work of a run of this layer; UsageError if the method does not apply to it."""

    @abstractmethod
    def apply(
        self,
        x: Array,
        dy: Array,
        params: Params,
        extras: Mapping[str, Any] = NOTHING,
        gradients: bool = True,
    ) -> tuple[Array, ...]:
        """y, dx and the gradients of weights for given arrays, by the measurement's kernels.

        ``extras`` are those that ``shapes`` names: a mask, a weight. Gradients of weights come for
        each sample, which may be many numbers: without ``gradients`` they are left out.
        """

    @abstractmethod
    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        """Exact values of each of ``quantities``, from closed forms or quadrature."""

    def is_gradient(self, params: Params) -> bool:
        """Whether dx is the gradient of y·dy, and not what a mistake makes of it."""
        return True

    def notes(self, params: Params, inputs: Inputs) -> tuple[str, ...]:
        """What a reader of these results has to know: of moments that are infinite, say."""
        return ()

    def refuse_extras(self, extras: Mapping[str, Any], params: Params) -> None:
        """UsageError for something that the layer does not take."""
        for name in extras:
            if name not in self.shapes(params).extras:
                raise UsageError(name, "given", f"{self.name} takes none")
