"""From text and files to chains: what is understood, what is refused and how, and round trips."""

from __future__ import annotations

import contextlib
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.errors import UsageError
from normstats.networks.build import build
from normstats.networks.chain import Chain, Residual
from normstats.networks.files import of_record, read
from normstats.networks.grammar import parse
from normstats.networks.tree import Block, Times, Word
from normstats.networks.written import chain_of
from tests.readme.pages import blocks


def test_words_times_and_blocks() -> None:
    found = parse("linear(512, init=xavier-normal), 2 × (relu, 3*tanh), residual(elu, branch=0.5)")
    assert found == (
        Word("linear", ("512",), (("init", "xavier-normal"),)),
        Times(2, (Word("relu"), Times(3, (Word("tanh"),)))),
        Block((Word("elu"),), 1.0, 0.5),
    )


@pytest.mark.parametrize("size", ["(3, 2)", "[3, 2]", "3x2", '"3x2"', "3×2"])
def test_sizes_are_written_as_elsewhere(size: str) -> None:
    chain = chain_of(f"conv2d(4, kernel_size={size})", size="2x8x8")
    assert chain.output == (4, 6, 7)


def sizes(text: str, size: Any = None) -> list[tuple[int, ...]]:
    return [step.y for step in chain_of(text, size=size).stages]


def test_sizes_follow_from_the_first() -> None:
    assert sizes("linear(32), relu, linear(10)", 100) == [(32,), (32,), (10,)]
    assert sizes("linear(in_features=100, out_features=32), glu") == [(32,), (16,)]
    assert chain_of("relu, 2 * (linear(7), tanh)").input == (7,)
    assert sizes("conv2d(8, 3), max_pool2d(2), flatten, linear(5)", "3x8x8") == [
        *((8, 6, 6), (8, 3, 3)),
        *((72,), (5,)),
    ]
    assert sizes("linear(5), layer_norm(5), softmax", "4x3") == [(4, 5)] * 3
    assert sizes("conv_transpose2d(6, 4, 2, 1, 0, 2)", "4x5x5") == [(6, 10, 10)]  # as in PyTorch
    assert sizes("residual(layer_norm, linear(9), linear(6))", 6) == [(6,), (9,), (6,), (6,)]


def test_repetition_is_written_out_with_sizes_of_its_own() -> None:
    chain = chain_of("linear(8), relu", repeat=3, size=5)
    assert [step.x for step in chain.stages] == [(5,), (8,), (8,), (8,), (8,), (8,)]
    assert chain == chain_of("3 * (linear(8), relu)", size=5)


WRONG = [
    ("linear(3", "at character 7", "not closed"),
    ("linear(3))", "at character 10", "bracket too many"),
    ("linear(3), , relu", "at character 12", "a layer must stand"),
    ("linear(3) relu", "at character 11", "comma is missing"),
    ("2 * ", "at character 5", "a layer must stand"),
    ("0 * relu", "0", "from 1 to 100000"),
    ("9999999999 * relu", "at character 1", "too many"),
    ("linear(a=)", "at character 10", "a value is missing"),
    ("linear(a=1, 2)", "at character 13", "without a name"),
    ("linear(a=1, a=2)", "at character 13", "given twice"),
    ("elu('1)", "at character 5", "quotation mark"),
    ("residual", "at character 9", "needs its branch"),
    ("residual(skip=1)", "at character 1", "without a branch"),
    ("residual(relu, scale=1)", "at character 16", "no weight of residual"),
    ("residual(relu, skip=x)", "at character 16", "must be a number"),
    ("(" * 40 + "relu" + ")" * 40, "at character", "deep"),
    ("", "''", "must be layers"),
    ("x" * 200_000, "200000 characters", "at most"),
]


