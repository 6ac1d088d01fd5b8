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
from normstats.runs.work import difference

# Of a value, or of a logarithm in absolute terms: where nothing varies from network to network.
ROUNDING = 1e-9


def compared(one: Saved, other: Saved, alpha: float) -> Document:
    """The comparison of all layers; UsageError unless both are of the same chain."""
    a, b = _same_chain(one, other)
    files, same = (one.file, other.file), is_same_run(a, b)
    found = [_comparison(each, a, b, files) for each in _numbers(a, b) if each.is_there(same)]
    return document(files, len(a.layers), found, alpha, _remarks(a, b), kind="a chain of ")


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

    def is_there(self, same: bool) -> bool:
        """Not where signals leave float64; of other networks it is chance whether they do."""
        numbers = (self.ours, self.theirs)
        there = [one.value is not None or one.log10 is not None for one in numbers]
        return any(there) if same else all(there)


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
            if name in other.weights:
                both = number, other.weights[name]
                yield _Numbers(f"{name}_std", one, *both, forward or gradient)
        for name in ("dead", "saturated"):
            ours, theirs = getattr(one, name), getattr(other, name)
            if ours is not None and theirs is not None:
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
        noise=SILENT if same else _noise(one.blind, errors, a, b),
        samples=a.networks,
        precision=0.0 if same else ROUNDING * (1.0 if logs else abs(x)),
        group=one.quantity,
        name=f"layer {one.layer.number}, {one.layer.name}: {one.quantity}",
        call=one.layer.layer,
        quantity=one.quantity + ("_log10" if logs else ""),
        seed=a.run.seed,
        words=words,
    )


def _noise(blind: bool, errors: Sequence[float | None], a: ChainResult, b: ChainResult) -> Noise:
    """As that of one run with as many networks as the first.

    What has no error in one run alone, 0 for example, is of too few networks to tell.
    """
    ours, theirs = errors
    if ours is None or theirs is None or blind or (ours == 0.0) != (theirs == 0.0):
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
