"""Who gets which counter: the address of every random number.

A number is found by (seed, stream of the layer, purpose, block) and its place in the block. The
stream of a layer is a hash of its name and parameters, so that different layers never share
numbers at the same seed, and their deviations are independent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from normstats.errors import UsageError
from normstats.values import whole_number

# Version of the map from a seed to numbers. Any change of a bit anywhere raises it.
STREAM_VERSION = 4

# Purposes: what a block's numbers are for. POINTS + one of the others: scrambles of its points.
SAMPLES, PILOT, POINTS = 0, 1, 2

SEED_LIMIT = 2**64


def parse_seed(value: Any) -> int:
    """A seed: a whole number of up to 64 bits."""
    allowed = "must be a whole number from 0 to 2^64 - 1"
    try:
        seed = whole_number(value)
    except (TypeError, ValueError):
        raise UsageError("--seed", value, allowed) from None
    if not 0 <= seed < SEED_LIMIT:
        raise UsageError("--seed", value, allowed)
    return seed


def spell(name: str, params: Mapping[str, Any]) -> str:
    """``name(param=value, …)``: how a layer is written in results and addressed in streams."""
    inside = ", ".join(f"{key}={spell_value(value)}" for key, value in params.items())
    return f"{name}({inside})" if inside else name


def spell_value(value: Any) -> str:
    """A parameter's value as it is typed: ``0.01``, ``3x3``, ``inverted``."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def stream_number(name: str, params: Mapping[str, Any]) -> int:
    """The 64-bit stream of a layer with these parameters."""
    digest = hashlib.blake2b(spell(name, params).encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
