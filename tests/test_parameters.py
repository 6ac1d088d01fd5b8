"""The types of parameters are those of the layers: nothing is missing, nothing is left over."""

from __future__ import annotations

import functools
import operator
from typing import Any, Literal, get_type_hints

import pytest

from normstats import registry
from normstats.layer.params import Choice, Integer, OrWord, Param, Real
from normstats.layer.windows import MapSize, Window
from normstats.parameters import AppliedParameters, MethodName, Number, Parameters, Sizes, Whole
from normstats.runs.method import METHODS

ALL = [
    pytest.param(param, id=f"{layer.name}.{param.name}")
    for layer in registry.all_layers().values()
    for param in layer.params
]
# Layers may take different words under one name: a type checker knows all of them.
CHOICES: dict[str, list[str]] = {}
for one in registry.all_layers().values():
    for choice in one.params:
        if isinstance(choice, Choice):
            CHOICES.setdefault(choice.name, []).extend(choice.choices)


def hint(param: Param) -> Any:
    """What a type checker should know of a parameter."""
    if isinstance(param, Choice):
        return Literal[tuple(dict.fromkeys(CHOICES[param.name]))]
    if isinstance(param, OrWord):
        return hint(param.other) | None
    return {Real: Number, Integer: Whole, Window: Sizes, MapSize: Sizes}[type(param)]


@pytest.mark.parametrize("param", ALL)
def test_every_parameter_has_its_type(param: Param) -> None:
    place = "add it to normstats/parameters.py"
    hints = get_type_hints(Parameters)
    assert param.name in hints, place
    same = [one for layer in registry.all_layers().values() for one in layer.params]
    wanted = [hint(one) for one in same if one.name == param.name]
    assert hints[param.name] == functools.reduce(operator.or_, wanted), place


def test_no_type_is_left_over() -> None:
    names = {param.name for layer in registry.all_layers().values() for param in layer.params}
    assert set(get_type_hints(Parameters)) == names
    assert set(get_type_hints(AppliedParameters)) == names - {"weight", "bias"}


def test_methods() -> None:
    assert MethodName == Literal[METHODS]
