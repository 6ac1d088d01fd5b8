"""The published constants as typed data: loaded from the package's data files and checked."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from importlib import resources
from typing import Any

from normstats.published.quantity import QUANTITIES, words
from normstats.published.rounding import place
from normstats.runs.inputs import NAMES

# What a source claims of a number: the value itself; a simulation of it; a computation that it
# trusts to a stated accuracy; a fitted formula; a number to use, not claimed to be a statistic;
# a rule.
KINDS = ("statistic", "simulation", "quadrature", "fit", "convention", "rule")
ESTIMATORS = ("plain", "ratio")

Matrix = tuple[tuple[float, ...], ...]


class CatalogueError(ValueError):
    """A data file that does not fit the schema: names the file, the entry and the field."""


@dataclass(frozen=True)
class Source:
    """Where constants come from."""

    key: str
    work: str
    author: str
    where: str
    year: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Constant:
    """One published number.

    ``kind`` is what the source claims of it (see ``KINDS``), whether or not that is right.
    ``value`` is the number as published, ``digits`` its significant digits; without digits it is a
    closed form, 0 digits are an order of magnitude. The published quantity is
    ``scale * quantity ** power``; ``explain`` says in words what that is, where the name of the
    quantity does not. ``inputs`` are what x and dy are drawn from where that is not usual. Of a
    simulation, ``samples`` is the number of independent samples, ``plus_minus`` a published error
    of two standard errors, ``repeated_se`` the scatter of repetitions where nothing simpler gives
    its standard error. Of a quadrature, ``accuracy`` is the deviation that the source itself
    allows. ``matrix`` stands for a table of numbers, whose
    rows and columns may have names. ``formula`` names the closed form (with ``arguments``) for a
    quantity, ``waits_for`` says what has to exist before it can be measured.
    ``reason`` is found here: what is wrong with a number that is, in one short sentence.
    ``recipe`` is found here, not published: how the number may have come about; a name of
    ``recipes.RECIPES`` as ``formula``, with its ``arguments``, and ``text`` for the reader.
    """

    id: str
    source: Source
    seen_at: str
    text: str
    layer: str
    quantity: str
    kind: str
    value: float | None = None
    matrix: Matrix | None = None
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    digits: int | None = None
    samples: int | None = None
    plus_minus: float | None = None
    repeated_se: float | None = None
    accuracy: float | None = None
    estimator: str = "plain"
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    scale: float = 1.0
    power: float = 1.0
    formula: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    waits_for: str | None = None
    recipe: Mapping[str, Any] | None = None
    explain: str = ""
    reason: str = ""
    note: str = ""

    @property
    def unit(self) -> float | None:
        """One unit in the last published digit; None for a closed form or an order of magnitude."""
        if self.value is None or not self.digits:
            return None
        return float(place(self.value, self.digits))

    @property
    def words(self) -> str:
        """What the number is, in words."""
        return words(self.quantity, self.scale, self.power, self.explain)


@dataclass(frozen=True)
class Page:
    """The constants of one data file."""

    name: str
    title: str
    about: str
    sources: tuple[Source, ...]
    constants: tuple[Constant, ...]


# How a field of a class is written in the data files, by the first word of its type; an int is
# also good for a float.
_WRITTEN: Mapping[str, type] = {
    "str": str,
    "int": int,
    "float": float,
    "tuple": list,
    "Matrix": list,
    "Mapping": dict,
    "Source": str,
}


@cache
def _fields(of: type) -> Mapping[str, tuple[type, bool]]:
    """Field -> how it is written, and whether it must be given: what has no default."""
    return {
        one.name: (
            _WRITTEN[str(one.type).split()[0].split("[")[0]],
            one.default is MISSING and one.default_factory is MISSING,
        )
        for one in fields(of)
    }


_PAGE = {"title": (str, True), "about": (str, True), "source": (list, True)}
_PAGE |= {"constant": (list, True)}
_RECIPE = {"formula": (str, True), "arguments": (dict, True), "text": (str, True)}


def parse_page(name: str, text: str) -> Page:
    """A data file's text as a page; CatalogueError names file, entry and field that do not fit."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{name}: not TOML: {error}") from None
    _checked(name, data, _PAGE)
    sources: dict[str, Source] = {}
    for number, entry in enumerate(data["source"], 1):
        at = f"{name}: source {entry.get('key', number)}"
        source = Source(**_checked(at, entry, _fields(Source)))
        if source.key in sources:
            raise CatalogueError(f"{at}: key: given twice")
        sources[source.key] = source
    constants = tuple(
        _constant(f"{name}: {entry.get('id', f'constant {number}')}", entry, sources)
        for number, entry in enumerate(data["constant"], 1)
    )
    return Page(name, data["title"], data["about"], tuple(sources.values()), constants)


