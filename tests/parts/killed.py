"""A run that is killed again and again, by SIGKILL, and goes on from its checkpoint.

``python killed.py FILE KILLS SEED [chain]``: prints how often it was killed, how often there was
more in the file by then, and whether the result has the bits of an unbroken run. Each life is a
fork of this process, which has the kernels.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from typing import Any

from normstats import perform, registry
from normstats.engine import gather, threads
from normstats.engine.terms import Terms
from normstats.files.strict import read
from normstats.networks.result import ChainResult
from normstats.networks.run import ChainRun
from normstats.networks.written import chain_of
from normstats.parts import checkpoint
from normstats.parts.checkpoint import Checkpoint, Wanted
from normstats.runs.run import Run
from normstats.runs.work import Work

LIFE_S = 0.05  # at most, of what takes about a second
LAYER = Run(registry.parse_call("relu"), 200_000_000)
CHAIN = ChainRun(chain_of("4 * (linear(64), tanh)", batch_size=32), 2000)


def bits(result: Any) -> str:
    return repr(result.layers if isinstance(result, ChainResult) else result.statistics)


def live(file: str, run: Work) -> str:
    """To the end, if nobody comes between."""
    with Checkpoint(file, [Wanted(run)]) as kept:
        return bits(perform.perform(run, 2, None, Terms(keeper=kept)))


def _changed(file: str) -> int:
    """When the file was, as the system counts."""
    return os.stat(file).st_mtime_ns if os.path.exists(file) else 0


def main(file: str, kills: int, seed: int, run: Work) -> None:
    checkpoint.SAVE_S = 0.0
    gather.TICK_S = threads.TICK_S = 0.002
    unbroken = bits(perform.perform(run, 2))
    rng = random.Random(seed)
    grown = killed = 0
    before = 0
    for _ in range(kills):
        child = os.fork()
        if not child:
            live(file, run)
            os._exit(0)
        # Half of them until something more is saved, however slow the machine is: the first time
        # it is saved what was there.
        seen, given_up = {_changed(file)}, time.monotonic() + 5.0
        patience = rng.choice((1, 3))
        while len(seen) < patience and time.monotonic() < given_up:
            time.sleep(0.0005)
            seen.add(_changed(file))
        time.sleep(rng.uniform(0.0, LIFE_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        if os.path.exists(file) and (parts := read("FILE", file)["parts"]):
            now = parts[0]["blocks"]["end"]
            assert now >= before, "what was kept is lost"
            grown += now > before
            before = now
    print(killed, grown, live(file, run) == unbroken)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), CHAIN if sys.argv[4:] else LAYER)
