"""The entry point: imports as little as possible before it can say that it was interrupted."""

from __future__ import annotations

import contextlib
import sys
from typing import NoReturn


def main() -> NoReturn:
    """What `normstats` runs."""
    try:
        _main()
    except KeyboardInterrupt:  # while modules were imported
        with contextlib.suppress(OSError, AttributeError):  # no stderr, or its terminal is gone
            sys.stderr.write("normstats: interrupted\n")
        sys.exit(130)


def _main() -> NoReturn:
    from normstats import interrupts

    with interrupts.told_apart(), interrupts.command():
        from normstats.cli.root import root
        from normstats.kernels import build

        build.own_process = True
        root.main(prog_name="normstats")
