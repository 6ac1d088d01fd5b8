"""From what a user gives, a text, a file or a record, to a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from normstats.errors import UsageError
from normstats.networks import files, grammar
from normstats.networks.build import build, parse_size
from normstats.networks.chain import Chain
from normstats.networks.files import Written
from normstats.networks.tree import MOST_REPEATS, Times
from normstats.runs.counts import parse_samples

BATCH_SIZE, NETWORKS = 128, 100
MOST_NETWORKS = 10**9
MOST_EXAMPLES = 65536


def chain_of(source: Any, repeat: Any = None, size: Any = None, batch_size: Any = None) -> Chain:
    """A chain with all its sizes; what is given here comes before what a file says."""
    written = _written(source)
    nodes = written.nodes
    if repeat is not None:
        nodes = (Times(parse_whole("`repeat`", repeat, MOST_REPEATS), nodes),)
    batch = written.batch_size
    if batch_size is not None or batch is None:
        given = BATCH_SIZE if batch_size is None else batch_size
        batch = parse_whole("`batch_size`", given, MOST_EXAMPLES)
    return build(nodes, batch, written.input if size is None else parse_size(size))


def is_file(text: str) -> bool:
    """Whether a text names a file: by its suffix."""
    return os.path.splitext(text.strip())[1].lower() in files.SUFFIXES


def _written(source: Any) -> Written:
    if isinstance(source, os.PathLike):
        return files.read(os.fspath(source))
    if isinstance(source, Mapping):
        return files.of_record(source)
    if isinstance(source, str) and is_file(source):
        return files.read(source.strip())
    return Written(grammar.parse(source))


def parse_whole(name: str, value: Any, most: int) -> int:
    """A whole number from 1 on, written as a number of samples is: 100, 1e3, 1,000."""
    try:
        found = parse_samples(value)
    except UsageError:
        found = 0
    if not 1 <= found <= most:
        raise UsageError(name, value, f"must be a whole number from 1 to {most}")
    return found
