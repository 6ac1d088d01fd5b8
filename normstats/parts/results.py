"""Results that were saved as JSON, read back: the schema "normstats/1" of `normstats schema`.

What follows from other numbers (deviations, gains, notes on errors) is found anew.
"""

from __future__ import annotations

import math
from dataclasses import replace

from normstats import registry
from normstats.errors import UsageError
from normstats.files.strict import Record
from normstats.frozen import Frozen
from normstats.moments.statistics import SHARE_PRECISION, precision_of
from normstats.result import Estimate, Exact, Result, Statistics
from normstats.result.document import ESTIMATE, RUN
from normstats.result.notes import notes
from normstats.result.numbers import STATISTICS
from normstats.result.result import INTERRUPTION, SAMPLES
from normstats.runs.call import Call
from normstats.runs.counts import MOST_SAMPLES, SEED_LIMIT
from normstats.runs.inputs import NAMES, Inputs, parse_inputs
from normstats.runs.method import parse_method
from normstats.runs.run import Run

_MOST = 10_000
_OTHERS = ("layer", "params", "ended", "gains", "method", "inputs", "unit", "units", "notes")
_FIELDS = (*_OTHERS, *RUN, "versions")
_ENDS = (SAMPLES, "target", "time", INTERRUPTION, "partial")
_LARGEST = 2 * MOST_SAMPLES  # a method may round samples up


def layer_results(document: Record) -> list[Result]:
    """The results of a file; UsageError with its name if it is not as it was written."""
    document.only("schema", "results")
    found = [_result(one) for one in document.records("results", _MOST)]
    if not found:
        raise document.error("has no results")
    return found


def _result(record: Record) -> Result:
    run = _run(record)
    layer = registry.get(run.call.layer)
    names = layer.quantities(run.call.params)
    record.only(*_FIELDS, *names)
    exact = dict.fromkeys(names, Exact())
    if any(_has_null(record.record(name)) for name in names):  # unknown, or infinite
        exact = dict(zip(names, registry.exact(run.call, run.inputs), strict=True))
    interrupted = record.truth("interrupted")
    usual = INTERRUPTION if interrupted else SAMPLES
    result = Result(
        run=run,
        samples=run.samples,
        threads=record.whole("threads", 1, 10**6),
        elapsed_s=record.number("elapsed_s", 0.0) or 0.0,
        interrupted=interrupted,
        statistics=Frozen(
            {name: _statistics(record.record(name), exact[name], run.samples) for name in names}
        ),
        unit=record.text("unit"),
        units=record.whole("units", 1, _LARGEST),
        versions=Frozen(record.record("versions").words),
        ended=record.one_of("ended", _ENDS) if "ended" in record else usual,
    )
    said = record.texts("notes")
    derived = notes(result)
    return replace(result, notes=tuple(note for note in said if note not in derived))


def _run(record: Record) -> Run:
    """With the samples that were drawn."""
    method, _, conditional = record.text("method").partition(" ")
    given = record.record("inputs")
    given.only(*NAMES)
    try:
        if conditional not in ("", "conditional"):
            raise UsageError("`method`", method, f"nothing is {conditional[:20]}")
        return Run(
            _call(record),
            record.whole("samples", 1, _LARGEST),
            record.whole("seed", 0, SEED_LIMIT - 1),
            _inputs(given),
            parse_method(method, bool(conditional)),
            stream=record.whole("stream", 1, 2**32),
        )
    except UsageError as error:
        raise error if record.is_own(error) else record.error(f"{error}") from None


def _call(record: Record) -> Call:
    params = record.record("params").raw
    try:
        return registry.parse_call(record.text("layer"), params)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, UsageError):
            raise
        raise record.error("params are none of this layer") from None


def _inputs(given: Record) -> Inputs:
    x_mean, x_std, dy_mean, dy_std = (given.number(name) for name in NAMES)
    return parse_inputs(x_mean, x_std, dy_mean, dy_std)


def _has_null(record: Record) -> bool:
    each = (record.record(name) for name in STATISTICS)
    return any(one.number(name) is None for one in each for name in ("se", "exact"))


def _statistics(record: Record, exact: Exact, samples: int) -> Statistics:
    record.only(*STATISTICS)
    mean, std = (record.record(name).number("value") for name in ("mean", "std"))
    precision = precision_of(_known(mean), _known(std))
    few = {"mean": samples < exact.mean_from, "zeros": False}

    def estimate(name: str) -> Estimate:
        one = record.record(name)
        one.only(*ESTIMATE)
        se, known, z = one.number("se", 0.0), one.number("exact"), one.number("z")
        anew = getattr(exact, name)
        if known is None and anew is not None and math.isinf(anew):
            known = anew
        heavy = se is None and few.get(name, samples < exact.std_from)
        own = SHARE_PRECISION if name == "zeros" else precision
        rough = z is None and known is not None and bool(se)
        return Estimate(_known(one.number("value")), se, known, own, heavy, rough)

    return Statistics(*(estimate(name) for name in STATISTICS))


def _known(value: float | None) -> float:
    return math.nan if value is None else value
