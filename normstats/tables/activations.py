"""Every activation: forward and backward statistics and gains, measured and exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from normstats import registry
from normstats.numerals.quantities import count
from normstats.published.quantity import words
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Report, Table, Text
from normstats.result import Result
from normstats.result.quantity import from_result
from normstats.tables import jobs, text
from normstats.tables.jobs import Wanted

NAME = "activations"
TITLE = "All activations"
MEASURED = ("forward.mean", "forward.std", "forward.rms", "backward.std")
QUANTITIES = (*MEASURED, "gain", "gain_rms", "backward_gain")


def report(results: Mapping[Wanted, Result]) -> Report:
    """The page: exact values first, then what was measured."""
    exact, measured, formulas = [], [], []
    for wanted in jobs.activations():
        call, result = wanted.call, results[wanted]
        layer = registry.layer_of(call)
        numbers = {quantity: from_result(result, quantity) for quantity in QUANTITIES}
        name = code(call.layer)
        exact.append([name, *(text.exact_text(e, 10) for _, _, e in numbers.values())])
        measured.append([name, *(text.measured_text(*numbers[q][:2]) for q in MEASURED)])
        formulas.append([code(str(call)), layer.formula, layer.gradient])
    samples = count(max(results[wanted].samples for wanted in jobs.activations()))
    parts: list[Table | Text] = [
        model.prose(
            "y = f(x) and dx = dy · f′(x) for independent x, dy ~ N(0, 1); parameters have the "
            "values shown under Formulas. Every backward mean is 0, so rms and std of dx are the "
            "same."
        ),
        model.heading("Exact", 2),
        model.prose("Exact values to 10 digits; the last three columns are the gains."),
        model.table(("activation", *map(words, QUANTITIES)), exact, "l"),
        model.heading("Measured ± standard error", 2),
        model.prose(f"What {samples} samples of each gave; gains follow from these."),
        model.table(("activation", *map(words, MEASURED)), measured, "l"),
        model.heading("Formulas", 2),
        model.prose("What each activation computes, with its default parameters."),
        model.table(("activation", "y", "dx"), formulas, "l"),
    ]
    lines = records(results)
    return text.page(TITLE, parts, lines, {"page": NAME, "title": TITLE, "activations": lines})


def records(results: Mapping[Wanted, Result]) -> list[dict[str, Any]]:
    """One record per activation and quantity."""
    return [
        {"layer": str(wanted.call), "quantity": quantity, **text.numbers(results[wanted], quantity)}
        for wanted in jobs.activations()
        for quantity in QUANTITIES
    ]
