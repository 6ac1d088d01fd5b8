"""A measurement of a chain: everything that decides its numbers, and nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from normstats.networks.chain import Chain, spelled
from normstats.networks.normalise import NONE
from normstats.runs.inputs import STANDARD, Inputs
from normstats.sampling.streams import STREAM_VERSION, stream_number


@dataclass(frozen=True)
class ChainRun:
    """A chain, how many networks of which seed, what x and dy are drawn from, and ``normalize``."""

    chain: Chain
    networks: int
    seed: int = 0
    inputs: Inputs = STANDARD
    normalize: str = NONE
    stream: int = STREAM_VERSION

    @property
    def stream_number(self) -> int:
        """Of the random numbers: by chain and batch, so that all ways to scale share them."""
        size = "x".join(map(str, self.chain.input))
        text = f"chain {spelled(self.chain.nodes)} input={size} batch_size={self.chain.batch_size}"
        return stream_number(text)

    @property
    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "chain": self.chain.text,
            "input": list(self.chain.input),
            "batch_size": self.chain.batch_size,
            "networks": self.networks,
            "seed": self.seed,
            "stream": self.stream,
            "inputs": asdict(self.inputs),
            "normalize": self.normalize,
        }
