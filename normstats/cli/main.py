"""The entry point: imports as little as possible before it can say that it was interrupted."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """What `normstats` runs."""
    try:
        from normstats.cli.root import root
        from normstats.kernels import build

        build.own_process = True
        root.main(prog_name="normstats")
    except KeyboardInterrupt:  # while modules were imported
        sys.stderr.write("normstats: interrupted before the first result\n")
        sys.exit(130)
