"""Numbers in the sentences of the pages, and where each comes from.

A fact is a piece of a sentence with ``{}`` for its number. The number is computed from the code, or
stands in a test, which is named. Numbers of a single digit need no fact.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from normstats.check.threshold import DEFAULT_ALPHA, quantile, share
from normstats.claims.experiments.saturation import LOST
from normstats.cli.ending import CLOSED_PIPE, INTERRUPTED
from normstats.cluster.ranges import MOST_A_SECOND
from normstats.engine.matrices import FEWEST_GROUPS, LARGEST_GROUP
from normstats.layer.base import PER_NUMBER
from normstats.moments.statistics import VALUE_PRECISION
from normstats.plots.claims import LONG_X, LONG_Y
from normstats.plots.depth import MOST_DOTS
from normstats.published.catalogue import catalogue, pages
from normstats.reference.quadrature import LEAST_STD, TARGET
from normstats.registry import get, job_of, parse_call
from normstats.runs.counts import MOST_SAMPLES
from normstats.runs.inputs import MOST_STDS, Inputs
from normstats.runs.method import FEWEST_POINTS, MOST_POINTS, REPLICATES
from normstats.runs.run import Run
from normstats.runs.target import DEFAULT_SAMPLES, TARGET_SAMPLES
from normstats.sampling.inverse import normal_quantile
from normstats.sampling.normals import SMALLEST
from normstats.sampling.sobol import MOST_COORDINATES
from normstats.tables.budget import FEWEST, samples_for
from tests.readme.generated import without
from tests.readme.pages import ROOT, prose

_NUMBER = re.compile(r"(?<![\w.−-])\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?")


@dataclass(frozen=True)
class Fact:
    """Where it stands, with ``{}`` for the number; the number; the test that holds it, if any."""

    page: str
    text: str
    number: str
    test: str = ""

    @property
    def sentence(self) -> str:
        return self.text.format(self.number)


def short(value: float, digits: int = 2) -> str:
    """1e-12, 5.5e11, 2048: as people write it."""
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def _project() -> str:
    text = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    return str(text).removeprefix(">=")


def _pinned(number: int) -> dict[str, str]:
    """An entry of constants.toml, its numbers as they are written."""
    text = (ROOT / "constants.toml").read_text()
    return tomllib.loads(text, parse_float=str)["constant"][number]  # type: ignore[no-any-return]


def _plain_samples(goal: float) -> str:
    """Samples until sigmoid's errors are so small without any method: (largest std/goal)²."""
    sides = get("sigmoid").exact({}, Inputs())
    largest = max(side.std or 0.0 for side in sides)
    return short((largest / goal) ** 2, 1)


def _gamma() -> str:
    """How far the pinned NFNet gamma is off."""
    layer = get(_pinned(0)["layer"])
    forward, _ = layer.exact(layer.parse({"negative_slope": 0.01}), Inputs())
    assert forward.std is not None
    return f"{float(_pinned(0)['value']) - 1.0 / forward.std:.2e}".replace("e-0", "e-")


