"""The numbers of the committed tables, read back from their JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from normstats import registry
from normstats.errors import UsageError
from normstats.tables.text import SCHEMA

INDEX = "index.json"
LISTS = ("cells", "activations", "constants")  # where a page's JSON has its lines
DIGITS = 12  # significant digits that the tables keep


@dataclass(frozen=True)
class Measured:
    """How the tables measured a layer."""

    samples: int
    seed: int
    stream: int


@dataclass(frozen=True)
class Number:
    """One line of a table: its file, its name there, and what it says of a layer's quantity.

    ``id`` is that of the published constant, empty where the line is none. ``call`` is empty where
    no layer has the quantity.
    """

    file: str
    name: str
    call: str
    quantity: str
    id: str = ""
    scale: float = 1.0
    power: float = 1.0
    measured: float | None = None
    se: float | None = None
    samples: int | None = None
    exact: float | None = None
    published: float | None = None


@dataclass(frozen=True)
class Committed:
    """All numbers of the tables, and how each layer was measured.

    ``records`` are the lines of each page as they stand in its JSON, for the CSV beside it.
    """

    folder: str
    runs: Mapping[str, Measured]
    numbers: tuple[Number, ...]
    ids: frozenset[str] = frozenset()
    records: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)


def read(folder: str | Path) -> Committed:
    """The tables in the folder; UsageError that names the file if they are not as written."""
    folder = Path(folder)
    index = _document(folder / INDEX)
    with _Field(folder / INDEX):
        runs = {
            _call(run["layer"]): Measured(int(run["samples"]), int(run["seed"]), int(run["stream"]))
            for run in index["measured"]
        }
        pages = [str(page["page"]) for page in index["pages"]]
    numbers: list[Number] = []
    records: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for name in ("documents", "activations", *pages):
        path = folder / f"{name}.json"
        document = _document(path)
        with _Field(path):
            numbers += _numbers(path.name, document)
            records[name] = tuple(record for key in LISTS for record in document.get(key, ()))
    ids = frozenset(number.id for number in numbers if number.id)
    return Committed(str(folder), runs, tuple(numbers), ids, records)


class _Field:
    """Turns a field that is missing or of a wrong type into a UsageError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (KeyError, TypeError, ValueError, AttributeError, OverflowError)):
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise _broken(self._path, f"not as `normstats tables` writes it: {what}") from None


def _broken(path: Path, problem: str) -> UsageError:
    return UsageError("`tables`", path, f"{problem}; make the tables again")


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError("`tables`", path, f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise _broken(path, f"not JSON: {error}") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise _broken(path, f"its schema is not {SCHEMA}")
    return found


def _call(text: str) -> str:
    """The call as it is spelled today: defaults that are new filled in, unknown layers refused."""
    return str(registry.parse_call(text))


def _numbers(file: str, document: Mapping[str, Any]) -> Iterator[Number]:
    for record in document.get("cells", ()):
        label = f" ({record['label']})" if record.get("label") else ""
        quantity = str(record["row"])
        call = _call(record["layer"])
        name = f"{quantity} of {record['column']}{label}"
        yield Number(file, name, call, quantity, **_values(record))
    for record in document.get("activations", ()):
        call, quantity = _call(record["layer"]), str(record["quantity"])
        yield Number(file, f"{call} {quantity}", call, quantity, **_values(record))
    for record in document.get("constants", ()):
        measured = record["measured"] is not None
        call = str(registry.parse_call(record["layer"], record["params"])) if measured else ""
        yield Number(
            file,
            f"constant {record['id']}",
            call,
            str(record["quantity"]),
            id=str(record["id"]),
            scale=float(record["scale"]),
            power=float(record["power"]),
            published=_number(record["published"]),
            **_values(record),
        )


def _values(record: Mapping[str, Any]) -> dict[str, Any]:
    samples = record["measured_samples"]
    return {
        "measured": _number(record["measured"]),
        "se": _number(record["measured_se"]),
        "samples": None if samples is None else int(samples),
        "exact": _number(record["exact"]),
    }


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, (bool, str)):
        raise ValueError(f"{value!r} is not a number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number
