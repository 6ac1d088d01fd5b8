"""The one exception a user can cause, and the sentence it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST = 500
_ARGUMENT = re.compile(r"`(\w+)`")


class UsageError(ValueError):
    """A value that is not allowed: says which argument, which value, and what is allowed.

    In the texts that it is made from, arguments that a user can give by name stand between
    backquotes: `x_std`. A Python program reads the name alone, x_std. The command line spells it
    as its option, --x-std, prints the sentence as one line on stderr and exits with code 2.
    """

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(name, value, allowed)
        self.value = value

    @property
    def name(self) -> str:
        """The argument, such as x_std."""
        return self._name(str)

    @property
    def allowed(self) -> str:
        """What its values may be."""
        return self._allowed(str)

    @property
    def marked(self) -> str:
        """``allowed`` with the names of arguments between backquotes, for another error."""
        return str(self.args[2])

    def sentence(self, spell: Callable[[str], str] = str) -> str:
        """The whole sentence; ``spell`` says how the names of arguments are written."""
        return f"{self._name(spell)} {_shown(self.value)}: {_cut(self._allowed(spell))}"

    def __str__(self) -> str:
        return self.sentence()

    def _name(self, spell: Callable[[str], str]) -> str:
        name: str = self.args[0]  # whatever a user wrote, if there is no such argument
        return spell(name[1:-1]) if name[:1] + name[-1:] == "``" else name

    def _allowed(self, spell: Callable[[str], str]) -> str:
        return _ARGUMENT.sub(lambda match: spell(match[1]), self.marked)


def _shown(value: object) -> str:
    """As it was given, unless that fills the screen."""
    try:
        text = str(value)
    except ValueError:  # Python does not spell integers of thousands of digits
        return "(a number of thousands of digits)"
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}… ({len(text)} characters)"


def _cut(text: str) -> str:
    """Both ends of what is far too long: another error may stand there, with a value in it."""
    return text if len(text) <= 2 * LONGEST else f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"
