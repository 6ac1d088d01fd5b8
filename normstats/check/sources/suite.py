"""The standard suite: every layer there is, some variants and some inputs, against exact values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from normstats import registry
from normstats.check.comparison import ACCURACY, Comparison
from normstats.check.measured import Layers, Measured, Wanted
from normstats.check.noise import DIRECTIONS, STATISTICS
from normstats.check.source import Asked, Source
from normstats.families.linear import INITS
from normstats.reports.quantities import plural
from normstats.result import Statistics
from normstats.runs.inputs import STANDARD, Inputs

EXACT = "exact values"

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
        return [Wanted(registry.parse_call(text), inputs) for text, inputs in calls]

    def comparisons(self, layers: Layers) -> Iterator[Comparison]:
        """Eight of each layer, as far as there are exact values."""
        for one in layers.done:
            yield from against_exact(one)

    def title(self, layers: Layers) -> str:
        """How many layers."""
        return plural(len(layers.done), "layer")

    def header(self, layers: Layers) -> Mapping[str, int]:
        """The same."""
        return {"layers": len(layers.done)}


def against_exact(found: Measured) -> Iterator[Comparison]:
    """The eight statistics of a layer against their exact values, as far as there are any."""
    result = found.result
    for direction in DIRECTIONS:
        side: Statistics = getattr(result, direction)
        scale = max(abs(side.mean.exact or 0.0), abs(side.std.exact or 0.0))
        for statistic in STATISTICS:
            estimate = getattr(side, statistic)
            if estimate.exact is None:
                continue
            slack = 0.0 if statistic == "zeros" else ACCURACY * scale
            yield Comparison(
                estimate.value,
                estimate.exact,
                found.noise[f"{direction}.{statistic}"],
                result.samples,
                precision=estimate.precision + slack,
                group=EXACT,
                name=f"{found.run.name} {direction}.{statistic}",
                call=found.run.name,
                quantity=f"{direction}.{statistic}",
                seed=result.seed,
                std=side.std.exact,
                independent=True,
                elapsed_s=result.elapsed_s / (len(DIRECTIONS) * len(STATISTICS)),
            )


SOURCE = Suite
