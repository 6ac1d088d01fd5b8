"""Whether the committed tables agree with themselves and the catalogue: no sampling, every digit.

The same statistic stands in several places, as itself and as a gain, and every page as JSON and as
CSV. A digit that is changed in one of them shows, however small it is beside the noise; and so does
a published constant, its text, source or verdict that is not what the package says today.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from normstats import registry
from normstats.check.committed import Committed, Number
from normstats.check.comparison import Comparison
from normstats.published.catalogue import catalogue, pages
from normstats.published.evaluate import truth
from normstats.published.verdict import judge
from normstats.reports.formats.csv import render
from normstats.reports.model import Case, Report
from normstats.result.quantity import GAINS, exact_quantity, rule
from normstats.tables.jobs import Wanted
from normstats.tables.rows import Row, record
from normstats.tables.sources import about
from normstats.tables.text import data

DIGITS_OF, TEXTS_OF = "tables, digits", "tables, texts"

DIGITS = 12  # significant digits that the tables keep
BEFORE, SHORT = 20, 60  # characters of a text that a message shows
ROUNDING = 10.0 ** (1 - DIGITS)  # what they leave out of a number

# What is compared as a number, or follows from a measurement alone.
ELSEWHERE = {"exact", "published", "measured", "measured_se", "measured_samples", "counted_matrix"}


def itself(committed: Committed) -> Iterator[Comparison | Case]:
    """Everything that can be said of the tables without measuring."""
    yield from _repeated(committed.numbers)
    yield from _lacking(committed)
    yield from _csv_files(committed)
    yield from _texts(committed)


@cache
def today() -> Mapping[str, Row]:
    """Every published constant with its verdict, by its id; nothing is measured."""
    return {one.id: Row(one, judge(one, truth(one))) for one in catalogue()}


def _same(
    number: Number, name: str, old: float, now: float, precision: float, other: str
) -> Comparison:
    """A committed number against another one without noise."""
    return Comparison(
        old,
        now,
        precision=precision,
        group=DIGITS_OF,
        name=name,
        call=number.layer,
        quantity=number.quantity,
        words=("committed", other),
    )


def digits(number: Number) -> Iterator[Comparison]:
    """An exact and a published number against those of the package."""
    exact, published = None, None
    if number.id in today():
        row = today()[number.id]
        exact, published = row.verdict.exact, row.constant.value
    elif number.wanted is not None and not number.id:
        known = registry.exact_values(number.wanted.call, number.wanted.inputs)
        exact = exact_quantity(known.statistics, number.quantity)
    pairs = {"exact": (number.exact, exact), "published": (number.published, published)}
    for what, (old, now) in pairs.items():
        if old is not None and now is not None:
            precision = ROUNDING * max(abs(old), abs(now), 1e-1)
            yield _same(number, f"{number.where} ({what})", old, now, precision, "now")


def _repeated(numbers: Sequence[Number]) -> Iterator[Comparison]:
    """Every measured number against the first one of the same statistic of the same layer."""
    first: dict[tuple[Wanted | None, str], tuple[float, Number]] = {}
    for number in numbers:
        statistic = _statistic(number)
        if statistic is None:
            continue
        base = rule(number.quantity).base
        before, where = first.setdefault((number.wanted, base), (statistic, number))
        if where is not number:
            name = f"{number.where} (measured, as in {where.where})"
            precision = 4.0 * ROUNDING * abs(before)
            one = _same(number, name, statistic, before, precision, "committed")
            yield replace(one, quantity=base)


def _statistic(number: Number) -> float | None:
    """The mean, std or rms that the number was made from."""
    if number.measured is None:
        return None
    value = number.measured / number.scale
    power = (2.0 if number.quantity == "second_moment" else 1.0) * number.power
    if power != 1.0:
        if value < 0.0:
            return None
        value = value ** (1.0 / power)
    if number.quantity in GAINS:
        return 1.0 / value if value else None
    return float(value)


def _lacking(committed: Committed) -> Iterator[Case]:
    """Tables that do not belong to this catalogue."""
    problems = {id: f"not in {committed.folder}" for id in today() if id not in committed.ids}
    problems |= dict.fromkeys(sorted(committed.ids - set(today())), "not in the catalogue")
    for id, problem in problems.items():
        yield Case(DIGITS_OF, f"constant {id}", False, f"{problem}; make the tables again")


def _csv_files(committed: Committed) -> Iterator[Case]:
    """The CSV of every page against its JSON."""
    for page in committed.pages:
        path = committed.folder / f"{page}.csv"
        lines = [number.line for number in committed.numbers if number.page == page]
        problem = _difference(path, render(Report(data=data(lines))))
        message = f"not the same as the JSON: {problem}" if problem else "the same as the JSON"
        yield Case(DIGITS_OF, path.name, not problem, message)


def _difference(path: Path, expected: str) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if text == expected:
        return ""
    found, wanted = (list(csv.reader(io.StringIO(t))) for t in (text, expected))
    for row, (one, other) in enumerate(zip(found, wanted, strict=False), 1):
        for heading, cell, right in zip(wanted[0], one, other, strict=False):
            if cell != right:
                return f"row {row} ({other[0]}), {heading}: {cell!r} instead of {right!r}"
    return f"{len(found)} rows instead of {len(wanted)}, or of other lengths"


def _texts(committed: Committed) -> Iterator[Case]:
    """What the tables say of sources and constants, against the catalogue and today's verdicts."""
    for page in pages():
        old = committed.pages.get(page.name, {})
        now = {"title": page.title, "about": page.about, "sources": [*map(about, page.sources)]}
        yield _text(f"{page.name}.json", _by_source(old), _by_source(now))
    for number in committed.numbers:
        line = number.line
        row = today().get(line.get("id") or "")
        if row is None:
            continue
        now = record(row)
        if number.id:
            now = {field: now[field] for field in now if field not in ELSEWHERE}
            yield _text(number.where, line, now)
        else:  # a cell of the documents' table
            name = f"{number.page}.json: {line['row']} of {line['column']}, {line['id']}"
            yield _text(name, line, {"verdict": now["verdict"]})


def _by_source(page: Mapping[str, Any]) -> dict[str, Any]:
    """The page with each field of each source by itself."""
    fields = {
        f"{source['key']}, {field}": value
        for source in page.get("sources", ())
        for field, value in source.items()
    }
    return {name: page.get(name) for name in ("title", "about")} | fields


def _text(name: str, old: Mapping[str, Any], now: Mapping[str, Any]) -> Case:
    """The fields of ``now`` against those that are committed."""
    now = json.loads(json.dumps(now))
    wrong = [field for field in now if field not in old or old[field] != now[field]]
    if not wrong:
        return Case(TEXTS_OF, name, True, "as in the catalogue")
    shown = "; ".join(f"{field}: {_unlike(old.get(field), now[field])}" for field in wrong)
    return Case(TEXTS_OF, name, False, f"{shown}; make the tables again")


def _unlike(old: Any, now: Any) -> str:
    """Both, from a little before the place where they part."""
    texts = [json.dumps(value, ensure_ascii=False) for value in (old, now)]
    pairs = enumerate(zip(*texts, strict=False))
    parted = next((i for i, (one, other) in pairs if one != other), min(map(len, texts)))
    start = max(parted - BEFORE, 0)
    one, other = (
        ("…" if start else "") + text[start : start + SHORT] + "…" * (len(text) > start + SHORT)
        for text in texts
    )
    return f"{one} instead of {other}"
