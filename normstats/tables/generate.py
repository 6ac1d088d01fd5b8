"""All tables: what they need is measured, and the files follow from the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from normstats.published import catalogue
from normstats.published.catalogue import Page
from normstats.published.evaluate import measurable
from normstats.published.verdict import Kind, counts
from normstats.reports import formats
from normstats.reports.model import Report
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.run import Run
from normstats.tables import activations, documents, index, sources, write
from normstats.tables.jobs import activations as all_activations
from normstats.tables.jobs import call_of, jobs
from normstats.tables.rows import Row, rows

Measure = Callable[[Run], Result]
SCALAR = 10**9

Judged = tuple[tuple[Page, tuple[Row, ...]], ...]


@dataclass(frozen=True)
class Summary:
    """What was made."""

    folder: Path
    files: tuple[str, ...]
    verdicts: Mapping[Kind, int]
    agreement: index.Agreement


def needed(scalar: int, seed: int, pages: Sequence[Page] | None = None) -> tuple[Run, ...]:
    """Everything that the tables measure."""
    chosen = catalogue.pages() if pages is None else pages
    constants = [constant for page in chosen for constant in page.constants]
    return jobs(documents.calls(), constants, scalar, seed)


def generate(
    measure: Measure,
    folder: Path | str,
    *,
    scalar: int = SCALAR,
    seed: int = 0,
    command: str = "make tables",
    pages: Sequence[Page] | None = None,
) -> Summary:
    """Measures what the tables need and writes them all into the folder.

    ``scalar`` is the number of samples of a layer of one number. Nothing is written before
    everything is measured. Raises UsageError if the folder cannot be written.
    """
    folder = Path(folder)
    write.prepare(folder)
    chosen = tuple(catalogue.pages() if pages is None else pages)
    todo = needed(scalar, seed, chosen)
    results = {run.call: measure(run) for run in todo}
    judged = judge(chosen, results)
    files = render(judged, todo, results, seed=seed, command=command)
    write.write(folder, files)
    verdicts = [row.verdict for _, page_rows in judged for row in page_rows]
    return Summary(folder, tuple(files), counts(verdicts), index.agreement(results))


def judge(pages: Sequence[Page], results: Mapping[Call, Result]) -> Judged:
    """Every constant with its verdict, page by page."""
    return tuple((page, rows(page.constants, results)) for page in pages)


def render(
    judged: Judged,
    todo: Sequence[Run],
    results: Mapping[Call, Result],
    *,
    seed: int = 0,
    command: str = "make tables",
) -> dict[str, str]:
    """Every file's name and content, from the results and verdicts alone."""
    return {
        name + suffix: formats.render(report, form)
        for name, report in reports(judged, todo, results, seed, command).items()
        for form, suffix in _files(report).items()
    }


def reports(
    judged: Judged, todo: Sequence[Run], results: Mapping[Call, Result], seed: int, command: str
) -> dict[str, Report]:
    """Every page by its name."""
    pages = [page for page, _ in judged]
    everything: list[Row] = [row for _, page_rows in judged for row in page_rows]
    found = {
        "index": index.report(judged, results, todo),
        "README": index.readme(_commands(pages, todo), seed, _stream(results), command),
        "documents": documents.report(results, everything, command),
        "activations": activations.report(results),
    }
    return found | {page.name: sources.report(page, page_rows) for page, page_rows in judged}


def _files(report: Report) -> dict[str, str]:
    """The formats that a page has, and their suffixes."""
    there = {"markdown": report.parts, "csv": report.data.columns, "json": report.document}
    return {form: formats.formats()[form].suffixes[0] for form, content in there.items() if content}


def _commands(pages: Sequence[Page], todo: Sequence[Run]) -> list[tuple[str, str, tuple[Run, ...]]]:
    """For each page its title and the jobs that it shows, in the order of all jobs."""

    def of(calls: set[Call]) -> tuple[Run, ...]:
        return tuple(run for run in todo if run.call in calls)

    shown = {call_of(layer, params) for layer, params in documents.calls()}
    found = [(documents.NAME, documents.TITLE, of(shown))]
    shown = {call_of(layer.name, {}) for layer in all_activations()}
    found.append((activations.NAME, activations.TITLE, of(shown)))
    for page in pages:
        shown = {
            call_of(constant.layer, constant.params)
            for constant in page.constants
            if measurable(constant)
        }
        found.append((page.name, page.title, of(shown)))
    return found


def _stream(results: Mapping[Call, Result]) -> int:
    """The stream version of the results; 0 if there are none."""
    return max((result.stream for result in results.values()), default=0)
