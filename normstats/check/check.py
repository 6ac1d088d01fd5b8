"""`normstats check`: measures what the sources want, judges what they compare, and sums up."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from normstats.check import threshold
from normstats.check.judgement import TESTED, Judgement, judge, largest_z
from normstats.check.measured import Layers, Measure, measure_all, restricted, runs
from normstats.check.report import Document
from normstats.check.sources import Source
from normstats.numerals.quantities import count, duration, plural, prefixed
from normstats.runs.run import Run

COARSE = 0.01  # a limit that is named: a hundredth of the std
# What machines find at the head, in this order; what other sources add comes last.
FIELDS = (
    *("file", "alpha", "comparisons_random", "chance_of_each", "threshold"),
    *("samples", "seed", "stream", "threads", "layers", "elapsed_s", "tables", "limits"),
)
HEADINGS = ("compared", "comparisons", "by bounds", "largest |z|", "failed")


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
        layers = measure_all(self.runs, measure, not self.names)
        found = (one for source in self.sources for one in source.comparisons(layers))
        return self._document(layers, judge(found, self.alpha))

    def _document(self, layers: Layers, judgement: Judgement) -> Document:
        shows_all = all(source.shows_all for source in self.sources)
        elapsed = sum(one.result.elapsed_s for one in layers.done)
        samples = sum(one.result.samples for one in layers.done)
        rate = prefixed(samples / elapsed) if elapsed > 0.0 else "?"
        stream = max((one.result.stream for one in layers.done), default=0)
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
        seen = limits(judgement)
        if judgement.halved:
            header["limits"] = seen
        for source in self.sources:
            header |= source.header(layers)
        remarks = [source.remark for source in self.sources]
        remarks += [_alarm(judgement), _in_words(seen)]
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
        by_bounds = str(len(own) - len(random)) if own else ""
        rows.append([group, str(len(cases)), by_bounds, largest, str(failed)])
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
    wholes = [one.numbers for one in judgement.wholes]
    tests = [f"{one['quantity']} {one['value']:.1f} ({one['reference']})" for one in wholes]
    if not tests:
        return f"{text}."
    return f"{text}, half for z as a whole. Σz² (expected): {', '.join(tests)}."


def limits(judgement: Judgement) -> dict[str, dict[str, Any]]:
    """For each quantity the deviations that would have been found, in std of their direction.

    Of each layer by the method that sees most.
    """
    best: dict[str, dict[str, float]] = {}
    for one in judgement.comparisons:
        if one.std and not one.quantity.endswith("zeros"):
            layers = best.setdefault(one.quantity, {})
            limit = one.seen(judgement.chance) / one.std
            layers[one.call] = min(limit, layers.get(one.call, math.inf))
    found = {}
    for quantity, layers in best.items():
        worst_first = sorted(((limit, name) for name, limit in layers.items()), reverse=True)
        found[quantity] = {
            "median_in_std": statistics.median(layers.values()),
            "worst_in_std": worst_first[0][0],
            "worst": worst_first[0][1],
            "beyond_one_percent": [name for limit, name in worst_first if limit > COARSE],
        }
    return found


def _in_words(limits: Mapping[str, Mapping[str, Any]]) -> str:
    """The same for people, without rms, which says what mean and std say."""
    parts = [
        f"{quantity} {one['median_in_std']:.2g}, {one['worst_in_std']:.2g} ({one['worst']})"
        for quantity in TESTED
        if (one := limits.get(quantity))
    ]
    if not parts:
        return ""
    return (
        "Detection limits: how far a value may be off, in units of the std, until it is found at "
        f"least 19 times of 20; median and worst of the layers: {'; '.join(parts)}."
    )
