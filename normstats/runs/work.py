"""What the machinery knows of a run, whatever it is a run of: a layer, or a chain of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from normstats.runs.target import Target

CHAIN_SCHEMA = "normstats-chain-run/1"  # of runs of chains, which are known further up


class Work(Protocol):
    """A value with everything that decides the numbers of a measurement, and nothing else."""

    @property
    def schema(self) -> str:
        """Of ``record``; each kind of run has its own."""

    @property
    def record(self) -> dict[str, Any]:
        """As JSON."""

    @property
    def title(self) -> str:
        """What is measured, in a message."""

    @property
    def subject(self) -> str:
        """Runs of the same subject differ in a few fields."""

    @property
    def unit(self) -> str:
        """What is counted: samples, networks."""

    @property
    def size(self) -> int:
        """How many of them; with a target, at most."""

    @property
    def most(self) -> int:
        """How many the run's method makes of ``size``."""

    @property
    def target(self) -> Target | None:
        """The errors that are wanted, if any."""

    def sized(self, size: int) -> Any:
        """The same run with another size, and no target."""


def identity(run: Work) -> Any:
    """What decides each block: the run with neither a size of its own nor a target."""
    return run.sized(1)


def same_blocks(one: Work, other: Work) -> bool:
    """Whether two runs differ in nothing but how many of the same draws they want."""
    same: bool = identity(one) == identity(other)
    return same


def difference(there: Work, here: Work, sizes: bool = True) -> str:
    """ "seed 1, here 0": the first field that differs, "" for none.

    ``sizes``: whether those count.
    """
    if there.schema != here.schema:
        return f"{there.title}, here {here.title}"
    ours = _flat(here.record)
    for name, value in _flat(there.record).items():
        if name in ("schema", "target") or (name == there.unit and not sizes):
            continue
        if ours.get(name) != value:
            return f"{name} {value}, here {ours.get(name, 'none')}"
    return ""


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        flat |= value if isinstance(value, Mapping) else {name: value}
    return flat
