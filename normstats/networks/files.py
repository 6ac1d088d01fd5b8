"""Chains from TOML and JSON files: the same tree as from text.

input = "3x32x32"          # or a number, or a list of numbers
batch_size = 64
repeat = 1
layers = [
  "conv2d(16, 3, padding=1), relu",
  { repeat = 3, layers = ["linear(64)", "tanh"] },
  { residual = ["layer_norm", "linear(64)"], branch = 0.5 },
  { layer = "linear", out_features = 10, init = "kaiming_normal" },
]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from normstats.errors import UsageError
from normstats.files import strict
from normstats.layer.shapes import Shape
from normstats.networks import grammar
from normstats.networks.build import parse_size
from normstats.networks.tree import DEEPEST, Block, Node, Times, Word, whole

SUFFIXES = (".toml", ".json")
LARGEST_FILE = 2**20  # bytes
FIELDS = ("input", "batch_size", "repeat", "layers")


@dataclass(frozen=True)
class Written:
    """What a file says; None where it does not say."""

    nodes: tuple[Node, ...]
    input: Shape | None = None
    batch_size: int | None = None


def read(name: str) -> Written:
    """The chain of a file; UsageError, one sentence, for whatever is wrong with it."""
    suffix = ".json" if name.lower().endswith(".json") else ".toml"
    found = strict.read("chain", name, suffix, LARGEST_FILE)
    try:
        return of_record(found)
    except UsageError as error:
        raise UsageError("chain", name, f"{error.name} {error.value}: {error.allowed}") from None


def of_record(record: Any) -> Written:
    """The chain of a JSON object, or of a table of TOML."""
    if not isinstance(record, Mapping):
        _fail("the file", record, f"must have the keys {', '.join(FIELDS)}")
    for name in record:
        if name not in FIELDS:
            raise UsageError("key", name, f"is not known (there are {', '.join(FIELDS)})")
    if "layers" not in record:
        raise UsageError("key", "layers", "is missing: a list of layers")
    nodes = _nodes(record["layers"], 0)
    if "repeat" in record:
        nodes = (Times(_whole("repeat", record["repeat"]), nodes),)
    size = record.get("input")
    if size is not None and not isinstance(size, int | str | list):
        _fail("input", size, "must be a number, a text such as 3x32x32, or a list of numbers")
    batch = record.get("batch_size")
    return Written(
        nodes,
        None if size is None else parse_size(size),
        None if batch is None else _whole("batch_size", batch),
    )


def _fail(name: str, value: Any, allowed: str) -> NoReturn:
    shown = repr(value)
    raise UsageError(name, shown if len(shown) < 80 else f"{shown[:80]}…", allowed)


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        _fail(name, value, "must be a whole number")
    return whole(name, value)


def _nodes(value: Any, depth: int) -> tuple[Node, ...]:
    if depth > DEEPEST:
        raise UsageError("layers", "nested", f"more than {DEEPEST} deep")
    if isinstance(value, str):
        return grammar.parse(value)
    if not isinstance(value, list) or not value:
        _fail("layers", value, "must be a text, or a list of texts and tables")
    return tuple(node for one in value for node in _entry(one, depth))


def _entry(value: Any, depth: int) -> tuple[Node, ...]:
    if isinstance(value, str):
        return grammar.parse(value)
    if not isinstance(value, Mapping):
        _fail("layers", value, "must be texts such as linear(512), or tables")
    if "layer" in value:
        return (_word(value),)
    if "residual" in value:
        weights = {name: _number(name, value[name]) for name in ("skip", "branch") if name in value}
        _only(value, ("residual", "skip", "branch"))
        return (Block(_nodes(value["residual"], depth + 1), **weights),)
    if "layers" not in value:
        _fail("layers", dict(value), "a table must have layer, residual, or repeat and layers")
    _only(value, ("repeat", "layers"))
    return (Times(_whole("repeat", value.get("repeat", 1)), _nodes(value["layers"], depth + 1)),)


def _only(value: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in value:
        if name not in names:
            raise UsageError("key", name, f"is not known beside {', '.join(names)}")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
        _fail(name, value, "must be a finite number")
    return float(value)


def _word(value: Mapping[str, Any]) -> Word:
    """A layer with its parameters as keys."""
    name = value["layer"]
    if not isinstance(name, str):
        _fail("layer", name, "must be the name of a layer")
    named = []
    for key, given in value.items():
        if key == "layer":
            continue
        if isinstance(given, list) and all(type(one) is int for one in given):
            given = "x".join(map(str, given))
        if isinstance(given, bool):
            given = str(given).lower()
        if not isinstance(given, str | int | float):
            _fail(key, given, "must be a number, a text, or a list of whole numbers")
        named.append((key.replace("-", "_"), str(given)))
    return Word(name, (), tuple(named))
