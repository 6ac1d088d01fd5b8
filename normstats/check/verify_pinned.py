"""`normstats check FILE`: every pinned constant against its exact value and a fresh measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from normstats import registry
from normstats.check import pinned as files
from normstats.check import plan as plans
from normstats.check import threshold
from normstats.check.case import Case, Document
from normstats.check.compare import ACCURACY, Comparison, with_exact
from normstats.check.noise import BASE, Noise
from normstats.check.pinned import Pinned
from normstats.check.single import Measured
from normstats.check.verify import Measure, Settings, measure_all, pace
from normstats.errors import UsageError
from normstats.numerals.digits import significant, with_error
from normstats.numerals.quantities import count, plural
from normstats.published.quantity import words
from normstats.result.quantity import exact_quantity, from_result
from normstats.runs.run import Run


@dataclass(frozen=True)
class Judged:
    """A constant with its exact value and its measurement, and how they compare.

    ``off`` is what the value is off by, from the exact value. ``fresh`` compares the measurement
    with the exact value, or with the pinned one where no exact value is known.
    """

    pinned: Pinned
    exact: float | None
    fresh: Comparison
    measured: Measured
    slack: float

    @property
    def value_agrees(self) -> bool:
        """Whether the pinned value is the exact one, within what is allowed."""
        return self.exact is None or abs(self.pinned.value - self.exact) <= self.allowed

    @property
    def allowed(self) -> float:
        """The tolerance, and the accuracy of exact values."""
        return self.pinned.tolerance + self.slack

    def measurement_agrees(self, chance: float) -> bool:
        """Whether the pinned value is the measured one, within what is allowed and the noise."""
        reach = self.allowed + self.fresh.drift(chance)
        return abs(self.pinned.value - self.fresh.value) <= reach

    def layer_agrees(self, chance: float) -> bool:
        """Whether the measurement is the exact value, within the noise."""
        return self.exact is None or self.fresh.passes(chance)


def plan(constants: Sequence[Pinned], samples: int, seed: int) -> list[Run]:
    """Each layer that the constants need, once."""
    return plans.runs(((c.call, c.inputs) for c in constants), samples, seed)


def exact_values(constants: Sequence[Pinned]) -> list[float | None]:
    """The exact values, None where none is known.

    Raises UsageError, with its place, for a quantity that does not exist: 1/std of a constant.
    """
    values = []
    for one in constants:
        exact = registry.exact(one.call, one.inputs)
        value = exact_quantity(exact, one.quantity)
        if value is None and one.quantity in BASE:
            base = exact_quantity(exact, BASE[one.quantity])
            if base == 0.0:
                problem = f"{one.quantity}: {words(one.quantity)} does not exist: it is 1/0"
                raise UsageError(f"{one.place}:", "quantity", problem)
        values.append(value)
    return values


def verify(
    name: str, constants: Sequence[Pinned], measure: Measure, settings: Settings
) -> Document:
    """Measures what the constants need and judges each; ``name`` is that of the file.

    Raises KeyboardInterrupt if that came before the first layer was done.
    """
    exact = exact_values(constants)
    todo = plan(constants, settings.samples, settings.seed)
    layers, interrupted = measure_all(todo, measure)
    if interrupted and not layers:
        raise KeyboardInterrupt
    by_key = {(one.run.call, one.run.inputs): one for one in layers}
    judged = []
    called = []
    for one, value, called_name in zip(constants, exact, files.names(constants), strict=True):
        found = by_key.get((one.call, one.inputs))
        if found is not None:
            judged.append(_judge(one, value, found))
            called.append(called_name)
    random = sum(one.fresh.is_random for one in judged)
    chance = threshold.share(settings.alpha, random)
    cases = [_case(n, one, chance) for n, one in zip(called, judged, strict=True)]
    elapsed = sum(one.result.elapsed_s for one in layers)
    stream = layers[0].result.stream
    parts = [f"{name}: {plural(len(judged), 'constant')}"]
    parts += [f"n = {count(settings.samples)} for activations", f"seed {settings.seed}"]
    parts += [f"stream {stream}", plural(settings.threads, "thread")]
    missed = f"{len(judged)} of {len(constants)} constants"
    return Document(
        title=", ".join([*parts, *pace(layers)]),
        cases=cases,
        header={
            "file": name,
            "alpha": settings.alpha,
            "comparisons_random": random,
            "chance_of_each": chance,
            "threshold": threshold.quantile(chance),
            "samples": settings.samples,
            "seed": settings.seed,
            "stream": stream,
            "threads": settings.threads,
            "elapsed_s": elapsed,
        },
        remarks=[
            "The chance that a measurement is reported although everything is right is "
            f"{settings.alpha:.2g}: {chance:.2g} for each of "
            f"{plural(random, 'measured constant')}.",
            *(
                f"{label}: the value {one.pinned.text} has a single digit, so anything within "
                f"± {one.pinned.tolerance:g} agrees; give a tolerance."
                for label, one in zip(called, judged, strict=True)
                if one.pinned.digits_counted and one.pinned.digits == 1
            ),
        ],
        shows_all=True,
        interrupted=f"INTERRUPTED after {missed}" if interrupted else "",
    )


def _judge(one: Pinned, exact: float | None, found: Measured) -> Judged:
    result = found.result
    value, se, _ = from_result(result, one.quantity)
    base = BASE.get(one.quantity, one.quantity)
    direction, statistic = base.split(".")
    estimate = getattr(getattr(result, direction), statistic)
    noise = found.noise.get(base, Noise(0.0))
    std = getattr(result, direction).std.value
    if estimate.se and se is not None:
        noise = noise.scaled(se / estimate.se)
    compared = one.value if exact is None else exact
    scale = max(abs(compared), abs(one.value), std if statistic == "mean" else 0.0)
    slack = ACCURACY * scale
    measured = float("nan") if value is None else value
    fresh = with_exact(measured, compared, noise, result.samples, estimate.precision + slack)
    return Judged(one, exact, fresh, found, slack)


def _case(name: str, one: Judged, chance: float) -> Case:
    fresh, result = one.fresh, one.measured.result
    value_agrees, layer_agrees = one.value_agrees, one.layer_agrees(chance)
    measurement_agrees = one.measurement_agrees(chance)
    passed = value_agrees and layer_agrees and measurement_agrees
    off = None if one.exact is None else one.pinned.value - one.exact
    tells = fresh.se <= one.pinned.tolerance
    numbers: dict[str, Any] = {
        "layer": one.measured.run.name,
        "quantity": one.pinned.quantity,
        "source": one.pinned.source or None,
        "value": one.pinned.value,
        "tolerance": one.pinned.tolerance,
        "digits": one.pinned.digits,
        "exact": one.exact,
        "deviation": off,
        "relative": off / abs(one.exact) if off is not None and one.exact else None,
        "measured": fresh.value,
        "se": fresh.se if fresh.is_random else None,
        "se_from": _source(one) if fresh.is_random else None,
        "z": fresh.z,
        "threshold": fresh.threshold(chance),
        "samples": result.samples,
        "seed": result.seed,
        "value_agrees_with_exact": None if one.exact is None else value_agrees,
        "value_agrees_with_measured": measurement_agrees,
        "measured_agrees_with_exact": None if one.exact is None else layer_agrees,
        "measurement_alone_could_tell": tells,
    }
    group = "pinned constants"
    return Case(group, name, passed, _sentence(one, chance, tells), numbers, result.elapsed_s)


def _source(one: Judged) -> str:
    base = BASE.get(one.pinned.quantity, one.pinned.quantity)
    noise = one.measured.noise.get(base)
    return "exact fourth moments" if noise is not None and noise.is_exact else "the samples"


def _sentence(one: Judged, chance: float, tells: bool) -> str:
    fresh, pinned = one.fresh, one.pinned
    parts = [f"value {pinned.text} ({pinned.allowed})"]
    if one.exact is None:
        parts.append("no exact value is known")
    else:
        off = pinned.value - one.exact
        relative = f" ({off / abs(one.exact):+.2%})" if one.exact else ""
        text = f"exact {significant(one.exact, 15)}"
        if one.value_agrees:
            parts.append(f"{text}, off by {off:+.2g}, agrees")
        else:
            parts.append(f"{text}, off by {off:+.3g}{relative}, DISAGREES")
    parts.append(_measured(one, chance))
    if not tells:
        parts.append(
            f"its SE of {fresh.se:.2g} is larger than the tolerance, so the measurement alone "
            "could not have told"
        )
    return "; ".join(parts)


def _measured(one: Judged, chance: float) -> str:
    fresh, result = one.fresh, one.measured.result
    se = fresh.se if fresh.is_random else 0.0
    text = f"measured {with_error(fresh.value, se)} (n = {count(result.samples)}, "
    text += f"seed {result.seed})"
    limit = fresh.threshold(chance)
    if one.exact is not None:
        how = (
            "agrees with the exact value"
            if one.layer_agrees(chance)
            else ("DISAGREES with the exact value")
        )
        distance = f" (z = {fresh.z:+.2f} of ±{limit:.2f})" if fresh.z and limit else ""
        text += f", which {how}{distance}"
    if one.measurement_agrees(chance):
        return f"{text} and, within its noise, with the value"
    return f"{text} and DISAGREES with the value"
