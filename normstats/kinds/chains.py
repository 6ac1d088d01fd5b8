"""Runs of chains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from normstats.engine.part import Part
from normstats.files.strict import Record
from normstats.kinds.kind import Kind
from normstats.moments.span import Sums, total
from normstats.networks import packed
from normstats.networks.job import ChainJob
from normstats.networks.layout import layout
from normstats.networks.result import ChainResult
from normstats.networks.run import ChainRun
from normstats.networks.summary import result
from normstats.networks.sums import NetworkSums
from normstats.networks.target import FIRST, reached
from normstats.networks.written import run_from
from normstats.result.versions import versions


def _result(parts: Sequence[Part]) -> ChainResult:
    run = parts[0].run
    (sums,) = total([part.span for part in parts if part.span])
    assert isinstance(run, ChainRun)
    assert isinstance(sums, NetworkSums)
    threads, elapsed_s = max(part.threads for part in parts), sum(part.elapsed_s for part in parts)
    return result(run, sums, threads, elapsed_s, versions())


def _pack(sums: tuple[NetworkSums]) -> Any:
    return packed.pack(sums[0])


def _unpack(run: ChainRun, record: Record, name: str, given: list[Any]) -> list[Sums]:
    own = layout(run.chain)
    each = (record.inside(one, f"{name}[{number}]") for number, one in enumerate(given))
    return [(packed.unpack(one, own),) for one in each]


CHAINS = Kind(
    read=run_from,
    job=ChainJob,
    settle=lambda run: None,
    result=_result,
    reached=reached,
    first=FIRST,
    pack=_pack,
    unpack=_unpack,
)
