"""One error, two spellings: a program reads arguments, the command line options."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import normstats
from normstats import registry
from normstats.check.pinned_file import read
from normstats.cli.flags import flag
from normstats.errors import UsageError
from normstats.runs.method import parse_method

# What is wrong; how a program reads it, and how the command line prints it.
CASES: list[tuple[Callable[[], object], str, str]] = [
    (lambda: normstats.measure("relu", x_std=-1), "x_std -1: must be 0 or", "--x-std -1: must"),
    (
        lambda: normstats.measure("relu", x_mean=2, x_std=1e-9),
        "x_mean 2: must be within 1e+09 times the x_std of 1e-09",
        "--x-mean 2: must be within 1e+09 times the --x-std of 1e-09",
    ),
    (
        lambda: parse_method("rqmc").samples(10**15),
        "must be at most 549755813888 with method rqmc",
        "must be at most 549755813888 with --method rqmc",
    ),
    (
        lambda: registry.parse_call("dropout(p=1)"),
        "p 1.0: must be below 1 unless rescale is none",
        "--p 1.0: must be below 1 unless --rescale is none",
    ),
    (
        lambda: registry.parse_call("dropout(q=1)"),
        "q 1: dropout has no such option (it has p, rescale)",
        "--q 1: dropout has no such option (it has --p, --rescale)",
    ),
    (
        lambda: registry.parse_call("relu(a.B c=1)"),
        "a.b c 1: relu has no such option (it has none)",
        "--a.b c 1: relu has no such option (it has none)",
    ),
    (
        lambda: registry.parse_call("hardtanh(min_val=2)"),
        "max_val 1.0: must be above min_val 2",
        "--max-val 1.0: must be above --min-val 2",
    ),
    (
        lambda: normstats.apply("relu", [1.0], [1.0, 2.0]),
        "dy of shape (2,): must have the shape of y, (1,)",
        "dy of shape (2,): must have the shape of y, (1,)",
    ),
    (lambda: registry.parse_call("rulu"), "layer rulu: no such layer", "layer rulu: no such"),
]


@pytest.mark.parametrize(("wrong", "argument", "option"), CASES)
def test_two_spellings(wrong: Callable[[], object], argument: str, option: str) -> None:
    with pytest.raises(UsageError) as caught:
        wrong()
    error = caught.value
    assert argument in str(error)
    assert option in error.sentence(flag)
    assert "`" not in str(error) + error.sentence(flag) + error.name + error.allowed
    assert str(error) == f"{error.name} {error.value}: {error.allowed}"


def test_what_a_user_wrote_is_never_respelled() -> None:
    error = UsageError("layer", "`x_std`", "no such layer")
    assert str(error) == error.sentence(flag) == "layer `x_std`: no such layer"


def test_an_error_inside_a_file_keeps_both_spellings(tmp_path: Any) -> None:
    file = tmp_path / "c.toml"
    entry = 'layer = "dropout"\nparams = { p = 1.0 }\nquantity = "gain"\nvalue = 1.0\n'
    file.write_text(f"[[constant]]\n{entry}")
    with pytest.raises(UsageError) as caught:
        read(str(file))
    assert "params: p 1.0: must be below 1 unless rescale is none" in str(caught.value)
    assert "unless --rescale is none" in caught.value.sentence(flag)


def test_errors_can_be_copied_and_sent_to_another_process() -> None:
    error = UsageError("`x_std`", -1, "must not be below 0")
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert isinstance(same, UsageError)
        assert (same.name, same.value, same.allowed) == ("x_std", -1, "must not be below 0")
        assert str(same) == "x_std -1: must not be below 0"


def test_a_long_value_in_another_error_is_cut() -> None:
    """Its ends are kept, where the argument stands and what is allowed."""
    with pytest.raises(UsageError) as caught:
        normstats.chain(f"linear({'1' * 5000})")
    said = str(caught.value)
    assert len(said) < 600
    assert said.startswith("chain layer 1, linear: out_features 111")
    assert said.endswith("111: must be a whole number from 1 to 65536")
