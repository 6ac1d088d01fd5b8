"""Results on standard output: each as soon as it is done, where the format allows it."""

from __future__ import annotations

from collections.abc import Sequence

from normstats.cli.common import Common
from normstats.errors import UsageError
from normstats.reports import formats, of_results
from normstats.reports.model import Report
from normstats.result import Result
from normstats.runs.call import Call


class Display:
    """What is shown of the layers of one command, as the common options say.

    A number alone, a table a layer, or a line a layer below one heading. A file, and a format that
    holds all in one document, get everything at the end.
    """

    def __init__(self, calls: Sequence[Call], common: Common) -> None:
        self._calls, self._common = calls, common
        streams = common.get is not None or formats.formats()[common.form].streams
        self._at_once = streams and not common.output.is_file
        self._lines = common.choice is not None and len(calls) > 1

    def show_last(self, results: Sequence[Result]) -> None:
        """The last of the results so far, if it is to be shown at once."""
        if not self._at_once:
            return
        if self._lines:
            lines = self._grid(results).splitlines(keepends=True)
            # The heading comes with the first line.
            self._write("".join(lines[-1:] if len(results) > 1 else lines))
        else:
            apart = len(results) > 1 and self._common.get is None
            self._write("\n" * apart + self._text(results[-1:]))

    def show_rest(self, results: Sequence[Result]) -> None:
        """What has not been shown: everything, or the notes on the lines above."""
        if not self._at_once:
            self._write(self._text(results))
        elif self._lines:
            notes = of_results.notes_alone(results, self._common.choice)
            self._write("\n" + self._rendered(notes))

    def _grid(self, results: Sequence[Result]) -> str:
        assert self._common.choice is not None
        return self._rendered(of_results.so_far(results, self._calls, self._common.choice))

    def _text(self, results: Sequence[Result]) -> str:
        if self._common.get is not None:
            return "".join(f"{number(result, self._common.get)!r}\n" for result in results)
        return self._rendered(of_results.report(results, self._common.choice))

    def _rendered(self, report: Report) -> str:
        return formats.render(report, self._common.form, terminal=self._common.output.is_coloured)

    def _write(self, text: str) -> None:
        self._common.output.write(text)


def number(result: Result, name: str) -> float:
    """The measured number; UsageError if it does not exist."""
    found = of_results.quantities(result).get(name)
    if found is None:
        why = "its standard deviation or rms is 0, or not told from 0"
        raise UsageError("--get", name, f"{result.run.call} has none: {why}")
    return found.value
