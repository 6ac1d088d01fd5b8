"""The standard suite: every layer there is, some variants and some inputs, against exact values.

Every layer is measured by plain samples, as users do. Activations are measured once more by points
that are evenly spread, with dy integrated out: that sees deviations a hundred times smaller.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from normstats import registry
from normstats.check.bound import FINE, bounds
from normstats.check.comparison import ACCURACY, Comparison
from normstats.check.measured import Layers, Measured
from normstats.check.noise import DIRECTIONS, SILENT
from normstats.check.sources import Asked, Source
from normstats.families.inits import INITS
from normstats.layer.elementwise import Elementwise
from normstats.numerals.quantities import plural
from normstats.result import Statistics
from normstats.result.numbers import STATISTICS
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.run import PLAIN
from normstats.tables.jobs import Wanted

EXACT, EVEN = "exact values", "exact values, rqmc"

SMALL = "in_features=64, out_features=48"

VARIANTS = (
    "max_pool2d(kernel_size=2)",
    "max_pool2d(kernel_size=2x3)",
    "avg_pool2d(kernel_size=2)",
    "dropout(p=0.1)",
    "dropout(rescale=sqrt)",
    "dropout(rescale=none)",
    "leaky_relu(negative_slope=0.2)",
    "gelu(approximate=tanh)",
    "elu(alpha=0.5)",
    "celu(alpha=2)",
    "softplus(beta=2)",
)

# Off centre, with different widths and a gradient whose mean is not 0.
SHIFTED = Inputs(0.5, 2.0, 0.3, 1.5)
SHIFTED_CALLS = ("relu", "gelu", "tanh", "max_pool2d", "dropout", f"linear({SMALL})")

# Narrow enough to leave the heavy tails of these functions out: their standard input says little.
NARROW = Inputs(1.0, 0.25, 0.3, 1.0)
NARROW_CALLS = ("exp", "relu_squared", "relu_cubed")


class Suite(Source):
    """Mean, std, rms and zeros of y and dx against their exact values."""

    @classmethod
    def of(cls, asked: Asked) -> Suite | None:
        """Without a FILE."""
        return cls() if asked.file is None else None

    def wanted(self) -> list[Wanted]:
        """The list that `normstats check` measures without a file."""
        names = [name for name in registry.all_layers() if name != "linear"]
        inits = [f"linear({SMALL}, init={init})" for init in INITS]
        calls = [(text, STANDARD) for text in (*names, *VARIANTS, *inits)]
        calls += [(text, SHIFTED) for text in SHIFTED_CALLS]
        calls += [(text, NARROW) for text in NARROW_CALLS]
        plain = [Wanted(registry.parse_call(text), inputs) for text, inputs in calls]
        layers = registry.all_layers()
        activations = [one for one in plain if isinstance(layers[one.call.layer], Elementwise)]
        return [*plain, *(one._replace(method=FINE) for one in activations)]

    def comparisons(self, layers: Layers) -> Iterator[Comparison]:
        """Eight of each layer, eight more of an activation, as far as there are exact values."""
        for one in layers.done:
            yield from against_exact(one)

    def title(self, layers: Layers) -> str:
        """How many layers."""
        return plural(self.header(layers)["layers"], "layer")

    def header(self, layers: Layers) -> Mapping[str, int]:
        """The same: a layer is one, however it was measured."""
        return {"layers": len({one.wanted._replace(method=PLAIN) for one in layers.done})}


def against_exact(found: Measured) -> Iterator[Comparison]:
    """The eight statistics of a layer against their exact values, as far as there are any.

    Plain samples are judged by their noise; points that are evenly spread by a bound, where there
    is one. Tails that are too heavy for an error leave nothing to judge by.
    """
    result, plain = found.result, found.run.method.is_plain
    method = "" if plain else f" ({found.run.method})"
    limits = {} if plain else bounds(result)
    for direction in DIRECTIONS:
        side: Statistics = getattr(result, direction)
        scale = max(abs(side.mean.exact or 0.0), abs(side.std.exact or 0.0))
        for statistic in STATISTICS:
            estimate, name = getattr(side, statistic), f"{direction}.{statistic}"
            if estimate.exact is None or estimate.heavy or not (plain or name in limits):
                continue
            slack = ACCURACY * scale if statistic != "zeros" and math.isfinite(scale) else 0.0
            yield Comparison(
                estimate.value,
                estimate.exact,
                found.noise[name] if plain else SILENT,
                result.samples,
                precision=limits.get(name, 0.0) + estimate.precision + slack,
                group=EXACT if plain else EVEN,
                name=f"{found.run.name} {name}{method}",
                call=found.run.name,
                quantity=name,
                seed=result.seed,
                std=side.std.exact,
                independent=plain,
                elapsed_s=result.elapsed_s / (len(DIRECTIONS) * len(STATISTICS)),
            )


SOURCE = Suite
