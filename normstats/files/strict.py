"""JSON and TOML from anybody: read strictly, so that damage gives one clear sentence.

Beyond what JSON says: UTF-8, no key twice, no NaN and no infinity, no number that float64 cannot
hold or that nobody needs, not too large, not too deep. Fields are asked for with their types, and
fields that nobody asks for are refused.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from normstats.errors import UsageError

LARGEST = 50_000_000  # bytes
_LONGEST_NUMBER = 40  # characters: 2^64 has 20 digits, a float64 some 25 characters

_MANY_DIGITS = "a number has too many digits"  # Python itself would say which of its settings


def read(option: str, name: str, suffix: str = ".json", largest: int | None = None) -> Any:
    """What a JSON (or, by its suffix, TOML) file holds.

    UsageError under the name of the option if it is not to be read.
    """
    most = LARGEST if largest is None else largest
    try:
        with open(name, "rb") as stream:
            data = stream.read(most + 1)
    except (OSError, ValueError) as error:  # a name with a zero byte is no name
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(option, name, f"cannot be read: {reason}") from None
    if len(data) > most:
        raise UsageError(option, name, f"is larger than {most} bytes")
    try:
        return toml(data) if suffix == ".toml" else parsed(data, most)
    except ValueError as error:
        raise UsageError(option, name, str(error)) from None


def parsed(data: bytes, largest: int | None = None) -> Any:
    """The value of a JSON text; ValueError that says in a few words what is wrong with it."""
    most = LARGEST if largest is None else largest
    if len(data) > most:
        raise ValueError(f"is larger than {most} bytes")
    return _understood("JSON", data, _json)


def toml(data: bytes) -> dict[str, Any]:
    """The same of a TOML text."""
    found: dict[str, Any] = _understood("TOML", data, tomllib.loads)
    return found


def _json(text: str) -> Any:
    return json.loads(
        text,
        object_pairs_hook=unique,
        parse_constant=_constant,
        parse_float=_float,
        parse_int=_int,
    )


def _understood(language: str, data: bytes, read: Callable[[str], Any]) -> Any:
    try:
        return read(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except RecursionError:
        raise ValueError(f"is not {language}: too deeply nested") from None
    except ValueError as error:
        why = _MANY_DIGITS if "integer string conversion" in str(error) else str(error)
        raise ValueError(f"is not {language}: {why}" if data.strip() else "is empty") from None


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; ValueError for a key that is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"{twice[:_LONGEST_NUMBER]} is given twice")
    return found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _float(text: str) -> float:
    number = float(text)
    if len(text) > _LONGEST_NUMBER or not math.isfinite(number):
        raise ValueError(f"{text[:_LONGEST_NUMBER]} is too large or too long a number")
    return number


def _int(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(_MANY_DIGITS)
    return int(text)


class Record:
    """An object of a file. What does not fit is a UsageError with file, place and field.

    ``place`` is where in the file it stands: ``parts[0].run``.
    """

    def __init__(self, value: Any, option: str, file: str, place: str = "") -> None:
        self._option, self._file, self._place = option, file, place
        if not isinstance(value, Mapping):
            raise self.error(f"{place or 'it'} must be a JSON object")
        self._fields: Mapping[str, Any] = value

    def error(self, problem: str) -> UsageError:
        """What is wrong with this file."""
        return UsageError(self._option, self._file, problem)

    def only(self, *names: str) -> None:
        """Refuse a field of another name."""
        for name in self._fields:
            if name not in names:
                raise self.error(f"{self._at(name[:80])}: no such field")

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    @property
    def raw(self) -> Mapping[str, Any]:
        """As it is in the file."""
        return self._fields

    def text(self, name: str) -> str:
        """A text."""
        value = self._get(name)
        return value if isinstance(value, str) else self._wrong(name, "a text")

    def truth(self, name: str) -> bool:
        """True or false."""
        value = self._get(name)
        return value if isinstance(value, bool) else self._wrong(name, "true or false")

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number between these."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._wrong(name, f"a whole number from {least} to {most}")
        return int(value)

    def number(self, name: str, least: float = -math.inf) -> float | None:
        """A number that is not below ``least``, or None for null."""
        value = self._get(name)
        if value is None:
            return None
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not good or not value >= least:
            self._wrong(name, "null or a number" + (" not below 0" if least == 0.0 else ""))
        return float(value)

    def one_of(self, name: str, values: Sequence[str]) -> str:
        """One of these texts."""
        value = self.text(name)
        return value if value in values else self._wrong(name, "one of " + ", ".join(values))

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        found = self.items(name)
        if not all(isinstance(one, str) for one in found):
            self._wrong(name, "a list of texts")
        return found

    @property
    def words(self) -> dict[str, str]:
        """All fields, each a text."""
        return {name: self.text(name) for name in self._fields}

    def is_own(self, error: UsageError) -> bool:
        """Whether an error is one of this file, and so has its name."""
        return error.args[:2] == (self._option, self._file)

    def items(self, name: str, most: int = 1000) -> list[Any]:
        """A list."""
        value = self._get(name)
        if not isinstance(value, list) or len(value) > most:
            self._wrong(name, f"a list of at most {most}")
        found: list[Any] = value
        return found

    def record(self, name: str) -> Record:
        """An object within."""
        return self.inside(self._get(name), name)

    def inside(self, value: Any, place: str) -> Record:
        """An object that was found within, and where."""
        return Record(value, self._option, self._file, self._at(place))

    def records(self, name: str, most: int = 1000) -> Iterator[Record]:
        """The objects of a list within."""
        for number, value in enumerate(self.items(name, most)):
            yield self.inside(value, f"{name}[{number}]")

    def _get(self, name: str) -> Any:
        if name not in self._fields:
            raise self.error(f"{self._at(name)} is missing")
        return self._fields[name]

    def _at(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def _wrong(self, name: str, what: str) -> NoReturn:
        raise self.error(f"{self._at(name)} must be {what}")
