"""`normstats check` without a file: measure, compare with exact values and tables, and sum up."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from normstats.check import consistency, single, threshold, whole
from normstats.check.case import Case, Document
from normstats.check.committed import Committed
from normstats.check.single import Measured, Single
from normstats.numerals.digits import significant
from normstats.numerals.quantities import count, duration, plural, prefixed
from normstats.result import Result
from normstats.runs.run import Run

Measure = Callable[[Run], Result]

WHOLE = "z as a whole"
NAMED = 6  # insensitive comparisons that are named for people; JSON has all
HEADINGS = ("compared", "comparisons", "by digits", "largest |z|", "failed")


@dataclass(frozen=True)
class Settings:
    """What the judgement depends on."""

    alpha: float = threshold.DEFAULT_ALPHA
    samples: int = 0
    seed: int = 0
    threads: int = 1
    restricted: bool = False
    tables_note: str = "not compared with tables"


@dataclass
class _Found:
    """All comparisons, and the chances of a false alarm that they get."""

    alpha: float
    singles: list[Single] = field(default_factory=list)
    wholes: list[whole.Whole] = field(default_factory=list)
    lacking: list[Case] = field(default_factory=list)

    @property
    def random(self) -> list[Single]:
        """Those that sampling decides."""
        return [one for one in self.singles if one.comparison.is_random]

    @property
    def chance(self) -> float:
        """Of a false alarm in one of them."""
        return threshold.share(self.alpha / 2.0, len(self.random))


def measure_all(plan: Sequence[Run], measure: Measure) -> tuple[list[Measured], bool]:
    """Everything in the plan, whole layers only, and whether Ctrl-C ended it early."""
    found: list[Measured] = []
    for run in plan:
        try:
            found.append(single.measured(measure(run)))
        except KeyboardInterrupt:
            return found, True
    return found, False


def verify(
    plan: Sequence[Run],
    measure: Measure,
    settings: Settings,
    committed: Committed | None = None,
) -> Document:
    """Measures the plan and compares it with the exact values and with the tables.

    Raises KeyboardInterrupt if that came before the first layer was done.
    """
    layers, interrupted = measure_all(plan, measure)
    if interrupted and not layers:
        raise KeyboardInterrupt
    found = _Found(settings.alpha)
    for layer in layers:
        found.singles += single.against_exact(layer)
    found.wholes = whole.tests(found.singles, settings.alpha / 2.0)
    if committed is not None:
        found.singles += single.against_tables(layers, committed)
        calls = {str(layer.run.call) for layer in layers}
        partly = settings.restricted or interrupted
        found.singles += single.digits(committed, lambda call: not partly or call in calls)
        if not partly:
            found.singles += consistency.repeated(committed)
            found.lacking = [*_lacking(committed), *consistency.csv_files(committed)]
    return _document(found, layers, settings, f"{len(layers)} of {len(plan)}" * interrupted)


def pace(layers: Sequence[Measured]) -> list[str]:
    """The time that sampling took, and how many samples a second that is."""
    elapsed = sum(layer.result.elapsed_s for layer in layers)
    samples = sum(layer.result.samples for layer in layers)
    rate = prefixed(samples / elapsed) if elapsed > 0.0 else "?"
    return [duration(elapsed), f"{rate} samples/s"]


def _lacking(committed: Committed) -> list[Case]:
    """Tables that do not belong to this catalogue."""
    absent, unknown = single.missing(committed)
    problems = [(constant.id, f"not in {committed.folder}") for constant in absent]
    problems += [(id, "not in the catalogue") for id in unknown]
    return [
        Case(single.DIGITS_OF, f"constant {id}", False, f"{problem}; make the tables again")
        for id, problem in problems
    ]


def _document(
    found: _Found, layers: Sequence[Measured], settings: Settings, interrupted: str
) -> Document:
    chance = found.chance
    cases = [_case(one, chance) for one in found.singles]
    cases += [_whole_case(one) for one in found.wholes]
    cases += found.lacking
    elapsed = sum(layer.result.elapsed_s for layer in layers)
    stream = max(layer.result.stream for layer in layers) if layers else 0
    parts = [plural(len(layers), "layer"), f"n = {count(settings.samples)} for activations"]
    parts += [f"seed {settings.seed}", f"stream {stream}", plural(settings.threads, "thread")]
    drifts = _drifts(found, chance)
    return Document(
        title=", ".join([*parts, *pace(layers)]),
        cases=cases,
        header={
            "alpha": settings.alpha,
            "comparisons_random": len(found.random),
            "chance_of_each": chance,
            "threshold": threshold.quantile(chance),
            "samples": settings.samples,
            "seed": settings.seed,
            "stream": stream,
            "threads": settings.threads,
            "layers": len(layers),
            "elapsed_s": elapsed,
            "tables": settings.tables_note,
            "drift": drifts,
        },
        headings=HEADINGS,
        rows=_rows(found, cases),
        remarks=[
            f"Tables: {settings.tables_note}.",
            _alarm(found, settings.alpha, chance),
            *_drift_remarks(drifts),
        ],
        interrupted=interrupted and f"INTERRUPTED after {interrupted} layers",
    )


def _case(one: Single, chance: float) -> Case:
    comparison = one.comparison
    limit, z = comparison.threshold(chance), comparison.z
    drift = comparison.drift(chance)
    reference = abs(comparison.reference)
    numbers: dict[str, Any] = {
        "layer": one.call,
        "quantity": one.quantity,
        "value": comparison.value,
        "reference": comparison.reference,
        "deviation": comparison.deviation,
        "relative": comparison.deviation / reference if reference else None,
        "se": comparison.se if comparison.is_random else None,
        "se_from": one.se_from if comparison.is_random else None,
        "z": z,
        "threshold": limit,
        "precision": comparison.precision,
        "drift": drift,
        "drift_relative": drift / reference if reference else None,
        "drift_in_std": drift / one.std if one.std else None,
        "samples": one.samples or None,
        "seed": one.seed,
    }
    passed = comparison.passes(chance)
    return Case(one.group, one.name, passed, _sentence(one, limit), numbers, one.elapsed_s)


def _sentence(one: Single, limit: float | None) -> str:
    c = one.comparison
    what, other = one.words
    sampled = f" (n = {count(one.samples)}, seed {one.seed})" if one.samples else ""
    text = f"{what} {significant(c.value)}{sampled}, {other} {significant(c.reference)}, "
    text += f"off by {c.deviation:+.3g}"
    if c.reference:
        text += f" ({c.deviation / abs(c.reference):+.2%})"
    if c.z is None or limit is None:
        return f"{text}, allowed ±{c.precision:.2g}"
    text += f", SE of that {c.se:.3g} from {one.se_from}"
    return f"{text}, z = {c.z:+.2f}, allowed ±{limit:.2f}"


def _whole_case(one: whole.Whole) -> Case:
    numbers = {
        "quantity": one.quantity,
        "value": one.total,
        "reference": one.layers,
        "low": one.low,
        "high": one.high,
    }
    return Case(WHOLE, f"{one.quantity}, Σz²", one.passed, one.message, numbers)


def _rows(found: _Found, cases: Sequence[Case]) -> list[list[str]]:
    rows = []
    groups = dict.fromkeys(case.group for case in cases)
    for group in groups:
        own = [one for one in found.singles if one.group == group]
        random = [one for one in own if one.comparison.is_random]
        total = [case for case in cases if case.group == group]
        failed = sum(not case.passed for case in total)
        largest = f"{single.largest_z(random):.2f}" if random else ""
        by_digits = str(len(own) - len(random)) if own else ""
        rows.append([group, str(len(total)), by_digits, largest, str(failed)])
    return rows


def _alarm(found: _Found, alpha: float, chance: float) -> str:
    """The chance of a false alarm, and what follows from it."""
    text = (
        f"The chance that this reports anything although everything is right is {alpha:.2g}: half "
        f"of it for {plural(len(found.random), 'single comparison')} ({chance:.2g} each: |z| up to "
        f"{threshold.quantile(chance):.2f}, more where the error is estimated from few groups or a "
        "few samples decide)"
    )
    tests = [f"{one.quantity} {one.total:.1f} ({one.layers})" for one in found.wholes]
    if not tests:
        return f"{text}."
    return f"{text}, half for z as a whole. Σz² (expected): {', '.join(tests)}."


def _drifts(found: _Found, chance: float) -> dict[str, Any]:
    """The smallest drift that would have been caught, in std of its direction: median and worst."""
    drifts = sorted(
        (one.comparison.drift(chance) / one.std, one.name)
        for one in found.random
        if one.group == single.EXACT and one.std and not one.quantity.endswith("zeros")
    )
    if not drifts:
        return {}
    (value, name) = drifts[-1]
    blind = [{"name": n, "drift_in_std": v} for v, n in reversed(drifts) if v > 0.01]
    return {
        "median_in_std": statistics.median(v for v, _ in drifts),
        "worst_in_std": value,
        "worst": name,
        "beyond_one_percent": blind,
    }


def _drift_remarks(drifts: dict[str, Any]) -> list[str]:
    if not drifts:
        return []
    text = (
        "Smallest drift that would have been caught, in units of the std: median "
        f"{drifts['median_in_std']:.2g}, worst {drifts['worst_in_std']:.2g} ({drifts['worst']})."
    )
    blind = [f"{one['name']} {one['drift_in_std']:.2g}" for one in drifts["beyond_one_percent"][1:]]
    if blind:
        more = f" and {len(blind) - NAMED} more" if len(blind) > NAMED else ""
        text += f" Above 0.01 also: {', '.join(blind[:NAMED])}{more}."
    return [text]
