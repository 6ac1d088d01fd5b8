"""The exact value of a published constant, and the noise that one sample of it carries."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from normstats import registry
from normstats.families.pooling import Pooling
from normstats.families.pooling_reduce import LARGEST
from normstats.layer.base import Layer
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params
from normstats.published import closed_forms, moment_map
from normstats.published.catalogue import Constant, Matrix
from normstats.published.quantity import MEASURED, Moments, transform, unit_se
from normstats.published.recipes import Predicted, predict
from normstats.result import Result
from normstats.result.quantity import exact_quantity, from_result
from normstats.runs.inputs import NAMES


@dataclass(frozen=True)
class Truth:
    """What a constant ought to be, in the units that it was published in.

    ``unit_se`` is the standard error of a simulation of n samples times √n. ``predicted`` is what
    the constant's recipe gives. All are None where they are not known.
    """

    exact: float | None = None
    unit_se: float | None = None
    matrix: Matrix | None = None
    predicted: Predicted | None = None


def measurable(constant: Constant) -> bool:
    """Is it a statistic that the engine measures today?"""
    return constant.waits_for is None and constant.quantity in MEASURED


def measured(constant: Constant, result: Result) -> tuple[float | None, float | None]:
    """The constant as a run measures it, and its standard error."""
    value, se, _ = from_result(result, constant.quantity)
    return transform(value, se, constant.scale, constant.power)


def truth(constant: Constant, result: Result | None = None) -> Truth:
    """The exact value from a closed form, the layer, or the moment map.

    ``result``, a run of the constant's layer, gives the noise of layers other than activations.
    """
    found = _truth(constant, result)
    if constant.recipe is None:
        return found
    formula, arguments = constant.recipe["formula"], constant.recipe["arguments"]
    return replace(found, predicted=predict(formula, arguments, found.exact, found.unit_se))


def _truth(constant: Constant, result: Result | None) -> Truth:
    if constant.formula is not None:
        closed = closed_forms.evaluate(constant.formula, constant.arguments)
        exact, noise = transform(closed.value, closed.unit_se, constant.scale, constant.power)
        return Truth(exact, noise, closed.matrix)
    if constant.waits_for is not None:
        return Truth()
    if constant.quantity in ("chi", "sigma_star"):
        function = moment_map.chi if constant.quantity == "chi" else moment_map.sigma_star
        value = function(constant.layer, constant.params)
        return Truth(transform(value, None, constant.scale, constant.power)[0])
    call = registry.parse_call(constant.layer, constant.params)
    inputs = registry.inputs_of(call, *(constant.inputs.get(name) for name in NAMES))
    value = exact_quantity(registry.exact_values(call, inputs).statistics, constant.quantity)
    noise = _unit_se(constant, registry.layer_of(call), call.params, result)
    exact, noise = transform(value, noise, constant.scale, constant.power)
    return Truth(exact, noise)


def _unit_se(
    constant: Constant, layer: Layer, params: Params, result: Result | None
) -> float | None:
    if isinstance(layer, Elementwise) and not constant.inputs:
        if constant.estimator == "ratio":
            return moment_map.ratio_unit_se(constant.layer, constant.params)
        return unit_se(*moment_map.moments(constant.layer, constant.params), constant.quantity)
    if isinstance(layer, Pooling) and layer.reduction is LARGEST and layer.is_window(params):
        n = layer.windows(params).ins
        # Backward, one of n elements gets dy: as noisy as dy itself, and smaller by √n.
        backward = Moments(0.0, 1.0 / n, 0.0, 3.0 / n**2)
        return unit_se(moment_map.maximum_moments(n), backward, constant.quantity)
    if result is None:
        return None
    _, se, _ = from_result(result, constant.quantity)
    return None if se is None else se * math.sqrt(result.samples)
