"""A result as data: gains, dictionaries, JSON, rows; and as Python and notebooks show it."""

from __future__ import annotations

import copy
import csv
import dataclasses
import io
import json
import math
import pickle
from typing import Any
from xml.etree import ElementTree

import click.testing
import jsonschema
import pytest

import normstats
from normstats.cli.root import root
from normstats.frozen import Frozen
from normstats.registry import exact_values, parse_call
from normstats.result import Estimate, Result
from normstats.result.document import dumped, strict
from normstats.result.quantity import GAINS
from tests.reports.made_up import BACKWARD, FORWARD, made_up

CALL = "max_pool2d(kernel_size=2x3)"
OPTIONS = ["--samples", "1000", "--seed", "3", "--threads", "1", "--x-mean", "0.5"]


@pytest.fixture(scope="module")
def measured() -> Result:
    return normstats.measure(CALL, samples=1000, seed=3, threads=1, x_mean=0.5)


def printed(form: str) -> str:
    """What the command prints of the same run."""
    outcome = click.testing.CliRunner().invoke(root, ["run", CALL, *OPTIONS, "--format", form])
    assert outcome.exit_code == 0
    return outcome.stdout


def test_the_dictionary_is_the_commands_json(measured: Result) -> None:
    theirs = json.loads(printed("json"))
    ours = measured.to_dict()
    for tree in (ours, theirs):
        assert tree["results"][0].pop("elapsed_s") > 0.0
    assert ours == theirs
    assert list(ours["results"][0]) == list(theirs["results"][0])


def test_json_is_the_dictionary(measured: Result) -> None:
    assert json.loads(measured.to_json()) == measured.to_dict()
    assert measured.to_json().endswith("}\n")
    schema = json.loads(click.testing.CliRunner().invoke(root, ["schema"]).stdout)
    jsonschema.validate(measured.to_dict(), schema)


def test_records_are_the_commands_csv(measured: Result) -> None:
    theirs = list(csv.DictReader(io.StringIO(printed("csv"))))
    ours = measured.records()
    assert len(ours) == len(theirs) == 11  # 8 statistics, 3 gains
    for mine, other in zip(ours, theirs, strict=True):
        assert list(mine) == list(other)
        assert {"elapsed_s", *mine} == set(mine)
        for name in set(mine) - {"elapsed_s"}:
            value = mine[name]
            text = "" if value is None else str(value)
            assert other[name] == (text.lower() if isinstance(value, bool) else text), name


def test_records_are_plain() -> None:
    """Each value is one that a column of a data frame takes; what is not finite is unknown."""
    infinite = dataclasses.replace(FORWARD, mean=Estimate(math.inf, math.nan, None))
    rows = made_up(forward=infinite, params={"kernel_size": (2, 3)}).records()
    for row in rows:
        assert {type(value) for value in row.values()} <= {str, int, float, bool, type(None)}
    assert (rows[0]["value"], rows[0]["se"], rows[0]["exact"], rows[0]["z"]) == (None,) * 4
    assert json.loads(rows[0]["params"]) == {"kernel_size": [2, 3]}


def test_strict() -> None:
    value = {"a": (1, 2.0, math.inf), "b": Frozen({"c": math.nan}), "σ": True}
    assert strict(value) == {"a": [1, 2.0, None], "b": {"c": None}, "σ": True}
    assert dumped(value) == '{"a": [1, 2.0, null], "b": {"c": null}, "σ": true}'


def test_gains() -> None:
    gains = made_up().gains
    for name, statistic in (
        ("gain", FORWARD.std),
        ("gain_rms", FORWARD.rms),
        ("backward_gain", BACKWARD.std),
    ):
        assert statistic.se is not None
        assert statistic.exact is not None
        found = gains[name]
        assert found.value == 1.0 / statistic.value
        assert found.exact == 1.0 / statistic.exact
        # The derivative of 1/s by hand: a shift of one SE, both ways.
        up, down = (1.0 / (statistic.value + sign * statistic.se) for sign in (-1, 1))
        assert found.se == pytest.approx((up - down) / 2.0, rel=1e-6)
        assert found.z == pytest.approx(-(statistic.z or 0.0), rel=1e-3)
    assert tuple(gains) == GAINS
    assert len({one.value for one in gains.values()}) == 3


def test_gains_without_errors_and_without_gains() -> None:
    one = normstats.measure("relu", samples=1, seed=1)  # std 0; y may be above 0
    assert "gain" not in one.gains
    assert all(gain.se is None for gain in one.gains.values())
    zero, infinite = Estimate(0.0, 0.0, 0.0), Estimate(math.inf, None)
    nothing = dataclasses.replace(FORWARD, std=zero, rms=infinite)
    assert set(made_up(forward=nothing).gains) == {"backward_gain"}


