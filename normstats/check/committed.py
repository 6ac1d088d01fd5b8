"""The numbers of the committed tables, read back from their JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from normstats.errors import UsageError
from normstats.files import strict
from normstats.runs.call import NO_PARAMS
from normstats.runs.inputs import NAMES, STANDARD, parse_inputs
from normstats.tables.jobs import Wanted
from normstats.tables.sequential import call_of
from normstats.tables.text import SCHEMA

INDEX = "index.json"
LISTS = ("cells", "activations", "constants")  # where a page's JSON has its lines


@dataclass(frozen=True)
class Number:
    """One line of a table: its page, its name there, and what it says of a layer's quantity.

    ``line`` is all of it as it is in the JSON. ``id`` is that of the published constant, empty
    where the line is none. ``wanted`` is None where no layer has the quantity.
    """

    page: str
    name: str
    line: Mapping[str, Any]
    wanted: Wanted | None
    quantity: str
    id: str
    scale: float
    power: float
    measured: float | None
    samples: int | None
    exact: float | None
    published: float | None

    @property
    def layer(self) -> str:
        """The call as it is spelled, with its inputs; empty where there is none."""
        return "" if self.wanted is None else self.wanted.name

    @property
    def where(self) -> str:
        """File and name."""
        return f"{self.page}.json: {self.name}"


@dataclass(frozen=True)
class Committed:
    """All numbers of the tables, and samples, seed and stream that each layer was measured with.

    ``pages`` are the JSON of each page as it is.
    """

    folder: Path
    runs: Mapping[Wanted, tuple[int, int, int]]
    numbers: tuple[Number, ...]
    pages: Mapping[str, Mapping[str, Any]]

    @property
    def ids(self) -> set[str]:
        """The published constants that it has."""
        return {number.id for number in self.numbers if number.id}


def read(folder: str | Path) -> Committed:
    """The tables in the folder; UsageError that names the file if they are not as written."""
    folder = Path(folder)
    with _page(folder / INDEX) as index:
        runs = {
            _wanted(run, run.get("params", NO_PARAMS)): (
                int(run["samples"]),
                int(run["seed"]),
                int(run["stream"]),
            )
            for run in index["measured"]
        }
        names = [str(page["page"]) for page in index["pages"]]
    numbers: list[Number] = []
    pages = {}
    for name in ("documents", "activations", *names):
        with _page(folder / f"{name}.json") as page:
            pages[name] = page
            numbers += [_number(name, kind, line) for kind in LISTS for line in page.get(kind, ())]
    return Committed(folder, runs, tuple(numbers), pages)


@contextmanager
def _page(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON of a page; a field that is missing or of a wrong type becomes a UsageError."""
    try:
        found = strict.parsed(path.read_bytes())
    except OSError as error:
        raise UsageError("`tables`", path, f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise _broken(path, str(error)) from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise _broken(path, f"its schema is not {SCHEMA}")
    try:
        yield found
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise _broken(path, f"not as `normstats tables` writes it: {what}") from None


def _broken(path: Path, problem: str) -> UsageError:
    return UsageError("`tables`", path, f"{problem}; make the tables again")


def _number(page: str, kind: str, line: Mapping[str, Any]) -> Number:
    """A line of one of the ``LISTS``. Only a constant has a scale, or may have no measurement."""
    constant = kind == "constants"
    there = not constant or line["measured"] is not None
    wanted = _wanted(line, line["params"] if constant else NO_PARAMS) if there else None
    quantity = str(line["row" if kind == "cells" else "quantity"])
    label = f" ({line['label']})" if line.get("label") else ""
    names = {
        "cells": f"{quantity} of {line.get('column')}{label}",
        "activations": f"{line['layer']} {quantity}",
        "constants": f"constant {line.get('id')}",
    }
    samples = line["measured_samples"]
    return Number(
        page=page,
        name=names[kind],
        line=line,
        wanted=wanted,
        quantity=quantity,
        id=str(line["id"]) if constant else "",
        scale=float(line["scale"]) if constant else 1.0,
        power=float(line["power"]) if constant else 1.0,
        measured=_finite(line["measured"]),
        samples=None if samples is None else int(samples),
        exact=_finite(line["exact"]),
        published=_finite(line["published"]) if constant else None,
    )


def _wanted(line: Mapping[str, Any], params: Mapping[str, Any] = NO_PARAMS) -> Wanted:
    """The layer of a line, and the inputs where it has others than the standard ones."""
    inputs = asdict(STANDARD) | (line.get("inputs") or {})
    call = call_of(line["layer"], params)
    return Wanted(call, parse_inputs(*(inputs[name] for name in NAMES)))


def _finite(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, (bool, str)):
        raise ValueError(f"{value!r} is not a number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number
