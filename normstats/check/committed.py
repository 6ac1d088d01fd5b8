"""The numbers of the committed tables, read back from their JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
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
    """One line of a table: its file, its name there, and what it says of a layer's quantity.

    ``id`` is that of the published constant, empty where the line is none. ``wanted`` is None where
    no layer has the quantity.
    """

    file: str
    name: str
    wanted: Wanted | None
    quantity: str
    id: str = ""
    scale: float = 1.0
    power: float = 1.0
    measured: float | None = None
    samples: int | None = None
    exact: float | None = None
    published: float | None = None

    @property
    def layer(self) -> str:
        """The call as it is spelled, with its inputs; empty where there is none."""
        return "" if self.wanted is None else self.wanted.name

    @property
    def where(self) -> str:
        """File and name."""
        return f"{self.file}: {self.name}"


@dataclass(frozen=True)
class Committed:
    """All numbers of the tables, and samples, seed and stream that each layer was measured with.

    ``pages`` are the JSON of each page as it is.
    """

    folder: Path
    runs: Mapping[Wanted, tuple[int, int, int]]
    numbers: tuple[Number, ...]
    pages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        """The published constants that it has."""
        return {number.id for number in self.numbers if number.id}

    @property
    def lines(self) -> Mapping[str, list[tuple[str, Mapping[str, Any]]]]:
        """The lines of each page, each with the list that it is in."""
        return {name: _lines(page) for name, page in self.pages.items()}


def read(folder: str | Path) -> Committed:
    """The tables in the folder; UsageError that names the file if they are not as written."""
    folder = Path(folder)
    with _page(folder / INDEX) as index:
        runs = {
            _wanted(run["layer"], run, run.get("params", NO_PARAMS)): (
                int(run["samples"]),
                int(run["seed"]),
                int(run["stream"]),
            )
            for run in index["measured"]
        }
        pages = [str(page["page"]) for page in index["pages"]]
    numbers: list[Number] = []
    found = {}
    for name in ("documents", "activations", *pages):
        with _page(folder / f"{name}.json") as document:
            numbers += [_number(f"{name}.json", *line) for line in _lines(document)]
            found[name] = document
    return Committed(folder, runs, tuple(numbers), found)


def _lines(page: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(kind, line) for kind in LISTS for line in page.get(kind, ())]


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


def _number(file: str, kind: str, record: Mapping[str, Any]) -> Number:
    constant = kind == "constants"
    there = not constant or record["measured"] is not None
    params = record["params"] if constant else {}
    wanted = _wanted(record["layer"], record, params) if there else None
    quantity = str(record["row" if kind == "cells" else "quantity"])
    label = f" ({record['label']})" if record.get("label") else ""
    names = {
        "cells": f"{quantity} of {record.get('column')}{label}",
        "activations": f"{record['layer']} {quantity}",
        "constants": f"constant {record.get('id')}",
    }
    samples = record["measured_samples"]
    return Number(
        file=file,
        name=names[kind],
        wanted=wanted,
        quantity=quantity,
        id=str(record["id"]) if constant else "",
        scale=float(record["scale"]) if constant else 1.0,
        power=float(record["power"]) if constant else 1.0,
        measured=_finite(record["measured"]),
        samples=None if samples is None else int(samples),
        exact=_finite(record["exact"]),
        published=_finite(record["published"]) if constant else None,
    )


def _wanted(layer: str, record: Mapping[str, Any], params: Mapping[str, Any] = NO_PARAMS) -> Wanted:
    """The layer of a line, and the inputs where it has others than the standard ones."""
    inputs = record.get("inputs") or {}
    usual = asdict(STANDARD)
    x_mean, x_std, dy_mean, dy_std = (inputs.get(name, usual[name]) for name in NAMES)
    return Wanted(call_of(layer, params), parse_inputs(x_mean, x_std, dy_mean, dy_std))


def _finite(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, (bool, str)):
        raise ValueError(f"{value!r} is not a number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number
