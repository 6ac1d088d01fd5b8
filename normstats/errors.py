"""The one exception a user can cause, and the sentence it becomes."""

from __future__ import annotations


class UsageError(ValueError):
    """A value that is not allowed: says which option, which value, and what is allowed.

    The command line prints it as one line on stderr and exits with code 2.
    """

    def __init__(self, option: str, value: object, allowed: str) -> None:
        self.option = option
        self.value = value
        self.allowed = allowed
        super().__init__(f"{option} {value}: {allowed}")
