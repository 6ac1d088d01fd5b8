"""The README shows what the commands print today, and its Python examples hold."""

from __future__ import annotations

import doctest

import pytest

from tests import readme


def test_readme_is_up_to_date() -> None:
    text = readme.README.read_text()
    now = readme.renewed(text)
    assert readme.comparable(text) == readme.comparable(now), "run: python -m tests.readme"


def test_python_examples() -> None:
    found = doctest.testfile(str(readme.README), module_relative=False)
    assert found.attempted >= 4
    assert not found.failed


@pytest.mark.parametrize(
    "part", ["2 threads, 0.21 s, 470M samples/s", "1 thread, 3.1 ms, 4M\n  samples/s"]
)
def test_times_are_left_out(part: str) -> None:
    assert readme.comparable(f"x {part} y") == readme.comparable(
        "x 2 threads, 9 s, 1G samples/s y"
    ).replace("2 TIME", part.partition(" ")[0] + " TIME")
