"""From the sums over networks to the result: a record for each layer, verdicts and notes."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping

import numpy as np

from normstats.frozen import Frozen
from normstats.networks.estimates import Estimates
from normstats.networks.layout import Place
from normstats.networks.normalise import SEPARATE, Factors, factors
from normstats.networks.result import LN10, ChainLayer, ChainResult, Number
from normstats.networks.run import ChainRun
from normstats.networks.sums import NetworkSums
from normstats.networks.theory import Expected, Theory, theory
from normstats.networks.verdict import verdict

WIDE = 0.7  # of ln std over networks: beyond, the mean square is that of a few networks


def result(
    run: ChainRun,
    sums: NetworkSums,
    threads: int,
    elapsed_s: float,
    versions: Mapping[str, str],
) -> ChainResult:
    """From the sums over networks."""
    with np.errstate(all="ignore"):  # what is beyond float64 is told in words
        return _result(run, Estimates(sums), threads, elapsed_s, versions)


def _result(
    run: ChainRun,
    sums: Estimates,
    threads: int,
    elapsed_s: float,
    versions: Mapping[str, str],
) -> ChainResult:
    own = factors(run.chain, run.normalize)
    expected = theory(run.chain, run.inputs, own)
    total = _factors_behind(sums, own)
    layers = tuple(
        _layer(sums, at, place, expected.layers.get(place.step.number), own, total)
        for at, place in enumerate(sums.layout.places)
    )
    steps = len(sums.layout.checkpoints) - 1
    return ChainResult(
        run=run,
        networks=sums.networks,
        threads=threads,
        elapsed_s=elapsed_s,
        interrupted=False,
        x=Number.of_log(sums.std(0)),
        dy=Number.of_log(sums.std(1)),
        layers=layers,
        forward=verdict(sums.change(False), steps),
        backward=verdict(sums.change(True), steps),
        notes=tuple(_notes(run, sums, layers, expected)),
        versions=versions,
    )


def _factors_behind(sums: Estimates, own: Mapping[int, Factors]) -> dict[int, float]:
    """log10 of what is back-propagated over the true gradient, at the x of each layer of the trunk.

    Within a branch, and before a block, paths have different factors: there is no single one.
    """
    found: dict[int, float] = {}
    log = 0.0
    for place in reversed(sums.layout.trunk):
        if hasattr(place.step, "steps"):
            break
        log += math.log10(own[place.step.number].bias) if own else 0.0
        found[place.step.number] = log
    return found


def _layer(
    sums: Estimates,
    at: int,
    place: Place,
    expected: Expected | None,
    own: Mapping[int, Factors],
    total: Mapping[int, float],
) -> ChainLayer:
    step = place.step
    mean, error, exponent = sums.mean(place.y)
    shares = {
        name: Number(*share) if (share := sums.share(name, at)) is not None else None
        for name in ("dead", "saturated")
    }
    theory_of = None
    if expected is not None:
        named = {"forward_std": expected.y, "gradient_std": expected.dx, **expected.gradients}
        theory_of = Frozen({k: v / LN10 for k, v in named.items() if math.isfinite(v)})
    return ChainLayer(
        number=step.number,
        name=step.name,
        layer=str(step.call) if step.call is not None else step.name,
        depth=place.depth,
        shape=step.y,
        forward_mean=Number(_times(mean, exponent), _times(error, exponent)),
        forward_std=Number.of_log(sums.std(place.y)),
        forward_rms=Number.of_log(sums.rms(place.y)),
        gradient_std=Number.of_log(sums.std(place.dx)),
        weights=Frozen({n: Number.of_log(sums.std(p)) for n, p in place.gradients.items()}),
        forward_growth=Number.of_log(sums.growth(place.y)),
        gradient_growth=Number.of_log(sums.growth(place.dx, place.weight)),
        typical_forward=Number.of_log(sums.typical(place.y)),
        typical_gradient=Number.of_log(sums.typical(place.dx)),
        dead=shares["dead"],
        saturated=shares["saturated"],
        theory=theory_of,
        gradient_factor=own[step.number].bias if own else 1.0,
        gradient_factor_log10=total.get(step.number) if own else 0.0,
    )


def _times(value: float | None, exponent: int) -> float | None:
    """None for what float64 has no normal number for."""
    if value is None or not math.isfinite(value):
        return None
    try:
        found = math.ldexp(value, exponent)
    except OverflowError:
        return None
    return None if value and abs(found) < sys.float_info.min else found


def _notes(
    run: ChainRun, sums: Estimates, layers: tuple[ChainLayer, ...], expected: Theory
) -> list[str]:
    found = []
    lost = [layer for layer in layers if layer.forward_std.log10 is None]
    if lost and lost[0].forward_std.value is None:
        found.append(
            f"from layer {lost[0].number}, {lost[0].name}, on y is beyond float64, or not a number"
        )
    widest = max(sums.spread(place.dx) for place in sums.layout.places)
    widest = max(widest, *(sums.spread(place.y) for place in sums.layout.places))
    if sums.networks > 1 and widest > WIDE:
        found.append(
            f"ln std scatters by up to {widest:.2g} from network to network: the std of all"
            " networks together is that of a few of them, and its error too small; typical_forward"
            " and typical_gradient (JSON, CSV) are those of a typical network"
        )
    if run.normalize == SEPARATE:
        found.append(_separate(layers))
    if expected.end:
        found.append(expected.end)
    return found


def _separate(layers: tuple[ChainLayer, ...]) -> str:
    total = layers[0].gradient_factor_log10 if layers[0].depth == 0 else None
    said = (
        f"by 10^{total:.4g} in all, at x"
        if total is not None
        else "by another factor on each path through the blocks, so in its direction, too"
    )
    return (
        "forward and backward are scaled by factors of their own: what is back-propagated is not"
        f" the gradient of the scaled function, but differs {said}"
    )
