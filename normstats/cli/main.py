"""The entry point: runs a command and turns whatever ends it into an exit code."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """What `normstats` runs."""
    from normstats.cli.ending import INTERRUPTED, complain

    try:
        from normstats.cli.root import root

        root.main(prog_name="normstats")
    except KeyboardInterrupt:  # while the modules were imported
        complain("interrupted before the first result")
        sys.exit(INTERRUPTED)
    sys.exit(0)
