"""The exact value of a published constant, and the noise that one sample of it carries."""

from __future__ import annotations

import math
from dataclasses import replace

from normstats import registry
from normstats.families.pooling import Pooling
from normstats.families.pooling_reduce import LARGEST
from normstats.layer.elementwise import Elementwise
from normstats.published import closed_forms
from normstats.published.catalogue import Constant
from normstats.published.closed_forms import Truth
from normstats.published.moment_map import activation, maximum_moments
from normstats.published.quantity import MEASURED, Moments, transform, unit_se
from normstats.published.recipes import predict
from normstats.reference.quadrature import moments4
from normstats.result import Result
from normstats.result.quantity import exact_quantity, from_result
from normstats.runs.call import Call
from normstats.runs.inputs import NAMES, Inputs


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
    found = _of_quantity(constant, result)
    exact, noise = transform(found.exact, found.unit_se, constant.scale, constant.power)
    found = replace(found, exact=exact, unit_se=noise)
    if constant.recipe is None:
        return found
    formula, arguments = constant.recipe["formula"], constant.recipe["arguments"]
    return replace(found, predicted=predict(formula, arguments, found))


def _of_quantity(constant: Constant, result: Result | None) -> Truth:
    """Of the quantity itself, before its scale and power."""
    if constant.formula is not None:
        return closed_forms.evaluate(constant.formula, constant.arguments)
    if constant.waits_for is not None:
        return Truth()
    if constant.quantity == "chi":
        return Truth(activation(constant.layer, constant.params).chi())
    if constant.quantity == "sigma_star":
        return Truth(activation(constant.layer, constant.params).sigma_star())
    call = registry.parse_call(constant.layer, constant.params)
    inputs = registry.inputs_of(call, *(constant.inputs.get(name) for name in NAMES))
    value = exact_quantity(registry.exact_values(call, inputs).statistics, constant.quantity)
    return Truth(value, _unit_se(constant, call, inputs, result))


def _unit_se(constant: Constant, call: Call, inputs: Inputs, result: Result | None) -> float | None:
    layer, params = registry.layer_of(call), call.params
    if isinstance(layer, Elementwise):
        if constant.estimator == "ratio":
            return activation(constant.layer, constant.params).ratio_unit_se()
        forward, backward = map(Moments.of, moments4(layer.function(params), inputs))
        return unit_se(forward, backward, constant.quantity)
    if isinstance(layer, Pooling) and layer.reduction is LARGEST and layer.is_window(params):
        n = layer.windows(params).ins
        # Backward, one of n elements gets dy: as noisy as dy itself, and smaller by √n.
        backward = Moments(0.0, 1.0 / n, 0.0, 3.0 / n**2)
        return unit_se(maximum_moments(n), backward, constant.quantity)
    if result is None:
        return None
    _, se, _ = from_result(result, constant.quantity)
    return None if se is None else se * math.sqrt(result.samples)
