"""The pictures of the pages are what their commands draw today."""

from __future__ import annotations

import re

import matplotlib
import pytest

from tests.readme.pages import PAGES
from tests.readme.pictures import FOLDER, drawn_by, made, shown, words


@pytest.mark.parametrize("name", sorted(shown()))
def test_made_again_it_is_the_same(name: str) -> None:
    kept = (FOLDER / name).read_bytes()
    if drawn_by(kept) != f"Matplotlib v{matplotlib.__version__}".encode():
        pytest.skip(f"drawn by {drawn_by(kept).decode()}, not by {matplotlib.__version__}")
    assert made(name) == kept, "run: make docs"


def test_every_picture_is_shown_and_has_its_command() -> None:
    assert {path.name for path in FOLDER.iterdir()} == shown()
    assert shown() <= set(words())
    assert len(shown()) >= 3


def test_every_picture_is_told_in_words_too() -> None:
    """For who cannot see it."""
    for page in PAGES:
        for told in re.findall(r"!\[([^\]]*)\]", page.read_text()):
            assert len(told.split()) >= 8, told


def test_pictures_are_small() -> None:
    for path in FOLDER.iterdir():
        assert path.stat().st_size < 150_000, path.name
