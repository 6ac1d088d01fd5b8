"""From a run to its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from normstats import interrupts, registry
from normstats.engine.observer import Interrupted, Observer
from normstats.engine.target import run_until
from normstats.frozen import Frozen
from normstats.kernels import run as kernels
from normstats.moments.statistics import statistics
from normstats.result import Result
from normstats.runs.run import PLAIN, Run
from normstats.values import Array


@cache
def versions() -> Mapping[str, str]:
    """What the numbers of a result depend on, or might."""
    import platform
    from importlib.metadata import version

    from normstats import __version__

    packages = {name: version(name) for name in ("numpy", "numba", "llvmlite", "scipy")}
    return Frozen({"normstats": __version__, "python": platform.python_version(), **packages})


def refuse(run: Run, threads: int) -> None:
    """UsageError if ``perform`` could not do this: a method or a size that does not fit."""
    registry.get(run.call.layer).job(run).check(threads)


def values(run: Run, wanted: int) -> tuple[Array, Array]:
    """y and dx of the first samples of a run, at most so many numbers of each, as they are drawn.

    They are those of plain sampling, whatever the run's method and target are.
    """
    plain = replace(run, method=PLAIN, target=None)
    return registry.get(run.call.layer).job(plain).values(wanted)


def perform(run: Run, threads: int, observer: Observer | None = None) -> Result:
    """The result of a run; its bits do not depend on the number of threads.

    Raises UsageError for what does not fit, and Interrupted on Ctrl-C.
    """
    with interrupts.held():
        try:
            result = _whole(run, threads, observer)
        except Interrupted as stopped:
            if stopped.result is None:
                raise
            raise Interrupted(replace(stopped.result, run=run)) from None
        if interrupts.noted():  # after the last sample
            raise Interrupted(result)
    return result


def _whole(run: Run, threads: int, observer: Observer | None) -> Result:
    if run.target is None:
        return _once(run, threads, observer)
    found = run_until(run, run.target, lambda part: _once(part, threads, observer))
    return replace(found, run=run)


def _once(run: Run, threads: int, observer: Observer | None) -> Result:
    from normstats.engine.threads import run as run_job

    layer = registry.get(run.call.layer)
    job = layer.job(run)
    job.check(threads)
    kernels.prepare(job.kernels, lambda: observer.compiling(str(run.call)) if observer else None)
    # First: what is interrupted is then the sampling alone.
    exact = layer.exact(run.call.params, run.inputs)
    outcome = run_job(job, threads, observer)
    found = zip(layer.quantities(run.call.params), outcome.sums, exact, strict=True)
    result = Result(
        run=run,
        samples=outcome.samples,
        threads=threads,
        elapsed_s=outcome.elapsed_s,
        interrupted=outcome.interrupted,
        statistics=Frozen({name: statistics(sums, known) for name, sums, known in found}),
        unit=job.unit,
        units=outcome.sums[0].units,
        versions=versions(),
        notes=layer.notes(run.call.params, run.inputs),
    )
    if outcome.interrupted:
        raise Interrupted(result)
    return result
