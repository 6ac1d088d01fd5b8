"""The constants that a library pins, against their exact values and a fresh measurement."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from normstats import registry
from normstats.check.comparison import ACCURACY, BLIND, Comparison
from normstats.check.measured import Layers, Measured
from normstats.check.pinned_file import Pinned, read
from normstats.check.sources import Asked, Source
from normstats.errors import UsageError
from normstats.numerals.digits import significant, with_error
from normstats.numerals.quantities import count, plural
from normstats.result.quantity import GAINS, exact_quantity, rule
from normstats.tables.jobs import Wanted

GROUP = "pinned constants"


@dataclass(frozen=True)
class PinnedFile(Source):
    """The constants of a file."""

    name: str
    constants: Sequence[Pinned]

    shows_all = True

    @classmethod
    def of(cls, asked: Asked) -> PinnedFile | None:
        """What the FILE says of these layers, or of all; UsageError for what is wrong in it."""
        name, tables, layers = asked
        if name is None:
            return None
        if tables is not None:
            raise UsageError("`tables`", tables, "is for a check without FILE")
        there = read(name)
        wanted = {registry.parse_call(text).layer for text in layers}
        constants = [one for one in there if not layers or one.call.layer in wanted]
        if not constants:
            raise UsageError("`layer`", " ".join(layers), f"{name} has no constant of this layer")
        return cls(name, constants)

    def wanted(self) -> list[Wanted]:
        """Their layers. Raises UsageError for a constant that cannot exist."""
        for one in self.constants:
            _refuse(one)
        return [one.wanted for one in self.constants]

    def comparisons(self, layers: Layers) -> Iterator[Comparison]:
        """One for each constant whose layer was measured."""
        for name, one in zip(names(self.constants), self.constants, strict=True):
            if one.wanted in layers.found:
                yield _judged(name, one, layers.found[one.wanted])

    def title(self, layers: Layers) -> str:
        """How many constants."""
        done = [one for one in self.constants if one.wanted in layers.found]
        return f"{self.name}: {plural(len(done), 'constant')}"

    def header(self, layers: Layers) -> Mapping[str, str]:
        """Which file."""
        return {"file": self.name}


def names(pinned: Sequence[Pinned]) -> list[str]:
    """A name for each entry: layer, quantity, source; told apart by the number where it must be."""
    found = [
        f"{one.wanted.name} {one.quantity}" + (f" ({one.source})" if one.source else "")
        for one in pinned
    ]
    times = Counter(found)
    return [
        name if times[name] == 1 else f"{name} #{number}" for number, name in enumerate(found, 1)
    ]


def _exact(one: Pinned, quantity: str) -> float | None:
    return exact_quantity(registry.exact_values(one.call, one.inputs).statistics, quantity)


def _refuse(one: Pinned) -> None:
    """UsageError, with its place, for a quantity that does not exist: 1/std of a constant."""
    found = rule(one.quantity)
    if one.quantity in GAINS and _exact(one, found.base) == 0.0:
        problem = f"{one.quantity}: {found.words} does not exist: it is 1/0"
        raise UsageError(f"{one.place}:", "quantity", problem)


@dataclass(frozen=True, kw_only=True)
class Judged(Comparison):
    """A fresh measurement against the exact value, or the pinned one where none is known.

    Three things have to agree: that, the pinned value and the exact one within what is ``allowed``,
    and the pinned value and the measured one within both. The last follows from the others, so a
    constant has one chance of a false alarm.
    """

    pinned: Pinned
    exact: float | None
    allowed: float

    @property
    def off(self) -> float | None:
        """Pinned − exact."""
        return None if self.exact is None else self.pinned.value - self.exact

    @property
    def value_agrees(self) -> bool:
        """Whether the pinned value is the exact one, within what is allowed."""
        return self.off is None or abs(self.off) <= self.allowed

    def layer_agrees(self, chance: float) -> bool:
        """Whether the measurement is the exact value, within the noise."""
        return self.exact is None or super().passes(chance)

    def measurement_agrees(self, chance: float) -> bool:
        """Whether the pinned value is the measured one, within what is allowed and the noise."""
        return abs(self.pinned.value - self.value) <= self.allowed + self.drift(chance)

    def passes(self, chance: float) -> bool:
        """Whether all agree."""
        agree = self.value_agrees and self.layer_agrees(chance)
        return agree and self.measurement_agrees(chance)

    @property
    def remark(self) -> str:
        """A value with one digit says very little."""
        if not self.pinned.digits_counted or self.pinned.digits != 1:
            return ""
        return (
            f"{self.name}: the value {self.pinned.text} has a single digit, so anything within "
            f"± {self.pinned.tolerance:g} agrees; give a tolerance."
        )

    def tells(self, chance: float) -> bool:
        """Whether the measurement alone can tell: it has, or its noise is within the tolerance."""
        return self.se <= self.pinned.tolerance or not self.measurement_agrees(chance)

    def numbers(self, chance: float) -> dict[str, Any]:
        """Everything that machines read."""
        one = self.pinned
        return {
            "layer": self.call,
            "quantity": self.quantity,
            "source": one.source or None,
            "value": one.value,
            "tolerance": one.tolerance,
            "digits": one.digits,
            "exact": self.exact,
            "deviation": self.off,
            "relative": self.off / abs(self.exact) if self.off is not None and self.exact else None,
            "measured": self.value,
            "se": self.se if self.is_random else None,
            "se_from": self.se_from,
            "z": self.z,
            "threshold": self.threshold(chance),
            "samples": self.samples,
            "seed": self.seed,
            "value_agrees_with_exact": None if self.exact is None else self.value_agrees,
            "value_agrees_with_measured": (
                None if self.is_blind else self.measurement_agrees(chance)
            ),
            "measured_agrees_with_exact": (
                None if self.exact is None or self.is_blind else self.layer_agrees(chance)
            ),
            "measurement_alone_could_tell": self.tells(chance),
        }

    def sentence(self, chance: float) -> str:
        """The same in words."""
        parts = [f"value {self.pinned.text} ({self.pinned.allowed})"]
        parts += [self._exact_words, self._measured_words(chance)]
        if not self.is_blind and not self.tells(chance):
            parts.append(
                f"its SE of {self.se:.2g} is larger than the tolerance, so the measurement alone "
                "could not have told"
            )
        return "; ".join(parts)

    @property
    def _exact_words(self) -> str:
        if self.exact is None or self.off is None:
            return "no exact value is known"
        text = f"exact {significant(self.exact, 15)}, off by"
        if self.value_agrees:
            return f"{text} {self.off:+.2g}, agrees"
        relative = f" ({self.off / abs(self.exact):+.2%})" if self.exact else ""
        return f"{text} {self.off:+.3g}{relative}, DISAGREES"

    def _measured_words(self, chance: float) -> str:
        se = self.se if self.is_random else 0.0
        text = f"measured {with_error(self.value, se)} (n = {count(self.samples)}, "
        text += f"seed {self.seed})"
        if self.is_blind:
            return f"{text}: {BLIND}"
        limit = self.threshold(chance)
        if self.exact is not None:
            agrees = "agrees" if self.layer_agrees(chance) else "DISAGREES"
            distance = f" (z = {self.z:+.2f} of ±{limit:.2f})" if self.z and limit else ""
            text += f", which {agrees} with the exact value{distance}"
        if self.measurement_agrees(chance):
            return f"{text} and, within its noise, with the value"
        return f"{text} and DISAGREES with the value"


def _judged(name: str, one: Pinned, found: Measured) -> Judged:
    result, about = found.result, rule(one.quantity)
    exact = _exact(one, one.quantity)
    now = found.quantity(one.quantity)
    reference = one.value if exact is None else exact
    std = result.statistics[about.direction].std.value if about.statistic == "mean" else 0.0
    slack = ACCURACY * max(abs(reference), abs(one.value), std)
    return Judged(
        math.nan if now.value is None else now.value,
        reference,
        now.noise,
        result.samples,
        precision=now.precision + slack,
        group=GROUP,
        name=name,
        call=found.run.name,
        quantity=one.quantity,
        seed=result.seed,
        elapsed_s=result.elapsed_s,
        pinned=one,
        exact=exact,
        allowed=one.tolerance + slack,
    )


SOURCE = PinnedFile
