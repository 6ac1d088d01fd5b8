"""The same picture is the same bytes, with the run in the file and no trace of the time."""

from __future__ import annotations

import re

import pytest

from normstats.plots.depth import Curve, Profile, draw
from normstats.plots.render import FORMATS, render

# A band and two lines: what needs a name in a file is in it.
SHOWN = Profile(
    "10 × tanh",
    (
        Curve("signal", [0, 1, 2], [0.0, -1.0, -2.0], [-0.1, -1.1, -2.1], [0.1, -0.9, -1.9]),
        Curve("theory", [0, 1, 2], [0.0, -1.0, -2.0], theory=True),
    ),
)
MAGIC = {".png": b"\x89PNG\r\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_bytes(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:

    def once() -> bytes:
        return render(lambda: draw(SHOWN), suffix, "relu samples=20000")

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    first = once()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "2000000000")
    assert once() == first
    assert first.startswith(MAGIC[suffix])
    assert b"relu samples=20000" in first
    assert not re.search(rb"<dc:date>|CreationDate|\b20[23]\d-[01]\d-", first)


def test_settings_of_the_user_play_no_part() -> None:
    import matplotlib

    first = render(lambda: draw(SHOWN), ".svg", "t")
    with matplotlib.rc_context({"font.size": 30.0, "lines.linewidth": 9.0, "svg.hashsalt": "x"}):
        assert render(lambda: draw(SHOWN), ".svg", "t") == first
