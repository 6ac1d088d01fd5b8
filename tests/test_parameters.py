"""The types of parameters are those of the layers: nothing is missing, nothing is left over."""

from __future__ import annotations

from typing import Any, Literal, get_type_hints

import pytest

from normstats import registry
from normstats.layer.params import Choice, Integer, Param, Real
from normstats.layer.windows import Window
from normstats.parameters import AppliedParameters, MethodName, Number, Parameters, Sizes, Whole
from normstats.runs.method import METHODS

ALL = [
    pytest.param(param, id=f"{layer.name}.{param.name}")
    for layer in registry.all_layers().values()
    for param in layer.params
]


def hint(param: Param) -> Any:
    """What a type checker should know of a parameter."""
    if isinstance(param, Choice):
        return Literal[param.choices]
    return {Real: Number, Integer: Whole, Window: Sizes}[type(param)]


@pytest.mark.parametrize("param", ALL)
def test_every_parameter_has_its_type(param: Param) -> None:
    place = "add it to normstats/parameters.py"
    hints = get_type_hints(Parameters)
    assert param.name in hints, place
    assert hints[param.name] == hint(param), place


def test_no_type_is_left_over() -> None:
    names = {param.name for layer in registry.all_layers().values() for param in layer.params}
    assert set(get_type_hints(Parameters)) == names
    assert set(get_type_hints(AppliedParameters)) == names - {"weight"}


def test_methods() -> None:
    assert MethodName == Literal[METHODS]
