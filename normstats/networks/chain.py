"""A chain with all its sizes: frozen values, from the tree and the size of the first input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from normstats.errors import UsageError
from normstats.layer.base import Layer
from normstats.layer.shapes import Shape
from normstats.layer.windows import sizes_of
from normstats.networks import sizes
from normstats.networks.tree import Block, Node, Times, Word
from normstats.registry import canonical, layer_of
from normstats.runs.call import Call, spell_value

MOST_LAYERS = 20_000  # when all repetitions are written out
MOST_ELEMENTS = 2**24  # of one example, in front of or behind a layer
FLATTEN = "flatten"


@dataclass(frozen=True)
class Stage:
    """One layer in its place: its call with all sizes, and the shapes of one example of x and y.

    ``call`` is None for flatten, which is known in chains alone. ``number`` counts from 1.
    """

    number: int
    name: str
    call: Call | None
    x: Shape
    y: Shape

    @cached_property
    def layer(self) -> Layer | None:
        """What the call is of."""
        return None if self.call is None else layer_of(self.call)


@dataclass(frozen=True)
class Residual:
    """y = skip·x + branch·f(x), f the steps; ``number`` is that of the sum, behind the branch."""

    number: int
    steps: tuple[Step, ...]
    skip: float
    branch: float
    x: Shape

    name = "residual"
    call = None

    @property
    def y(self) -> Shape:
        """As x."""
        return self.x


Step = Stage | Residual


@dataclass(frozen=True)
class Chain:
    """The steps one after the other, repetitions written out, and how all of it is spelled."""

    input: Shape
    batch_size: int
    steps: tuple[Step, ...]
    nodes: tuple[Node, ...]

    @property
    def output(self) -> Shape:
        """Of one example."""
        return self.steps[-1].y if self.steps else self.input

    @property
    def text(self) -> str:
        """The canonical spelling, which the grammar takes: what is usual is left out."""
        return spelled(self.nodes)

    @property
    def record(self) -> dict[str, Any]:
        """The JSON object that a file may hold."""
        return {
            "input": list(self.input),
            "batch_size": self.batch_size,
            "layers": [_record(node) for node in self.nodes],
        }

    @property
    def stages(self) -> list[Step]:
        """All steps in the order of their numbers, those within blocks as well."""
        return list(_walk(self.steps))


def _walk(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, Residual):
            yield from _walk(step.steps)
        yield step


def spelled(nodes: Sequence[Node]) -> str:
    """The text of nodes."""
    return ", ".join(map(_spelled, nodes))


def _spelled(node: Node) -> str:
    if isinstance(node, Times):
        return f"{node.count} * ({spelled(node.nodes)})"
    if isinstance(node, Block):
        weights = [f"{n}={getattr(node, n)!r}" for n in ("skip", "branch") if getattr(node, n) != 1]
        return f"residual({', '.join([spelled(node.nodes), *weights])})"
    inside = [*node.values, *(f"{name}={value}" for name, value in node.named)]
    return f"{node.name}({', '.join(inside)})" if inside else node.name


def _record(node: Node) -> Any:
    if isinstance(node, Word):
        return _spelled(node)
    layers = [_record(one) for one in node.nodes]
    if isinstance(node, Times):
        return {"repeat": node.count, "layers": layers}
    return {"residual": layers, "skip": node.skip, "branch": node.branch}


def build(nodes: Sequence[Node], batch_size: int, given: Shape | None = None) -> Chain:
    """The chain of a tree; UsageError that names the layer, its place, and the sizes."""
    count = _count(nodes)
    if count > MOST_LAYERS:
        raise UsageError("chain", f"of {count} layers", f"at most {MOST_LAYERS} can be")
    first = given if given is not None else _first(nodes)
    if first is None:
        allowed = "must be given, such as 512 or 3x32x32: no layer says how large its x is"
        raise UsageError("`input`", "missing", allowed)
    builder = _Builder(batch_size)
    written, steps = builder.nodes(tuple(nodes), first)
    return Chain(first, batch_size, tuple(steps), written)


def _count(nodes: Sequence[Node]) -> int:
    """Layers when repetitions are written out."""
    found = 0
    for node in nodes:
        inside = 1 if isinstance(node, Word) else _count(node.nodes)
        found += inside * node.count if isinstance(node, Times) else inside
        found += isinstance(node, Block)
    return found


def _first(nodes: Sequence[Node]) -> Shape | None:
    """The first size that a layer says; None if one comes before that could change it."""
    for word in _words(nodes):
        if canonical(word.name) == FLATTEN:
            return None
        layer, _ = sizes.given(word)
        found = sizes.first_size(word)
        if found is not None or not sizes.shapes_as_x(layer):
            return found
    return None


def _words(nodes: Sequence[Node]) -> Iterator[Word]:
    for node in nodes:
        if isinstance(node, Word):
            yield node
        else:
            yield from _words(node.nodes)


class _Builder:
    """Goes through a tree and gives every layer its number and its sizes."""

    def __init__(self, batch_size: int) -> None:
        self._batch = batch_size
        self._number = 0
        self._before = "the input"

    def nodes(self, nodes: tuple[Node, ...], x: Shape) -> tuple[tuple[Node, ...], list[Step]]:
        """The nodes as they are spelled, and the steps that they are."""
        written: list[Node] = []
        steps: list[Step] = []
        for node in nodes:
            node, found = self._node(node, x)
            if isinstance(node, Times) and node.count == 1:
                written += node.nodes
            else:
                written.append(node)
            steps += found
            x = steps[-1].y if steps else x
        return tuple(written), steps

    def _node(self, node: Node, x: Shape) -> tuple[Node, list[Step]]:
        if isinstance(node, Times):
            steps: list[Step] = []
            inside = node.nodes
            for turn in range(node.count):
                again, found = self.nodes(node.nodes, x)
                inside = inside if turn else again
                steps += found
                x = steps[-1].y
            return Times(node.count, inside), steps
        if isinstance(node, Block):
            return self._block(node, x)
        self._number += 1
        stage, word = self._stage(node, x)
        self._before = f"layer {stage.number}, {stage.name}"
        return word, [stage]

    def _block(self, node: Block, x: Shape) -> tuple[Node, list[Step]]:
        inside, steps = self.nodes(node.nodes, x)
        self._number += 1
        if steps[-1].y != x:
            allowed = (
                f"its branch makes {sizes.spelled(steps[-1].y)} of {sizes.spelled(x)},"
                f" which cannot be added"
            )
            raise self._error("residual", allowed)
        self._before = f"layer {self._number}, residual"
        block = Residual(self._number, tuple(steps), node.skip, node.branch, x)
        return Block(inside, node.skip, node.branch), [block]

    def _stage(self, word: Word, x: Shape) -> tuple[Stage, Word]:
        if canonical(word.name) == FLATTEN:
            if word.values or word.named:
                raise self._error(FLATTEN, "takes no parameters: it makes a vector of an example")
            return Stage(self._number, FLATTEN, None, x, (math.prod(x),)), Word(FLATTEN)
        try:
            layer, params, kept = sizes.complete(word, x, self._batch)
            y = output_shape(layer, params, x, self._batch)
        except UsageError as error:
            raise self._error(word.name, _reason(error, word.name)) from None
        if max(math.prod(x), math.prod(y)) > MOST_ELEMENTS:
            allowed = f"more than {MOST_ELEMENTS} numbers in one example"
            raise self._error(layer.name, allowed)
        named = tuple((name, spell_value(value)) for name, value in kept.items())
        stage = Stage(self._number, layer.name, Call.of(layer.name, params), x, y)
        return stage, Word(layer.name, (), named)

    def _error(self, name: str, why: str) -> UsageError:
        return UsageError("chain", f"layer {self._number}, {name}", f"{why} (after {self._before})")


def _reason(error: UsageError, name: str) -> str:
    """What an error of one layer says, without the layer's name, which its place tells."""
    if error.name == "layer" and canonical(str(error.value)) == canonical(name):
        return error.allowed
    if error.name == "layer":
        return error.allowed
    return f"{error.name} {error.value}: {error.allowed}"


