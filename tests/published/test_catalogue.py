"""All 224 published constants are there, fit the schema, and say what was published."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from typing import Any

import pytest

from normstats import registry
from normstats.published.catalogue import (
    CatalogueError,
    Constant,
    Page,
    Source,
    catalogue,
    pages,
    parse_page,
)
from normstats.published.closed_forms import FORMULAS
from normstats.published.evaluate import measurable, truth
from normstats.published.quantity import QUANTITIES, transform
from normstats.published.recipes import RECIPES
from normstats.published.verdict import Kind, judge
from normstats.result.quantity import exact_quantity
from normstats.tables.jobs import wanted
from normstats.tables.sequential import SEQUENTIAL

IDS = """
wang1-relu-fwd-mean wang1-relu-fwd-std wang1-relu-fwd-m2 wang1-sigmoid-fwd-mean
wang1-sigmoid-fwd-std wang1-maxpool3-fwd-mean wang1-maxpool3-fwd-std wang1-maxpool2-fwd-mean
wang1-maxpool2-fwd-std wang1-avgpool-fwd-mean wang1-avgpool-fwd-std wang1-dropout-fwd-mean
wang1-dropout-fwd-std wang1-linear-rule wang2-relu-bwd-mean wang2-relu-bwd-std
wang2-sigmoid-bwd-mean wang2-sigmoid-bwd-std wang2-maxpool3-bwd-std wang2-maxpool2-bwd-std
wang2-avgpool3-bwd-std wang2-avgpool2-bwd-std wang2-table-dropout-fwd-std
wang2-table-dropout-bwd-std wang2-linear-bwd-rule wang3-conv-stride-bwd-std
wang3-conv-stride-factor wang3-repeat-cell-w3s2 wang3-repeat-cell-w4s3 wang3-repeat-cell-w5s4
wang3-repeat-cell-w5s2 wang3-repeat-cell-w5s3 wang3-repeat-cell-w6s4 wang3-normalize-factors
us-ops-gelu-gain us-ops-gelu-bwd_gain us-ops-tanh-gain us-ops-tanh-bwd_gain us-ops-sigmoid-gain
us-ops-sigmoid-bwd_gain us-ops-relu-gain us-ops-relu-bwd_gain us-ops-relu-gain-expected
us-ops-relu-bwdgain-expected us-ops-reduce-sum-gain us-ops-reduce-sum-bwdgain us-ops-matmul-gain
us-ops-matmul-bwdgain-x us-ops-matmul-bwdgain-w us-ops-layernorm-gain us-ops-layernorm-bwdgain
us-ops-layernorm-bwdgain-w us-ops-layernorm-bwdgain-b us-ops-softmaxce-bwdgain
us-listing-scaled-gelu us-old-gelu-fwd-std us-old-gelu-bwd-std us-old-softmax-fwd
us-old-softmax-bwd us-gelu-model-fwd us-gelu-model-bwd us-silu-model-fwd us-silu-model-bwd
us-siluglu-model us-dropout us-add us-mse-bwd us-ce-bwd us-conv1d-bwd us-residual-tau
us-hardtanh-fwd-std us-hardtanh-bwd-std-printed us-hardtanh-bwd-std-used us-hardtanh-fwd-closed
us-hardtanh-bwd-closed nfnets-celu nfnets-elu nfnets-gelu nfnets-glu nfnets-leaky_relu
nfnets-log_sigmoid nfnets-log_softmax nfnets-relu nfnets-relu6 nfnets-selu nfnets-sigmoid
nfnets-silu nfnets-softsign nfnets-softplus nfnets-tanh nfpt39-elu nfpt39-sigmoid nfpt39-relu
pt24991-identity pt24991-sigmoid pt24991-tanh pt24991-relu pt24991-leaky_relu pt24991-selu
pt24991-elu torch-gain-linear torch-gain-conv1d torch-gain-sigmoid torch-gain-tanh
torch-gain-relu torch-gain-leaky_relu torch-gain-selu torch-forum-tanh-fixedpoint
torch-forum-sigmoid-36 e3nn-silu e3nn-sigmoid e3nn-smooth_leaky_relu e3nn-tanh
e3nn-shifted_softplus edm2-mp-silu edm2-mp-sum edm2-mp-fourier stylegan3-linear stylegan3-relu
stylegan3-leaky_relu stylegan3-tanh stylegan3-sigmoid stylegan3-elu stylegan3-selu
stylegan3-softplus stylegan3-silu anyinit-relu-mean anyinit-relu-m2 anyinit-relu-gain
anyinit-relu-chi anyinit-relu-sigmastar anyinit-relu^2-mean anyinit-relu^2-m2
anyinit-relu^2-gain anyinit-relu^2-chi anyinit-relu^2-sigmastar anyinit-relu^3-mean
anyinit-relu^3-m2 anyinit-relu^3-gain anyinit-relu^3-chi anyinit-relu^3-sigmastar
anyinit-gelu-mean anyinit-gelu-m2 anyinit-gelu-gain anyinit-gelu-chi anyinit-gelu-sigmastar
anyinit-silu-mean anyinit-silu-m2 anyinit-silu-gain anyinit-silu-chi anyinit-silu-sigmastar
anyinit-elu-mean anyinit-elu-m2 anyinit-elu-gain anyinit-elu-chi anyinit-elu-sigmastar
anyinit-selu-mean anyinit-selu-m2 anyinit-selu-gain anyinit-selu-chi anyinit-selu-sigmastar
anyinit-mish-mean anyinit-mish-m2 anyinit-mish-gain anyinit-mish-chi anyinit-mish-sigmastar
anyinit-softplus-mean anyinit-softplus-m2 anyinit-softplus-gain anyinit-softplus-chi
anyinit-softplus-sigmastar anyinit-tanh-mean anyinit-tanh-m2 anyinit-tanh-gain anyinit-tanh-chi
anyinit-sigmoid-mean anyinit-sigmoid-m2 anyinit-sigmoid-gain anyinit-sigmoid-chi
anyinit-relu3-mc-claim anyinit-maxpool-1x2 anyinit-relu-maxpool9 selu-alpha selu-lambda
selu-fixed-mean selu-fixed-var selu-alphadropout selu-mean-0.1-var2-alpha
selu-mean-0.1-var2-lambda truncnorm-std truncnorm-complex-std tf-uniform-unit-scaling-relu
tf-uniform-unit-scaling-tanh alf-elu alf-sigmoid se-elu dks-relu-cslope dks-test-softplus-DKS
dks-test-tanh-DKS dks-test-leaky_relu-TAT dks-test-gelu-DKS dks-test-leaky-output-scale-identity
nt-sigmoid-like gpn-relu-a fastai-relu-mean-scaled fastai-relu-rms-scaled lecun-tanh spc-d2-n2
spc-d2-n3 spc-d2-n4 spc-d2-n5 spc-d2-n9 spc-d2-n16 spc-d2-n25 spc-d2-n4-5digits
wang2-linear-fwd-mean wang2-dropout-recommended-fwd-std wang2-dropout-recommended-bwd-std
tf-uniform-unit-scaling-linear tf-slim-truncation theano-sigmoid-factor fastai-relu-shift
timm-identity torch-linear-default
"""

CONSTANTS = catalogue()
BY_ID = {constant.id: constant for constant in CONSTANTS}


def test_every_constant_as_found_is_there_once() -> None:
    expected = IDS.split()
    assert len(expected) == len(set(expected)) == 224
    assert sorted(constant.id for constant in CONSTANTS) == sorted(expected)


def test_every_source_is_used_and_unique() -> None:
    sources = [source for page in pages() for source in page.sources]
    assert len({source.key for source in sources}) == len(sources)
    assert {constant.source.key for constant in CONSTANTS} == {source.key for source in sources}


def digits_of(constant: Constant) -> int:
    """How many digits the constant's value has where it stands in the published text."""
    assert constant.value is not None
    value = abs(constant.value)
    numbers = re.findall(r"\d*\.?\d+(?:e-?\d+)?", constant.text)
    same = [n for n in numbers if math.isclose(float(n), value, rel_tol=1e-15)]
    assert same, constant.text
    digits = same[0].split("e")[0].replace(".", "")
    return len(digits if constant.value == 0.0 else digits.lstrip("0"))


