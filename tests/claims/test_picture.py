"""Which curves of the claims can be drawn, and that the picture has their numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from normstats.claims.claim import Cell, Curve, Found, Measured
from normstats.claims.experiments import claims_there_are
from normstats.claims.perform import Judged
from normstats.claims.picture import panel, sheet
from normstats.plots.claims import Line, Panel

WRITTEN = Path(__file__).parents[2] / "tables" / "claims.json"
A, B = Measured(0.25, 0.01, 9), Measured(0.75, math.nan)


def committed() -> dict[str, list[Curve]]:
    """The curves of tables/claims.json."""

    def cell(one: str | dict[str, float]) -> Cell:
        return one if isinstance(one, str) else Measured(one["value"], one["se"])

    return {
        claim["name"]: [
            Curve(one["title"], one["headings"], [[cell(c) for c in row] for row in one["rows"]])
            for one in claim["curves"]
        ]
        for claim in json.loads(WRITTEN.read_text("utf-8"))["claims"]
    }


CURVES = committed()


def test_a_first_column_of_numbers_is_x() -> None:
    rows = [["0.1", A, "0.6124"], ["1e2", B, "–"]]
    found = panel(Curve("Std", ("std of x", "tanh", "theory"), rows))
    assert found is not None
    (measured, theory) = found.lines
    assert (found.title, found.x_label) == ("Std", "std of x")
    assert (measured.label, measured.x, measured.y) == ("tanh", (0.1, 100.0), (0.25, 0.75))
    assert measured.se[0] == 0.01
    assert math.isnan(measured.se[1])
    assert theory.theory
    assert theory.y[0] == 0.6124
    assert math.isnan(theory.y[1])


@pytest.mark.parametrize(
    ("headings", "x", "label"),
    [
        (("1 layer", "10 layers"), (1.0, 10.0), "layers"),
        (("depth 10", "depth 50"), (10.0, 50.0), "depth"),
        (("0.0625", "32"), (0.0625, 32.0), "rate"),
    ],
)
def test_headings_of_numbers_are_x(
    headings: tuple[str, ...], x: tuple[float, ...], label: str
) -> None:
    rows = [["relu", A, B], ["0.8", "1", "2"]]
    found = panel(Curve("t", ("near", *headings), rows, over="rate"))
    assert found == Panel(
        "t",
        label,
        (
            Line("relu", x, (0.25, 0.75), (0.01, B.se)),
            Line("near 0.8", x, (1.0, 2.0), (0.0, 0.0), theory=True),
        ),
    )


def test_several_columns_name_a_row() -> None:
    (curve,) = CURVES["drifting-bias"]
    found = panel(curve)
    assert found is not None
    assert [line.label for line in found.lines] == [
        f"{kind}, {how}" for kind in ("x − mean", "batch_norm") for how in ("constant", "full")
    ]
    assert found.lines[0].x == (50.0, 100.0, 200.0, 400.0)
    assert found.lines[1].theory


@pytest.mark.parametrize(
    "curve",
    [
        Curve("words", ("network", "seen", "new"), [["relu", A, B], ["tanh", B, A]]),
        Curve("a word as a cell", ("m", "std"), [["1", A], ["2", "none"]]),
        Curve("computed alone", ("m", "count"), [["1", "3"], ["2", "4"]]),
        Curve("thousands", ("m", "count", "ratio"), [["1", "3,840", A], ["2", "4", B]]),
        Curve("one point", ("m", "std"), [["1", A]]),
        Curve("one heading", ("network", "depth 10"), [["relu", A], ["tanh", B]]),
        Curve("other words", ("network", "depth 10", "width 20"), [["relu", A, B]]),
        Curve("a heading without a number", ("network", "10", "20", "all"), [["relu", A, B, A]]),
        Curve("no rows", ("m", "std"), []),
    ],
    ids=lambda curve: curve.title,
)
def test_what_is_no_picture(curve: Curve) -> None:
    assert panel(curve) is None


def test_which_claims_can_be_drawn() -> None:
    there = claims_there_are()
    assert set(CURVES) == set(there)
    without = {
        name
        for name, curves in CURVES.items()
        if sheet(Judged(there[name], Found((), curves))) is None
    }
    assert without == {
        *("stride", "regularisation", "whitening-cost", "product-formula"),
        *("weights-above-1", "derivatives-above-1", "values-above-1"),
    }


@pytest.mark.parametrize("name", ["saturation", "higher-rates", "covariate-shift", "batch-noise"])
def test_the_picture_has_the_numbers_of_the_page(name: str) -> None:
    """Every measured number of a curve, and its error, once."""
    shown = sheet(Judged(claims_there_are()[name], Found((), CURVES[name])))
    assert shown is not None
    assert shown.title == name
    drawn = {one.title: one for one in shown.panels}
    first = CURVES[name][0]
    found = [
        pair
        for line in drawn[first.title].lines
        if not line.theory
        for pair in zip(line.y, line.se, strict=True)
        if not math.isnan(pair[0])  # a gap
    ]
    cells = [c for row in first.rows for c in row if isinstance(c, Measured)]
    assert sorted(found) == sorted((c.value, c.se) for c in cells)


def test_words_alone_are_left_out_beside_a_curve() -> None:
    shown = sheet(
        Judged(claims_there_are()["covariate-shift"], Found((), CURVES["covariate-shift"]))
    )
    assert shown is not None
    assert len(CURVES["covariate-shift"]) == 2
    assert len(shown.panels) == 1
