"""What is different in two runs, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from normstats.runs.run import Run

_NEITHER = ("schema", "target")


def difference(there: Run, here: Run, samples: bool = True) -> str:
    """ "seed 1, here 0": the first field that differs, "" for none.

    ``samples``: whether their number counts.
    """
    ours = _flat(here.record)
    for name, value in _flat(there.record).items():
        if name in _NEITHER or (name == "samples" and not samples) or ours.get(name) == value:
            continue
        return f"{name} {value}, here {ours.get(name, 'none')}"
    return ""


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    rest = {k: v for k, v in record.items() if k not in ("params", "inputs", "layer")}
    return {"layer": record["layer"], **record["params"], **record["inputs"], **rest}
