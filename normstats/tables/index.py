"""The index of the tables with the verdict counts, and their README."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from normstats.published.catalogue import Page
from normstats.published.verdict import Kind, counts
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.run import Run
from normstats.tables import activations, documents, text
from normstats.tables.rows import Row
from normstats.tables.sources import SCHEMA


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


def markdown(pages: Sequence[tuple[Page, Sequence[Row]]], results: Mapping[Call, Result]) -> str:
    """The index for people."""
    kinds = tuple(Kind)
    lines = []
    for page, rows in pages:
        found = counts(row.verdict for row in rows)
        title = f"[{text.escaped(page.title)}]({page.name}.md)"
        lines.append([title, str(len(rows)), *(str(found[kind]) for kind in kinds)])
    everything = [row for _, rows in pages for row in rows]
    total = counts(row.verdict for row in everything)
    lines.append(["**all**", str(len(everything)), *(str(total[kind]) for kind in kinds)])
    how = agreement(results)
    out = [
        "# Published constants of normalisation, measured again",
        "",
        f"1. [{documents.TITLE}]({documents.NAME}.md) in their own layout, and the errata found",
        f"2. [{activations.TITLE}]({activations.NAME}.md): exact and measured",
        "3. Every published constant, one page per source:",
        "",
        *text.table(("source", "constants", *kinds), lines),
        "",
        "- *digits agree*: the exact value rounds to the published digits; a closed form equals it",
        "- *within its noise*: off, but within three standard errors of a simulation of the "
        "published size",
        "- *off*: neither",
        "- *convention*: not a statistic of the layer",
        "- *waiting*: a rule without a number, or no layer and no closed form yet",
        "",
        "Four gains are told apart everywhere: 1/std of y, 1/rms of y, 1/std of dx, and σ*, the "
        "std of x at which the mean of y² is 1.",
        "",
        f"The {how.comparisons} measured means and stds of {len(results)} layers lie around their "
        f"exact values by z = (measured − exact)/SE with mean {how.mean:+.2f}, standard deviation "
        f"{how.std:.2f} and largest |z| {how.largest:.2f}.",
        "",
        "Every page is there for people (`.md`) and for machines (`.csv`, `.json`); "
        "[README](README.md) has the commands behind them.",
        "",
        "## What is off",
        "",
        *(
            f"- [{page.name}]({page.name}.md) `{row.constant.id}`: "
            f"{text.escaped(row.verdict.sentence)}"
            for page, rows in pages
            for row in rows
            if row.verdict.kind is Kind.OFF
        ),
    ]
    return "\n".join(out) + "\n"


def json(
    pages: Sequence[tuple[Page, Sequence[Row]]], results: Mapping[Call, Result], jobs: Sequence[Run]
) -> str:
    """The index for machines: counts per page, and what was measured."""
    how = agreement(results)
    everything = [row for _, rows in pages for row in rows]
    return text.json_text(
        {
            "schema": SCHEMA,
            "pages": [
                {
                    "page": page.name,
                    "title": page.title,
                    "constants": len(rows),
                    "verdicts": _counts(rows),
                }
                for page, rows in pages
            ],
            "constants": len(everything),
            "verdicts": _counts(everything),
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
    )


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    return {str(kind): number for kind, number in counts(row.verdict for row in rows).items()}


def readme(
    needed: Sequence[tuple[str, str, Sequence[Run]]], seed: int, stream: int, command: str
) -> str:
    """How each page is made: (page, title, its layers)."""
    out = [
        "# tables",
        "",
        f"Made by `{command}`, never by hand; start at [index](index.md). The random numbers are "
        f"those of seed {seed}, stream version {stream}, and do not depend on the machine or the "
        "number of threads: made again, every file is the same byte for byte.",
        "",
        "Numbers are measured ± one standard error, rounded as the Particle Data Group does; exact "
        "values come from closed forms or quadrature and show at most 12 digits. What is published "
        "is kept as data in the package, with its source, the exact text and where it was seen.",
        "",
        "## The command behind each page",
        "",
        f"`{command}` makes all pages at once. These commands measure the layers of one page alone "
        "and print the same numbers:",
        "",
    ]
    for page, title, page_jobs in needed:
        out += [f"### [{page}]({page}.md): {text.escaped(title)}", ""]
        sizes = sorted({job.samples for job in page_jobs}, reverse=True)
        for size in sizes:
            calls = " ".join(_quoted(str(job.call)) for job in page_jobs if job.samples == size)
            out += [f"    normstats run {calls} --samples {text.count_text(size)} --seed {seed}"]
        out += [""] if sizes else ["Nothing is measured: closed forms and quadrature alone.", ""]
    return "\n".join(out).rstrip() + "\n"


def _quoted(call: str) -> str:
    return f'"{call}"' if "(" in call else call