def test_the_digits_are_those_of_the_text() -> None:
    judged = [c for c in CONSTANTS if c.value is not None and c.digits]
    assert len(judged) > 130
    for constant in judged:
        assert digits_of(constant) == constant.digits, constant.id


def test_the_published_error_is_that_of_the_text() -> None:
    for constant in CONSTANTS:
        found = re.search(r"± ([\d.e-]+)", constant.text)
        assert constant.plus_minus == (float(found[1]) if found else None), constant.id


def test_other_quantities_are_explained() -> None:
    for constant in CONSTANTS:
        assert constant.quantity in QUANTITIES
        assert constant.explain or constant.quantity != "other", constant.id


def test_measurable_constants_name_layers_and_parameters_that_exist() -> None:
    for constant in CONSTANTS:
        if measurable(constant):
            assert wanted(constant).call.layer == constant.layer, constant.id


def test_what_is_measured_is_what_the_closed_form_says() -> None:
    """But for the limits of many logits, which rows of 16,384 come near.

    Layers in a row have no exact values: tests.tables.test_sequential measures them.
    """
    near = {"nfnets-log_softmax": 1e-5, "us-old-softmax-fwd": 1e-3, "us-old-softmax-bwd": 1e-3}
    seen = set()
    for constant in CONSTANTS:
        if constant.layer == SEQUENTIAL:
            continue
        if measurable(constant) and constant.formula is not None:
            call, inputs, _ = wanted(constant)
            known = registry.exact_values(call, inputs).statistics
            value = exact_quantity(known, constant.quantity)
            own, _ = transform(value, None, constant.scale, constant.power)
            assert own == pytest.approx(truth(constant).exact, rel=near.get(constant.id, 1e-12))
            seen.add(constant.id)
            if "softmax" in constant.id and "old" in constant.id:
                assert constant.note.endswith(f"where it is {own:.4f}")
    assert len(seen) > 15
    assert set(near) < seen


