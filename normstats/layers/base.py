"""What a layer is: names, parameters, shapes, kernel, twin and exact values, in one object."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from normstats.errors import UsageError
from normstats.layers.params import Param, Params, flag
from normstats.layers.shapes import Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array

if TYPE_CHECKING:
    from normstats.engine.job import Job


NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """A layer type.

    ``formula`` is y in terms of x, ``gradient`` is dx in terms of dy; ``torch`` names the PyTorch
    counterpart, or is empty where there is none.
    """

    name: str
    family: str
    formula: str
    gradient: str
    torch: str = ""
    params: tuple[Param, ...] = ()
    aliases: tuple[str, ...] = ()
    note: str = ""
    check: Callable[[Params], None] = field(default=lambda params: None)

    def parse(self, given: Params) -> dict[str, Any]:
        """All parameters, defaults filled in, in the declared order; not what came ``later``.

        Raises UsageError for an unknown name, a value that does not fit, or values that do not
        fit together.
        """
        known = {param.name for param in self.params}
        for name, value in given.items():
            if name not in known:
                options = ", ".join(flag(param.name) for param in self.params) or "none"
                raise UsageError(
                    flag(name), value, f"{self.name} has no such option (it has {options})"
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

    @abstractmethod
    def shapes(self, params: Params) -> Shapes:
        """What one sample looks like."""

    def quantities(self, params: Params) -> tuple[str, ...]:
        """What is measured: y, then dx, then the gradient of each weight, by its name."""
        return ("forward", "backward", *self.shapes(params).gradients)

    @abstractmethod
    def job(self, run: Run) -> Job:
        """The work of a run of this layer; UsageError if the method does not apply to it."""

    @abstractmethod
    def apply(
        self, x: Array, dy: Array, params: Params, extras: Mapping[str, Any] = NOTHING
    ) -> tuple[Array, ...]:
        """Each of ``quantities`` for given arrays, by the kernels that the measurement uses.

        ``extras`` are those that ``shapes`` names: a mask, a weight. Gradients of weights come for
        each sample.
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
