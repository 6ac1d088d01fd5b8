"""Results on standard output: each as soon as it is done, where the format allows it."""

from __future__ import annotations

from collections.abc import Sequence

from normstats.cli.shown import Shown, rendered, text
from normstats.reports import formats, of_results
from normstats.result import Result
from normstats.runs.call import Call


class Display:
    """What is shown of the layers of one command, while they are measured.

    A number alone, a table a layer, or a line a layer below one heading. A file, and a format that
    holds all in one document, get everything at the end.
    """

    def __init__(self, calls: Sequence[Call], shown: Shown) -> None:
        self._calls, self._shown = calls, shown
        streams = shown.get is not None or formats.formats()[shown.form].streams
        self._at_once = streams and not shown.output.is_file
        self._lines = shown.choice is not None and len(calls) > 1

    def show_last(self, results: Sequence[Result]) -> None:
        """The last of the results so far, if it is to be shown at once."""
        if not self._at_once:
            return
        if self._lines:
            # The heading comes with the first line; the last is there for its width alone.
            lines = self._grid(results).splitlines(keepends=True)[:-1]
            self._write("".join(lines[-1:] if len(results) > 1 else lines))
        else:
            apart = len(results) > 1 and self._shown.get is None
            self._write("\n" * apart + text(results[-1:], self._shown))

    def show_rest(self, results: Sequence[Result]) -> None:
        """What has not been shown: everything, or the notes on the lines above."""
        if not self._at_once:
            self._write(text(results, self._shown))
        elif self._lines:
            assert self._shown.choice is not None
            notes = of_results.notes_alone(results, self._shown.choice)
            self._write("\n" + rendered(notes, self._shown))

    def _grid(self, results: Sequence[Result]) -> str:
        assert self._shown.choice is not None
        so_far = of_results.so_far(results, self._calls, self._shown.choice)
        return rendered(so_far, self._shown)

    def _write(self, text: str) -> None:
        self._shown.output.write(text)
