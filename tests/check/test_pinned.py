"""Files of pinned constants: how they are judged."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import replace

import pytest

from normstats import registry
from normstats.check.check import Check
from normstats.check.measured import Measure
from normstats.check.pinned_file import Pinned, parse
from normstats.check.report import Document
from normstats.check.sources.pinned import PinnedFile, names
from normstats.errors import UsageError
from normstats.reports.model import Case
from normstats.result import Result
from normstats.result.document import estimates, numbers_of
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.run import Run
from tests.check.made_up import drawn
from tests.check.test_pinned_file import EXAMPLE, one

EXACT = 1.70483162717734  # 1/std of leaky_relu(0.01), Gaussian input


def judged(text: str, measure: Measure = drawn, seed: int = 1) -> Document:
    name = "c.json" if text.startswith("{") else "c.toml"
    return Check([PinnedFile(name, parse(text, name))], samples=10**8, seed=seed)(measure)


def case(text: str) -> Case:
    (found,) = judged(text).cases
    return found


def test_the_documented_example() -> None:
    first, second, third = parse(EXAMPLE)
    assert first.call.layer == "leaky_relu"
    assert first.call.params == {"negative_slope": 0.01}
    assert (first.quantity, first.value, first.tolerance) == ("gain", 1.70590341091156, 2e-3)
    assert first.source == "timm nfnet"
    assert (second.digits, second.tolerance, second.inputs) == (4, 0.00005, Inputs())
    assert (third.digits, third.tolerance) == (4, 0.0005)
    assert third.call.params == {"kernel_size": (3, 3)}
    document = judged(EXAMPLE)
    assert document.passed, [c.message for c in document.failed]
    assert [c.name for c in document.cases] == names(parse(EXAMPLE))
    assert document.cases[0].name == "leaky_relu(negative_slope=0.01) gain (timm nfnet)"


def test_json_says_the_same() -> None:
    entries = [
        {
            "layer": "leaky_relu",
            "params": {"negative_slope": 0.01},
            "quantity": "gain",
            "value": 1.70590341091156,
            "tolerance": 2e-3,
            "source": "timm nfnet",
        },
        {"layer": "tanh", "quantity": "backward.std", "value": 0.6815, "inputs": {"x_std": 1}},
        {
            "layer": "max_pool2d",
            "params": {"kernel_size": [3, 3]},
            "quantity": "forward.mean",
            "value": 1.485,
            "digits": 4,
        },
    ]
    text = json.dumps({"constant": entries})

    def content(pinned: Pinned) -> Pinned:
        return replace(pinned, place="", text="")

    toml = [content(p) for p in parse(EXAMPLE)]
    assert [content(p) for p in parse(text, "c.json")] == toml
    assert [content(p) for p in parse(text, "constants")] == toml


def test_a_constant_off_in_its_fourth_digit_fails_and_is_named() -> None:
    good = one("value = 1.70483162717734\nsource = 'mine'")
    assert case(good).passed
    bad = case(good.replace("1.7048", "1.7058"))
    assert not bad.passed
    assert bad.name == "leaky_relu(negative_slope=0.01) gain (mine)"
    for word in ("1.70583162717734", "1.70483162717734", "+0.001", "DISAGREES", "measured"):
        assert word in bad.message
    assert bad.numbers["deviation"] == pytest.approx(1e-3)
    assert bad.numbers["value_agrees_with_exact"] is False
    assert bad.numbers["measured_agrees_with_exact"] is True


def test_tolerance_and_digits_are_borders() -> None:
    for line, passes in (
        ("value = 1.7053\ntolerance = 5e-4", True),
        ("value = 1.7054\ntolerance = 5e-4", False),
        ("value = 1.705", True),
        ("value = 1.706", False),
        ("value = 1.70590341091156\ndigits = 3", True),
        ("value = 1.70590341091156\ndigits = 4", False),
        ("value = 1.70483162717734\ntolerance = 0", True),
        ("value = 2", True),
    ):
        assert case(one(line)).passed is passes, line


def test_a_single_digit_is_pointed_out() -> None:
    assert any("single digit" in remark for remark in judged(one("value = 2")).remarks)
    assert len(judged(one("value = 2\ntolerance = 0.5")).remarks) == 1


def test_an_error_larger_than_the_tolerance_is_told() -> None:
    assert "could not have told" in case(one("value = 1.70483162717734")).message
    assert "could not have told" not in case(one("value = 1.70\ntolerance = 0.01")).message


def test_a_measurement_that_disagrees_could_have_told() -> None:
    """Its noise is larger than the tolerance, and yet the value is far outside of both."""
    found = case(one("value = 1.75\ntolerance = 1e-9"))
    assert "DISAGREES with the value" in found.message
    assert "could not have told" not in found.message
    assert found.numbers["measurement_alone_could_tell"] is True
    near = case(one("value = 1.704832\ntolerance = 1e-9"))
    assert not near.passed
    assert "could not have told" in near.message
    assert near.numbers["measurement_alone_could_tell"] is False


def test_a_layer_that_drifts_fails_even_if_the_constant_is_right() -> None:
    def drifted(run: Run) -> Result:
        return drawn(run, draw=lambda name: 9.0 if name == "forward.std" else 0.0)

    (found,) = judged(one("value = 1.70483162717734"), drifted).cases
    assert not found.passed
    assert "DISAGREES with the exact value" in found.message
    assert found.numbers["value_agrees_with_exact"] is True


def numbered(run: Run) -> Result:
    """Results without exact values are told apart: 1.1, 1.2, and so on."""
    result = drawn(run)
    sides = dict(result.statistics)
    for number, (side, name, estimate) in enumerate(estimates(result)):
        if estimate.exact is None:
            other = replace(estimate, value=1.0 + number / 10, se=1e-5)
            sides[side] = replace(sides[side], **{name: other})
    return replace(result, statistics=sides)


@pytest.mark.parametrize(
    "layer", ["relu", "linear(in_features=16, out_features=8)", "gru_cell(input_size=3)"]
)
def test_every_number_of_a_report_can_be_pinned_under_its_name(layer: str) -> None:
    """And is judged by its own measurement: what is off by a tenth disagrees."""
    found = numbered(Run(registry.parse_call(layer), 10**8, 1))
    numbers = {
        name if side == "gain" else f"{side}.{name}": estimate.value
        for side, name, estimate in numbers_of(found)
    }
    assert len(numbers) == 4 * len(found.statistics) + len(found.gains)

    def pins(factor: float, quantities: Iterable[str]) -> Document:
        entries = [
            {"layer": layer, "quantity": name, "value": factor * numbers[name], "tolerance": 1e-3}
            for name in quantities
        ]
        return judged(json.dumps({"constant": entries}), numbered)

    assert pins(1.0, numbers).passed
    large = [name for name, value in numbers.items() if abs(value) > 0.02]
    assert large
    assert len(pins(1.1, large).failed) == len(large)


def test_a_gradient_that_a_layer_does_not_have_is_refused() -> None:
    entry = {"layer": "relu", "quantity": "weight.std", "value": 1.0}
    with pytest.raises(UsageError, match=r'quantity: "weight.std": must be one of forward.mean'):
        parse(json.dumps({"constant": [entry]}), "c.json")


def test_without_an_exact_value_the_measurement_decides() -> None:
    """Where sigmoid is nearly 1, its std is lost in the rounding of the mean."""

    def measured(value: float) -> Case:
        text = (
            '[[constant]]\nlayer = "sigmoid"\nquantity = "forward.std"\ninputs = { x_mean = 30 }\n'
            f"value = {value}\ntolerance = 0.1\n"
        )
        (found,) = judged(text, steady).cases
        return found

    def steady(run: Run) -> Result:
        result = drawn(replace(run, inputs=STANDARD))
        std = replace(result.forward.std, value=5.0, se=0.01, exact=None)
        sides = {"forward": replace(result.forward, std=std), "backward": result.backward}
        return replace(result, run=run, statistics=sides)

    assert measured(5.05).passed
    assert "no exact value is known" in measured(5.05).message
    assert not measured(5.3).passed


def test_where_a_few_values_decide_the_measurement_cannot_tell() -> None:
    """Of exp of N(0, 5²): its std is e^25, and a run finds next to nothing of it."""
    text = (
        '[[constant]]\nlayer = "exp"\nquantity = "forward.std"\ninputs = { x_std = 5 }\n'
        f"value = {math.exp(25.0)}\ntolerance = 1e5\n"
    )

    def few(run: Run) -> Result:
        result = drawn(replace(run, inputs=STANDARD))
        exact = result.forward.std.exact
        std = replace(result.forward.std, value=1e8, se=4e7, exact=exact)
        sides = {"forward": replace(result.forward, std=std), "backward": result.backward}
        return replace(result, run=run, statistics=sides)

    (found,) = judged(text, few).cases
    assert found.passed
    assert "a few large values decide it, so the measurement cannot tell" in found.message
    assert "inf" not in found.message
    assert found.numbers["measured_agrees_with_exact"] is None
    assert found.numbers["value_agrees_with_measured"] is None
    assert found.numbers["measurement_alone_could_tell"] is False
    assert all(found.numbers[key] is None for key in ("se", "z", "threshold"))
    (found,) = judged(text.replace("value = 72", "value = 73"), few).cases
    assert not found.passed
    assert "DISAGREES" in found.message


def test_a_gain_that_does_not_exist_is_refused_with_its_place() -> None:
    text = '[[constant]]\nlayer = "relu"\nquantity = "gain"\nvalue = 1.0\ninputs = { x_std = 0 }\n'
    with pytest.raises(
        UsageError, match=r"c.toml: constant 1 \(relu\): quantity: gain: 1/std of y"
    ):
        judged(text)


def test_each_layer_is_measured_once() -> None:
    seen: list[str] = []

    def counting(run: Run) -> Result:
        seen.append(run.name)
        return drawn(run)

    text = EXAMPLE + EXAMPLE.replace("gain", "gain_rms").replace("1.7059", "1.4141")
    judged(text, counting)
    assert len(seen) == 3


def test_names_are_told_apart() -> None:
    same = one("value = 1.7") * 2
    assert names(parse(same)) == [
        "leaky_relu(negative_slope=0.01) gain #1",
        "leaky_relu(negative_slope=0.01) gain #2",
    ]


def test_no_false_alarm_of_many_constants_and_seeds() -> None:
    for seed in range(100):
        assert judged(EXAMPLE, seed=seed).passed
