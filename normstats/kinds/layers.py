"""Runs of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from normstats import registry
from normstats.engine.job import moments_of
from normstats.engine.part import Part
from normstats.engine.target import FIRST, reached
from normstats.files.strict import Record
from normstats.frozen import Frozen
from normstats.kinds.kind import Kind
from normstats.moments import packed
from normstats.moments.span import Sums, total
from normstats.moments.statistics import statistics
from normstats.result import Exact, Result
from normstats.result.result import SAMPLES
from normstats.result.versions import versions
from normstats.runs.run import Run


def _settle(run: Run) -> tuple[Exact, ...]:
    return registry.exact(run.call, run.inputs)


def _result(parts: Sequence[Part]) -> Result:
    run = parts[0].run
    assert isinstance(run, Run)
    layer, job = registry.get(run.call.layer), registry.job_of(run)
    spans = [part.span for part in parts if part.span]
    sums = moments_of(total(spans))
    found = zip(layer.quantities(run.call.params), sums, _settle(run), strict=True)
    return Result(
        run=run,
        samples=sum(job.blocks.samples_of(span.first, span.end) for span in spans),
        threads=max(part.threads for part in parts),
        elapsed_s=sum(part.elapsed_s for part in parts),
        interrupted=False,
        statistics=Frozen({name: statistics(sums, known) for name, sums, known in found}),
        unit=job.unit,
        units=sums[0].units,
        versions=versions(),
        notes=layer.notes(run.call.params, run.inputs),
        ended=SAMPLES,
    )


def _unpack(run: Run, record: Record, name: str, given: list[Any]) -> list[Sums]:
    quantities = registry.get(run.call.layer).quantities(run.call.params)
    return [*packed.unpack(record, name, given, len(quantities))]


LAYERS = Kind(
    read=registry.run_from,
    job=registry.job_of,
    settle=_settle,
    result=_result,
    reached=reached,
    first=FIRST,
    pack=packed.pack,
    unpack=_unpack,
)
