"""A run that is killed again and again, by SIGKILL, and goes on from its checkpoint.

``python killed.py FILE KILLS SEED``: prints the bits of the result, and how often it was killed
when there was something in the file. Each life is a fork of this process, which has the kernels.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time

from normstats import perform, registry
from normstats.engine import gather, threads
from normstats.engine.terms import Terms
from normstats.files.strict import read
from normstats.parts import checkpoint
from normstats.parts.checkpoint import Checkpoint, Wanted
from normstats.runs.run import Run

LIFE_S = 0.05  # at most, of what takes about a second
RUN = Run(registry.parse_call("relu"), 200_000_000)


def bits(result: object) -> str:
    return repr(getattr(result, "statistics"))  # noqa: B009


def live(file: str) -> str:
    """To the end, if nobody comes between."""
    with Checkpoint(file, [Wanted(RUN)]) as kept:
        return bits(perform.perform(RUN, 2, None, Terms(keeper=kept)))


def _changed(file: str) -> int:
    """When the file was, as the system counts."""
    return os.stat(file).st_mtime_ns if os.path.exists(file) else 0


def main(file: str, kills: int, seed: int) -> None:
    checkpoint.SAVE_S = 0.0
    gather.TICK_S = threads.TICK_S = 0.002
    unbroken = bits(perform.perform(RUN, 2))
    rng = random.Random(seed)
    grown = killed = 0
    before = 0
    for _ in range(kills):
        child = os.fork()
        if not child:
            live(file)
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
    print(killed, grown, live(file) == unbroken)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
