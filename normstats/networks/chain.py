"""A chain with all its sizes: frozen values, from the tree and the size of the first input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from normstats.layer.base import Layer
from normstats.layer.shapes import Shape
from normstats.networks.tree import Block, Node, Times, Word
from normstats.registry import layer_of
from normstats.runs.call import Call

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


def is_of_batch(layer: Layer, params: Any) -> bool:
    """Whether examples of a batch depend on each other: its shapes begin with the batch."""
    by_name = {param.name: param for param in layer.params}
    if "batch_size" not in by_name or by_name["batch_size"].default == 1:
        return False
    return layer.shapes(params).x[:1] == (params["batch_size"],) and params.get("mode") != "row"
