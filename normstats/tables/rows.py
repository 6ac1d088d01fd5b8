"""A published constant beside its measurement, its exact value and its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from normstats.numerals.quantities import count
from normstats.published.catalogue import Constant, Matrix
from normstats.published.evaluate import measurable, measured, truth
from normstats.published.verdict import Kind, Verdict, counts, judge
from normstats.reports import model
from normstats.reports.marks import code, strong
from normstats.reports.model import Table
from normstats.result import Result
from normstats.tables import text
from normstats.tables.counted import counted
from normstats.tables.jobs import Wanted, wanted

THEIR_N, MEASURED = "their n", "measured ± SE"
HEADINGS = ("layer", "quantity", "published", THEIR_N, "exact", MEASURED, "verdict")


@dataclass(frozen=True)
class Row:
    """One line of a table; ``value`` and ``se`` are the measurement, None where there is none.

    ``counted`` is a published table as a convolution has it.
    """

    constant: Constant
    verdict: Verdict
    value: float | None = None
    se: float | None = None
    samples: int | None = None
    counted: Matrix | None = None

    @property
    def cells(self) -> list[str]:
        """What people read below ``HEADINGS``."""
        constant, verdict = self.constant, self.verdict
        matrix = constant.matrix is not None
        return [
            code(text.call_text(constant)),
            text.quantity_text(constant),
            text.published_text(constant),
            text.NOTHING if constant.samples is None else count(constant.samples),
            text.NOTE if matrix else text.exact_text(verdict.exact),
            text.NOTE if self.counted else text.measured_text(self.value, self.se),
            strong(verdict.kind) if verdict.kind is Kind.ERROR else str(verdict.kind),
        ]


def row(constant: Constant, results: Mapping[Wanted, Result]) -> Row:
    """The constant with its verdict; ``results`` are kept under what was wanted."""
    if not measurable(constant):
        verdict = judge(constant, truth(constant))
        return Row(constant, verdict, counted=counted(constant))
    result = results[wanted(constant)]
    verdict = judge(constant, truth(constant, result))
    return Row(constant, verdict, *measured(constant, result), result.samples)


def table(rows: Sequence[Row], more: Mapping[str, Sequence[str]] = model.NOTHING) -> Table:
    """The rows, numbered, with more columns to the right; without columns that would be empty."""
    headings = ["", *HEADINGS, *more]
    cells = zip(*(row.cells for row in rows), strict=True)
    numbers = map(str, range(1, len(rows) + 1))
    lines = zip(numbers, *cells, *more.values(), strict=True)
    align = "".join("r" if heading in ("", THEIR_N) else "l" for heading in headings)
    return model.table(headings, lines, align).filled(text.NOTHING)


def explained(rows: Sequence[Row]) -> str:
    """What the columns of a table are, and with how many samples its numbers were measured."""
    own, sizes = "", sorted({row.samples for row in rows if row.samples})
    if sizes:
        n = " to ".join(count(size) for size in dict.fromkeys((sizes[0], sizes[-1])))
        own = f", *{MEASURED}* what {n} samples gave here"
    theirs = any(row.constant.samples for row in rows)
    size = f", *{THEIR_N}* the size of its own simulation" if theirs else ""
    return f"*published* is the number of the source{size}, *exact* the true value{own}."


def verdicts(rows: Iterable[Row]) -> dict[str, int]:
    """How many of each kind."""
    return {str(kind): number for kind, number in counts(row.verdict for row in rows).items()}


def record(row: Row) -> dict[str, Any]:
    """The constant for machines; unknown values are None."""
    constant, verdict = row.constant, row.verdict

    def published(*names: str) -> dict[str, Any]:
        return {name: getattr(constant, name) for name in names}

    def judged(*names: str) -> dict[str, Any]:
        return {name: text.rounded(getattr(verdict, name), 3) for name in names}

    return {
        "id": constant.id,
        "source": constant.source.key,
        **published("seen_at", "layer"),
        "params": dict(constant.params),
        "inputs": wanted(constant).inputs.changed or None if measurable(constant) else None,
        **published("quantity", "scale", "power"),
        "words": constant.words,
        **published("kind", "text"),
        "published": constant.value,
        "matrix": constant.matrix,
        "row_names": constant.row_names or None,
        "column_names": constant.column_names or None,
        "digits": constant.digits,
        "published_samples": constant.samples,
        "published_plus_minus": constant.plus_minus,
        "accuracy": constant.accuracy,
        "measured": text.rounded(row.value),
        "measured_se": text.rounded(row.se, 4),
        "measured_samples": row.samples,
        "counted_matrix": row.counted,
        "exact": text.tidy(verdict.exact),
        "exact_matrix": verdict.exact_matrix,
        "verdict": str(verdict.kind),
        **judged("deviation", "relative", "distance"),
        "published_se": text.rounded(verdict.se, 3),
        "published_se_from": verdict.se_from or None,
        **judged("z"),
        "samples_at_one_se": text.rounded(verdict.one_se, 3),
        "samples_at_three_se": text.rounded(verdict.three_se, 3),
        "recipe": constant.recipe,
        "predicted": text.rounded(verdict.predicted),
        **judged("predicted_se", "predicted_z"),
        "truncated": verdict.truncated,
        **published("waits_for", "formula"),
        "sentence": verdict.sentence,
        "reason": constant.reason or None,
        "note": constant.note or None,
    }
