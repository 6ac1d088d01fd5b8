"""All tables: what they need is measured, and the files follow from the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from normstats.published.catalogue import Page, pages
from normstats.published.evaluate import measurable
from normstats.published.verdict import Kind, counts
from normstats.reports import formats
from normstats.reports.model import Report
from normstats.result import Result
from normstats.runs.run import Run
from normstats.tables import activations, budget, documents, index, jobs, posts, sources, write
from normstats.tables.jobs import Wanted
from normstats.tables.rows import Row, row

Measure = Callable[[Run], Result]

Judged = tuple[tuple[Page, tuple[Row, ...]], ...]


@dataclass(frozen=True)
class Summary:
    """What was made."""

    folder: Path
    files: tuple[str, ...]
    verdicts: Mapping[Kind, int]


def shown() -> list[tuple[str, str, tuple[Wanted, ...]]]:
    """Every page that shows numbers: its name, its title and its layers."""
    found = [
        (documents.NAME, documents.TITLE, posts.wanted()),
        (activations.NAME, activations.TITLE, jobs.activations()),
    ]
    for page in pages():
        own = tuple(jobs.wanted(constant) for constant in page.constants if measurable(constant))
        found.append((page.name, page.title, own))
    return found


def needed(scalar: int, seed: int) -> tuple[Run, ...]:
    """Everything that the tables measure, once each."""
    wanted = dict.fromkeys(one for _, _, own in shown() for one in own)
    return tuple(
        Run(one.call, budget.samples_for(one.call, scalar), seed, one.inputs) for one in wanted
    )


def generate(
    measure: Measure,
    folder: Path | str,
    *,
    scalar: int = budget.SCALAR,
    seed: int = 0,
    command: str = "make tables",
) -> Summary:
    """Measures what the tables need and writes them all into the folder.

    ``scalar`` is the number of samples of a layer of one number. Nothing is written before
    everything is measured. Raises UsageError if the folder cannot be written.
    """
    folder = Path(folder)
    write.prepare(folder)
    todo = needed(scalar, seed)
    results = {Wanted.of(run): measure(run) for run in todo}
    judged = judge(results)
    files = render(judged, todo, results, seed=seed, command=command)
    write.write(folder, files)
    verdicts = [one.verdict for _, rows in judged for one in rows]
    return Summary(folder, tuple(files), counts(verdicts))


def judge(results: Mapping[Wanted, Result]) -> Judged:
    """Every constant with its verdict, page by page."""
    return tuple((page, tuple(row(one, results) for one in page.constants)) for page in pages())


def render(
    judged: Judged,
    todo: Sequence[Run],
    results: Mapping[Wanted, Result],
    *,
    seed: int = 0,
    command: str = "make tables",
) -> dict[str, str]:
    """Every file's name and content, from the results and verdicts alone."""
    files = {}
    for name, report in reports(judged, todo, results, seed, command).items():
        there = {"markdown": report.parts, "csv": report.data.names, "json": report.document}
        for form in (form for form, content in there.items() if content):
            files[name + formats.formats()[form].suffixes[0]] = formats.render(report, form)
    return files


def reports(
    judged: Judged, todo: Sequence[Run], results: Mapping[Wanted, Result], seed: int, command: str
) -> dict[str, Report]:
    """Every page by its name."""
    everything = [one for _, rows in judged for one in rows]
    stream = max(result.stream for result in results.values())
    commands = [
        (name, title, [run for run in todo if Wanted.of(run) in own])
        for name, title, own in shown()
    ]
    found = {
        "index": index.report(judged, results, todo),
        "README": index.readme(commands, seed, stream, command),
        documents.NAME: documents.report(results, everything, command),
        activations.NAME: activations.report(results),
    }
    return found | {page.name: sources.report(page, rows) for page, rows in judged}