@pytest.mark.parametrize(("text", "where", "why"), WRONG)
def test_what_is_no_chain_is_refused_in_one_line(text: str, where: str, why: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(text)
    assert where in str(error.value)
    assert why in str(error.value)
    assert len(str(error.value)) < 400


UNFIT = [
    ("linear(8), linear(in_features=9, out_features=3)", 8, ["layer 2, linear", "9", "8"]),
    ("linear(8), relu, max_pool2d(2)", 8, ["layer 3, max_pool2d", "maps", "gets 8", "2, relu"]),
    ("max_pool2d(2)", "3x8", ["2-dimensional", "gets 3x8"]),
    ("conv2d(4, 9)", "3x8x8", ["layer 1, conv2d", "at least 9x9"]),
    ("residual(linear(5), relu)", 8, ["layer 3, residual", "makes 5 of 8", "2, relu"]),
    ("layer_norm(7)", 8, ["normalized_shape is 7", "has 8"]),
    ("group_norm(3)", 8, ["num_groups 3", "divide", "8"]),
    ("pixel_shuffle(2)", "6x2x2", ["does not divide the 6"]),
    ("glu", 7, ["layer 1, glu", "even"]),
    ("cat", 8, ["joins two inputs"]),
    ("relu, linear(0)", None, ["layer 2, linear", "out_features 0"]),
    ("lineer(8)", None, ["layer 1, lineer", "did you mean linear"]),
    ("cross_entropy", 8, ["is a loss"]),
    ("linear(2, 3)", 8, ["takes out_features without a name"]),
    ("prelu(0.1)", 8, ["takes no value without one"]),
    ("rellu", 8, ["did you mean", "relu"]),
    ("tanh(2)", 8, ["takes no value without one"]),
    ("leaky_relu(slope=2)", 8, ["no such option"]),
    ("flatten(2)", 8, ["flatten", "takes no parameters"]),
    ("1000 * 1000 * relu", 8, ["at character 8"]),
    ("1000 * (100 * relu)", 8, ["of 100000 layers", "at most"]),
    ("relu", None, ["`input`", "must be given"]),
    ("flatten, linear(8)", None, ["`input`", "must be given"]),
]


@pytest.mark.parametrize(("text", "size", "words"), UNFIT)
def test_what_does_not_fit_names_layer_place_and_sizes(
    text: str, size: Any, words: list[str]
) -> None:
    with pytest.raises(UsageError) as error:
        chain_of(text, size=size)
    said = f"{error.value.args[0]} {error.value}"
    assert all(word in said for word in words), said


CALLS = st.sampled_from(
    [
        *("relu", "linear(6)", "linear(6, init=orthogonal)", "leaky_relu(0.5)", "dropout(p=0.25)"),
        *("layer_norm", "layer_norm(eps=0.001)", "batch_norm(0.1)", "softmax", "torch.nn.ReLU"),
        *("linear(in_features=6, out_features=6, init_std=2)", "threshold(0.1, 0.5)", "flatten"),
    ]
)
WEIGHT = st.floats(-1e3, 1e3)


def _joined(parts: list[str]) -> str:
    return ", ".join(parts)


TEXTS = st.recursive(
    CALLS,
    lambda inside: st.one_of(
        st.lists(inside, min_size=1, max_size=3).map(_joined),
        st.builds("{} * ({})".format, st.integers(1, 3), inside),
        st.builds("residual({}, skip={}, branch={})".format, inside, WEIGHT, WEIGHT),
    ),
    max_leaves=6,
)


def same(one: Chain, other: Chain) -> None:
    assert one.text == other.text
    assert one == other


@given(text=TEXTS)
def test_every_chain_comes_back_from_its_text_and_its_record(text: str) -> None:
    chain = build(parse(text), 8, (6,))
    same(build(parse(chain.text), 8, (6,)), chain)
    written = of_record(json.loads(json.dumps(chain.record)))
    assert (written.input, written.batch_size) == ((6,), 8)
    same(build(written.nodes, 8, (6,)), chain)


TOML = """
input = 6
batch_size = 16
layers = [
  "linear(8, init=xavier_normal), tanh",
  { repeat = 2, layers = ["linear(8)", "relu"] },
  { residual = "layer_norm, linear(8)", branch = 0.5 },
  { layer = "linear", out_features = 3, init_std = 2.0 },
]
"""


def test_files_are_the_same_chain(tmp_path: Path) -> None:
    """As TOML, as JSON, and as text."""
    (tmp_path / "a.toml").write_text(TOML, "utf-8")
    chain = chain_of(str(tmp_path / "a.toml"))
    assert chain.batch_size == 16
    assert isinstance(chain.steps[6], Residual)
    assert chain.text == (
        "linear(out_features=8, init=xavier_normal), tanh, 2 * (linear(out_features=8), relu),"
        " residual(layer_norm, linear(out_features=8), branch=0.5),"
        " linear(out_features=3, init_std=2.0)"
    )
    (tmp_path / "b.json").write_text(json.dumps(chain.record), "utf-8")
    same(chain_of(tmp_path / "b.json"), chain)
    same(chain_of(chain.text, size=6, batch_size=16), chain)
    assert chain_of(tmp_path / "b.json", batch_size=4, repeat=2, size=7).input == (7,)


BROKEN = [
    (b"layers = 3", "must be a text, or a list"),
    (b"layers = []", "must be a text, or a list"),
    (b"input = 3", "layers: is missing"),
    (b"layers = 'relu'\nwidth = 3", "width: is not known"),
    (b"layers = 'relu'\nrepeat = '3'", "repeat '3': must be a whole number"),
    (b"layers = 'relu'\nrepeat = true", "must be a whole number"),
    (b"layers = 'relu'\nbatch_size = 0", "batch_size 0"),
    (b"layers = 'relu'\ninput = 2.5", "input 2.5"),
    (b"layers = 'relu'\nlayers = 'tanh'", "is not TOML"),
    (b"layers = [{ layer = 'relu', x = {} }]", "x {}"),
    (b"layers = [{ layer = 3 }]", "name of a layer"),
    (b"layers = [{ residual = 'relu', skip = nan }]", "finite"),
    (b"layers = [{ residual = 'relu', weight = 1 }]", "weight: is not known beside residual, skip"),
    (b"layers = [{ repeat = 2 }]", "must have layer, residual, or repeat"),
    (b"layers = [3]", "must be texts"),
    (b"layers = '\xff'", "UTF-8"),
    (b"layers = " + b"[" * 3000 + b"'relu'" + b"]" * 3000, "deep"),
]


@pytest.mark.parametrize(("content", "why"), BROKEN)
def test_broken_files_are_refused_in_one_line(content: bytes, why: str, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(content)
    with pytest.raises(UsageError) as error:
        read(str(file))
    assert why in str(error.value)
    assert "a.toml" in str(error.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"layers": "relu", "layers": "tanh"}', "is given twice"),
        ("[" * 100_000, "deep"),
        ("[]", "must have the keys"),
        ('{"layers": ' + "[" * 100 + '"relu"' + "]" * 100 + "}", "must be texts"),
        ('{"layers": ' + '{"layers":' * 30 + '"relu"' + "}" * 31, "must be a text"),
    ],
)
def test_broken_json(content: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=why):
        read(str(file))


