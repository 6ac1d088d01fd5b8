"""What a run would hold in memory, refused before it is claimed."""

from __future__ import annotations

import os
from typing import Any

from normstats.errors import UsageError

SHARE = 0.7  # of the machine's memory


def refuse(each: float, threads: int, name: str, value: Any, what: str) -> None:
    """UsageError if so many bytes on each of so many threads do not fit.

    ``what`` leads up to the amount: "with `out_features` 9 would need".
    """
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not known on every system
        return
    needed = each * threads
    if needed > SHARE * memory:
        raise UsageError(
            name,
            value,
            f"{what} {needed / 1e9:.3g} GB on {threads} threads;"
            f" must fit into {100 * SHARE:.0f} % of the memory of {memory / 1e9:.3g} GB",
        )
