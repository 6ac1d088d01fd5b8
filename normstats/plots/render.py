"""A figure as the bytes of a file: the same picture gives the same bytes."""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from normstats.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = 300  # an inch, of what is made of dots
# Per suffix, what matplotlib would write of time and of itself, taken out.
FORMATS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        ".png": {"Software": None},
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None},
    }
)
EXTRA = "plot"
LONGEST = 200  # of what somebody else's error says


def parse_format(option: str, name: str) -> str:
    """The suffix of a picture's file; UsageError for one that stands for no picture."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in FORMATS:
        allowed = f"must end in {', '.join(FORMATS)}, which are the pictures there are"
        raise UsageError(option, name, allowed)
    return suffix


def need_matplotlib(option: str, name: str) -> None:
    """UsageError where matplotlib is missing or does not load, with what to do."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # of fonts and folders it searches
    try:
        importlib.import_module("matplotlib.figure")
    except Exception as error:  # not only an ImportError: a setting of the user's may be wrong
        if isinstance(error, ModuleNotFoundError) and error.name == "matplotlib":
            allowed = f"needs matplotlib: pip install 'normstats[{EXTRA}]'"
        else:
            allowed = f"needs matplotlib, which does not load: {str(error)[:LONGEST]}"
        raise UsageError(option, name, allowed) from None


def render(draw: Callable[[], Figure], suffix: str, title: str) -> bytes:
    """The bytes of a file with that suffix, of what ``draw`` draws; the file keeps its title."""
    import matplotlib

    from normstats.plots.style import COLUMN, settings

    stream = io.BytesIO()
    with matplotlib.rc_context(settings(COLUMN)):
        figure = draw()
        metadata = {"Title": title, **FORMATS[suffix]}
        figure.savefig(stream, format=suffix[1:], dpi=DOTS, metadata=metadata)
    return stream.getvalue()
