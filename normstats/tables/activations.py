"""Every activation: forward and backward statistics and gains, measured and exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from normstats.published.quantity import words
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Report, Table, Text
from normstats.result import Result
from normstats.result.quantity import from_result
from normstats.runs.call import Call
from normstats.tables import jobs, text

NAME = "activations"
TITLE = "All activations"
QUANTITIES = (
    "forward.mean",
    "forward.std",
    "forward.rms",
    "backward.std",
    "gain",
    "gain_rms",
    "backward_gain",
)


def report(results: Mapping[Call, Result]) -> Report:
    """The page: exact values first, then what was measured."""
    headings = ("activation", *map(words, QUANTITIES))
    exact, measured, formulas = [], [], []
    for layer in jobs.activations():
        call = jobs.call_of(layer.name, {})
        numbers = [from_result(results[call], quantity) for quantity in QUANTITIES]
        exact.append([code(str(call)), *(text.exact_text(e, 10) for _, _, e in numbers)])
        measured.append([code(str(call)), *(text.measured_text(v, se) for v, se, _ in numbers)])
        formulas.append([code(str(call)), layer.formula, layer.gradient])
    parts: list[Table | Text] = [
        model.prose(
            "y = f(x) and dx = dy · f′(x) for independent x, dy ~ N(0, 1), default parameters. "
            "Every backward mean is 0, so rms and std of dx are the same."
        ),
        model.heading("Exact", 2),
        model.table(headings, exact),
        model.heading("Measured ± standard error", 2),
        model.table(headings, measured),
        model.heading("Formulas", 2),
        model.table(("activation", "y", "dx"), formulas, left=3),
    ]
    lines = records(results)
    document = {"page": NAME, "title": TITLE, "activations": lines}
    return text.page(TITLE, parts, lines, document)


def records(results: Mapping[Call, Result]) -> list[dict[str, Any]]:
    """One record per activation and quantity."""
    calls = [jobs.call_of(layer.name, {}) for layer in jobs.activations()]
    return [
        {"layer": str(call), "quantity": quantity, **text.numbers(results[call], quantity)}
        for call in calls
        for quantity in QUANTITIES
    ]
