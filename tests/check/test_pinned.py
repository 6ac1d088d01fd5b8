"""Files of pinned constants: what they may say, how it is judged, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.check.check import Check
from normstats.check.measured import Measure
from normstats.check.pinned_file import QUANTITIES, Pinned, digits_given, parse, read
from normstats.check.report import Document
from normstats.check.sources.pinned import PinnedFile, names
from normstats.errors import UsageError
from normstats.published.rounding import agrees
from normstats.reports.model import Case
from normstats.result import Result
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.run import Run
from tests.check.made_up import drawn

EXACT = 1.70483162717734  # 1/std of leaky_relu(0.01), Gaussian input

EXAMPLE = """
[[constant]]
layer = "leaky_relu"
params = { negative_slope = 0.01 }
quantity = "gain"
value = 1.70590341091156
tolerance = 2e-3
source = "timm nfnet"

[[constant]]
layer = "tanh"
quantity = "backward.std"
value = 0.6815
inputs = { x_std = 1 }

[[constant]]
layer = "max_pool2d(kernel_size=3)"
quantity = "forward.mean"
value = 1.4850
digits = 4
"""


def one(line: str) -> str:
    return f'[[constant]]\nlayer = "leaky_relu"\nquantity = "gain"\n{line}\n'


def judged(text: str, measure: Measure = drawn, seed: int = 1) -> Document:
    return Check([PinnedFile("c.toml", parse(text, "c.toml"))], samples=10**8, seed=seed)(measure)


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


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1.7058", 5), ("1.70", 3), ("0.00120", 3), ("-2.50e-7", 3), ("1e-3", 1), ("17", 2),
        ("1_000.5", 5), ("+1.5", 2), ("0", 1), ("0.000", 4), ("-0.0", 2), ("200", 3), ("0e3", 1),
    ],
)  # fmt: skip
def test_digits_are_counted_as_they_are_written(text: str, digits: int) -> None:
    assert digits_given(text) == digits
    (pinned,) = parse(one(f"value = {text}".replace("0e3", "0.0e1")))
    assert pinned.digits_counted


@given(st.decimals(-100, 100, places=6), st.floats(0.0, 1.0))
def test_digits_given_mean_what_rounding_means(value: object, off: float) -> None:
    """A value is accepted exactly if the exact one rounds to it."""
    (pinned,) = parse(one(f"value = {value}"))
    assert pinned.text == str(value)
    exact = pinned.value + 2.0 * off * pinned.tolerance
    if abs(off - 0.5) > 1e-6:
        assert agrees(pinned.value, pinned.digits, exact) is (off < 0.5)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.one_of(st.none(), st.floats(0.0, 1e300), st.integers(1, 17)),
    st.sampled_from(QUANTITIES),
    st.text(max_size=20),
)
def test_what_is_written_is_read(
    value: float, allowed: float | int | None, quantity: str, source: str
) -> None:
    entry: dict[str, object] = {"layer": "relu", "quantity": quantity, "value": value}
    entry["source"] = source
    if allowed is not None:
        entry["digits" if isinstance(allowed, int) else "tolerance"] = allowed
    (pinned,) = parse(json.dumps({"constant": [entry]}), "c.json")
    assert (pinned.value, pinned.quantity, pinned.source) == (value, quantity, source)
    if isinstance(allowed, float):
        assert pinned.tolerance == allowed
    else:
        assert pinned.tolerance > 0.0 or value == 0.0 or abs(value) < 1e-300


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused_in_one_line(text: str) -> None:
    for name in ("c.toml", "c.json", "c"):
        with pytest.raises(UsageError) as caught:
            parse(text, name)
        assert name in str(caught.value)


@given(
    st.dictionaries(
        st.sampled_from(
            ["layer", "params", "inputs", "quantity", "value", "tolerance", "digits", "source", "x"]
        ),
        st.recursive(
            st.one_of(
                st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
                st.sampled_from(["relu", "gain", "forward.mean", "x_mean"]),
            ),
            lambda inner: st.one_of(
                st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)
            ),
            max_leaves=4,
        ),
    )
)  # fmt: skip
def test_any_entry_is_accepted_or_refused_with_its_place(entry: dict[str, object]) -> None:
    message = "c.json: constant 1"
    try:
        parse(json.dumps({"constant": [entry]}), "c.json")
    except UsageError as error:
        message = str(error)
    assert message.startswith("c.json: constant 1")


GOOD = 'layer = "relu"\nquantity = "gain"\nvalue = 1.0\n'
BAD_ENTRIES = [
    ('layer = "relu"\nquantity = "gain"', ["value: missing"]),
    ('layer = "relu"\nvalue = 1.0', ["(relu)", "quantity: missing"]),
    ('quantity = "gain"\nvalue = 1.0', ["layer: missing"]),
    (GOOD + "vlaue = 1.0", ["vlaue: no such field", "value"]),
    (GOOD + "tolerance = 1e-3\ndigits = 3", ["digits", "together with tolerance"]),
    (GOOD + "tolerance = -1e-3", ["tolerance: -0.001: must not be negative"]),
    (GOOD + "tolerance = nan", ["tolerance: nan: must be a finite number"]),
    (GOOD + 'tolerance = "wide"', ['tolerance: "wide": must be a number']),
    (GOOD + "tolerance = true", ["tolerance: true: must be a number"]),
    (GOOD + "digits = 0", ["digits: 0: must be a whole number from 1 to 17"]),
    (GOOD + "digits = 3.0", ["digits: 3.0: must be a whole number"]),
    (GOOD + "digits = true", ["digits: true: must be a whole number"]),
    (GOOD + "source = 3", ["source: must be text"]),
    (GOOD + "params = 3", ["params: 3: must be a table"]),
    (GOOD + "params = { slope = 3 }", ["params: slope 3: relu has no such option"]),
    (GOOD + "inputs = { mean = 3 }", ["inputs: mean: no such field", "x_mean"]),
    (GOOD + "inputs = { x_std = -1 }", ["inputs: x_std -1", "0 or a number from 1e-60"]),
    (GOOD + "inputs = { x_std = nan }", ["inputs: x_std nan", "0 or a number from 1e-60"]),
    (GOOD + "inputs = 1", ["inputs: 1: must be a table"]),
    (GOOD.replace("1.0", "nan"), ["value: nan: must be a finite number"]),
    (GOOD.replace("1.0", "-inf"), ["value: -inf: must be a finite number"]),
    (GOOD.replace("1.0", "1e999"), ["value: 1e999: must be a finite number"]),
    (GOOD.replace("1.0", '"one"'), ['value: "one": must be a number']),
    (GOOD.replace("1.0", "1979-05-27"), ["value", "must be a number"]),
    (GOOD.replace("relu", "rleu"), ["layer: rleu: no such layer; did you mean relu"]),
    (GOOD.replace("relu", ""), ["layer", "name of a layer"]),
    (GOOD.replace('"relu"', "3"), ["layer: 3: must be the name of a layer"]),
    (GOOD.replace("relu", "dropout(p=2)"), ["layer: p 2: must be a number in [0, 1]"]),
    (
        GOOD.replace("relu", "dropout") + "params = { p = 1.5 }",
        ["(dropout)", "params: p 1.5: must be a number in [0, 1]"],
    ),
    (GOOD.replace("gain", "gian"), ['quantity: "gian": must be one of', "backward_gain"]),
    (GOOD.replace('"gain"', "1"), ["quantity: 1: must be one of"]),
    (GOOD + 'source = "who"\nwrong = 1', ["(relu, who)", "wrong: no such field"]),
]


@pytest.mark.parametrize(("entry", "named"), BAD_ENTRIES)
def test_a_bad_entry_is_refused_by_file_number_and_field(entry: str, named: list[str]) -> None:
    text = f"[[constant]]\n{GOOD}\n[[constant]]\n{entry}\n"
    with pytest.raises(UsageError) as caught:
        parse(text, "my.toml")
    message = str(caught.value)
    assert message.startswith("my.toml: constant 2")
    assert "\n" not in message
    for word in named:
        assert word in message


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("c.toml", "", "has no [[constant]]"),
        ("c.toml", "constant = []", "has no [[constant]]"),
        ("c.toml", "constant = 3", "constant: must be a list"),
        ("c.toml", "constant = [3]", "constant 1: must be a table"),
        ("c.toml", "[[constants]]", "constants: no such field"),
        ("c.toml", "[[constant]", "is not TOML"),
        ("c.toml", "{}", "is not TOML"),
        ("c.toml", "[[constant]]\nvalue = 1\nvalue = 2", "is not TOML"),
        ("c.json", "", "is not JSON"),
        ("c.json", "[]", "must be an object"),
        ("c.json", "{}", "has no [[constant]]"),
        ("c.json", '{"constant": [{"value": 1, "value": 2}]}', "value is given twice"),
        ("c.json", "[" * 100_000, "is not JSON"),
    ],
)
def test_a_bad_file_is_refused_by_its_name(name: str, text: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, name)
    assert name in str(caught.value)
    assert named in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for path, named in (
        (tmp_path / "none.toml", "No such file"),
        (tmp_path, "directory"),
        (tmp_path / "binary.toml", "UTF-8"),
        (Path("nul\0"), "cannot be read"),
    ):
        with pytest.raises(UsageError, match=named):
            read(str(path))
    (tmp_path / "mark.toml").write_bytes(b"\xef\xbb\xbf" + EXAMPLE.encode())
    assert len(read(str(tmp_path / "mark.toml"))) == 3


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


def test_without_an_exact_value_the_measurement_decides() -> None:
    def measured(value: float) -> Case:
        text = (
            '[[constant]]\nlayer = "exp"\nquantity = "forward.std"\ninputs = { x_std = 30 }\n'
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
