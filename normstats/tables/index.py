"""The index of the tables: verdicts counted, what differs, and the README with the commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from operator import ne
from statistics import fmean, pstdev
from typing import Any

from normstats.numerals.quantities import count, plural
from normstats.numerals.short import short
from normstats.published.catalogue import Page
from normstats.published.verdict import MEANINGS, Kind
from normstats.reports import model
from normstats.reports.marks import code, escaped, link
from normstats.reports.model import Report, Table, Text
from normstats.result import Result
from normstats.runs.run import Run
from normstats.tables import activations, documents, text
from normstats.tables.jobs import Wanted, usual
from normstats.tables.rows import Row, verdicts
from normstats.tables.sequential import SEQUENTIAL, networks

TITLE = "Published constants of normalisation, measured again"
# The verdicts on numbers that differ from the exact ones, the gravest first.
DIFFERENT = (
    Kind.ERROR,
    Kind.SIMULATION,
    Kind.FIT,
    Kind.OWN_NUMERICS,
    Kind.WITHIN_NOISE,
    Kind.CONVENTION,
)
LONGEST_LINE = 300  # characters of the layers of one command
Pages = Sequence[tuple[Page, Sequence[Row]]]


def agreement(results: Mapping[Wanted, Result]) -> dict[str, Any]:
    """How mean and std of y and dx of every layer lie around their exact values, in SE.

    The z's of one result are correlated.
    """
    found = [
        statistic.z
        for result in results.values()
        for direction in (result.forward, result.backward)
        for statistic in (direction.mean, direction.std)
        if statistic.z is not None and statistic.se
    ]
    z = found or [0.0]
    numbers = {"mean_z": fmean(z), "std_z": pstdev(z), "largest_z": max(map(abs, z))}
    rounded = {name: text.rounded(number, 3) for name, number in numbers.items()}
    return {"comparisons": len(found), **rounded}


def report(pages: Pages, results: Mapping[Wanted, Result], jobs: Sequence[Run]) -> Report:
    """The index: counts of verdicts, page by page, and what was measured."""
    everything = [row for _, rows in pages for row in rows]
    how = agreement(results)
    single = sum(one.call.layer != SEQUENTIAL for one in results)
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
        "agreement": how,
        "measured": [
            {
                **_called(job),
                "inputs": job.inputs.changed or None,
                "samples": results[Wanted.of(job)].samples,
                "seed": job.seed,
                "stream": job.stream,
            }
            for job in jobs
        ],
    }
    parts: list[Table | Text] = [
        model.prose(
            f"[{documents.TITLE}]({documents.NAME}.md), and the errata found in them",
            f"[{activations.TITLE}]({activations.NAME}.md): exact and measured",
            "Every published constant, one page per source, as counted below",
            start=model.NUMBERED,
        ),
        *_counted(pages, everything),
        model.prose(
            "Four gains are told apart everywhere: 1/std of y, 1/rms of y, 1/std of dx, and σ*, "
            "the std of x at which the mean of y² is 1.",
            f"The {how['comparisons']} measured means and stds of {single} layers lie around "
            "their exact values by z = (measured − exact)/SE with mean "
            f"{how['mean_z']:+.2f}, standard deviation {how['std_z']:.2f} and largest |z| "
            f"{how['largest_z']:.2f}.",
            "Every page is there for people (`.md`) and for machines (`.csv`, `.json`); "
            "[README](README.md) has the commands behind them.",
        ),
        model.heading("What differs from its exact value", 2),
        *_different(pages),
    ]
    return text.page(TITLE, parts, document=document)


def _called(job: Run) -> dict[str, Any]:
    """A layer as it is typed; layers in a row with their parameters beside them."""
    if job.call.layer == SEQUENTIAL:
        return {"layer": job.call.layer, "params": dict(job.call.params)}
    return {"layer": str(job.call)}


def _counted(pages: Pages, everything: Sequence[Row]) -> Iterator[Table | Text]:
    """The verdicts with what they mean, then page by page."""
    yield model.prose(
        f"Each of the {len(everything)} constants has a verdict: what its source claims, and "
        "whether that is so."
    )
    total = verdicts(everything)
    yield model.table(
        ("verdict", "constants", "what it says"),
        [(str(kind), str(total[kind]), MEANINGS[kind]) for kind in Kind],
        "lrl",
    )
    yield model.prose("The same, source by source:")
    yield model.table(
        ("source", "constants", *Kind),
        [
            [
                link(page.title, f"{page.name}.md"),
                str(len(rows)),
                *(str(number or text.NOTHING) for number in verdicts(rows).values()),
            ]
            for page, rows in pages
        ],
    )


def _different(pages: Pages) -> Iterator[Table | Text]:
    """Kind by kind, what differs from its exact value: the largest first."""
    yield model.prose(
        "Only the first group is wrong by what its source claims. In each, the largest deviation, "
        "in per cent of the exact value, comes first. The pages have a note on each constant."
    )
    for kind in DIFFERENT:
        found = [(page, row) for page, rows in pages for row in rows if row.verdict.kind is kind]
        if not found:
            continue
        found.sort(key=lambda one: -abs(one[1].verdict.relative or 0.0))
        yield model.heading(f"{kind.capitalize()}: {len(found)}", 3)
        yield model.prose(escaped(f"{MEANINGS[kind][:1].upper()}{MEANINGS[kind][1:]}."))
        headings = ("constant", "page", "quantity", "published", "exact", "off by", "why")
        lines = [_line(page, row) for page, row in found]
        yield model.table(headings, lines, "l").filled()


def _line(page: Page, row: Row) -> list[str]:
    constant, verdict = row.constant, row.verdict
    _, quantity, published, _, exact, *_ = row.cells
    quantity = constant.words if quantity == text.NOTE else quantity
    size = text.NOTHING
    if constant.matrix is not None and verdict.exact_matrix is not None:
        both = [list(chain(*matrix)) for matrix in (constant.matrix, verdict.exact_matrix)]
        published, exact = f"a table of {len(both[0])}", text.NOTHING
        size = plural(sum(map(ne, *both)), "number")
    elif verdict.relative is not None:
        size = f"{short(100.0 * verdict.relative, 2, '+')} %"
    elif verdict.deviation is not None:
        size = short(verdict.deviation, 2, "+")
    name, place = code(constant.id), link(page.name, f"{page.name}.md")
    why = constant.reason if verdict.kind is Kind.ERROR else ""
    return [name, place, quantity, published, exact, size, why]


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
        single = [job for job in jobs if job.call.layer != SEQUENTIAL]
        for size, inputs in sorted({(-job.samples, _inputs(job)) for job in single}):
            own = [job for job in single if (-job.samples, _inputs(job)) == (size, inputs)]
            samples = count(-size).replace(",", "")
            commands += [
                f"normstats run {calls} --samples {samples} --seed {seed}{inputs}"
                for calls in _lines([_quoted(str(job.call)) for job in own])
            ]
        commands += [_chain(job) for job in jobs if job.call.layer == SEQUENTIAL]
        nothing = "Nothing is measured: closed forms and quadrature alone."
        found = model.prose(*commands, start=model.COMMAND)
        parts.append(found if commands else Text([nothing]))
    return text.page("tables", parts)


def _chain(job: Run) -> str:
    """The command of layers in a row."""
    called = f'"{job.call.params["layers"]}" --input {job.call.params["input"]}'
    return f"normstats chain {called} --networks {networks(job)} --seed {job.seed}{_inputs(job)}"


def _lines(words: Sequence[str]) -> Iterator[str]:
    """The words in lines that are not too long to read."""
    line = ""
    for word in words:
        if line and len(line) + len(word) > LONGEST_LINE:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line


def _inputs(job: Run) -> str:
    """The options for inputs that are not those that the layer begins with."""
    own, without = asdict(job.inputs), asdict(usual(job.call).inputs)
    return "".join(
        f" --{name.replace('_', '-')} {repr(value).removesuffix('.0')}"
        for name, value in own.items()
        if value != without[name]
    )


def _quoted(call: str) -> str:
    return f'"{call}"' if "(" in call else call
