"""`normstats check`: measures what the sources want, judges what they compare, and sums up."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from normstats.check import threshold
from normstats.check.judgement import Judgement, judge, largest_z
from normstats.check.measured import Layers, Measure, measure_all, restricted, runs
from normstats.check.report import Document
from normstats.check.source import Source
from normstats.reports.quantities import count, duration, plural, prefixed
from normstats.runs.run import Run

NAMED = 6  # insensitive comparisons that are named for people; JSON has all
# What machines find at the head, in this order; what other sources add comes last.
FIELDS = (
    *("file", "alpha", "comparisons_random", "chance_of_each", "threshold"),
    *("samples", "seed", "stream", "threads", "layers", "elapsed_s", "tables", "drift"),
)
HEADINGS = ("compared", "comparisons", "by digits", "largest |z|", "failed")


@dataclass(frozen=True)
class Check:
    """The sources and how they are checked; ``names`` are the only layers, if there are any."""

    sources: Sequence[Source]
    alpha: float = threshold.DEFAULT_ALPHA
    samples: int = 0
    seed: int = 0
    threads: int = 1
    names: Sequence[str] = ()

    @property
    def runs(self) -> list[Run]:
        """What is to be measured."""
        wanted = [one for source in self.sources for one in source.wanted()]
        return runs(restricted(wanted, self.names), self.samples, self.seed)

    def __call__(self, measure: Measure) -> Document:
        """The check done. Raises KeyboardInterrupt if that came before the first layer was done."""
        layers = measure_all(self.runs, measure, bool(self.names))
        found = (one for source in self.sources for one in source.comparisons(layers))
        return self._document(layers, judge(found, self.alpha))

    def _document(self, layers: Layers, judgement: Judgement) -> Document:
        shows_all = all(source.shows_all for source in self.sources)
        elapsed = sum(one.result.elapsed_s for one in layers.done)
        samples = sum(one.result.samples for one in layers.done)
        rate = prefixed(samples / elapsed) if elapsed > 0.0 else "?"
        stream = max((one.result.stream for one in layers.done), default=0)
        drifts = drift(judgement)
        title = [
            *filter(None, (source.title(layers) for source in self.sources)),
            f"n = {count(self.samples)} for activations",
            f"seed {self.seed}",
            f"stream {stream}",
            plural(self.threads, "thread"),
            duration(elapsed),
            f"{rate} samples/s",
        ]
        header: dict[str, Any] = {
            "alpha": self.alpha,
            "comparisons_random": len(judgement.random),
            "chance_of_each": judgement.chance,
            "threshold": threshold.quantile(judgement.chance),
            "samples": self.samples,
            "seed": self.seed,
            "stream": stream,
            "threads": self.threads,
            "elapsed_s": elapsed,
        }
        if judgement.halved:
            header["drift"] = drifts
        for source in self.sources:
            header |= source.header(layers)
        remarks = [source.remark for source in self.sources]
        remarks += [_alarm(judgement), *_drift_remarks(drifts)]
        remarks += [one.remark for one in judgement.comparisons]
        return Document(
            title=", ".join(title),
            cases=judgement.cases,
            header={k: header[k] for k in dict.fromkeys((*FIELDS, *header)) if k in header},
            headings=() if shows_all else HEADINGS,
            rows=() if shows_all else _rows(judgement),
            remarks=list(filter(None, remarks)),
            shows_all=shows_all,
            interrupted=layers.interruption,
        )


def _rows(judgement: Judgement) -> list[list[str]]:
    """A line for each group of comparisons."""
    rows = []
    for group in dict.fromkeys(case.group for case in judgement.cases):
        own = [one for one in judgement.comparisons if one.group == group]
        random = [one for one in own if one.is_random]
        cases = [case for case in judgement.cases if case.group == group]
        failed = sum(not case.passed for case in cases)
        largest = f"{largest_z(random):.2f}" if random else ""
        by_digits = str(len(own) - len(random)) if own else ""
        rows.append([group, str(len(cases)), by_digits, largest, str(failed)])
    return rows


def _alarm(judgement: Judgement) -> str:
    """The chance of a false alarm, and what follows from it."""
    number, chance = len(judgement.random), judgement.chance
    if not judgement.halved:
        return (
            "The chance that a measurement is reported although everything is right is "
            f"{judgement.alpha:.2g}: {chance:.2g} for each of "
            f"{plural(number, 'measured constant')}."
        )
    text = (
        f"The chance that this reports anything although everything is right is "
        f"{judgement.alpha:.2g}: half of it for {plural(number, 'single comparison')} "
        f"({chance:.2g} each: |z| up to {threshold.quantile(chance):.2f}, more where the error is "
        "estimated from few groups or a few samples decide)"
    )
    tests = [f"{one.quantity} {one.total:.1f} ({one.layers})" for one in judgement.wholes]
    if not tests:
        return f"{text}."
    return f"{text}, half for z as a whole. Σz² (expected): {', '.join(tests)}."


def drift(judgement: Judgement) -> dict[str, Any]:
    """The smallest drift that would have been caught, in std of its direction: median and worst."""
    drifts = sorted(
        (one.drift(judgement.chance) / one.std, one.name)
        for one in judgement.random
        if one.std and not one.quantity.endswith("zeros")
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
