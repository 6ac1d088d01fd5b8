"""Mean and standard deviation of neural network layers, forward and backward, with error bars.

``measure`` samples a layer, ``apply`` runs its kernels on given arrays. Both are imported when
they are first used, so that ``import normstats`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from normstats.api import apply, measure

__all__ = ["__version__", "apply", "measure"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in ("apply", "measure"):
        from normstats import api

        return getattr(api, name)
    raise AttributeError(f"module 'normstats' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
