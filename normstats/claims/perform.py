"""The experiments that are asked for, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from normstats.claims.claim import Claim, Found, Verdict, verdict
from normstats.claims.experiments import claims_there_are
from normstats.claims.trial import Trial
from normstats.errors import UsageError


@dataclass(frozen=True)
class Judged:
    """A claim with what its experiment found."""

    claim: Claim
    found: Found

    @property
    def verdict(self) -> Verdict:
        """By the rule for all claims."""
        return verdict(self.found.findings)


def chosen(names: Sequence[str]) -> list[Claim]:
    """The claims of these names, all of them without names; UsageError for one there is not."""
    there = claims_there_are()
    wanted = [name.strip().lower().replace("_", "-") for name in names]
    for given, name in zip(names, wanted, strict=True):
        if name not in there:
            raise UsageError("`only`", given, "must be one of " + ", ".join(there))
    return [claim for name, claim in there.items() if name in wanted or not names]


def judge(
    claims: Sequence[Claim], trial: Trial, tell: Callable[[str], None] = lambda name: None
) -> list[Judged]:
    """Each experiment performed; ``tell`` is told which one begins."""
    judged = []
    for claim in claims:
        tell(claim.name)
        judged.append(Judged(claim, claim.experiment(trial)))
    return judged
