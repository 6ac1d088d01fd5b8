"""Numbers and cells as all pages write them: the same bytes on every run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from normstats.numerals.digits import with_error
from normstats.numerals.short import bare, short
from normstats.published import sentence
from normstats.published.catalogue import Constant
from normstats.published.quantity import words
from normstats.reports import model
from normstats.reports.model import Data, Report, Table, Text
from normstats.result import Result
from normstats.result.quantity import from_result
from normstats.runs.call import spell
from normstats.tables.sequential import SEQUENTIAL

SCHEMA = "normstats-tables/1"

# Exact values below this are rounding: a mean of 1e-17 stands for 0.
SMALLEST = 1e-12

NOTHING = "–"

# Longer texts leave a table, and stand in the notes.
LONGEST_NUMBER, LONGEST_QUANTITY = 24, 30
NOTE = "see its note"


def exact_text(value: float | None, digits: int = 12) -> str:
    """An exact value to so many significant digits."""
    if value is None:
        return NOTHING
    return "0" if abs(value) < SMALLEST else short(value, digits)


def measured_text(value: float | None, se: float | None) -> str:
    """Value ± standard error by the PDG rule."""
    return NOTHING if value is None else bare(with_error(value, se))


def published_text(constant: Constant) -> str:
    """As it is printed; of a long text the number alone."""
    if len(constant.text) <= LONGEST_NUMBER:
        return constant.text
    return NOTE if constant.value is None else sentence.published(constant)


def quantity_text(constant: Constant) -> str:
    """What the number is, if that is short."""
    if constant.quantity in ("chi", "sigma_star"):
        return {"chi": "χ", "sigma_star": "σ*"}[constant.quantity]
    meaning = constant.words
    return meaning if len(meaning) <= LONGEST_QUANTITY else NOTE


def call_text(constant: Constant) -> str:
    """The layer as it is called, with the parameters and inputs that the source gives."""
    params = {
        name: short(value, 6) if isinstance(value, float) else value
        for name, value in constant.params.items()
    }
    inputs = ", ".join(f"{name}={short(value, 6)}" for name, value in constant.inputs.items())
    chain = constant.layer == SEQUENTIAL and "input" in params
    called = params["layers"] if chain else spell(constant.layer, params)
    return f"{called}{f' [{inputs}]' if inputs else ''}"


def rounded(value: float | None, digits: int = 12) -> float | None:
    """A number for machines: significant digits that do not depend on the last bit."""
    if value is None or not math.isfinite(value):
        return None
    return 0.0 if abs(value) < 1e-300 else float(f"{value:.{digits}g}")


def tidy(value: float | None) -> float | None:
    """An exact value for machines."""
    return 0.0 if value is not None and abs(value) < SMALLEST else rounded(value)


def numbers(result: Result, quantity: str) -> dict[str, Any]:
    """What is measured and exact of a quantity of a layer, for machines."""
    value, se, exact = from_result(result, quantity)
    return {
        "words": words(quantity),
        "measured": rounded(value),
        "measured_se": rounded(se, 4),
        "measured_samples": result.samples,
        "exact": tidy(exact),
    }


def page(
    title: str,
    parts: Sequence[Table | Text],
    lines: Sequence[Mapping[str, Any]] = (),
    document: Mapping[str, Any] | None = None,
) -> Report:
    """A page: what people read below its title, the lines of its CSV, the fields of its JSON."""
    everything = [model.heading(title), *parts]
    tree = {"schema": SCHEMA, **document} if document else {}
    return Report(everything, data(lines), tree, indent=1)


def data(lines: Sequence[Mapping[str, Any]]) -> Data:
    """The lines of a page for CSV, which has always spelled truth as Python does."""
    return model.of_records(
        [{k: str(v) if isinstance(v, bool) else v for k, v in line.items()} for line in lines]
    )