def test_nesting_in_files_has_an_end() -> None:
    record: Any = "relu"
    for _ in range(50):
        record = [{"residual": record}]
    with pytest.raises(UsageError, match="deep"):
        of_record({"layers": record})


def test_the_file_that_the_documentation_shows() -> None:
    page = (Path(__file__).parents[2] / "docs" / "depth.md").read_text("utf-8")
    (shown,) = (block.text for block in blocks(page) if block.language == "toml")
    written = of_record(tomllib.loads(shown))
    chain = build(written.nodes, written.batch_size or 1, written.input)
    assert chain.output == (32,)
    assert isinstance(chain.steps[-1], Residual)


PIECES = ["linear(8)", "relu", "residual(", "(", ")", ",", "3 *", "=", "skip", "'", "[", "x", " "]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_text_does_worse_than_be_refused(pieces: list[str]) -> None:
    with contextlib.suppress(UsageError):
        assert chain_of("".join(pieces), size=8).output


PLAIN = st.none() | st.booleans() | st.integers(-2, 9) | st.floats() | st.sampled_from(PIECES)
KEYS = st.sampled_from(["layers", "residual", "repeat", "layer", "skip", "input", "batch_size"])
RECORDS = st.recursive(
    PLAIN, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=3)
)


@given(record=st.dictionaries(KEYS, RECORDS, max_size=4))
def test_no_record_does_worse_than_be_refused(record: Any) -> None:
    with contextlib.suppress(UsageError):
        assert of_record({"layers": "relu", **record}).nodes
