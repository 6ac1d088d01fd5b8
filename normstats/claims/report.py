"""Claims and what was found of them, as a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from normstats.claims.claim import (
    ERRORS,
    Cell,
    Claim,
    Curve,
    Finding,
    Measured,
    Outcome,
    Verdict,
    conditions,
)
from normstats.claims.perform import Judged
from normstats.claims.trial import Trial
from normstats.numerals.digits import with_error
from normstats.numerals.short import bare, short
from normstats.reports import model
from normstats.reports.marks import Marked, escaped, link, strong
from normstats.reports.model import Line, Report, Row, Table, Text

SCHEMA = "normstats-claims/1"
TITLE = "The claims of the documents, put to the test"
ROUNDING = 1e-9  # a computed number below this is the rounding of the arithmetic
NOTHING = "–"
DOCUMENTS: Mapping[str, str] = {
    "A": "Normalizing All Layers (Feng Wang, 2016)",
    "B": "Batch Normalization, and notes on it (Ioffe and Szegedy, 2015; Zhang)",
    "C": "Break up backpropagation (Billy, 2018)",
    "D": "Constants of others that are experiments on chains",
}


def report(judged: Sequence[Judged], trial: Trial, command: str) -> Report:
    """The page: the verdicts, how they are found, and a section for each claim."""
    parts: list[Table | Text] = [
        model.heading(TITLE),
        model.prose(
            f"Made by `{command}`. Each claim was put to an experiment. A number is measured ± one "
            "standard error, which rests on independent repetitions: other networks, weights and "
            "inputs. Random numbers have fixed seeds."
        ),
        *_summary(judged),
        model.heading("How a verdict is found", 2),
        model.prose(
            "An experiment breaks its claim into statements: a number lies in an interval. A "
            f"statement is **so** if the number lies inside by more than {ERRORS:g} standard "
            f"errors, **not so** if it lies outside by more than {ERRORS:g}, else **open**.",
            "A claim *holds* if all its statements are so, *fails* if none is, and *holds with "
            "conditions* if some are: the conditions stand with it. It is *open* if one statement "
            "is. A number without an interval is there to be read.",
            "With `--size small` there are fewer repetitions, so errors are larger: a statement "
            "that is so here may be open there.",
        ),
    ]
    for one in judged:
        parts += _section(one)
    records = [_record(one) for one in judged]
    document = {
        "schema": SCHEMA,
        "command": command,
        "size": trial.size,
        "seed": trial.seed,
        "standard_errors": ERRORS,
        "claims": records,
    }
    lines = [
        {"claim": one["name"], "verdict": one["verdict"], **finding}
        for one in records
        for finding in one["findings"]
    ]
    return Report(parts, model.of_records(lines), document, indent=1, title=TITLE)


def listing(claims: Sequence[Claim]) -> Report:
    """The claims by name, without experiments."""
    records = [
        {"name": one.name, "part": one.part, "claim": one.words, "source": one.source}
        for one in claims
    ]
    rows = [
        Row((one.name, one.part, one.words), (Line(one.name), Line(f"{one.part}. {one.words}", 6)))
        for one in claims
    ]
    table = model.table(("name", "part", "claim"), rows, "l")
    return Report([table], model.of_records(records), {"schema": SCHEMA, "claims": records})


def _summary(judged: Sequence[Judged]) -> Iterator[Table | Text]:
    """A line a claim, document by document."""
    for part, document in DOCUMENTS.items():
        own = [one for one in judged if one.claim.part == part]
        if own:
            yield model.heading(f"{part}. {document}", 2)
            yield model.table(("experiment", "claim", "verdict"), map(_in_short, own), "l")


def _in_short(one: Judged) -> Row:
    name, words, verdict = one.claim.name, one.claim.words, str(one.verdict)
    lines = Line(f"{name}: {verdict}"), Line(words, 6)
    return Row((link(name, f"#{name}"), words, verdict), lines)


def _section(one: Judged) -> Iterator[Table | Text]:
    claim, findings = one.claim, one.found.findings
    yield model.heading(claim.name, 2)
    yield model.prose(
        f"Claim ({escaped(claim.source)}): {escaped(claim.words)}",
        f"{strong(one.verdict)}{escaped(_conditions(one))}",
        f"Experiment: {escaped(claim.how)}",
    )
    headings = ("number", "measured ± SE", "exact", "claimed", "is it so")
    yield model.table(headings, map(_row, findings), "l")
    if claim.criterion:
        yield model.prose(f"The criterion: {escaped(claim.criterion)}")
    for curve in one.found.curves:
        yield Text([f"{curve.title}:"])
        yield _curve(curve)
    own = (f"normstats claims --only {claim.name}", *claim.commands)
    yield model.prose(*own, start=model.COMMAND)


def _conditions(one: Judged) -> str:
    """Where it holds and where not, if that is not the same everywhere."""
    if one.verdict in (Verdict.HOLDS, Verdict.FAILS):
        return "."
    said = []
    for words, outcome in (("so", Outcome.SO), ("not so", Outcome.NOT_SO), ("open", Outcome.OPEN)):
        if found := conditions(one.found.findings, outcome):
            said.append(f"{words} where: {'; '.join(found)}")
    return ". " + ". ".join(text[:1].upper() + text[1:] for text in said) + "."


def _row(finding: Finding) -> Row:
    exact, under = finding.exact, finding.under
    said = under and under not in finding.words
    words = Marked(escaped(finding.words) + (f" (*{escaped(under)}*)" if said else ""))
    found = difference(finding.measured.value) if _is_rounding(finding) else shown(finding.measured)
    known = NOTHING if exact is None else "0" if abs(exact) < ROUNDING else short(exact, 6)
    claimed = NOTHING if finding.claimed is None else str(finding.claimed)
    so = NOTHING if finding.outcome is None else str(finding.outcome)
    told = [found]
    told += [f"exact {known}"] if known != NOTHING else []
    told += [f"claimed {claimed}: {so}"] if claimed != NOTHING else []
    return Row((words, found, known, claimed, so), (Line(words), Line(", ".join(told), 6)))


def _curve(curve: Curve) -> Table:
    rows = [[shown(cell) if isinstance(cell, Measured) else cell for cell in r] for r in curve.rows]
    return model.table(curve.headings, rows, "l")


def shown(measured: Measured) -> str:
    """To the digits that the error supports; a computed number to six."""
    if not math.isfinite(measured.se):
        return f"{short(measured.value)} (no error)"
    if measured.se == 0.0:
        return short(measured.value, 6)
    return bare(with_error(measured.value, measured.se))


def _is_rounding(finding: Finding) -> bool:
    """Whether a number would be 0 if computers did not round."""
    return finding.exact == 0.0 and finding.measured.se == 0.0


def difference(value: float) -> str:
    """The power of ten that it is below: its digits are other ones on another machine."""
    if value == 0.0:
        return "0"
    power = max(math.ceil(math.log10(abs(value))), round(math.log10(ROUNDING)))
    return f"below {short(10.0**power)}"


def _number(measured: Measured) -> dict[str, Any]:
    value = measured.value
    if measured.se == 0.0 and abs(value) < ROUNDING:
        value = 0.0
    se = float(f"{measured.se:.4g}") if math.isfinite(measured.se) else None
    return {"value": float(f"{value:.9g}"), "se": se, "units": measured.units}


def _cell(cell: Cell) -> Any:
    return _number(cell) if isinstance(cell, Measured) else cell


def _record(one: Judged) -> dict[str, Any]:
    claim = one.claim
    return {
        "name": claim.name,
        "part": claim.part,
        "claim": claim.words,
        "source": claim.source,
        "verdict": str(one.verdict),
        "so": conditions(one.found.findings, Outcome.SO),
        "not_so": conditions(one.found.findings, Outcome.NOT_SO),
        "open": conditions(one.found.findings, Outcome.OPEN),
        "experiment": claim.how,
        "criterion": claim.criterion or None,
        "commands": [f"normstats claims --only {claim.name}", *claim.commands],
        "findings": [_finding(finding) for finding in one.found.findings],
        "curves": [
            {
                "title": curve.title,
                "headings": list(curve.headings),
                "rows": [[_cell(cell) for cell in row] for row in curve.rows],
            }
            for curve in one.found.curves
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    claimed, exact = finding.claimed, finding.exact
    return {
        "number": finding.words,
        "under": finding.under or None,
        **_number(finding.measured),
        "exact": None if exact is None else float(f"{exact:.9g}"),
        "low": None if claimed is None or math.isinf(claimed.low) else claimed.low,
        "high": None if claimed is None or math.isinf(claimed.high) else claimed.high,
        "outcome": None if finding.outcome is None else str(finding.outcome),
    }
