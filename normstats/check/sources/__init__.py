"""Sources of comparisons: what is compared with what, and which layers that needs measured.

One file a source; each names its class ``SOURCE``, and a new file is found. `normstats check`
takes the comparisons of all its sources together, judges them with one chance of a false alarm, and
reports them; a source knows nothing of the others, nor of how it is judged.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from normstats.check.comparison import Comparison
from normstats.check.measured import Layers
from normstats.reports.model import Case
from normstats.tables.jobs import Wanted


class Asked(NamedTuple):
    """What a check was asked for: a FILE, or all there is; other tables; these layers alone."""

    file: str | None = None
    tables: str | None = None
    layers: Sequence[str] = ()


class Source(ABC):
    """What every source answers. ``shows_all``: people see what passed as well."""

    shows_all = False

    @classmethod
    @abstractmethod
    def of(cls, asked: Asked) -> Source | None:
        """The source if it takes part; UsageError for what it cannot do."""

    def wanted(self) -> Iterable[Wanted]:
        """The layers that are to be measured for it."""
        return ()

    @abstractmethod
    def comparisons(self, layers: Layers) -> Iterator[Comparison | Case]:
        """Its comparisons with what was measured; cases where there is no number to judge."""

    def title(self, layers: Layers) -> str:
        """What was compared, to begin the report with."""
        return ""

    def header(self, layers: Layers) -> Mapping[str, Any]:
        """What machines are told of it."""
        return {}

    @property
    def remark(self) -> str:
        """What people are told of it, if anything."""
        return ""


def asked_for(asked: Asked) -> list[Source]:
    """Those that take part, in the order of the alphabet; UsageError for what does not fit."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [module.SOURCE.of(asked) for module in modules]
    return [source for source in found if source is not None]
