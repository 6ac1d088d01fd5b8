"""JSON that is damaged or hostile ends with a few words."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.errors import UsageError
from normstats.files import strict
from normstats.files.strict import Record, parsed, read, toml

BAD = {
    b"": "is empty",
    b"  \n": "is empty",
    b"{": "is not JSON: ",
    b"\xff\xfe{}": "is not UTF-8",
    b"[" * 200_000: "too deeply nested",
    b'{"a":' * 100_000: "too deeply nested",
    b'{"a": 1, "a": 2}': "a is given twice",
    b'{"a": NaN}': "NaN is no number",
    b"[-Infinity]": "-Infinity is no number",
    b"1e999": "too large",
    b"1." + b"0" * 99: "too long",
    b"9" * 10_000: "too many digits",
    b"{} {}": "Extra data",
}


@pytest.mark.parametrize("content", BAD, ids=lambda content: repr(content[:12]))
def test_what_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=BAD[content]) as caught:
        parsed(content)
    assert len(str(caught.value)) < 200


def test_a_number_of_toml_with_too_many_digits() -> None:
    """Not a word of Python's settings."""
    with pytest.raises(ValueError, match=r"^is not TOML: a number has too many digits$"):
        toml(b"repeat = " + b"1" * 5000)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "LARGEST", 10)
    (tmp_path / "large.json").write_text("[" + " " * 100 + "]")
    with pytest.raises(UsageError, match=r"large\.json: is larger than 10 bytes"):
        read("FILE", str(tmp_path / "large.json"))


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
def test_a_file_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read("FILE", str(tmp_path / name) if name != "a\0b" else name)


@given(st.binary(max_size=60))
def test_any_bytes(content: bytes) -> None:
    with contextlib.suppress(ValueError):
        parsed(content)


def test_fields_have_types() -> None:
    record = Record({"a": 1, "b": "x", "c": [], "d": {}, "e": None, "f": True}, "FILE", "r.json")
    assert record.whole("a", 0, 1) == 1
    assert record.number("a") == 1.0
    assert record.number("e") is None
    assert record.text("b") == "x"
    assert record.truth("f")
    wrong = {
        "a must be a text": lambda: record.text("a"),
        "f must be a whole number from 0 to 9": lambda: record.whole("f", 0, 9),
        "a must be a whole number from 2 to 9": lambda: record.whole("a", 2, 9),
        "f must be null or a number": lambda: record.number("f"),
        "b must be a list": lambda: record.items("b"),
        "b must be a JSON object": lambda: record.record("b"),
        "a must be true or false": lambda: record.truth("a"),
        "d.z is missing": lambda: record.record("d").text("z"),
        "f: no such field": lambda: record.only(*"abcde"),
    }
    for said, ask in wrong.items():
        with pytest.raises(UsageError, match=f"FILE r.json: {said}"):
            ask()