def test_waiting_constants_wait_for_layers_that_do_not_exist() -> None:
    """Once a layer is there, its constants must stop waiting."""
    for constant in CONSTANTS:
        if constant.waits_for is not None:
            assert registry.find(constant.waits_for) is None, constant.id


def test_what_is_wrong_has_a_reason_and_nothing_else() -> None:
    for constant in CONSTANTS:
        is_wrong = judge(constant, truth(constant)).kind is Kind.ERROR
        assert is_wrong == bool(constant.reason), constant.id
        assert len(constant.reason) < 120


def test_formulas_exist_and_are_used() -> None:
    used = {constant.formula for constant in CONSTANTS if constant.formula is not None}
    assert used == set(FORMULAS)


def test_the_words_of_the_gains_are_not_mixed() -> None:
    """nfnets and PyTorch's comment are 1/std, e3nn and AnyInit 1/rms, the d2 twice a mean."""
    for constant in CONSTANTS:
        if constant.source.key in ("nfnets", "nfpt39", "pt24991"):
            assert constant.quantity == "gain"
        if constant.source.key in ("e3nn", "torch_init", "stylegan3"):
            assert constant.quantity == "gain_rms"
        if constant.id.endswith("-sigmastar"):
            assert constant.quantity == "sigma_star"
        if constant.id.startswith("spc-"):
            assert (constant.quantity, constant.scale) == ("forward.mean", 2.0)
            assert constant.layer == "max_pool1d"


def test_the_two_dropout_rows_are_two_layers() -> None:
    body, table = BY_ID["wang1-dropout-fwd-std"], BY_ID["wang2-table-dropout-fwd-std"]
    assert (body.params["rescale"], table.params["rescale"]) == ("none", "inverted")


def test_what_a_source_claims_does_not_depend_on_whether_it_is_right() -> None:
    """A table of recommended gains is one claim, for the rows that equal a statistic as well."""
    for key in ("torch_init", "stylegan3"):
        kinds = {constant.kind for constant in CONSTANTS if constant.source.key == key}
        assert kinds == {"convention"}, key
    for key in ("nfnets", "nfpt39", "pt24991", "e3nn", "us_ops", "tf", "us_old"):
        kinds = {
            constant.kind
            for constant in CONSTANTS
            if constant.source.key == key and constant.digits is not None
        }
        assert kinds == {"simulation"}, key
    fits = {constant.id for constant in CONSTANTS if constant.kind == "fit"}
    assert fits == {"nt-sigmoid-like", *(c.id for c in CONSTANTS if "model" in c.id)}


def test_only_simulations_have_a_noise() -> None:
    for constant in CONSTANTS:
        if constant.samples or constant.plus_minus or constant.repeated_se:
            assert constant.kind == "simulation", constant.id


def test_recipes_exist_and_are_used() -> None:
    used = [constant.recipe for constant in CONSTANTS if constant.recipe is not None]
    assert {recipe["formula"] for recipe in used} == set(RECIPES)
    assert all(recipe["text"] for recipe in used)


def test_no_word_of_how_the_data_was_gathered() -> None:
    for constant in CONSTANTS:
        words = f"{constant.note} {constant.explain} {constant.text}".lower()
        for jargon in ("found as", "found labelled", "found value", "found with"):
            assert jargon not in words, constant.id


