"""What the numbers of a result depend on, or might."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from normstats.frozen import Frozen


@cache
def versions() -> Mapping[str, str]:
    """Of normstats, Python, and the packages that compute."""
    import platform
    from importlib.metadata import version

    from normstats import __version__

    packages = {name: version(name) for name in ("numpy", "numba", "llvmlite", "scipy")}
    return Frozen({"normstats": __version__, "python": platform.python_version(), **packages})
