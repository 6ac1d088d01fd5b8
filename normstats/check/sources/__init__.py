"""One file a source of comparisons. Each names its class ``SOURCE``; a new file is found."""

from __future__ import annotations

import importlib
import pkgutil

from normstats.check.source import Asked, Source


def asked_for(asked: Asked) -> list[Source]:
    """Those that take part, in the order of the alphabet; UsageError for what does not fit."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [module.SOURCE.of(asked) for module in modules]
    return [source for source in found if source is not None]
