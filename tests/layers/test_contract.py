"""The contract of ``contract.py`` for every layer there is, and for some that break it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import normstats
from normstats import registry
from tests.engine.jobs import MOVED
from tests.layers import contract
from tests.layers.contract import STANDARD, Case, variants
from tests.layers.probes import RIGHT, WRONG

CASES = [case for layer in registry.all_layers().values() for case in variants(layer)]
every_case = pytest.mark.parametrize("case", CASES, ids=str)


@every_case
def test_gradient(case: Case) -> None:
    contract.check_gradient(case)


@every_case
def test_kernel_equals_twin(case: Case) -> None:
    contract.check_twin(case)


@every_case
def test_inputs_are_untouched(case: Case) -> None:
    contract.check_inputs_untouched(case)


@every_case
@pytest.mark.parametrize("inputs", [STANDARD, MOVED], ids=["standard", "other"])
def test_monte_carlo(case: Case, inputs: contract.Inputs) -> None:
    contract.check_monte_carlo(case, inputs)


@every_case
def test_reproducible(case: Case) -> None:
    contract.check_reproducible(case)


def test_every_layer_has_its_defaults_among_the_cases() -> None:
    names = {case.layer.name for case in CASES}
    assert names == set(registry.all_layers())


def test_a_right_layer_keeps_the_contract() -> None:
    case = Case(RIGHT, {})
    contract.check_gradient(case)
    contract.check_twin(case)
    contract.check_monte_carlo(case, STANDARD)


@pytest.mark.parametrize(
    ("wrong", "check", "complaint"),
    [
        ("derivative", contract.check_gradient, "gradient"),
        ("lane", contract.check_twin, "differs from the twin"),
        ("zero", contract.check_twin, "differs from the twin"),
    ],
)
def test_wrong_kernels_are_caught(wrong: str, check: object, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check(Case(WRONG[wrong], {}))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [("mean", "mean of y is off"), ("zeros", "zeros of dx is off")],
)
def test_wrong_exact_values_are_caught(wrong: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        contract.check_monte_carlo(Case(WRONG[wrong], {}), STANDARD)


# Words that are layers' names and mean something else where they stand: an argument, a block of a
# chain, families.
HOMONYMS = {"threshold", "residual", "linear", "dropout"}
# What may name layers: the choice of inputs of `normstats check`, the tables of documents, and the
# types of parameters, whose words may be the names of layers; and what claims are about.
TABLES = {Path("tables/documents.py"), Path("tables/posts.py")}
ALLOWED = {Path("check/sources/suite.py"), Path("parameters.py"), *TABLES}


def test_no_other_module_names_a_layer() -> None:
    """A new layer is one file: nothing else has a list of them."""
    root = Path(normstats.__file__).parent
    names = set(registry.all_layers()) - HOMONYMS
    found = []
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0] in ("families", "claims") or place in ALLOWED:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in names:
                found.append((str(place), node.lineno, node.value))
    assert not found
