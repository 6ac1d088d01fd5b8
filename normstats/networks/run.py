"""A measurement of a chain: everything that decides its numbers, and nothing else.

As JSON: every field, under the schema "normstats-chain-run/1".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from normstats.networks.chain import Chain, spelled
from normstats.networks.normalise import NONE
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.target import Target
from normstats.runs.work import CHAIN_SCHEMA
from normstats.sampling.streams import STREAM_VERSION, stream_number

_LONGEST = 60  # characters of a title


@dataclass(frozen=True)
class ChainRun:
    """A chain, how many networks of which seed, what x and dy are drawn from, and ``normalize``.

    With a ``target``, ``networks`` is the most.
    """

    chain: Chain
    networks: int
    seed: int = 0
    inputs: Inputs = STANDARD
    normalize: str = NONE
    stream: int = STREAM_VERSION
    target: Target | None = None

    schema = CHAIN_SCHEMA
    unit = "networks"
    subject = "chain"

    @property
    def title(self) -> str:
        """How the chain is spelled, as far as it goes."""
        text = self.chain.text
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

    @property
    def size(self) -> int:
        """As ``networks``."""
        return self.networks

    @property
    def most(self) -> int:
        """As ``networks``."""
        return self.networks

    def sized(self, size: int) -> ChainRun:
        """With another number of networks, and no target."""
        return replace(self, networks=size, target=None)

    @property
    def stream_number(self) -> int:
        """Of the random numbers: by chain and batch, so that all ways to scale share them."""
        size = "x".join(map(str, self.chain.input))
        text = f"chain {spelled(self.chain.nodes)} input={size} batch_size={self.chain.batch_size}"
        return stream_number(text)

    @property
    def fields(self) -> dict[str, Any]:
        """As a result has them in JSON."""
        return {
            "chain": self.chain.text,
            "input": list(self.chain.input),
            "batch_size": self.chain.batch_size,
            "networks": self.networks,
            "seed": self.seed,
            "stream": self.stream,
            "inputs": asdict(self.inputs),
            "normalize": self.normalize,
            "target": None if self.target is None else asdict(self.target),
        }

    @property
    def record(self) -> dict[str, Any]:
        """The JSON object that ``written.run_from`` takes."""
        return {"schema": self.schema, **self.fields}
