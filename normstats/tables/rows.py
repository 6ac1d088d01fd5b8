"""A published constant beside its measurement, its exact value and its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from normstats.published.catalogue import Constant
from normstats.published.evaluate import measurable, measured, truth
from normstats.published.verdict import Verdict, judge
from normstats.result import Result
from normstats.runs.call import Call
from normstats.tables.jobs import call_of


@dataclass(frozen=True)
class Row:
    """One line of a table; ``value`` and ``se`` are the measurement, None where there is none."""

    constant: Constant
    verdict: Verdict
    value: float | None = None
    se: float | None = None
    samples: int | None = None

    @property
    def z(self) -> float | None:
        """Measured minus exact in standard errors."""
        if self.value is None or self.verdict.exact is None or not self.se:
            return None
        return (self.value - self.verdict.exact) / self.se


def row(constant: Constant, results: Mapping[Call, Result]) -> Row:
    """The constant with its verdict; ``results`` are kept under their calls."""
    if not measurable(constant):
        return Row(constant, judge(constant, truth(constant)))
    result = results[call_of(constant.layer, constant.params)]
    verdict = judge(constant, truth(constant, result))
    return Row(constant, verdict, *measured(constant, result), result.samples)


def rows(constants: Iterable[Constant], results: Mapping[Call, Result]) -> tuple[Row, ...]:
    """All constants in their order."""
    return tuple(row(constant, results) for constant in constants)
