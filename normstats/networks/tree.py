"""What a chain says, before anybody knows sizes: layers, repetitions and residual blocks.

Text, TOML and JSON all become this tree.
"""

from __future__ import annotations

from dataclasses import dataclass

from normstats.errors import UsageError

# Of what is written, so that no text or file can take for ever; unrolled, the limit is another.
LONGEST_TEXT = 100_000
DEEPEST = 20
MOST_REPEATS = 100_000


@dataclass(frozen=True)
class Word:
    """A layer as it is written: its name, values without a name, and values by name."""

    name: str
    values: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Times:
    """``count`` times the same nodes, one after the other, each with weights of its own."""

    count: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Block:
    """A residual block: y = skip·x + branch·f(x), f the nodes."""

    nodes: tuple[Node, ...]
    skip: float = 1.0
    branch: float = 1.0


Node = Word | Times | Block


def whole(name: str, value: int) -> int:
    """A number of repetitions; UsageError for one that is not allowed."""
    if not 1 <= value <= MOST_REPEATS:
        raise UsageError(name, value, f"must be a whole number from 1 to {MOST_REPEATS}")
    return value
