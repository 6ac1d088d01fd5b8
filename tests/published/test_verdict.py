"""Verdicts: each kind by example, the numbers in the sentences, and the documents' own claims."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.published.catalogue import Constant, Source, catalogue
from normstats.published.closed_forms import Truth
from normstats.published.evaluate import measurable, truth
from normstats.published.rounding import agrees, place
from normstats.published.verdict import MEANINGS, Kind, Verdict, counts, judge
from normstats.result import Estimate

SOURCE = Source("s", "w", "a", "u")
BY_ID = {constant.id: constant for constant in catalogue()}


def constant(**fields: object) -> Constant:
    given = {
        "id": "c",
        "source": SOURCE,
        "seen_at": "here",
        "text": "",
        "layer": "relu",
        "quantity": "gain",
        "kind": "statistic",
        "value": 0.2123,
        "digits": 4,
    } | fields
    return Constant(**given)  # type: ignore[arg-type]


def test_digits_agree() -> None:
    verdict = judge(constant(value=0.2117), Truth(0.21174570839))
    assert verdict.kind is Kind.DIGITS_AGREE
    assert "published 0.2117, exact 0.21174571" in verdict.sentence
    assert "1/std of y" in verdict.sentence


def simulated(**fields: object) -> Constant:
    return constant(**{"kind": "simulation", **fields})


def test_within_its_noise_states_the_error_and_counts_from_what_rounds_to_the_number() -> None:
    verdict = judge(simulated(samples=100_000), Truth(0.21174570839, unit_se=0.16))
    assert verdict.kind is Kind.WITHIN_NOISE
    assert verdict.se == pytest.approx(0.16 / math.sqrt(1e5))
    assert verdict.distance == pytest.approx(0.21225 - 0.21174570839)
    assert verdict.z == pytest.approx((0.21225 - 0.21174570839) / (0.16 / math.sqrt(1e5)))
    for number in ("0.2123", "0.21174571", "+0.000554", "+0.26 %", "+0.997", "0.00051", "n = 1e5"):
        assert number in verdict.sentence
    assert "the nearest value that rounds to 0.2123 is off by" in verdict.sentence


def test_a_number_with_many_digits_stands_for_itself() -> None:
    verdict = judge(
        simulated(value=0.21229999, digits=8, samples=100_000), Truth(0.21174570839, unit_se=0.16)
    )
    assert verdict.z == pytest.approx(1.0955, abs=1e-4)
    assert "off by +0.000554, +0.26 %, which is +1.1 times its own SE" in verdict.sentence
    assert "rounds to" not in verdict.sentence


def test_a_simulation_beyond_the_noise_of_its_own_size_is_an_error() -> None:
    verdict = judge(simulated(samples=10**8), Truth(0.21174570839, unit_se=0.16))
    assert verdict.kind is Kind.ERROR
    assert verdict.z == pytest.approx(31.52, abs=0.01)
    assert "+31.5 times its own SE 1.6e-5" in verdict.sentence


def test_a_simulation_of_unknown_size_states_the_consistent_one() -> None:
    verdict = judge(simulated(), Truth(0.21174570839, unit_se=0.16))
    assert verdict.kind is Kind.SIMULATION
    assert verdict.one_se == pytest.approx((0.16 / 0.00050429161) ** 2, rel=1e-6)
    assert verdict.three_se == pytest.approx(9 * (0.16 / 0.00050429161) ** 2, rel=1e-6)
    assert "n = 1e5 would be off by 1 SE, one of n = 9.1e5 by 3 SE" in verdict.sentence
    assert verdict.z is None


def test_a_published_error_serves_where_samples_do_not() -> None:
    verdict = judge(simulated(plus_minus=0.001), Truth(0.21174570839, unit_se=0.16))
    assert (verdict.kind, verdict.se) == (Kind.WITHIN_NOISE, 0.0005)
    assert "half of the published ± 0.001" in verdict.sentence
    verdict = judge(simulated(repeated_se=0.0001), Truth(0.21174570839))
    assert verdict.kind is Kind.ERROR
    assert "repetitions" in verdict.sentence


@pytest.mark.parametrize(
    ("name", "before", "after", "quantity"),
    [
        ("us-ops-tanh-bwd_gain", 4.13, 0.61, "1/std of dx"),
        ("us-ops-sigmoid-gain", 2.68, 0.73, "1/std of y"),
        ("us-hardtanh-bwd-std-printed", 2.30, 1.64, "std of dx"),
    ],
)
def test_the_distance_to_the_interval_not_to_its_middle(
    name: str, before: float, after: float, quantity: str
) -> None:
    """Three numbers that rounding alone had carried away from their exact values."""
    verdict = judge(BY_ID[name], truth(BY_ID[name]))
    assert verdict.kind is Kind.WITHIN_NOISE
    assert verdict.constant.words == quantity
    assert verdict.se is not None
    assert verdict.deviation is not None
    assert verdict.deviation / verdict.se == pytest.approx(before, abs=0.005)
    assert verdict.z == pytest.approx(after, abs=0.005)


def test_truncated_digits_are_called_out_and_judged_by_rounding() -> None:
    verdict = judge(constant(value=0.666, digits=3), Truth(2.0 / 3.0))
    assert verdict.kind is Kind.ERROR
    assert verdict.truncated
    assert "cut off, not rounded" in verdict.sentence


def test_closed_forms() -> None:
    agreed = judge(constant(value=2**0.5, digits=None), Truth(2**0.5))
    assert agreed.kind is Kind.DIGITS_AGREE
    assert agreed.sentence.endswith("exact 1.41421356237: equal.")
    off = judge(constant(value=2.5, digits=None), Truth(1.5, unit_se=1.0))
    assert off.kind is Kind.ERROR
    assert off.one_se is None
    assert "off by +1, +67 %; an error: the source gives it as the value itself" in off.sentence


def test_a_fit_is_not_an_error() -> None:
    verdict = judge(constant(kind="fit"), Truth(0.21174570839, unit_se=0.16))
    assert verdict.kind is Kind.FIT
    assert verdict.one_se is None
    assert "off by +0.000554, +0.26 %; a fitted formula, as the source says." in verdict.sentence


def test_own_numerics_reach_as_far_as_the_source_allows() -> None:
    close = constant(kind="quadrature", value=1.2345678, digits=8, accuracy=1e-6)
    verdict = judge(close, Truth(1.2345671))
    assert verdict.kind is Kind.OWN_NUMERICS
    assert "allows itself 1e-6" in verdict.sentence
    verdict = judge(close, Truth(1.2345660))
    assert verdict.kind is Kind.ERROR
    assert "an error: the source allows itself 1e-6" in verdict.sentence
    assert judge(close, Truth(1.23456784)).kind is Kind.DIGITS_AGREE


def test_recipes_explain_and_do_not_judge() -> None:
    recipe = {"formula": "f", "arguments": {}, "text": "half of it"}
    wrong = constant(value=2.5, digits=None, recipe=recipe)
    verdict = judge(wrong, Truth(5.0, predicted=Estimate(2.5, None)))
    assert (verdict.kind, verdict.predicted) == (Kind.ERROR, 2.5)
    assert verdict.sentence.endswith("; half of it gives exactly that.")
    verdict = judge(wrong, Truth(5.0, predicted=Estimate(2.6, None)))
    assert verdict.sentence.endswith("; half of it gives 2.6.")
    noisy = simulated(value=2.5, digits=16, recipe=recipe)
    verdict = judge(noisy, Truth(5.0, unit_se=3.0, predicted=Estimate(2.6, 0.04)))
    assert (verdict.kind, verdict.z, verdict.one_se) == (Kind.SIMULATION, None, None)
    assert verdict.predicted_z == pytest.approx(-2.5)
    assert "half of it would give 2.600 ± 0.04, from which it is -2.50 SE away" in verdict.sentence
    assert judge(wrong, Truth(2.5, predicted=Estimate(2.6, None))).predicted is None


def test_conventions_name_the_statistic_whether_they_equal_it_or_not() -> None:
    convention = constant(value=1.0, digits=None, kind="convention", quantity="gain_rms")
    verdict = judge(convention, Truth(1.84622855))
    assert verdict.kind is Kind.CONVENTION
    assert "published 1, while 1/rms of y is 1.84622855, different by -46 %" in verdict.sentence
    verdict = judge(convention, Truth(1.0))
    assert verdict.kind is Kind.DIGITS_AGREE
    assert verdict.sentence.endswith("published 1, exact 1: a convention, and equal.")


def test_waiting() -> None:
    verdict = judge(constant(waits_for="conv1d"), Truth())
    assert verdict.kind is Kind.WAITING
    assert "no layer here does this yet (conv1d)" in verdict.sentence
    rule = judge(constant(value=None, digits=None, kind="rule", waits_for="add"), Truth())
    assert "a rule without a number" in rule.sentence


def test_matrices() -> None:
    table = constant(value=None, digits=None, matrix=((4.0, 2.0), (2.0, 1.0)))
    right = Truth(matrix=((4.0, 2.0), (2.0, 1.0)))
    wrong = Truth(matrix=((4.0, 2.0), (2.0, 3.0)))
    assert judge(table, right).kind is Kind.DIGITS_AGREE
    verdict = judge(table, wrong)
    assert verdict.kind is Kind.ERROR
    assert "row 2, column 2: published 1, exact 3" in verdict.sentence
    named = constant(
        value=None,
        digits=None,
        matrix=table.matrix,
        row_names=("first", "second"),
        column_names=("left", "right"),
    )
    sentence = judge(named, wrong).sentence
    assert "1 of 4 entries wrong (second, right: published 1, exact 3)" in sentence


def test_an_exact_zero() -> None:
    verdict = judge(constant(value=0.0, digits=8), Truth(3e-17))
    assert verdict.kind is Kind.DIGITS_AGREE
    assert "published 0.0000000, exact 0" in verdict.sentence


@given(
    st.floats(0.01, 100.0),
    st.floats(-0.3, 0.3),
    st.integers(1, 9),
    st.integers(1, 10**12),
    st.floats(1e-3, 1e3),
)
def test_the_kinds_follow_from_the_numbers(
    exact: float, shift: float, digits: int, samples: int, noise: float
) -> None:
    """A reader redoes the judgement from the numbers of the verdict alone."""
    value = float(f"{exact * (1 + shift):.{digits - 1}e}")
    verdict = judge(simulated(value=value, digits=digits, samples=samples), Truth(exact, noise))
    assert verdict.se == pytest.approx(noise / math.sqrt(samples))
    assert verdict.deviation is not None
    rounding = 1e-12 * max(1.0, exact)  # of the exact value, which is not told from it
    assert verdict.deviation == (value - exact if abs(value - exact) > rounding else 0.0)
    assert verdict.z is not None
    assert verdict.se is not None
    if agrees(value, digits, exact):
        expected = Kind.DIGITS_AGREE
        assert verdict.z == 0.0
    else:
        expected = Kind.WITHIN_NOISE if abs(verdict.z) <= 3.0 else Kind.ERROR
        half = float(place(value, digits)) / 2.0
        assert abs(verdict.z) * verdict.se == pytest.approx(
            abs(verdict.deviation) - half, rel=1e-9, abs=1e-12 * exact
        )
    assert verdict.kind is expected


def test_counts_name_all_kinds() -> None:
    found = counts([judge(constant(), Truth(0.2123))])
    assert dict(found) == {kind: int(kind is Kind.DIGITS_AGREE) for kind in Kind}
    assert set(MEANINGS) == set(Kind)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return {c.id: judge(c, truth(c)) for c in catalogue()}


# Every constant whose digits do not agree, by its verdict.
NOT_AGREED = {
    Kind.ERROR: """
        truncnorm-complex-std wang3-conv-stride-bwd-std wang3-conv-stride-factor
        wang3-repeat-cell-w6s4 wang3-normalize-factors
    """,
    Kind.SIMULATION: """
        nfnets-celu nfnets-elu nfnets-gelu nfnets-glu nfnets-leaky_relu nfnets-log_sigmoid
        nfnets-log_softmax nfnets-relu nfnets-relu6 nfnets-selu nfnets-sigmoid nfnets-silu
        nfnets-softsign nfnets-softplus nfnets-tanh us-listing-scaled-gelu
    """,
    Kind.FIT: """
        nt-sigmoid-like us-gelu-model-fwd us-gelu-model-bwd us-silu-model-fwd us-silu-model-bwd
        us-siluglu-model
    """,
    Kind.OWN_NUMERICS: "dks-test-softplus-DKS dks-test-tanh-DKS dks-test-gelu-DKS",
    Kind.CONVENTION: """
        torch-gain-sigmoid torch-gain-tanh torch-gain-selu torch-linear-default
        stylegan3-leaky_relu stylegan3-tanh stylegan3-sigmoid stylegan3-elu stylegan3-softplus
        stylegan3-silu fastai-relu-shift
    """,
    Kind.WAITING: """
        tf-uniform-unit-scaling-relu tf-uniform-unit-scaling-tanh
    """,
    Kind.WITHIN_NOISE: """
        e3nn-silu e3nn-sigmoid e3nn-smooth_leaky_relu e3nn-tanh e3nn-shifted_softplus
        fastai-relu-mean-scaled fastai-relu-rms-scaled nfpt39-elu nfpt39-sigmoid nfpt39-relu
        pt24991-sigmoid pt24991-tanh pt24991-relu pt24991-leaky_relu pt24991-selu pt24991-elu
        torch-forum-tanh-fixedpoint us-ops-tanh-bwd_gain us-ops-sigmoid-gain us-ops-sigmoid-bwd_gain
        us-ops-reduce-sum-gain us-ops-reduce-sum-bwdgain us-ops-layernorm-bwdgain
        us-ops-layernorm-bwdgain-w us-ops-layernorm-bwdgain-b us-ops-softmaxce-bwdgain
        us-hardtanh-bwd-std-printed wang1-maxpool2-fwd-mean wang1-maxpool2-fwd-std
        wang2-sigmoid-bwd-std
    """,
}


def test_the_verdicts_of_the_catalogue(verdicts: dict[str, Verdict]) -> None:
    found: dict[Kind, set[str]] = {kind: set() for kind in NOT_AGREED}
    for name, verdict in verdicts.items():
        if verdict.kind is not Kind.DIGITS_AGREE:
            found[verdict.kind].add(name)
    assert found == {kind: set(names.split()) for kind, names in NOT_AGREED.items()}


def test_what_the_sentences_say_of_single_constants(verdicts: dict[str, Verdict]) -> None:
    for name, words in {
        "nfnets-relu": "rows of 1024 above would give 1.71370 ± 0.00068, from which it is +0.38",
        "nfnets-glu": "the rows of 512 above would give 1.84803 ± 0.00067, from which it is +0.59",
        "us-listing-scaled-gelu": "n = 1.8e7 would be off by 1 SE, one of n = 1.6e8 by 3 SE",
        "truncnorm-complex-std": "not divided by the probability of lying inside it, gives exactly",
        "wang3-conv-stride-bwd-std": "if all dy that reach a pixel are equal, gives exactly that",
        "wang3-normalize-factors": "2 of 20 entries wrong (w = 4, s = 3, taps of factor 1/2: "
        "published 9, exact 8; w = 4, s = 3, taps of factor 1/4: published 3, exact 4)",
        "lecun-tanh": "exact 0.75043028: the exact value rounds to the published digit",
        "tf-slim-truncation": "published 1.3, exact 1.2924216: the exact value rounds",
        "fastai-relu-shift": "published 0.5, while mean of y is 0.39894228, different by +25 %",
        "torch-linear-default": "0.57735026919, while 1/rms of y is 1, different by -42 %",
        "theano-sigmoid-factor": "exact 4: a convention, and the exact value rounds to",
    }.items():
        assert words in verdicts[name].sentence, verdicts[name].sentence


def test_the_gelu_of_ports_of_nfnets() -> None:
    """1/std of the exact gelu, and how far the factor is from it; both stand in the note."""
    note = BY_ID["nfnets-gelu"].note
    exact = truth(BY_ID["us-ops-gelu-gain"]).exact
    value = BY_ID["nfnets-gelu"].value
    assert exact is not None
    assert value is not None
    assert f"{exact:.8g}" in note
    assert f"off by {value - exact:.1e}".replace("e-04", "e-4") in note


def test_all_of_anyinit_agrees(verdicts: dict[str, Verdict]) -> None:
    """55 numbers by another quadrature."""
    found = [verdicts[c.id] for c in catalogue() if c.source.key.startswith("anyinit")]
    assert len(found) == 56
    assert {verdict.kind for verdict in found} == {Kind.DIGITS_AGREE}


def test_everything_that_is_measurable_has_an_exact_value(verdicts: dict[str, Verdict]) -> None:
    for c in catalogue():
        if measurable(c):
            assert verdicts[c.id].exact is not None, c.id


def test_every_sentence_names_its_numbers(verdicts: dict[str, Verdict]) -> None:
    for verdict in verdicts.values():
        sentence: str = verdict.sentence
        assert sentence.endswith(".")
        if verdict.exact is not None:
            assert "published" in sentence
            assert "nan" not in sentence


def test_the_noise_of_max_pooling_is_that_of_a_simulation() -> None:
    import numpy as np

    windows = np.random.default_rng(3).standard_normal((2000, 1000, 4)).max(axis=2)
    for name, statistic in (("mean", windows.mean(axis=1)), ("std", windows.std(axis=1))):
        found = truth(BY_ID[f"wang1-maxpool2-fwd-{name}"])
        assert found.exact == pytest.approx(statistic.mean(), rel=2e-3)
        scatter = statistic.std(ddof=1) * math.sqrt(1000)
        assert found.unit_se == pytest.approx(scatter, rel=0.08)
