"""What the machinery of long runs asks of a kind of run: one value for each kind.

A new kind of run is a value with these functions, and a line in ``find.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from normstats.engine.job import Job
    from normstats.engine.part import Part
    from normstats.engine.target import Reached
    from normstats.files.strict import Record
    from normstats.moments.span import Sums
    from normstats.runs.target import Target


@dataclass(frozen=True)
class Kind:
    """Every function takes runs, sums and results of this kind alone.

    ``read`` is from the JSON of a run to the run; ``job`` its work, UsageError if it does not fit.
    ``settle`` finds what is known exactly, before anything is sampled. ``result`` is that of some
    parts of a run in their order, at least one block. ``reached`` says how far it is from a target,
    for which ``first`` draws are tried first. ``pack`` and ``unpack`` are from sums to JSON and
    back: of each subtree in a list that a record has under a name.
    """

    read: Callable[[Mapping[str, Any]], Any]
    job: Callable[[Any], Job]
    settle: Callable[[Any], object]
    result: Callable[[Sequence[Part]], Any]
    reached: Callable[[Target, Any], Reached]
    first: int
    pack: Callable[[Any], Any]
    unpack: Callable[[Any, Record, str, list[Any]], list[Sums]]
