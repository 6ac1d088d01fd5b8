"""A layer with its parameters, as plain data: how it is written, and found in streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normstats.frozen import Frozen
from normstats.sampling.streams import stream_number

NO_PARAMS: Frozen[Any] = Frozen()


@dataclass(frozen=True)
class Call:
    """A layer's name and all its parameters, in the order in which the layer declares them."""

    layer: str
    params: Frozen[Any] = NO_PARAMS

    @classmethod
    def of(cls, layer: str, params: Mapping[str, Any]) -> Call:
        """From any mapping."""
        return cls(layer, Frozen(params))

    @property
    def stream(self) -> int:
        """The 64-bit number of its random stream."""
        return stream_number(str(self))

    def __str__(self) -> str:
        """``max_pool2d(kernel_size=3x3)``: what `normstats run` takes."""
        inside = ", ".join(f"{name}={spell_value(value)}" for name, value in self.params.items())
        return f"{self.layer}({inside})" if inside else self.layer


def spell(layer: str, params: Mapping[str, Any]) -> str:
    """The spelling of a call."""
    return str(Call.of(layer, params))


def spell_value(value: Any) -> str:
    """A parameter's value as it is typed: ``0.01``, ``3x3``, ``inverted``."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
