"""Runs of small chains, their parts and results, and what becomes of these as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from normstats.check.chains import compared
from normstats.engine.part import Part
from normstats.networks.result import ChainResult
from normstats.networks.run import ChainRun
from normstats.networks.written import chain_of
from normstats.parts.document import read_parts
from normstats.parts.saved import Saved, read_saved
from normstats.perform import perform, sample_blocks

WILD = "20 * (linear(6, init=normal, init_std=1e19), softplus)"
TEXT = "linear(6, init=kaiming_normal), relu, residual(linear(6), tanh, branch=0.5), linear(2)"


def run_of(networks: int = 11, chain: str = TEXT, batch_size: int = 5, **more: Any) -> ChainRun:
    return ChainRun(chain_of(chain, size=6, batch_size=batch_size), networks, **more)


def whole(run: ChainRun) -> ChainResult:
    return perform(run, 2)


def same(one: ChainResult, other: ChainResult) -> bool:
    """But for the time and the threads it took."""
    one, other = (replace(each, elapsed_s=0.0, threads=1) for each in (one, other))
    return repr(one) == repr(other)


@cache
def parts() -> tuple[Part, ...]:
    """Of a chain, and of one whose signals leave float64, so that there are nan and inf."""
    wild = run_of(3, WILD, 2)
    return sample_blocks(run_of(), (1, 8), 1), sample_blocks(wild, (0, 3), 1)


def loaded(content: str | bytes, folder: Path) -> tuple[Part, ...]:
    file = folder / "part.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_parts("FILE", str(file)).parts


@cache
def results() -> tuple[ChainResult, ...]:
    small = "40 * (linear(6, init=normal, init_std=1e-20), leaky_relu)"
    runs = (run_of(), run_of(1), run_of(3, WILD, 2), run_of(4, small), run_of(normalize="separate"))
    return tuple(whole(run) for run in runs)


def back(content: str | bytes, folder: Path) -> ChainResult:
    file = folder / "r.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    found = read_saved("FILE", str(file)).chain
    assert found is not None
    return found


def saved(*found: ChainResult) -> Iterator[Saved]:
    for number, result in enumerate(found):
        yield Saved(f"{number}.json", [], result)


def judged(one: ChainResult, other: ChainResult) -> list[str]:
    return [case.name for case in compared(*saved(one, other), 1e-6).failed]