def test_sources_are_named_for_readers() -> None:
    for page in pages():
        text = repr(page).lower()
        for word in ("../", "file id", "find_string", "excerpts"):
            assert word not in text, (page.name, word)


def test_loading_imports_neither_scipy_nor_numba() -> None:
    code = (
        "import sys; from normstats.published.catalogue import catalogue; catalogue();"
        "assert not {'scipy', 'numba', 'llvmlite'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_catalogue_is_cached() -> None:
    assert catalogue() is catalogue()


# A page as small as possible, and what breaks it.
PAGE = """
title = "t"
about = "a"
[[source]]
key = "s"
work = "w"
author = "n"
where = "u"
[[constant]]
id = "c"
source = "s"
seen_at = "line 1"
text = "1.5"
value = 1.5
digits = 2
layer = "relu"
kind = "statistic"
quantity = "gain"
"""


def test_a_minimal_page() -> None:
    page = parse_page("p", PAGE)
    assert page == Page("p", "t", "a", (Source("s", "w", "n", "u"),), page.constants)
    (constant,) = page.constants
    assert (constant.value, constant.unit, constant.scale) == (1.5, 0.1, 1.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title =", "titel =", "p: titel: no such field"),
        ('about = "a"\n', "", "p: about: missing"),
        ('key = "s"', 'key = "z"', "p: c: source: no source s in this file"),
        ('work = "w"\n', "", "p: source s: work: missing"),
        ('layer = "relu"\n', "", "p: c: layer: missing"),
        ("value = 1.5", 'value = "1.5"', "p: c: value: must be float or int, not '1.5'"),
        ("value = 1.5", "value = true", "p: c: value: must be float or int, not True"),
        ("value = 1.5", "value = nan", "p: c: value: must be finite"),
        ("value = 1.5\n", "", "p: c: value: missing, and only a rule may have none"),
        ("value = 1.5", "value = 1.5\nmatrix = [[1]]", "p: c: matrix: stands in place of a value"),
        ("value = 1.5\ndigits = 2", 'matrix = [["x"]]', "p: c: matrix: must be rows of numbers"),
        ("digits = 2", "digits = 2.0", "p: c: digits: must be int, not 2.0"),
        ("digits = 2", "digits = -1", "p: c: digits: must not be negative"),
        ("digits = 2", "samples = 0", "p: c: samples: must be positive"),
        ("digits = 2", "accuracy = 0", "p: c: accuracy: must be positive"),
        ("digits = 2", "digit = 2", "p: c: digit: no such field"),
        ('"statistic"', '"number"', "p: c: kind: must be one of statistic, simulation, quadrature"),
        ('"statistic"', '"quadrature"', "p: c: accuracy: goes with a quadrature, and a quadrature"),
        ("digits = 2", "digits = 2\naccuracy = 1e-7", "p: c: accuracy: goes with a quadrature"),
        ("digits = 2", "digits = 2\nsamples = 9", "p: c: kind: must be simulation where a size"),
        ("digits = 2", "digits = 2\nplus_minus = 0.1", "p: c: kind: must be simulation where"),
        ("digits = 2", 'digits = 2\nrow_names = ["a"]', "p: c: row_names: must name every row"),
        (
            "value = 1.5\ndigits = 2",
            'matrix = [[1, 2]]\ncolumn_names = ["a"]',
            "p: c: column_names: must name every column",
        ),
        (
            "digits = 2",
            "digits = 2\nrecipe = { formula = 'f' }",
            "p: c: recipe: arguments: missing",
        ),
        (
            "digits = 2",
            "digits = 2\nrecipe = { formula = 'f', arguments = {}, words = 't' }",
            "p: c: recipe: words: no such field",
        ),
        ('"gain"', '"Gain"', "p: c: quantity: must be one of forward.mean"),
        ('"gain"', '"other"', "p: c: explain: missing, and 'other' needs it"),
        ('"gain"', '"other"\nexplain = "e"', "p: c: formula: missing"),
        ('"gain"', '"gain"\narguments = { n = 1 }', "p: c: arguments: without a formula"),
        ('"gain"', '"gain"\nscale = 0', "p: c: scale: must not be 0"),
        ('title = "t"', "title = ", "p: not TOML"),
    ],
)
def test_what_does_not_fit_is_named(old: str, new: str, message: str) -> None:
    assert old in PAGE
    with pytest.raises(CatalogueError, match=re.escape(message)):
        parse_page("p", PAGE.replace(old, new, 1))


def test_constants_are_immutable() -> None:
    constant: Any = CONSTANTS[0]
    with pytest.raises(AttributeError):
        constant.value = 0.0
