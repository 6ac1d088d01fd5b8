"""Verdicts: each kind by example, the numbers in the sentences, and the documents' own claims."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.published.catalogue import Constant, Source, catalogue
from normstats.published.evaluate import Truth, measurable, truth
from normstats.published.rounding import agrees
from normstats.published.verdict import Kind, counts, judge

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
        "value": 0.2123,
        "digits": 4,
    } | fields
    return Constant(**given)  # type: ignore[arg-type]


def test_digits_agree() -> None:
    verdict = judge(constant(value=0.2117), Truth(0.21174570839))
    assert verdict.kind is Kind.DIGITS_AGREE
    assert "published 0.2117, exact 0.21174571" in verdict.sentence
    assert "1/std of y" in verdict.sentence


def test_within_its_noise_states_the_error() -> None:
    verdict = judge(constant(samples=100_000), Truth(0.21174570839, unit_se=0.16))
    assert verdict.kind is Kind.WITHIN_NOISE
    assert verdict.se == pytest.approx(0.16 / math.sqrt(1e5))
    assert verdict.z == pytest.approx(1.1, abs=0.01)
    for number in ("0.2123", "0.21174571", "+0.000554", "+0.26 %", "+1.1", "0.00051", "n = 1e5"):
        assert number in verdict.sentence


def test_off_with_a_size() -> None:
    verdict = judge(constant(samples=10**8), Truth(0.21174570839, unit_se=0.16))
    assert verdict.kind is Kind.OFF
    assert verdict.z == pytest.approx(34.6, abs=0.1)
    assert "+34.6 times its own SE 1.6e-05" in verdict.sentence


def test_off_without_a_size_states_the_consistent_one() -> None:
    verdict = judge(constant(), Truth(0.21174570839, unit_se=0.16))
    assert verdict.kind is Kind.OFF
    assert verdict.one_se == pytest.approx((0.16 / 0.00055429161) ** 2, rel=1e-6)
    assert verdict.three_se == pytest.approx(9 * (0.16 / 0.00055429161) ** 2, rel=1e-6)
    assert "n = 8.3e+04 would be off by 1 SE, one of n = 7.5e+05 by 3 SE" in verdict.sentence


def test_a_published_error_serves_where_samples_do_not() -> None:
    verdict = judge(constant(plus_minus=0.001), Truth(0.21174570839, unit_se=0.16))
    assert (verdict.kind, verdict.se) == (Kind.WITHIN_NOISE, 0.0005)
    assert "half of the published ± 0.001" in verdict.sentence
    verdict = judge(constant(repeated_se=0.0001), Truth(0.21174570839))
    assert verdict.kind is Kind.OFF
    assert "repetitions" in verdict.sentence


def test_the_remark_on_rounding() -> None:
    """1.468 was 1.4675 or more: rounding, not noise, carries it beyond three errors."""
    rounded = constant(value=1.468, samples=10**8)
    verdict = judge(rounded, Truth(1.4674136, unit_se=1.4))
    assert verdict.kind is Kind.OFF
    assert "begins 0.62 SE from the exact value" in verdict.sentence


def test_truncated_digits_are_called_out_and_judged_by_rounding() -> None:
    verdict = judge(constant(value=0.666, digits=3), Truth(2.0 / 3.0))
    assert verdict.kind is Kind.OFF
    assert verdict.truncated
    assert "cut off, not rounded" in verdict.sentence


def test_closed_forms() -> None:
    assert judge(constant(value=2**0.5, digits=None), Truth(2**0.5)).kind is Kind.DIGITS_AGREE
    off = judge(constant(value=2.5, digits=None), Truth(1.5, unit_se=1.0))
    assert off.kind is Kind.OFF
    assert off.one_se is None
    assert "a closed form, not a simulation" in off.sentence


def test_convention_names_the_statistic() -> None:
    verdict = judge(
        constant(value=1.0, digits=None, kind="convention", quantity="gain_rms"), Truth(1.84622855)
    )
    assert verdict.kind is Kind.CONVENTION
    assert "published 1, while 1/rms of y is 1.84622855" in verdict.sentence


def test_waiting() -> None:
    verdict = judge(constant(waits_for="conv1d"), Truth())
    assert verdict.kind is Kind.WAITING
    assert "waits for conv1d" in verdict.sentence
    rule = judge(constant(value=None, digits=None, kind="rule", waits_for="add"), Truth())
    assert "a rule without a number" in rule.sentence


def test_matrices() -> None:
    table = constant(value=None, digits=None, matrix=((4.0, 2.0), (2.0, 1.0)))
    right = Truth(matrix=((4.0, 2.0), (2.0, 1.0)))
    wrong = Truth(matrix=((4.0, 2.0), (2.0, 3.0)))
    assert judge(table, right).kind is Kind.DIGITS_AGREE
    verdict = judge(table, wrong)
    assert verdict.kind is Kind.OFF
    assert "row 2, column 2: published 1, exact 3" in verdict.sentence


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
    verdict = judge(constant(value=value, digits=digits, samples=samples), Truth(exact, noise))
    assert verdict.se == pytest.approx(noise / math.sqrt(samples))
    assert verdict.deviation == value - exact
    assert verdict.z is not None
    assert verdict.se is not None
    if agrees(value, digits, exact):
        expected = Kind.DIGITS_AGREE
    else:
        expected = Kind.WITHIN_NOISE if abs(verdict.z) <= 3.0 else Kind.OFF
    assert verdict.kind is expected


def test_counts_name_all_kinds() -> None:
    found = counts([judge(constant(), Truth(0.2123))])
    assert dict(found) == {kind: int(kind is Kind.DIGITS_AGREE) for kind in Kind}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, object]:
    return {c.id: judge(c, truth(c)) for c in catalogue()}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("wang1-relu-fwd-mean", Kind.DIGITS_AGREE),
        ("wang1-sigmoid-fwd-std", Kind.DIGITS_AGREE),
        ("wang1-maxpool3-fwd-mean", Kind.DIGITS_AGREE),
        ("wang1-maxpool2-fwd-mean", Kind.WITHIN_NOISE),
        ("wang1-maxpool2-fwd-std", Kind.WITHIN_NOISE),
        ("wang2-sigmoid-bwd-std", Kind.WITHIN_NOISE),
        ("wang2-table-dropout-fwd-std", Kind.DIGITS_AGREE),
        ("wang3-conv-stride-bwd-std", Kind.OFF),
        ("wang3-repeat-cell-w6s4", Kind.OFF),
        ("us-ops-layernorm-bwdgain", Kind.WITHIN_NOISE),
        ("us-hardtanh-bwd-std-printed", Kind.WITHIN_NOISE),
        ("us-gelu-model-fwd", Kind.OFF),
        ("nfnets-relu", Kind.OFF),
        ("e3nn-silu", Kind.WITHIN_NOISE),
        ("pt24991-relu", Kind.WITHIN_NOISE),
        ("torch-gain-relu", Kind.DIGITS_AGREE),
        ("torch-gain-sigmoid", Kind.CONVENTION),
        ("torch-gain-tanh", Kind.CONVENTION),
        ("torch-gain-selu", Kind.CONVENTION),
        ("alf-elu", Kind.DIGITS_AGREE),
        ("truncnorm-std", Kind.DIGITS_AGREE),
        ("truncnorm-complex-std", Kind.OFF),
        ("anyinit-silu-sigmastar", Kind.DIGITS_AGREE),
        ("anyinit-tanh-chi", Kind.DIGITS_AGREE),
        ("spc-d2-n25", Kind.DIGITS_AGREE),
        ("lecun-tanh", Kind.OFF),
        ("fastai-relu-mean-scaled", Kind.WITHIN_NOISE),
        ("us-conv1d-bwd", Kind.WAITING),
    ],
)
def test_the_catalogue(verdicts: dict[str, object], name: str, kind: Kind) -> None:
    verdict = verdicts[name]
    assert verdict.kind is kind, verdict.sentence  # type: ignore[attr-defined]


def test_all_of_anyinit_agrees(verdicts: dict[str, object]) -> None:
    """55 numbers by another quadrature."""
    found = [verdicts[c.id] for c in catalogue() if c.source.key.startswith("anyinit")]
    assert len(found) == 56
    assert {verdict.kind for verdict in found} == {Kind.DIGITS_AGREE}  # type: ignore[attr-defined]


def test_everything_that_is_measurable_has_an_exact_value(verdicts: dict[str, object]) -> None:
    for c in catalogue():
        if measurable(c):
            assert verdicts[c.id].exact is not None, c.id  # type: ignore[attr-defined]


def test_every_sentence_names_its_numbers(verdicts: dict[str, object]) -> None:
    for verdict in verdicts.values():
        sentence: str = verdict.sentence  # type: ignore[attr-defined]
        assert sentence.endswith(".")
        if verdict.exact is not None:  # type: ignore[attr-defined]
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
