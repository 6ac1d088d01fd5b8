"""The formats of a report: every module of this folder with a ``FORMAT`` is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from normstats.reports.model import Report


class Format(NamedTuple):
    """What the rest of the program knows of a format, whose name is that of its module.

    ``suffixes`` are those of files that get this format unasked. ``rank`` is the place on the list
    of formats: new ones come last. ``of_cases`` is for reports that compare something, and shows
    nothing of others. ``readable`` shows all notes to a person who reads it as it is; of other
    formats they are said beside the report. ``coloured`` renders for a terminal.
    """

    render: Callable[[Report], str]
    suffixes: tuple[str, ...] = ()
    rank: int = 100
    of_cases: bool = False
    readable: bool = False
    coloured: Callable[[Report], str] | None = None


@cache
def formats_there_are() -> Mapping[str, Format]:
    """All of them by name, in their order."""
    found: dict[str, Format] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if isinstance(one := getattr(module, "FORMAT", None), Format):
            found[info.name] = one
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0])))


def formats(cases: bool = False) -> Mapping[str, Format]:
    """Those that fit a report, by name, the usual one first; ``cases``: whether it has any."""
    return {name: one for name, one in formats_there_are().items() if cases or not one.of_cases}


def render(report: Report, form: str, *, terminal: bool = False) -> str:
    """The whole document, ending with a newline; colours only for a terminal."""
    found = formats_there_are()[form]
    return (found.coloured if terminal and found.coloured else found.render)(report)