def facts() -> Iterator[Fact]:
    """All of them, page by page."""
    redraw = "for every {} samples, or more often if that would be fewer than "
    for page, rest in (
        ("layers", f"{FEWEST_GROUPS} times"),
        ("statistics", f"{FEWEST_GROUPS} draws"),
    ):
        yield Fact(page, redraw + rest, str(LARGEST_GROUP))
    yield Fact("README", "Python {} or newer", _project())
    yield Fact(
        "README", "here {}⁸ random numbers", "10", "tests/readme/test_pages.py::test_renewed"
    )
    oracles = "tests/torch/test_oracles.py::test_values_and_gradients"
    yield Fact("layers", "equal PyTorch's to {}", "1e-11", oracles)
    yield Fact("layers", "agree to {} only", "1e-6", oracles)
    yield Fact("statistics", "more than {} times their std are refused", short(MOST_STDS))
    yield Fact("statistics", "which is {} of the std", short(VALUE_PRECISION))
    yield Fact("statistics", "an integral computed to {}", short(TARGET))
    yield Fact("statistics", "A std below {} of the mean", short(LEAST_STD))
    yield Fact("precision", "Ordinary sampling would take {}", _plain_samples(1e-8))
    yield Fact("precision", "takes {} sequences", str(REPLICATES))
    yield Fact("precision", "itself known to {}", f"{100 / math.sqrt(2 * (REPLICATES - 1)):.0f} %")
    yield Fact("precision", "rounded up to {} times a power of two", str(REPLICATES))
    yield Fact("precision", "or for rqmc {} times a power of two", str(REPLICATES))
    yield Fact("precision", "a power of two, from {} to", str(FEWEST_POINTS * REPLICATES))
    yield Fact(
        "precision", f"from {FEWEST_POINTS * REPLICATES} to {{}}", short(MOST_POINTS * REPLICATES)
    )
    yield Fact("precision", "up to {} random numbers", str(MOST_COORDINATES))
    yield Fact("precision", "reach to {}σ", f"{-float(normal_quantile(SMALLEST)):.1f}")
    skewed = "tests/engine/test_methods.py::test_heavy_tails_are_skewed_as_the_readme_says"
    yield Fact("precision", "a mean of about {}", "-0.3", skewed)
    yield Fact("precision", "are at most {}", "1e-5", "tests/readme/test_pages.py::test_renewed")
    yield Fact("precision", "by default {}", short(TARGET_SAMPLES))
    stopping = "tests/readme/test_claims.py::test_optional_stopping"
    yield Fact("precision", "too low on average: by {} SE", "0.2", stopping)
    yield Fact("precision", "std of exp near {} samples", "1e5", stopping)
    yield Fact("reproducibility", "They are right to {}", short(VALUE_PRECISION))
    normals = "tests/sampling/test_normals.py::"
    yield Fact(
        "reproducibility",
        "up to the eighth to {}",
        "4e-13",
        normals + "test_the_polynomials_leave_the_moments_unbiased",
    )
    yield Fact(
        "reproducibility",
        "the tails reach {}σ",
        "8.57",
        normals + "test_tails_reach_8_and_a_half_sigma",
    )
    yield Fact("published", "has {} of them", str(len(catalogue())))
    yield Fact("published", "of them, from {} groups", str(len(pages())))
    yield Fact("published", "one for every {} multiplications", f"{PER_NUMBER:g}")
    yield Fact("published", "fewer than {}.", f"{FEWEST:,}")
    for text in (
        "relu",
        "dropout",
        "max_pool2d(kernel_size=3)",
        "layer_norm(normalized_shape=512)",
        "linear(in_features=512, out_features=256)",
    ):
        call = parse_call(text)
        samples = short(samples_for(call, 10**9), 1)
        numbers = f"{get(call.layer).cost(call.params):,.4g}".replace(".0", "")
        yield Fact("published", f"| `` | {{}} | {samples} |", numbers)
        yield Fact("published", f"| `` | {numbers} | {{}} |", samples)
    yield Fact("README", "which of {} published constants hold", str(len(catalogue())))
    yield Fact("ci", "multiplies activations by {}", _pinned(1)["value"])
    yield Fact("ci", "is off by {}", _gamma())
    yield Fact("ci", "the tolerance of {} above", _pinned(0)["tolerance"])
    yield Fact(
        "ci",
        "would fail with {}",
        "1e-3",
        "tests/readme/test_claims.py::test_a_narrower_tolerance_fails",
    )
    yield Fact("ci", "It is {} unless", short(DEFAULT_ALPHA))
    z = quantile(share(DEFAULT_ALPHA / 2, 1500))
    yield Fact("ci", "{} for 1,500 of them", f"{z:.1f}")
    yield Fact("python", "Without ``, {} are drawn", short(DEFAULT_SAMPLES))
    yield Fact("batch-norm", "Ioffe and Szegedy, {}", "2015")
    yield Fact("depth", "(Poole et al., {})", "2016")
    yield Fact("depth", "et al., {}): gradients vanish", "2017")
    yield Fact("depth", "Glorot and Bengio ({})", "2010")
    yield Fact("depth", "He et al. ({})", "2015")
    layer_by_layer = "tests/torch/test_chains.py::test_layer_by_layer"
    yield Fact("depth", "layer by layer, to {}", "1e-10", layer_by_layer)
    yield Fact("claims", "is *below {}*", f"{LOST:g}")
    yield Fact("claims", "at least {} times the smallest", f"{LONG_Y:g}")
    yield Fact("claims", "smallest ({} times for", f"{LONG_X:g}")
    sheet = "tests/reports/test_latex.py::test_how_it_was_measured_is_told_in_comments"
    relu = job_of(Run(parse_call("relu"), MOST_SAMPLES)).blocks
    yield Fact("pictures", "of fewer than {} layers it is black dashes", str(MOST_DOTS))
    yield Fact("long-runs", "{} samples, the most that ``", short(MOST_SAMPLES))
    yield Fact("long-runs", "are {} blocks of relu", short(relu.count))
    yield Fact("long-runs", "never more than {} of them", str(MOST_A_SECOND))
    yield Fact("long-runs", "up to {} workers and 1e15 samples", "1000")
    yield Fact("long-runs", "up to 1000 workers and {} samples", "1e15")
    yield Fact("commands", "{} is 0.3989 ± 0.0012", "0.3989(12)", sheet)
    yield Fact("commands", "is {}.", "0.3989 ± 0.0012", sheet)
    yield Fact("commands", "{} after Ctrl-C", str(INTERRUPTED))
    yield Fact("commands", "{} where the program", str(CLOSED_PIPE))
    yield Fact("adding-a-layer", "Carlile et al. ({})", "2017")
    contract = "tests/layers/contract.py::"
    yield Fact("adding-a-layer", "equals the twin to {}", "1e-12", contract + "check_twin")


def sentences(page: Path) -> str:
    """The sentences of a page on one line: no generated sections, no code, no addresses."""
    text = re.sub(r"\]\([^()]*\)", "]", without(page.read_text()))
    return " ".join(prose(text).split())


def unheld(text: str, held: Iterable[Fact]) -> list[str]:
    """Numbers in sentences, of more than one digit, that no fact holds."""
    known = {
        place
        for fact in held
        for match in re.finditer(re.escape(fact.sentence), text)
        for place in range(*match.span())
    }
    numbers = (match for match in _NUMBER.finditer(text) if len(match[0]) > 1)
    return [match[0] for match in numbers if match.start() not in known]
