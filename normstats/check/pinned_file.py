"""Constants that a library pins: read from TOML or JSON, every error with file, entry and field."""

from __future__ import annotations

import json
import math
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from normstats import registry
from normstats.errors import UsageError
from normstats.files import strict
from normstats.published.rounding import place
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

QUANTITIES = (
    "forward.mean",
    "forward.std",
    "forward.rms",
    "backward.mean",
    "backward.std",
    "backward.rms",
    "gain",
    "gain_rms",
    "backward_gain",
)
FIELDS = ("layer", "params", "inputs", "quantity", "value", "tolerance", "digits", "source")
REQUIRED = ("layer", "quantity", "value")
MOST_DIGITS = 17
LARGEST_FILE = 10_000_000  # bytes
INPUTS = tuple(one.name for one in fields(Inputs))


class Literal(float):
    """A number that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> Literal:
        number = super().__new__(cls, text)
        number.text = text
        return number


@dataclass(frozen=True)
class Pinned:
    """One pinned constant; ``digits`` is None where a tolerance was given.

    ``place`` is its file and number, for what is wrong with it.
    """

    place: str
    call: Call
    inputs: Inputs
    quantity: str
    value: float
    text: str
    tolerance: float
    digits: int | None
    digits_counted: bool
    source: str = ""

    @property
    def allowed(self) -> str:
        """What was asked for, in words."""
        if self.digits is None:
            return f"± {self.tolerance:g}"
        given = " given" if self.digits_counted else ""
        digits = "digit" if self.digits == 1 else "digits"
        return f"± {self.tolerance:g}, {self.digits} {digits}{given}"


def read(name: str) -> tuple[Pinned, ...]:
    """The constants of a file; - is standard input.

    Raises UsageError for a file that is missing, not TOML or JSON, or whose entries are not as
    documented.
    """
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(name).open("rb") as stream:
                data = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError, AttributeError) as error:  # no stdin has no buffer
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError("FILE", name, f"cannot be read: {reason}") from None
    if len(data) > LARGEST_FILE:
        raise UsageError("FILE", name, f"is larger than {LARGEST_FILE} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("FILE", name, "is not UTF-8 text") from None
    return parse(text, name)


def parse(text: str, name: str = "constants.toml") -> tuple[Pinned, ...]:
    """The constants of a text: JSON if the name ends so or it begins with a brace, else TOML.

    No TOML begins with a brace; but [[constant]] begins as a list of JSON does.
    """
    looks_json = name.lower().endswith(".json") or (
        not name.lower().endswith(".toml") and text.lstrip().startswith("{")
    )
    kind = "JSON" if looks_json else "TOML"
    try:
        document = _json(text) if looks_json else _toml(text)
    except (ValueError, RecursionError) as error:
        reason = "too deeply nested" if isinstance(error, RecursionError) else error
        raise UsageError("FILE", name, f"is not {kind}: {reason}") from None
    if not isinstance(document, dict):
        raise UsageError("FILE", name, 'must be an object with the list "constant"')
    for key in document:
        if key != "constant":
            raise UsageError("FILE", name, f"{key}: no such field; only [[constant]] is allowed")
    entries = document.get("constant")
    if not isinstance(entries, list) or not entries:
        problem = "has no [[constant]]" if not entries else "constant: must be a list of tables"
        raise UsageError("FILE", name, problem)
    return tuple(_entry(name, number, entry) for number, entry in enumerate(entries, 1))


def _toml(text: str) -> Any:
    return tomllib.loads(text, parse_float=Literal)


def _json(text: str) -> Any:
    return json.loads(
        text, parse_float=Literal, parse_constant=Literal, object_pairs_hook=strict.unique
    )


class _Entry:
    """An entry with its place, for what is wrong with it."""

    def __init__(self, file: str, number: int, entry: Mapping[str, Any]) -> None:
        self.place = f"{file}: constant {number}"
        names = [entry.get(key) for key in ("layer", "source")]
        described = ", ".join(name for name in names if isinstance(name, str) and name)
        if described:
            self.place += f" ({described})"

    def refuse(self, field: str, problem: str) -> NoReturn:
        """One line: file, entry, field, problem."""
        raise UsageError(f"{self.place}:", field, problem)

    def refuse_for(self, field: str, error: UsageError) -> NoReturn:
        """The same for an error of the layer or the inputs."""
        named = "" if error.name == field else f"{error.name} "
        self.refuse(field, f"{named}{error.value}: {error.marked}")


def _entry(file: str, number: int, entry: Any) -> Pinned:
    if not isinstance(entry, dict):
        raise UsageError(f"{file}:", f"constant {number}", "must be a table of fields")
    at = _Entry(file, number, entry)
    for key in entry:
        if key not in FIELDS:
            at.refuse(key, f"no such field (there are {', '.join(FIELDS)})")
    for key in REQUIRED:
        if key not in entry:
            at.refuse(key, "missing")
    source = entry.get("source", "")
    if not isinstance(source, str):
        at.refuse("source", "must be text")
    call = _call(at, entry)
    inputs = _inputs(at, entry, call)
    quantity = entry["quantity"]
    if quantity not in QUANTITIES:
        at.refuse("quantity", f"{_shown(quantity)}: must be one of {', '.join(QUANTITIES)}")
    value, text = _value(at, "value", entry["value"])
    tolerance, digits = _tolerance(at, entry, value, text)
    return Pinned(
        place=at.place,
        call=call,
        inputs=inputs,
        quantity=quantity,
        value=value,
        text=text,
        tolerance=tolerance,
        digits=digits,
        digits_counted=digits is not None and "digits" not in entry,
        source=source,
    )


def _call(at: _Entry, entry: Mapping[str, Any]) -> Call:
    name, params = entry["layer"], entry.get("params", {})
    if not isinstance(name, str) or not name.strip():
        at.refuse("layer", f"{_shown(name)}: must be the name of a layer")
    if not isinstance(params, dict):
        at.refuse("params", f"{_shown(params)}: must be a table of the layer's parameters")
    try:
        registry.parse_call(name)
    except UsageError as error:
        at.refuse_for("layer", error)
    try:
        return registry.parse_call(name, {key: _plain(value) for key, value in params.items()})
    except UsageError as error:
        at.refuse_for("params", error)


def _plain(value: Any) -> Any:
    """A parameter without the memory of how it was written."""
    return float(value) if isinstance(value, float) else value


def _inputs(at: _Entry, entry: Mapping[str, Any], call: Call) -> Inputs:
    given = entry.get("inputs", {})
    if not isinstance(given, dict):
        at.refuse("inputs", f"{_shown(given)}: must be a table of {', '.join(INPUTS)}")
    for key, value in given.items():
        if key not in INPUTS:
            at.refuse("inputs", f"{key}: no such field (there are {', '.join(INPUTS)})")
        if isinstance(value, (bool, str)):
            at.refuse("inputs", f"{key} {_shown(value)}: must be a number")
    try:
        return registry.inputs_of(call, *(given.get(name) for name in INPUTS))
    except UsageError as error:
        at.refuse_for("inputs", error)


def _value(at: _Entry, field: str, value: Any) -> tuple[float, str]:
    """A finite number and its text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        at.refuse(field, f"{_shown(value)}: must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        at.refuse(field, f"{_shown(value)}: must be a finite number")
    return number, value.text if isinstance(value, Literal) else str(value)


def _tolerance(
    at: _Entry, entry: Mapping[str, Any], value: float, text: str
) -> tuple[float, int | None]:
    """What is allowed, absolute, and the digits that it comes from if it does."""
    if "tolerance" in entry and "digits" in entry:
        at.refuse("digits", "cannot be given together with tolerance")
    if "tolerance" in entry:
        tolerance, _ = _value(at, "tolerance", entry["tolerance"])
        if tolerance < 0.0:
            at.refuse("tolerance", f"{tolerance:g}: must not be negative")
        return tolerance, None
    digits = entry.get("digits", None)
    if digits is None:
        digits = digits_given(text)
    elif isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        at.refuse("digits", f"{_shown(digits)}: must be a whole number from 1 to {MOST_DIGITS}")
    return float(place(value, digits) / 2), digits


def digits_given(text: str) -> int:
    """Significant digits of a number as it is written: 3 of 0.0120, 2 of 1e1's "10e0".

    A zero counts its digits from the units, as 0.000 has four.
    """
    number = Decimal(text.replace("_", ""))
    _, digits, exponent = number.as_tuple()
    if not number:
        return max(1, 1 - int(exponent))
    return len(digits)


def _shown(value: Any) -> str:
    if isinstance(value, Literal):
        return value.text
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
