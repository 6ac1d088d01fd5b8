"""An array times a power of two, and what is noted of all arrays of a network."""

from __future__ import annotations

from dataclasses import dataclass

from normstats.networks.space import Space
from normstats.values import Array


class Signal:
    """An array times 2**exponent, and how many still need it."""

    def __init__(self, space: Space, values: Array, exponent: int = 0) -> None:
        self._space, self.values, self.exponent, self._users = space, values, exponent, 1

    def share(self) -> Signal:
        """One more user."""
        self._users += 1
        return self

    @property
    def is_shared(self) -> bool:
        return self._users > 1

    def release(self) -> None:
        """One user less; the last one gives the array back."""
        self._users -= 1
        if self._users == 0:
            self._space.give(self.values)


@dataclass
class Row:
    """The numbers of one network, in the order of the layout, each value times 2**exponent.

    ``dead`` and ``saturated`` have a share for each layer of the layout; nan where there is none.
    """

    mean: Array
    variance: Array
    exponent: Array
    dead: Array
    saturated: Array
