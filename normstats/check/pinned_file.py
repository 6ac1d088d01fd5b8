"""Constants that a library pins: read from TOML or JSON, every error with file, entry and field."""

from __future__ import annotations

import json
import math
import sys
import tomllib
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from normstats import registry
from normstats.errors import UsageError
from normstats.files import strict
from normstats.published.rounding import place
from normstats.result.numbers import STATISTICS
from normstats.result.quantity import GAINS
from normstats.runs.call import Call
from normstats.runs.inputs import NAMES, Inputs
from normstats.tables.jobs import Wanted

FIELDS = ("layer", "params", "inputs", "quantity", "value", "tolerance", "digits", "source")
REQUIRED = ("layer", "quantity", "value")
MOST_DIGITS = 17
LARGEST_FILE = 10_000_000  # bytes


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
    def wanted(self) -> Wanted:
        """What has to be measured for it."""
        return Wanted(self.call, self.inputs)

    @property
    def allowed(self) -> str:
        """What was asked for, in words."""
        if self.digits is None:
            return f"± {self.tolerance:g}"
        given = " given" if self.digits_counted else ""
        digits = "digit" if self.digits == 1 else "digits"
        return f"± {self.tolerance:g}, {self.digits} {digits}{given}"


def quantities(call: Call) -> list[str]:
    """What can be pinned of a layer: all that its report has, under the same names."""
    sides = registry.layer_of(call).quantities(call.params)
    return [*(f"{side}.{statistic}" for side in sides for statistic in STATISTICS), *GAINS]


def read(name: str) -> tuple[Pinned, ...]:
    """The constants of a file; - is standard input.

    Raises UsageError for a file that is missing, not TOML or JSON, or whose entries are not as
    documented.
    """
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
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
    try:
        document = _json(text) if looks_json else tomllib.loads(text, parse_float=Literal)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if looks_json else "TOML"
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
    return tuple(_Entry(name, number, entry).pinned() for number, entry in enumerate(entries, 1))


def _json(text: str) -> Any:
    return json.loads(
        text, parse_float=Literal, parse_constant=Literal, object_pairs_hook=strict.unique
    )


class _Entry:
    """An entry of a file, and its place for what is wrong with it."""

    def __init__(self, file: str, number: int, fields: Any) -> None:
        if not isinstance(fields, dict):
            raise UsageError(f"{file}:", f"constant {number}", "must be a table of fields")
        self.fields: Mapping[str, Any] = fields
        names = [fields.get(key) for key in ("layer", "source")]
        described = ", ".join(name for name in names if isinstance(name, str) and name)
        self.place = f"{file}: constant {number}" + (f" ({described})" if described else "")

    def pinned(self) -> Pinned:
        """What it says; UsageError with its place for what does not fit."""
        for key in self.fields:
            if key not in FIELDS:
                self._refuse(key, f"no such field (there are {', '.join(FIELDS)})")
        for key in REQUIRED:
            if key not in self.fields:
                self._refuse(key, "missing")
        source = self.fields.get("source", "")
        if not isinstance(source, str):
            self._refuse("source", "must be text")
        call = self._call()
        inputs = self._inputs(call)
        quantity, there = self.fields["quantity"], quantities(call)
        if quantity not in there:
            self._refuse("quantity", f"{_shown(quantity)}: must be one of {', '.join(there)}")
        value, text = self._number("value")
        tolerance, digits = self._allowed(value, text)
        return Pinned(
            place=self.place,
            call=call,
            inputs=inputs,
            quantity=quantity,
            value=value,
            text=text,
            tolerance=tolerance,
            digits=digits,
            digits_counted=digits is not None and "digits" not in self.fields,
            source=source,
        )

    def _refuse(self, field: str, problem: str) -> NoReturn:
        """One line: file, entry, field, problem."""
        raise UsageError(f"{self.place}:", field, problem)

    def _refuse_for(self, field: str, error: UsageError) -> NoReturn:
        """The same for an error of the layer or the inputs."""
        named = "" if error.name == field else f"{error.name} "
        self._refuse(field, f"{named}{error.value}: {error.marked}")

    def _call(self) -> Call:
        name, params = self.fields["layer"], self.fields.get("params", {})
        if not isinstance(name, str) or not name.strip():
            self._refuse("layer", f"{_shown(name)}: must be the name of a layer")
        if not isinstance(params, dict):
            self._refuse("params", f"{_shown(params)}: must be a table of the layer's parameters")
        # The layer does not see how its parameters were written.
        plain = {k: float(v) if isinstance(v, Literal) else v for k, v in params.items()}
        field = "layer"
        try:
            registry.parse_call(name)
            field = "params"
            return registry.parse_call(name, plain)
        except UsageError as error:
            self._refuse_for(field, error)

    def _inputs(self, call: Call) -> Inputs:
        given = self.fields.get("inputs", {})
        if not isinstance(given, dict):
            self._refuse("inputs", f"{_shown(given)}: must be a table of {', '.join(NAMES)}")
        for key, value in given.items():
            if key not in NAMES:
                self._refuse("inputs", f"{key}: no such field (there are {', '.join(NAMES)})")
            if isinstance(value, (bool, str)):
                self._refuse("inputs", f"{key} {_shown(value)}: must be a number")
        try:
            return registry.inputs_of(call, *(given.get(name) for name in NAMES))
        except UsageError as error:
            self._refuse_for("inputs", error)

    def _number(self, field: str) -> tuple[float, str]:
        """A finite number and its text."""
        value = self.fields[field]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._refuse(field, f"{_shown(value)}: must be a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self._refuse(field, f"{_shown(value)}: must be a finite number")
        return number, value.text if isinstance(value, Literal) else str(value)

    def _allowed(self, value: float, text: str) -> tuple[float, int | None]:
        """How far it may be off, and the digits that this comes from if it does."""
        if "tolerance" in self.fields:
            if "digits" in self.fields:
                self._refuse("digits", "cannot be given together with tolerance")
            tolerance, _ = self._number("tolerance")
            if tolerance < 0.0:
                self._refuse("tolerance", f"{tolerance:g}: must not be negative")
            return tolerance, None
        digits = self.fields.get("digits")
        if digits is None:
            digits = digits_given(text)
        elif type(digits) is not int or not 1 <= digits <= MOST_DIGITS:
            problem = f"must be a whole number from 1 to {MOST_DIGITS}"
            self._refuse("digits", f"{_shown(digits)}: {problem}")
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