def output_shape(layer: Layer, params: Any, x: Shape, batch: int) -> Shape:
    """Of one example of y; UsageError if the layer's samples are no part of an example or batch."""
    one = layer.shapes(params)
    if one.ins == one.outs == 1 and not one.x:
        return x
    same = one.x == one.y
    if is_of_batch(layer, params):
        return x
    lead = len(x) - len(one.x)
    if lead < 0 or x[lead:] != one.x:  # as many elements in other axes, as with layer_norm
        lead = next((k for k in range(len(x)) if math.prod(x[k:]) == one.ins), -1)
    if lead < 0:
        allowed = f"takes {sizes.spelled(one.x)}, and gets {sizes.spelled(x)}"
        raise UsageError("layer", layer.name, allowed)
    if same:
        return x
    if layer.family == "pooling":  # one window, whose y has no axes
        return (*x[:lead], *(one.y or (1,) * len(one.x)))
    return (*x[:lead], *one.y)


def is_of_batch(layer: Layer, params: Any) -> bool:
    """Whether examples of a batch depend on each other: its shapes begin with the batch."""
    by_name = {param.name: param for param in layer.params}
    if "batch_size" not in by_name or by_name["batch_size"].default == 1:
        return False
    return layer.shapes(params).x[:1] == (params["batch_size"],) and params.get("mode") != "row"


def parse_size(value: Any) -> Shape:
    """``--input``: 64, 3x32x32, or a list of whole numbers."""
    allowed = "must be whole numbers of at least 1, such as 64 or 3x32x32"
    try:
        found = sizes_of(value)
    except (TypeError, ValueError):
        raise UsageError("`input`", value, allowed) from None
    if not 1 <= len(found) <= 4 or min(found) < 1 or math.prod(found) > MOST_ELEMENTS:
        allowed += f", up to four, with at most {MOST_ELEMENTS} elements in all"
        raise UsageError("`input`", value, allowed)
    return found
