"""Files of pinned constants: what they may say, and what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats import registry
from normstats.check.pinned_file import digits_given, parse, quantities, read
from normstats.errors import UsageError
from normstats.published.rounding import agrees

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
    st.sampled_from(quantities(registry.parse_call("relu"))),
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


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/63", "-", "constants", "c.txt"])
@pytest.mark.parametrize("text", [EXAMPLE, "# a comment\n" + EXAMPLE, EXAMPLE.lstrip()])
def test_toml_is_taken_for_toml_whatever_its_name(name: str, text: str) -> None:
    assert [pinned.quantity for pinned in parse(text, name)] == [
        "gain",
        "backward.std",
        "forward.mean",
    ]


@pytest.mark.parametrize("name", ["/dev/stdin", "-", "constants"])
def test_json_is_taken_for_json_whatever_its_name(name: str) -> None:
    entry = {"layer": "relu", "quantity": "gain", "value": 1.7}
    (pinned,) = parse(" \n" + json.dumps({"constant": [entry]}), name)
    assert pinned.value == 1.7


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(EXAMPLE.encode())))
    assert len(read("-")) == 3
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError, match="FILE -: cannot be read"):
        read("-")
