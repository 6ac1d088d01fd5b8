"""Whether signals vanish, explode or stay, by a rule that the report repeats."""

from __future__ import annotations

import math
from dataclasses import dataclass

from normstats.networks.estimates import Estimated

VANISHING, EXPLODING, STABLE, UNKNOWN = "vanishing", "exploding", "stable", "unknown"
WORDS = (VANISHING, EXPLODING, STABLE, UNKNOWN)
ERRORS = 3.0  # so many standard errors are not chance
RULE = (
    "vanishing or exploding: between the first and the last layer with weights ln std changes by"
    f" more than 1, which is a factor e, and by more than {ERRORS:g} SE; else stable. ln std is"
    " that of each network, averaged over networks; the e-folding depth is the number of layers in"
    " which it changes by 1"
)


@dataclass(frozen=True)
class Verdict:
    """``word``; the change of ln std over ``depth`` layers; how many of them change it by 1.

    Of one network, which has no error, a change by more than 1 is ``unknown``, but its numbers are
    there. ``efolding`` is None where nothing changes; ``per_layer`` is the mean change of a layer.
    """

    word: str
    change: float | None
    change_se: float | None
    depth: int
    efolding: float | None
    efolding_se: float | None

    @property
    def per_layer(self) -> float | None:
        """Of ln std."""
        return None if self.change is None or not self.depth else self.change / self.depth


def verdict(change: Estimated, depth: int) -> Verdict:
    """From the change over so many layers: the first one does not count, it is where it begins."""
    log, se = change.log, change.se
    if depth < 1 or math.isnan(log):
        return Verdict(UNKNOWN, None, None, depth, None, None)
    if math.isinf(log):
        word = EXPLODING if log > 0.0 else VANISHING
        return Verdict(word, None, None, depth, None, None)
    if abs(log) > 1.0 and se is None:  # whether it is chance, one network cannot tell
        word = UNKNOWN
    elif abs(log) > 1.0 and abs(log) > ERRORS * (se or 0.0):
        word = EXPLODING if log > 0.0 else VANISHING
    else:
        word = STABLE
    efolding = depth / abs(log) if log else None
    efolding_se = efolding * se / abs(log) if efolding is not None and se is not None else None
    return Verdict(word, log, se, depth, efolding, efolding_se)
