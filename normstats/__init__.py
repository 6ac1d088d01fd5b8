"""Mean and standard deviation of neural network layers, forward and backward, with error bars.

``measure`` samples a layer, ``exact`` and ``gain`` tell what is known of it without sampling,
``apply`` runs its kernels on given arrays, ``chain`` measures networks of layers, and ``layers``
names them all. Everything is imported
when it is first used, so that ``import normstats`` costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from normstats.api import apply, chain, exact, gain, layers, measure
    from normstats.engine.observer import Interrupted, Observer, Progress
    from normstats.errors import UsageError
    from normstats.networks.result import ChainLayer, ChainResult
    from normstats.result import Estimate, Exact, ExactValues, Result, Statistics
    from normstats.runs.inputs import Inputs
    from normstats.runs.run import Run

__all__ = [
    "__version__",
    "apply",
    "chain",
    "exact",
    "gain",
    "layers",
    "measure",
    "ChainLayer",
    "ChainResult",
    "Estimate",
    "Exact",
    "ExactValues",
    "Inputs",
    "Interrupted",
    "Observer",
    "Progress",
    "Result",
    "Run",
    "Statistics",
    "UsageError",
]
__version__ = "0.1.0"

# Where each name comes from, but for the functions.
_HOMES = {
    "ChainLayer": "networks.result",
    "ChainResult": "networks.result",
    "Estimate": "result",
    "Exact": "result",
    "ExactValues": "result",
    "Inputs": "runs.inputs",
    "Interrupted": "engine.observer",
    "Observer": "engine.observer",
    "Progress": "engine.observer",
    "Result": "result",
    "Run": "runs.run",
    "Statistics": "result",
    "UsageError": "errors",
}

if not TYPE_CHECKING:  # a type checker would take it for a promise of any name

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module 'normstats' has no attribute {name!r}")
        from importlib import import_module

        found = getattr(import_module(f"normstats.{_HOMES.get(name, 'api')}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
