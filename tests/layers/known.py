"""Layers of the tests, found by their names for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from normstats import registry
from normstats.check import noise
from normstats.layer.base import Layer


@contextmanager
def known(*layers: Layer) -> Iterator[None]:
    """The registry with these as well, or in place of those of the same name."""
    more = {layer.name: layer for layer in layers}
    caches = (registry.exact, noise._elementwise)
    for one in caches:
        one.cache_clear()
    with (
        mock.patch.dict(registry.all_layers(), more),
        mock.patch.dict(registry._spellings(), more),
    ):
        yield
    for one in caches:
        one.cache_clear()
