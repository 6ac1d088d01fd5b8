"""Child processes: ``python -m tests.engine.child LAYER SAMPLES …`` prints sums as JSON.

Each is compiled for the processor that NORMSTATS_TARGET names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping


def start(arguments: list[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """A Python process with more environment variables."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: subprocess.Popen[str]) -> str:
    """What it printed; AssertionError with its complaints if it failed."""
    out, err = child.communicate(timeout=300)
    assert child.returncode == 0, err
    return out


def main(arguments: list[str]) -> None:
    from tests.engine.jobs import bits

    runs = zip(arguments[::2], arguments[1::2], strict=True)
    print(json.dumps({layer: bits(layer, int(samples)) for layer, samples in runs}))


if __name__ == "__main__":
    main(sys.argv[1:])
