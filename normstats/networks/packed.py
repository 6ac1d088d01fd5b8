"""Sums over networks as JSON and back: float64 in their order, little-endian, in base64."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np

from normstats.files.strict import Record
from normstats.networks.layout import Layout
from normstats.networks.sums import CHANGES, ROWS, SHARES, NetworkSums
from normstats.values import Array

_FLOAT = np.dtype("<f8")
_MOST = 2**64  # networks
_FIELDS = ("networks", "numbers", "shares", "changes", "lost")


def pack(sums: NetworkSums) -> dict[str, Any]:
    """As JSON."""
    arrays = {name: getattr(sums, name) for name in ("numbers", "shares", "changes")}
    return {
        "networks": sums.networks,
        **{name: _packed(values) for name, values in arrays.items()},
        "lost": sums.lost,
    }


def unpack(record: Record, layout: Layout) -> NetworkSums:
    """UsageError if these are no sums over networks with this layout."""
    record.only(*_FIELDS)
    return NetworkSums(
        layout,
        record.whole("networks", 1, _MOST),
        _unpacked(record, "numbers", (ROWS, layout.size)),
        _unpacked(record, "shares", (SHARES, len(layout.places))),
        _unpacked(record, "changes", (CHANGES, 2)),
        record.truth("lost"),
    )


def _packed(values: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(values, _FLOAT).tobytes()).decode()


def _unpacked(record: Record, name: str, shape: tuple[int, int]) -> Array:
    try:
        data = base64.b64decode(record.text(name).encode(), validate=True)
    except (binascii.Error, UnicodeError):
        raise record.error(f"{name} must be numbers in base64") from None
    if len(data) != _FLOAT.itemsize * shape[0] * shape[1]:
        raise record.error(f"{name} must be {shape[0]} rows of {shape[1]} numbers")
    return np.frombuffer(data, _FLOAT).astype(np.float64).reshape(shape)
