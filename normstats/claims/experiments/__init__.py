"""One file a group of experiments. Each names its claims in ``CLAIMS``; a new file is found."""

from __future__ import annotations

import importlib
import pkgutil

from normstats.claims.claim import Claim


def claims_there_are() -> dict[str, Claim]:
    """All claims by name: document by document, in the order of the files."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [claim for module in modules for claim in module.CLAIMS]
    return {claim.name: claim for claim in sorted(found, key=lambda one: one.part)}
