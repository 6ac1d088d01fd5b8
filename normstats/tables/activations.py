"""Every activation: forward and backward statistics and gains, measured and exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from normstats.published.quantity import words
from normstats.result import Result
from normstats.result.quantity import from_result
from normstats.runs.call import Call
from normstats.tables import jobs, text
from normstats.tables.sources import SCHEMA

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


def markdown(results: Mapping[Call, Result]) -> str:
    """The page for people: exact values first, then what was measured."""
    headings = ("activation", *map(words, QUANTITIES))
    exact, measured, formulas = [], [], []
    for layer in jobs.activations():
        call = jobs.call_of(layer.name, {})
        numbers = [from_result(results[call], quantity) for quantity in QUANTITIES]
        exact.append([f"`{call}`", *(text.exact_text(e, 10) for _, _, e in numbers)])
        measured.append([f"`{call}`", *(text.measured_text(v, se) for v, se, _ in numbers)])
        formulas.append([f"`{call}`", text.escaped(layer.formula), text.escaped(layer.gradient)])
    out = [
        f"# {TITLE}",
        "",
        "y = f(x) and dx = dy · f′(x) for independent x, dy ~ N(0, 1), default parameters. "
        "Every backward mean is 0, so rms and std of dx are the same.",
        "",
        "## Exact",
        "",
        *text.table(headings, exact),
        "",
        "## Measured ± standard error",
        "",
        *text.table(headings, measured),
        "",
        "## Formulas",
        "",
        *text.table(("activation", "y", "dx"), formulas, left=3),
    ]
    return "\n".join(out) + "\n"


def records(results: Mapping[Call, Result]) -> list[dict[str, Any]]:
    """One record per activation and quantity."""
    found = []
    for layer in jobs.activations():
        call = jobs.call_of(layer.name, {})
        for quantity in QUANTITIES:
            value, se, exact = from_result(results[call], quantity)
            found.append(
                {
                    "layer": str(call),
                    "quantity": quantity,
                    "words": words(quantity),
                    "measured": text.rounded(value),
                    "measured_se": text.rounded(se, 4),
                    "measured_samples": results[call].samples,
                    "exact": text.tidy(exact),
                }
            )
    return found


def csv(results: Mapping[Call, Result]) -> str:
    """The page as CSV."""
    return text.csv_text(records(results))


def json(results: Mapping[Call, Result]) -> str:
    """The page as JSON."""
    return text.json_text(
        {"schema": SCHEMA, "page": NAME, "title": TITLE, "activations": records(results)}
    )
