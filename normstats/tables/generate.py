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
from normstats.tables import activations, documents, index, sources, write
from normstats.tables.jobs import Budget, Job, jobs
from normstats.tables.jobs import activations as all_activations
from normstats.tables.jobs import job as one_job
from normstats.tables.rows import Row, rows

Measure = Callable[..., Result]
Progress = Callable[[Job, int, int], None]
Judged = tuple[tuple[Page, tuple[Row, ...]], ...]


@dataclass(frozen=True)
class Summary:
    """What was made."""

    folder: Path
    files: tuple[str, ...]
    verdicts: Mapping[Kind, int]
    agreement: index.Agreement


def needed(budget: Budget, pages: Sequence[Page] | None = None) -> tuple[Job, ...]:
    """Everything that the tables measure."""
    chosen = catalogue.pages() if pages is None else pages
    constants = [constant for page in chosen for constant in page.constants]
    return jobs(documents.calls(), constants, budget)


def generate(
    measure: Measure,
    folder: Path | str,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    command: str = "make tables",
    pages: Sequence[Page] | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Measures what the tables need and writes them all into the folder.

    ``measure`` is ``normstats.measure`` or a function like it, called with the layer's name,
    ``samples``, ``seed`` and the layer's parameters; ``progress`` gets each job before it starts,
    its number from 0, and how many there are. Nothing is written before everything is measured.
    Raises UsageError if the folder cannot be written.
    """
    folder = Path(folder)
    write.prepare(folder)
    chosen = tuple(catalogue.pages() if pages is None else pages)
    todo = needed(budget or Budget(), chosen)
    results: dict[str, Result] = {}
    for number, job in enumerate(todo):
        if progress is not None:
            progress(job, number, len(todo))
        results[job.call] = measure(job.layer, samples=job.samples, seed=seed, **job.params)
    judged = judge(chosen, results)
    files = render(judged, todo, results, seed=seed, command=command)
    write.write(folder, files)
    verdicts = [row.verdict for _, page_rows in judged for row in page_rows]
    return Summary(folder, tuple(files), counts(verdicts), index.agreement(results))


def judge(pages: Sequence[Page], results: Mapping[str, Result]) -> Judged:
    """Every constant with its verdict, page by page."""
    return tuple((page, rows(page.constants, results)) for page in pages)


def render(
    judged: Judged,
    todo: Sequence[Job],
    results: Mapping[str, Result],
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
    judged: Judged, todo: Sequence[Job], results: Mapping[str, Result], seed: int, command: str
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


def _commands(pages: Sequence[Page], todo: Sequence[Job]) -> list[tuple[str, str, tuple[Job, ...]]]:
    """For each page its title and the jobs that it shows, in the order of all jobs."""
    by_call = {job.call: job for job in todo}

    def of(calls: set[str]) -> tuple[Job, ...]:
        return tuple(job for call, job in by_call.items() if call in calls)

    plain = Budget()
    shown = {one_job(layer, params, plain).call for layer, params in documents.calls()}
    found = [(documents.NAME, documents.TITLE, of(shown))]
    shown = {one_job(layer.name, {}, plain).call for layer in all_activations()}
    found.append((activations.NAME, activations.TITLE, of(shown)))
    for page in pages:
        shown = {
            one_job(constant.layer, constant.params, plain).call
            for constant in page.constants
            if measurable(constant)
        }
        found.append((page.name, page.title, of(shown)))
    return found


def _stream(results: Mapping[str, Result]) -> int:
    """The stream version of the results; 0 if there are none."""
    return max((result.stream for result in results.values()), default=0)