def test_gains_of_scales_whose_squares_are_no_numbers() -> None:
    small = dataclasses.replace(FORWARD, std=Estimate(1e-180, 1e-183, None, 1e-190))
    gain = made_up(forward=small).gains["gain"]
    assert gain.value == pytest.approx(1e180)
    assert gain.se == pytest.approx(1e177)
    assert gain.precision == pytest.approx(1e170)
    tiny = dataclasses.replace(FORWARD, std=Estimate(5e-324, 5e-324, None))
    assert "gain" not in made_up(forward=tiny).gains


def test_precision_counts_in_the_gains_z() -> None:
    """A std without scatter, right to the arithmetic's precision: so is the gain."""
    std = Estimate(1.0 + 1e-13, 0.0, 1.0, 1e-12)
    gain = made_up(forward=dataclasses.replace(FORWARD, std=std)).gains["gain"]
    assert gain.precision == pytest.approx(1e-12)
    assert gain.z == pytest.approx(-0.1, rel=1e-2)


def test_two_lines_say_what_it_is() -> None:
    assert (
        repr(made_up())
        == str(made_up())
        == (
            "<Result relu, n = 1e8, seed 0\n"
            " y: mean 0.39894 ± 0.00006, std 0.58380 ± 0.00005; dx: std 0.70712 ± 0.00008>"
        )
    )
    other = made_up(layer="dropout", params={"p": 0.1}, interrupted=True, seed=7)
    assert repr(other).startswith("<Result dropout(p=0.1), n = 1e8, seed 7, interrupted\n")
    assert "relu [x_std=2], n" in repr(made_up(inputs=normstats.Inputs(x_std=2.0)))
    assert str(Estimate(0.5, None)) == "0.5"


def test_two_lines_of_exact_values() -> None:
    assert repr(normstats.exact("relu", x_std=2)) == (
        "<ExactValues relu [x_std=2]\n"
        " y: mean 0.797884560803, std 1.16763874021; dx: std 0.707106781187>"
    )
    assert "std ?; dx" in repr(normstats.exact("exp", x_std=100))


def cells(html: str) -> list[list[str]]:
    """The rows of a table; an error if it is not well formed."""
    table = ElementTree.fromstring(html)
    return [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]


def test_a_table_in_notebooks() -> None:
    result = made_up()
    head, *rows = cells(result._repr_html_())
    assert head == ["", "measured ± SE", "exact"]
    sides = [
        f"{side}.{name}"
        for side in ("forward", "backward")
        for name in ("mean", "std", "rms", "zeros")
    ]
    assert [row[0] for row in rows] == [*sides, "gain", "gain_rms", "backward_gain"]
    assert rows[-1][1:] == [str(result.gains["backward_gain"]), "1.41421356237"]
    assert rows[0][1:] == ["0.39894 ± 0.00006", "0.398942280401"]
    assert rows[4][1:] == ["-0.00001 ± 0.00007", "0"]
    known = exact_values(parse_call("relu"))
    head, *rows = cells(known._repr_html_())
    assert [row[0] for row in rows] == list(known.values)
    assert rows[-1] == ["backward_gain", "1.41421356237"]


@pytest.mark.parametrize("layer", ["<script>alert(1)</script>", "a & b", "</caption>"])
def test_tables_are_escaped(layer: str) -> None:
    html = made_up(layer=layer, params={"p": "<b>"})._repr_html_()
    assert ElementTree.fromstring(html).findtext("caption", "").startswith(f"{layer}(p=<b>), n")
    assert "<b>" not in html
    assert "<script" not in html


def test_names_of_quantities_are_escaped_too() -> None:
    """A layer names its quantities itself."""
    more = Frozen({"forward": FORWARD, "backward": BACKWARD, "<i>w": FORWARD})
    html = dataclasses.replace(made_up(), statistics=more)._repr_html_()
    assert "<i>w.zeros" in [row[0] for row in cells(html)]
    assert "<i>" not in html


def values() -> list[Any]:
    result = normstats.measure(CALL, samples=100)
    return [result, normstats.exact(CALL), result.gains, result.forward, result.run]


@pytest.mark.parametrize("value", values(), ids=lambda value: type(value).__name__)
def test_values_are_values(value: Any) -> None:
    """Equal, hashed, copied and pickled like any other; and they cannot be changed."""
    for same in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert same == value
        assert hash(same) == hash(value)
        assert len({same, value}) == 1
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.asdict(value)
        assert set(fields) == {field.name for field in dataclasses.fields(value)}
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, next(iter(fields)), None)


def test_asdict_goes_all_the_way_down(measured: Result) -> None:
    tree = dataclasses.asdict(measured)
    assert tree["statistics"]["forward"]["mean"]["value"] == measured.forward.mean.value
    assert tree["run"]["call"]["params"] == {"kernel_size": (2, 3)}
    assert tree["run"]["inputs"]["x_mean"] == 0.5
