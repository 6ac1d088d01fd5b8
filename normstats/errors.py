"""The one exception a user can cause, and the sentence it becomes."""

from __future__ import annotations

LONGEST = 500


class UsageError(ValueError):
    """A value that is not allowed: says which option, which value, and what is allowed.

    The command line prints it as one line on stderr and exits with code 2.
    """

    def __init__(self, option: str, value: object, allowed: str) -> None:
        self.option = option
        self.value = value
        self.allowed = allowed
        super().__init__(f"{option} {_shown(value)}: {allowed}")


def _shown(value: object) -> str:
    """As it was given, unless that fills the screen."""
    try:
        text = str(value)
    except ValueError:  # Python does not spell integers of thousands of digits
        return "(a number of thousands of digits)"
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}… ({len(text)} characters)"
