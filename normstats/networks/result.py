"""What a measured chain is, as plain numbers: a record for each layer, and the verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from normstats.frozen import Frozen
from normstats.networks.estimates import Estimated
from normstats.networks.run import ChainRun
from normstats.networks.verdict import RULE, Verdict
from normstats.result.document import dumped, strict

SCHEMA = "normstats-chain/1"
NETWORKS = "networks"  # what ends a run, beside what ends those of layers
LN10 = math.log(10.0)
WIDE = 0.7  # of ln std over networks: beyond, the mean square is that of a few networks


@dataclass(frozen=True)
class Number:
    """A value with its standard error; None where it, or its error, is no float64.

    ``log10`` is its decimal logarithm, which is there also where the value is too large or small,
    with ``log10_se``; None for a mean, which has a sign, and where the value is 0.
    """

    value: float | None
    se: float | None = None
    log10: float | None = None
    log10_se: float | None = None

    @classmethod
    def of_log(cls, found: Estimated) -> Number:
        """e to this power."""
        if math.isnan(found.log):
            return cls(None)
        if found.log == -math.inf:
            return cls(0.0)
        value = _exp(found.log)
        se = found.se * value if found.se is not None and value is not None else None
        logs = (None if found.se is None else found.se / LN10) if math.isfinite(found.log) else None
        log10 = found.log / LN10 if math.isfinite(found.log) else None
        return cls(value, se, log10, logs)


def _exp(log: float) -> float | None:
    """None for what float64 has no normal number for."""
    return math.exp(log) if -708.0 < log < 709.0 else None


@dataclass(frozen=True)
class ChainLayer:
    """The numbers of one layer.

    ``forward_mean``, ``forward_std`` and ``forward_rms`` are of y, ``gradient_std`` is of dx,
    ``weights`` have the std of each gradient of a weight: of all elements of all networks together.
    ``typical_forward`` and ``typical_gradient`` are e to the mean over networks of ln std.
    ``forward_growth`` is std of y over std of x, ``gradient_growth`` std of dx over std of dy.
    ``dead`` is the share of units whose y and f′ are 0 for all of the batch, ``saturated`` that of
    values with |f′| below 5 % of its largest. ``theory`` has logarithms log10, from mean-field
    theory, where it applies.
    ``gradient_factor``: what is back-propagated over the true gradient, of this layer; and of this
    and all that follow in ``gradient_factor_log10``.
    """

    number: int
    name: str
    layer: str
    depth: int
    shape: tuple[int, ...]
    forward_mean: Number
    forward_std: Number
    forward_rms: Number
    gradient_std: Number
    weights: Mapping[str, Number]
    forward_growth: Number
    gradient_growth: Number
    typical_forward: Number
    typical_gradient: Number
    dead: Number | None
    saturated: Number | None
    theory: Mapping[str, float] | None
    gradient_factor: float
    gradient_factor_log10: float | None

    def z(self, name: str) -> float | None:
        """(measured − theory)/SE of log10 std: of forward_std, gradient_std, or a weight."""
        measured: Any = self.weights[name] if name in self.weights else getattr(self, name)
        if self.theory is None or name not in self.theory or not measured.log10_se:
            return None
        off: float = measured.log10 - self.theory[name]
        return off / float(measured.log10_se)


@dataclass(frozen=True)
class ChainResult:
    """A measured chain: the run, the inputs' own std, a record for each layer, the verdicts."""

    run: ChainRun
    networks: int
    threads: int
    elapsed_s: float
    interrupted: bool
    x: Number
    dy: Number
    layers: tuple[ChainLayer, ...]
    forward: Verdict
    backward: Verdict
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=Frozen)
    rule: str = RULE
    ended: str = NETWORKS

    @property
    def size(self) -> int:
        """As ``networks``."""
        return self.networks

    @property
    def verdict(self) -> dict[str, str]:
        """In a word each: what happens to signals forward, and to gradients backward."""
        return {"forward": self.forward.word, "backward": self.backward.word}

    def to_dict(self) -> dict[str, Any]:
        """The document that the command prints as JSON."""
        names = ("threads", "elapsed_s", "interrupted")
        plain: dict[str, Any] = strict(
            {
                "schema": SCHEMA,
                **self.run.fields,
                "networks_done": self.networks,
                "ended": self.ended,
                **{name: getattr(self, name) for name in names},
                "verdict": {
                    "rule": self.rule,
                    "forward": asdict(self.forward),
                    "backward": asdict(self.backward),
                },
                "x": asdict(self.x),
                "dy": asdict(self.dy),
                "layers": [asdict(layer) for layer in self.layers],
                "notes": self.notes,
                "versions": self.versions,
            }
        )
        return plain

    def to_json(self, indent: int = 2) -> str:
        """The same as text."""
        return dumped(self.to_dict(), indent)

    def records(self) -> list[dict[str, Any]]:
        """One flat row a layer, for data frames."""
        return [record(layer) for layer in self.layers]

    def __str__(self) -> str:
        sides = (("forward", self.forward), ("backward", self.backward))
        said = ", ".join(f"{side} {one.word}" for side, one in sides)
        return f"{self.run.chain.text}: {said} ({self.networks} networks)"


def record(layer: ChainLayer) -> dict[str, Any]:
    """One row: names joined by underscores, the gradients of weights as far as there are any."""
    row: dict[str, Any] = {"number": layer.number, "name": layer.name, "layer": layer.layer}
    row["depth"], row["shape"] = layer.depth, "x".join(map(str, layer.shape))
    for name in (
        *("forward_mean", "forward_std", "forward_rms", "gradient_std", "forward_growth"),
        *("gradient_growth", "typical_forward", "typical_gradient", "dead", "saturated"),
    ):
        one = getattr(layer, name) or Number(None)
        row[name], row[f"{name}_se"] = one.value, one.se
        if name not in ("forward_mean", "dead", "saturated"):
            row[f"{name}_log10"], row[f"{name}_log10_se"] = one.log10, one.log10_se
    for name in ("weight", "bias"):
        one = layer.weights.get(name) or Number(None)
        row |= {f"{name}_std": one.value, f"{name}_std_se": one.se, f"{name}_std_log10": one.log10}
    for name in ("forward_std", "gradient_std", "weight", "bias"):
        row[f"theory_{name}_log10"] = (layer.theory or {}).get(name)
    row["gradient_factor"] = layer.gradient_factor
    row["gradient_factor_log10"] = layer.gradient_factor_log10
    return row
