"""What layers of several inputs share: products and mixtures of independent parts."""

from __future__ import annotations

import math

from normstats.errors import UsageError
from normstats.families.vector_exact import exact
from normstats.result import Exact


def independent(first: Exact, *factors: tuple[float, float]) -> Exact:
    """The product of independent factors: of one as given, and of normals (mean, std).

    Var(XY) = Var X · E Y² + (E X)² Var Y has no difference in it.
    """
    if first.mean is None or first.std is None or first.zeros is None:
        return Exact(zeros=first.zeros)
    mean, variance, zeros = first.mean, first.std**2, first.zeros
    for other, std in factors:
        variance = variance * (other * other + std * std) + mean * mean * std * std
        mean *= other
        zeros = 1.0 if other == 0.0 and std == 0.0 else zeros
    return exact(mean, variance, zeros)


def pooled(*parts: Exact) -> Exact:
    """All elements of parts of the same size together."""
    if any(part.mean is None or part.std is None or part.zeros is None for part in parts):
        return Exact()
    means, stds, zeros = ([getattr(p, name) for p in parts] for name in ("mean", "std", "zeros"))
    mean = math.fsum(means) / len(parts)
    variance = math.fsum(s * s + (m - mean) ** 2 for s, m in zip(stds, means, strict=True))
    return exact(mean, variance / len(parts), math.fsum(zeros) / len(parts))


def refuse_conditional(name: str) -> UsageError:
    """The error for --conditional, whose sums are not taken apart by input."""
    reason = f"does not apply to {name}, because it shows the gradient of each input by itself"
    return UsageError("`conditional`", "given", reason)
