"""What x and dy are drawn from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from normstats.errors import UsageError
from normstats.values import finite_number

LARGEST = 1e20
SMALLEST_STD = 1e-60  # its fourth power is still a number
MOST_STDS = 1e9  # of a mean: exact values keep their twelve digits


@dataclass(frozen=True)
class Inputs:
    """Means and standard deviations of the normal inputs x and dy."""

    x_mean: float = 0.0
    x_std: float = 1.0
    dy_mean: float = 0.0
    dy_std: float = 1.0

    @property
    def changed(self) -> dict[str, float]:
        """Those that are not the standard ones."""
        standard = asdict(STANDARD)
        return {name: value for name, value in asdict(self).items() if value != standard[name]}

    def __str__(self) -> str:
        """ " [x_mean=0.5, dy_std=1.5]", to follow a layer: what is not standard."""
        parts = [f"{name}={value:.12g}" for name, value in self.changed.items()]
        return f" [{', '.join(parts)}]" if parts else ""


STANDARD = Inputs()
NAMES = tuple(field.name for field in fields(Inputs))


def parse_inputs(
    x_mean: Any, x_std: Any, dy_mean: Any, dy_std: Any, usual: Inputs = STANDARD
) -> Inputs:
    """Means and standard deviations of x and dy: those whose powers are still numbers.

    None stands for the usual one.
    """
    given = dict(zip(NAMES, (x_mean, x_std, dy_mean, dy_std), strict=True))
    all_ = {name: getattr(usual, name) if v is None else v for name, v in given.items()}
    return Inputs(
        *_pair("x", all_["x_mean"], all_["x_std"]), *_pair("dy", all_["dy_mean"], all_["dy_std"])
    )


def _pair(name: str, mean: Any, std: Any) -> tuple[float, float]:
    centre = _number(f"`{name}_mean`", mean, True)
    width = _number(f"`{name}_std`", std, False)
    if width > 0.0 and abs(centre) > MOST_STDS * width:
        raise UsageError(
            f"`{name}_mean`",
            mean,
            f"must be within {MOST_STDS:g} times the `{name}_std` of {width:g}, or float64"
            " cannot tell the numbers apart",
        )
    return centre, width


def _number(name: str, value: Any, signed: bool) -> float:
    first = f"{-LARGEST:g}" if signed else f"{SMALLEST_STD:g}"
    allowed = f"must be {'' if signed else '0 or '}a number from {first} to {LARGEST:g}"
    try:
        result = finite_number(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(name, value, allowed) from None
    inside = abs(result) <= LARGEST
    if not inside or (not signed and result != 0.0 and result < SMALLEST_STD):
        raise UsageError(name, value, allowed)
    return result
