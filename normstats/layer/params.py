"""The parameters of layers: under PyTorch's names, each with what it accepts."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normstats.errors import UsageError
from normstats.values import finite_number, whole_number

Params = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Param(ABC):
    """A parameter under PyTorch's name: its default and what it accepts.

    One that came ``later`` than the layer is left out of a call where it has its default: the call
    keeps its spelling, and with it its random numbers.
    """

    name: str
    default: Any
    help: str
    later: bool = False

    @property
    @abstractmethod
    def allowed(self) -> str:
        """What is accepted, to end the sentence "p 2: …"."""

    @abstractmethod
    def convert(self, value: Any) -> Any:
        """The value from text or a Python object; ValueError if it does not fit."""

    def parse(self, value: Any) -> Any:
        """The value, or a UsageError that names the parameter, the value and what is allowed."""
        try:
            return self.convert(value)
        except (ValueError, TypeError, OverflowError):
            raise UsageError(f"`{self.name}`", value, self.allowed) from None


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
    """A whole number from low to high, or one of a few."""

    low: int = 1
    high: int = 2**31 - 1
    only: tuple[int, ...] = ()

    @property
    def allowed(self) -> str:
        if self.only:
            return "must be one of " + ", ".join(map(str, self.only))
        return f"must be a whole number from {self.low} to {self.high}"

    def convert(self, value: Any) -> int:
        number = whole_number(value)
        if not self.low <= number <= self.high or (self.only and number not in self.only):
            raise ValueError
        return number


@dataclass(frozen=True, kw_only=True)
class OrWord(Param):
    """What another parameter accepts, or the word that is the default, which None means as well."""

    other: Param

    @property
    def allowed(self) -> str:
        return f"{self.other.allowed}, or the word {self.default}"

    def convert(self, value: Any) -> Any:
        if value is None or (isinstance(value, str) and value.strip() == self.default):
            return self.default
        return self.other.convert(value)


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
