"""A result as Python and notebooks show it: two lines of text, or a small table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from normstats.numerals.digits import significant
from normstats.numerals.quantities import count
from normstats.result.document import GAIN, numbers_of

if TYPE_CHECKING:
    from normstats.result.exact import ExactValues
    from normstats.result.result import Result


def result_text(result: Result) -> str:
    """The layer, the number of samples, mean and std of y and std of dx with their errors."""
    y, dx = result.forward, result.backward
    return _text("Result", _title(result), (str(y.mean), str(y.std), str(dx.std)))


def result_html(result: Result) -> str:
    """A row a statistic, then one a gain: measured with its standard error, and exact."""
    body = [
        (name if side == GAIN else f"{side}.{name}", str(estimate), _exact(estimate.exact))
        for side, name, estimate in numbers_of(result)
    ]
    return _html(_title(result), [("", "measured ± SE", "exact"), *body])


def exact_text(values: ExactValues) -> str:
    """The layer, mean and std of y and std of dx."""
    y, dx = values.forward, values.backward
    numbers = map(_exact, (y.mean, y.std, dx.std))
    return _text("ExactValues", f"{values.call}{values.inputs}", numbers)


def exact_html(values: ExactValues) -> str:
    """A row a number."""
    body = [(name, _exact(value)) for name, value in values.values.items()]
    return _html(f"{values.call}{values.inputs}", [("", "exact"), *body])


def _title(result: Result) -> str:
    stopped = ", interrupted" if result.interrupted else ""
    name = result.run.name
    return f"{name}, n = {count(result.samples)}, seed {result.seed}{stopped}"


def _exact(value: float | None) -> str:
    return "?" if value is None else significant(value)


def _text(kind: str, title: str, numbers: Iterable[str]) -> str:
    mean, std, backward = numbers
    return f"<{kind} {title}\n y: mean {mean}, std {std}; dx: std {backward}>"


def _html(title: str, rows: Sequence[Sequence[str]]) -> str:
    from html import escape

    def line(row: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"

    head, *body = rows
    top = [f"<caption>{escape(title)}</caption>", f"<thead>{line(head, 'th')}</thead>"]
    rest = ["<tbody>", *(line(row, "td") for row in body), "</tbody>"]
    return "\n".join(["<table>", *top, *rest, "</table>"])
