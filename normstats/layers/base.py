"""What a layer is: names, parameters, shapes, kernel, twin and exact values, in one object."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from normstats.errors import UsageError
from normstats.result import Exact, Inputs
from normstats.values import finite_number, whole_number

if TYPE_CHECKING:
    from normstats.engine.job import Job
    from normstats.engine.method import Method

Array = npt.NDArray[np.float64]
Params = Mapping[str, Any]


def flag(name: str) -> str:
    """The spelling of a parameter on the command line."""
    return "--" + name.replace("_", "-")


@dataclass(frozen=True, kw_only=True)
class Param(ABC):
    """A parameter under PyTorch's name: its default and what it accepts."""

    name: str
    default: Any
    help: str

    @property
    @abstractmethod
    def allowed(self) -> str:
        """What is accepted, to end the sentence "--p 2: …"."""

    @abstractmethod
    def convert(self, value: Any) -> Any:
        """The value from text or a Python object; ValueError if it does not fit."""

    def parse(self, value: Any) -> Any:
        """The value, or a UsageError that names the option, the value and what is allowed."""
        try:
            return self.convert(value)
        except (ValueError, TypeError, OverflowError):
            raise UsageError(flag(self.name), value, self.allowed) from None


@dataclass(frozen=True, kw_only=True)
class Real(Param):
    """A finite number in an interval, whose ends may be left out of it."""

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    below: bool = False

    @property
    def allowed(self) -> str:
        if math.isinf(self.low) and math.isinf(self.high):
            return "must be a finite number"
        if math.isinf(self.high):
            return (
                f"must be a finite number {'above' if self.above else 'of at least'} {self.low:g}"
            )
        left, right = "(" if self.above else "[", ")" if self.below else "]"
        return f"must be a number in {left}{self.low:g}, {self.high:g}{right}"

    def convert(self, value: Any) -> float:
        number = finite_number(value)
        if not self.low <= number <= self.high:
            raise ValueError
        if (self.above and number == self.low) or (self.below and number == self.high):
            raise ValueError
        return number


@dataclass(frozen=True, kw_only=True)
class Integer(Param):
    """A whole number from low to high."""

    low: int = 1
    high: int = 2**31 - 1

    @property
    def allowed(self) -> str:
        return f"must be a whole number from {self.low} to {self.high}"

    def convert(self, value: Any) -> int:
        number = whole_number(value)
        if not self.low <= number <= self.high:
            raise ValueError
        return number


@dataclass(frozen=True, kw_only=True)
class Choice(Param):
    """One of a few words; hyphens and underscores are the same."""

    choices: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return "must be one of " + ", ".join(self.choices)

    def convert(self, value: Any) -> str:
        word = str(value).replace("-", "_").lower()
        if word not in self.choices:
            raise ValueError
        return word


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
        """All parameters, defaults filled in, in the declared order.

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
        return values

    @abstractmethod
    def job(self, params: Params, inputs: Inputs, seed: int, samples: int, method: Method) -> Job:
        """The work of measuring this layer; UsageError if the method does not apply to it."""

    @abstractmethod
    def apply(
        self, x: Array, dy: Array, params: Params, mask: Any = None, weight: Any = None
    ) -> tuple[Array, Array]:
        """y and dx of given arrays, by the kernels that the measurement uses."""

    @abstractmethod
    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """Exact values of y and of dx, from closed forms or quadrature."""
