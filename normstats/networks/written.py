"""From what a user gives, a text, a file or a record, to a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from normstats.errors import UsageError
from normstats.files.strict import Record
from normstats.networks import files, grammar
from normstats.networks.build import build, parse_size
from normstats.networks.chain import Chain
from normstats.networks.files import Written
from normstats.networks.normalise import parse_way
from normstats.networks.run import ChainRun
from normstats.networks.tree import MOST_REPEATS, Times
from normstats.runs.counts import SEED_LIMIT, parse_samples
from normstats.runs.inputs import NAMES, parse_inputs
from normstats.runs.target import parse_target

BATCH_SIZE, NETWORKS = 128, 100
MOST_NETWORKS = 10**9
MOST_EXAMPLES = 65536
RUN_FIELDS = (
    *("chain", "input", "batch_size", "networks", "seed", "stream", "inputs"),
    *("normalize", "target"),
)


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


def run_from(record: Mapping[str, Any]) -> ChainRun:
    """The run that a JSON object stands for; see ``ChainRun.record``.

    Raises UsageError that names the field that does not fit.
    """
    given = Record(record, "run", "chain")
    given.only("schema", *RUN_FIELDS)
    batch = given.whole("batch_size", 1, MOST_EXAMPLES)
    target = None
    if given.raw.get("target") is not None:
        wanted = given.record("target")
        wanted.only("se", "rel")
        target = parse_target(wanted.number("se"), wanted.number("rel"))
    inputs = given.record("inputs")
    inputs.only(*NAMES)
    x_mean, x_std, dy_mean, dy_std = (inputs.number(name) for name in NAMES)
    return ChainRun(
        chain=build(grammar.parse(given.text("chain")), batch, parse_size(given.items("input"))),
        networks=given.whole("networks", 1, MOST_NETWORKS),
        seed=given.whole("seed", 0, SEED_LIMIT - 1),
        inputs=parse_inputs(x_mean, x_std, dy_mean, dy_std),
        normalize=parse_way(given.text("normalize")),
        stream=given.whole("stream", 1, 2**32),
        target=target,
    )


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


def parse_networks(value: Any, endless: bool) -> int:
    """How many networks; unasked the usual number, or, where something else ends it, the most."""
    if value is None:
        return MOST_NETWORKS if endless else NETWORKS
    return parse_whole("`networks`", value, MOST_NETWORKS)


def parse_whole(name: str, value: Any, most: int) -> int:
    """A whole number from 1 on, written as a number of samples is: 100, 1e3, 1,000."""
    try:
        found = parse_samples(value)
    except UsageError:
        found = 0
    if not 1 <= found <= most:
        raise UsageError(name, value, f"must be a whole number from 1 to {most}")
    return found
