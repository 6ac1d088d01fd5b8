"""The index of the tables with the verdict counts, and their README."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from normstats.published.catalogue import Page
from normstats.published.verdict import Kind
from normstats.reports import model
from normstats.reports.marks import Marked, code, escaped, link, strong
from normstats.reports.model import Report, Table, Text
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.run import Run
from normstats.tables import activations, documents, text
from normstats.tables.rows import Row
from normstats.tables.sources import verdicts

TITLE = "Published constants of normalisation, measured again"
MEANINGS = (
    "*digits agree*: the exact value rounds to the published digits; a closed form equals it",
    "*within its noise*: off, but within three standard errors of a simulation of the published "
    "size",
    "*off*: neither",
    "*convention*: not a statistic of the layer",
    "*waiting*: a rule without a number, or no layer and no closed form yet",
)


@dataclass(frozen=True)
class Agreement:
    """How the measurements lie around the exact values, in standard errors."""

    comparisons: int
    mean: float
    std: float
    largest: float


def agreement(results: Mapping[Call, Result]) -> Agreement:
    """z of mean and std of y and dx of every measured layer; a result's z's are correlated."""
    found = [
        statistic.z
        for result in results.values()
        for direction in (result.forward, result.backward)
        for statistic in (direction.mean, direction.std)
        if statistic.z is not None and statistic.se
    ]
    if not found:
        return Agreement(0, 0.0, 0.0, 0.0)
    mean = math.fsum(found) / len(found)
    std = math.sqrt(math.fsum((z - mean) ** 2 for z in found) / len(found))
    return Agreement(len(found), mean, std, max(abs(z) for z in found))


def report(
    pages: Sequence[tuple[Page, Sequence[Row]]], results: Mapping[Call, Result], jobs: Sequence[Run]
) -> Report:
    """The index: counts of verdicts, page by page, and what was measured."""
    everything = [row for _, rows in pages for row in rows]
    how = agreement(results)
    document = {
        "pages": [
            {
                "page": page.name,
                "title": page.title,
                "constants": len(rows),
                "verdicts": verdicts(rows),
            }
            for page, rows in pages
        ],
        "constants": len(everything),
        "verdicts": verdicts(everything),
        "agreement": {
            "comparisons": how.comparisons,
            "mean_z": text.rounded(how.mean, 3),
            "std_z": text.rounded(how.std, 3),
            "largest_z": text.rounded(how.largest, 3),
        },
        "measured": [
            {
                "layer": str(job.call),
                "samples": results[job.call].samples,
                "seed": results[job.call].seed,
                "stream": results[job.call].stream,
            }
            for job in jobs
        ],
    }
    return text.page(TITLE, _parts(pages, how, len(results)), document=document)


def _parts(
    pages: Sequence[tuple[Page, Sequence[Row]]], how: Agreement, layers: int
) -> list[Table | Text]:
    def line(title: Marked, rows: Sequence[Row]) -> list[str]:
        return [title, str(len(rows)), *map(str, verdicts(rows).values())]

    lines = [line(link(page.title, f"{page.name}.md"), rows) for page, rows in pages]
    lines.append(line(strong("all"), [row for _, rows in pages for row in rows]))
    off = [
        f"[{page.name}]({page.name}.md) {code(row.constant.id)}: {escaped(row.verdict.sentence)}"
        for page, rows in pages
        for row in rows
        if row.verdict.kind is Kind.OFF
    ]
    return [
        model.prose(
            f"[{documents.TITLE}]({documents.NAME}.md) in their own layout, and the errata found",
            f"[{activations.TITLE}]({activations.NAME}.md): exact and measured",
            "Every published constant, one page per source:",
            start=model.NUMBERED,
        ),
        model.table(("source", "constants", *Kind), lines),
        model.prose(*MEANINGS, start=model.ITEM),
        model.prose(
            "Four gains are told apart everywhere: 1/std of y, 1/rms of y, 1/std of dx, and σ*, "
            "the std of x at which the mean of y² is 1.",
            f"The {how.comparisons} measured means and stds of {layers} layers lie around their "
            f"exact values by z = (measured − exact)/SE with mean {how.mean:+.2f}, standard "
            f"deviation {how.std:.2f} and largest |z| {how.largest:.2f}.",
            "Every page is there for people (`.md`) and for machines (`.csv`, `.json`); "
            "[README](README.md) has the commands behind them.",
        ),
        model.heading("What is off", 2),
        model.prose(*off, start=model.ITEM),
    ]


def readme(
    needed: Sequence[tuple[str, str, Sequence[Run]]], seed: int, stream: int, command: str
) -> Report:
    """How each page is made: (page, title, its layers)."""
    parts: list[Table | Text] = [
        model.prose(
            f"Made by `{command}`, never by hand; start at [index](index.md). The random numbers "
            f"are those of seed {seed}, stream version {stream}, and do not depend on the machine "
            "or the number of threads: made again, every file is the same byte for byte.",
            "Numbers are measured ± one standard error, rounded as the Particle Data Group does; "
            "exact values come from closed forms or quadrature and show at most 12 digits. What is "
            "published is kept as data in the package, with its source, the exact text and where "
            "it was seen.",
        ),
        model.heading("The command behind each page", 2),
        model.prose(
            f"`{command}` makes all pages at once. These commands measure the layers of one page "
            "alone and print the same numbers:"
        ),
    ]
    for page, title, jobs in needed:
        parts.append(model.prose(f"[{page}]({page}.md): {escaped(title)}", start="### "))
        commands = []
        for size in sorted({job.samples for job in jobs}, reverse=True):
            calls = " ".join(_quoted(str(job.call)) for job in jobs if job.samples == size)
            samples = text.count_text(size)
            commands.append(f"normstats run {calls} --samples {samples} --seed {seed}")
        nothing = "Nothing is measured: closed forms and quadrature alone."
        found = model.prose(*commands, start=model.COMMAND)
        parts.append(found if commands else model.paragraphs(nothing))
    return text.page("tables", parts)


def _quoted(call: str) -> str:
    return f'"{call}"' if "(" in call else call
