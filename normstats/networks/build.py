"""From a tree and the size of the first input to a chain: every layer gets its sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from normstats.errors import UsageError
from normstats.layer.base import Layer
from normstats.layer.shapes import Shape
from normstats.layer.windows import sizes_of
from normstats.networks import sizes
from normstats.networks.chain import FLATTEN, Chain, Residual, Stage, Step, is_of_batch
from normstats.networks.tree import Block, Node, Times, Word
from normstats.registry import canonical
from normstats.runs.call import Call, spell_value

MOST_LAYERS = 20_000  # when all repetitions are written out
MOST_ELEMENTS = 2**24  # of one example, in front of or behind a layer


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
    for number, word in enumerate(_words(nodes), 1):
        if canonical(word.name) == FLATTEN:
            return None
        try:
            layer, _ = sizes.given(word)
            found = sizes.first_size(word)
        except UsageError as error:
            why = _reason(error, word.name)
            raise UsageError("chain", f"layer {number}, {word.name}", why) from None
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
