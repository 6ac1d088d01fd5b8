"""Runs of a few blocks, and their parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from normstats import registry
from normstats.engine.part import Part
from normstats.perform import perform, sample_blocks
from normstats.result import Result
from normstats.runs.method import Method
from normstats.runs.run import Run

FULL = 524_288  # samples of a block of relu


def run_of(call: str = "relu", samples: int = 5 * FULL + 99, **more: Any) -> Run:
    return Run(registry.parse_call(call), samples, **more)


def part_of(run: Run, first: int, end: int) -> Part:
    return sample_blocks(run, (first, end), 2)


def whole(run: Run) -> Result:
    return perform(run, 2)


def same(one: Result, other: Result) -> bool:
    """But for the time it took."""
    return replace(one, elapsed_s=0.0) == replace(other, elapsed_s=0.0)


RQMC = Method("rqmc")