def _checked(
    at: str, entry: Mapping[str, Any], known: Mapping[str, tuple[type, bool]]
) -> dict[str, Any]:
    """The fields with numbers and texts of their types; all that is wrong is refused by name."""
    found = dict(entry)
    for name, value in entry.items():
        if name not in known:
            raise CatalogueError(f"{at}: {name}: no such field")
        kind, _ = known[name]
        if kind is float and type(value) is int:
            found[name] = value = float(value)
        if type(value) is not kind:
            kinds = "float or int" if kind is float else kind.__name__
            raise CatalogueError(f"{at}: {name}: must be {kinds}, not {value!r}")
    for name, (_, required) in known.items():
        if required and name not in entry:
            raise CatalogueError(f"{at}: {name}: missing")
    return found


def _constant(at: str, entry: Mapping[str, Any], sources: Mapping[str, Source]) -> Constant:
    values = _checked(at, entry, _fields(Constant))
    if values["source"] not in sources:
        raise CatalogueError(f"{at}: source: no source {values['source']} in this file")
    values["source"] = sources[values["source"]]
    if "matrix" in values:
        values["matrix"] = _matrix(at, values["matrix"])
    for name in ("row_names", "column_names"):
        values[name] = tuple(map(str, values.get(name, ())))
    if "recipe" in values:
        _checked(f"{at}: recipe", values["recipe"], _RECIPE)
    constant = Constant(**values)
    for name, problem in _problems(constant):
        raise CatalogueError(f"{at}: {name}: {problem}")
    return constant


def _matrix(at: str, rows: list[Any]) -> Matrix:
    try:
        return tuple(tuple(float(number) for number in row) for row in rows)
    except (TypeError, ValueError):
        raise CatalogueError(f"{at}: matrix: must be rows of numbers") from None


def _problems(c: Constant) -> Iterator[tuple[str, str]]:
    """What the fields may not say together: the field, and what is wrong with it."""
    named = {"kind": KINDS, "quantity": QUANTITIES, "estimator": ESTIMATORS}
    for name, known in named.items():
        if getattr(c, name) not in known:
            yield name, f"must be one of {', '.join(known)}"
    numbers = (c.value, c.plus_minus, c.repeated_se, c.accuracy, c.scale, c.power)
    rows, columns = (len(c.matrix), len(c.matrix[0])) if c.matrix else (0, 0)
    nothing = c.value is None and c.matrix is None and c.kind != "rule"
    noise = (c.samples, c.plus_minus, c.repeated_se) != (None, None, None)
    other = c.quantity == "other"
    wrong = [
        ("value", "must be finite", any(n is not None and not math.isfinite(n) for n in numbers)),
        ("matrix", "stands in place of a value", c.value is not None and c.matrix is not None),
        ("value", "missing, and only a rule may have none", nothing),
        ("digits", "needs a value", c.digits is not None and c.value is None),
        ("digits", "must not be negative", c.digits is not None and c.digits < 0),
        ("samples", "must be positive", c.samples is not None and c.samples < 1),
        ("plus_minus", "must be positive", c.plus_minus is not None and c.plus_minus <= 0.0),
        ("accuracy", "must be positive", c.accuracy is not None and c.accuracy <= 0.0),
        (
            "kind",
            "must be simulation where a size or an error is given",
            noise and c.kind != "simulation",
        ),
        (
            "accuracy",
            "goes with a quadrature, and a quadrature needs it",
            (c.kind == "quadrature") != (c.accuracy is not None),
        ),
        ("row_names", "must name every row", len(c.row_names) not in (0, rows)),
        ("column_names", "must name every column", len(c.column_names) not in (0, columns)),
        ("scale", "must not be 0", c.scale == 0.0),
        ("power", "must not be 0", c.power == 0.0),
        ("inputs", f"must be of {', '.join(NAMES)}", not set(c.inputs) <= set(NAMES)),
        ("explain", "missing, and 'other' needs it", other and not c.explain),
        (
            "formula",
            "missing: 'other' needs a formula or what it waits for",
            other and c.formula is None and c.waits_for is None,
        ),
        ("arguments", "without a formula", bool(c.arguments) and c.formula is None),
    ]
    yield from ((name, problem) for name, problem, found in wrong if found)


@cache
def pages() -> tuple[Page, ...]:
    """All data files of the package, by name."""
    folder = resources.files("normstats.published") / "data"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    found = tuple(
        parse_page(file.name.removesuffix(".toml"), file.read_text(encoding="utf-8"))
        for file in files
    )
    seen: set[str] = set()
    for page in found:
        for constant in page.constants:
            if constant.id in seen:
                raise CatalogueError(f"{page.name}: {constant.id}: id: given twice")
            seen.add(constant.id)
    return found


@cache
def catalogue() -> tuple[Constant, ...]:
    """All published constants, in the order of the data files."""
    return tuple(constant for page in pages() for constant in page.constants)
