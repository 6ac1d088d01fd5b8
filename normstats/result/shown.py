"""A result as Python and notebooks show it: two lines of text, or a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from normstats.numerals.digits import significant
from normstats.numerals.quantities import count
from normstats.result.document import estimates

if TYPE_CHECKING:
    from normstats.result.result import Result


def text(result: Result) -> str:
    """The layer, the number of samples, mean and std of y and std of dx with their errors."""
    forward, backward = result.forward, result.backward
    return (
        f"<Result {_title(result)}\n"
        f" y: mean {forward.mean}, std {forward.std}; dx: std {backward.std}>"
    )


def html(result: Result) -> str:
    """A row a statistic: measured with its standard error, and exact."""
    from html import escape

    rows = [("", "", "measured ± SE", "exact")]
    for direction, statistic, estimate in estimates(result):
        exact = "" if estimate.exact is None else significant(estimate.exact)
        rows.append((direction, statistic, str(estimate), exact))
    head, *body = (
        "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
        for tag, row in zip(("th", *["td"] * (len(rows) - 1)), rows, strict=True)
    )
    lines = [f"<caption>{escape(_title(result))}</caption>", f"<thead><tr>{head}</tr></thead>"]
    lines += ["<tbody>", *(f"<tr>{row}</tr>" for row in body), "</tbody>"]
    return "\n".join(["<table>", *lines, "</table>"])


def _title(result: Result) -> str:
    stopped = ", interrupted" if result.interrupted else ""
    inputs = str(result.inputs)
    return f"{result.run.call}{inputs}, n = {count(result.samples)}, seed {result.seed}{stopped}"
