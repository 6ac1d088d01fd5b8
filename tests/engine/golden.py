"""Sums and errors that the same seed must always give.

``python -m tests.engine.golden`` writes them anew, with ``--print`` it prints those of
standard inputs instead.

It refuses where bits have changed but STREAM_VERSION has not, unless told --same-version, which is
right only as long as no release has that version.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from normstats import registry
from normstats.sampling.streams import STREAM_VERSION

FILE = Path(__file__).with_name("golden.json")
COMMAND = "python -m tests.engine.golden"

# Layer, samples. Some samples are no whole number of chunks or blocks.
RUNS = (
    ("relu", 1_500_003),
    ("sigmoid", 100_000),
    ("tanh", 100_000),
    ("gelu", 100_000),
    ("mish", 100_000),
    ("erf", 100_000),
    ("sin", 100_000),
    ("rrelu", 100_000),
    ("max_pool2d(kernel_size=3)", 250_001),
    ("max_pool1d(kernel_size=2)", 100_000),
    ("avg_pool3d(kernel_size=2)", 100_000),
    ("dropout(p=0.3)", 1_000_001),
    ("linear(in_features=24, out_features=17)", 40_001),
    ("linear(in_features=17, out_features=70, init=orthogonal)", 10_000),
    ("linear(in_features=53, out_features=53, init=orthogonal)", 10_000),
    ("linear(in_features=9, out_features=8, init=trunc_normal, init_std=3)", 10_000),
    ("linear(in_features=30, out_features=10, init=kaiming_uniform)", 10_000),
    ("linear(in_features=30, out_features=10, init=fan_out_rows)", 10_000),
    ("gelu @ antithetic", 100_000),
    ("dropout(p=0.3) @ antithetic conditional", 100_000),
    ("max_pool2d(kernel_size=2) @ plain conditional", 100_000),
    ("rrelu @ rqmc", 10_000),
    ("max_pool2d(kernel_size=2) @ rqmc", 10_000),
    ("gelu @ rqmc conditional", 10_000),
    *(
        (f"{name} @ plain moved", 500 if layer.family == "convolution" else 10_000)
        for name, layer in registry.all_layers().items()
    ),
)


def measure(standard: bool = False) -> dict[str, list[str]]:
    """All runs, as they are now, or those of standard inputs only."""
    from tests.engine.jobs import bits

    runs = (run for run in RUNS if not (standard and run[0].endswith("moved")))
    return {f"{layer} x {samples}": bits(layer, samples) for layer, samples in runs}


def main(arguments: list[str]) -> int:
    if "--print" in arguments:
        print(json.dumps(measure(standard=True)))
        return 0
    old = json.loads(FILE.read_text()) if FILE.exists() else {"stream": 0, "sums": {}}
    sums = measure()
    changed = [name for name, value in old["sums"].items() if sums.get(name, value) != value]
    if changed and old["stream"] == STREAM_VERSION and "--same-version" not in arguments:
        print(f"bits have changed ({', '.join(changed)}), but STREAM_VERSION is still")
        print(f"{STREAM_VERSION}: raise it in normstats/sampling/streams.py; or, while no release")
        print(f"has it, run: {COMMAND} --same-version")
        return 1
    FILE.write_text(json.dumps({"stream": STREAM_VERSION, "sums": sums}, indent=1) + "\n")
    print(f"wrote {FILE.name}: {len(sums)} runs, {len(changed)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
