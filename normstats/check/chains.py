"""Two files of measured chains against each other: how far apart, in the standard errors of both.

Networks of different seeds are independent. All comparisons are a family with one chance of a false
alarm, however the layers of a network are correlated. Of the same seed, with as many networks of
the same chain, all digits have to be the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from normstats.check.comparison import Comparison
from normstats.check.noise import SILENT, UNKNOWN, Noise
from normstats.check.report import Document
from normstats.check.two_files import Files, document
from normstats.errors import UsageError
from normstats.networks.result import LN10, WIDE, ChainLayer, ChainResult, Number
from normstats.parts.saved import Saved
from normstats.reports.model import Case
from normstats.runs.work import difference

# Of a value, or of a logarithm in absolute terms: where nothing varies from network to network.
ROUNDING = 1e-9
FAR = 200.0  # powers of ten: beyond, a network more may leave float64
SHARES = ("dead", "saturated")


def compared(one: Saved, other: Saved, alpha: float) -> Document:
    """The comparison of all layers; UsageError unless both are of the same chain."""
    a, b = _same_chain(one, other)
    files, every = (one.file, other.file), list(_numbers(a, b))
    found = [_comparison(each, a, b, files) for each in every if each.missing is None]
    alone = [each.alone(files) for each in every if each.is_odd(is_same_run(a, b))]
    if not found and not alone:
        raise UsageError("FILE", other.file, f"has no number that {one.file} has, too")
    return document(files, len(a.layers), found, alpha, _remarks(a, b), alone, "a chain of ")


def _same_chain(one: Saved, other: Saved) -> tuple[ChainResult, ChainResult]:
    if one.chain is None or other.chain is None:
        saved, than = (one, other) if one.chain is None else (other, one)
        raise UsageError("FILE", saved.file, f"has results of layers, {than.file} that of a chain")
    a, b = one.chain, other.chain
    # Other random numbers are what a comparison is about.
    alike = replace(b.run, seed=a.run.seed, stream=a.run.stream)
    what = difference(alike, a.run, sizes=False)
    if what:
        what = what.replace("here", f"in {one.file}")
        raise UsageError("FILE", other.file, f"is of another measurement: {what}")
    return a, b


class _Numbers(NamedTuple):
    """A number of a layer in both; its error means nothing if it is ``blind``."""

    quantity: str
    layer: ChainLayer
    ours: Number
    theirs: Number
    blind: bool = False

    @property
    def name(self) -> str:
        """Of the comparison."""
        return f"layer {self.layer.number}, {self.layer.name}: {self.quantity}"

    @property
    def missing(self) -> tuple[bool, bool] | None:
        """Which of the two is no number; None if both are there."""
        ours, theirs = (n.value is None and n.log10 is None for n in (self.ours, self.theirs))
        return (ours, theirs) if ours or theirs else None

    def is_odd(self, same: bool) -> bool:
        """Whether it is in one alone, though not near the end of float64, where that is chance."""
        if self.missing is None or all(self.missing):
            return False
        there = self.theirs if self.missing[0] else self.ours
        log10 = there.log10 if there.value is None else math.log10(abs(there.value) or 1.0)
        return same or log10 is None or abs(log10) < FAR

    def alone(self, files: Files) -> Case:
        """Nobody can say that it agrees."""
        file = files[1] if self.missing and self.missing[0] else files[0]
        said = f"is a number only in {file}: nothing to compare with"
        return Case(self.quantity, self.name, False, said)


def _numbers(a: ChainResult, b: ChainResult) -> Iterator[_Numbers]:
    for one, other in zip(a.layers, b.layers, strict=True):
        # Where ln std scatters much, a few networks decide the std of all together.
        wide = {
            name: max(_spread(getattr(each, typical), of) for each, of in ((one, a), (other, b)))
            for name, typical in (("forward", "typical_forward"), ("gradient", "typical_gradient"))
        }
        forward, gradient = wide["forward"] > WIDE, wide["gradient"] > WIDE
        yield _Numbers("forward_mean", one, one.forward_mean, other.forward_mean, forward)
        yield _Numbers("forward_std", one, one.forward_std, other.forward_std, forward)
        yield _Numbers("gradient_std", one, one.gradient_std, other.gradient_std, gradient)
        for name in ("typical_forward", "typical_gradient"):
            yield _Numbers(name, one, getattr(one, name), getattr(other, name))
        for name, number in one.weights.items():
            both = number, other.weights.get(name, Number(None))
            yield _Numbers(f"{name}_std", one, *both, forward or gradient)
        for name in SHARES:
            ours, theirs = (getattr(each, name) or Number(None) for each in (one, other))
            yield _Numbers(name, one, ours, theirs)


def _spread(typical: Number, result: ChainResult) -> float:
    """The std of ln std over networks."""
    return (typical.log10_se or 0.0) * LN10 * math.sqrt(result.networks)


def _comparison(one: _Numbers, a: ChainResult, b: ChainResult, words: Files) -> Comparison:
    """By the logarithm where a value is beyond float64."""
    ours, theirs = one.ours, one.theirs
    logs = ours.value is None or theirs.value is None
    pairs = [(n.log10, n.log10_se) if logs else (n.value, n.se) for n in (ours, theirs)]
    errors = [error for _, error in pairs]
    x, y = (math.nan if value is None else value for value, _ in pairs)
    same = is_same_run(a, b)
    return Comparison(
        value=x,
        reference=y,
        noise=SILENT if same else _noise(one, errors, a, b),
        samples=a.networks,
        precision=0.0 if same else ROUNDING * (1.0 if logs else abs(x)),
        group=one.quantity,
        name=one.name,
        call=one.layer.layer,
        quantity=one.quantity + ("_log10" if logs else ""),
        seed=a.run.seed,
        words=words,
    )


def _noise(one: _Numbers, errors: Sequence[float | None], a: ChainResult, b: ChainResult) -> Noise:
    """As that of one run with as many networks as the first.

    What does not vary in one run alone, as 0 may, is of too few networks to tell; shares, which are
    counted, may also vary in neither.
    """
    ours, theirs = errors
    if one.blind or ours is None or theirs is None or (ours == 0.0) != (theirs == 0.0):
        return UNKNOWN
    if one.quantity in SHARES and ours == 0.0:
        return UNKNOWN
    unit_se = math.hypot(ours, theirs) * math.sqrt(a.networks)
    return Noise(unit_se, freedom=(min(a.networks, b.networks) - 1) / a.networks)


def is_same_run(a: ChainResult, b: ChainResult) -> bool:
    """Whether the same networks were measured: then all digits are the same."""
    ours, theirs = ((one.run.seed, one.run.stream, one.networks) for one in (a, b))
    return ours == theirs and "partial" not in (a.ended, b.ended)


def _remarks(a: ChainResult, b: ChainResult) -> Iterator[str]:
    if is_same_run(a, b):
        yield "Of the same seed and number of networks all digits must be the same."
    elif a.run.seed == b.run.seed:
        yield (
            "The same seed with another number of networks: the runs share networks, and are nearer"
            " to each other than their errors say. Another seed makes them independent."
        )
