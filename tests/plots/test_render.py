"""The same picture is the same bytes, with the run in the file and no trace of the time."""

from __future__ import annotations

import re

import pytest

from normstats.plots.layer import draw
from normstats.plots.render import FORMATS, render
from normstats.plots.style import SIZES
from tests.plots.test_layer import drawn

MAGIC = {".png": b"\x89PNG\r\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_bytes(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = drawn("relu")

    def once() -> bytes:
        return render(lambda: draw(shown, SIZES["column"]), suffix, "relu samples=20000")

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    first = once()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "2000000000")
    assert once() == first
    assert first.startswith(MAGIC[suffix])
    assert b"relu samples=20000" in first
    assert not re.search(rb"<dc:date>|CreationDate|\b20[23]\d-[01]\d-", first)


def test_settings_of_the_user_play_no_part() -> None:
    import matplotlib

    shown, _ = drawn("relu")
    first = render(lambda: draw(shown), ".svg", "t")
    with matplotlib.rc_context({"font.size": 30.0, "lines.linewidth": 9.0, "svg.hashsalt": "x"}):
        assert render(lambda: draw(shown), ".svg", "t") == first
