"""A dictionary that stays as it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

V = TypeVar("V")


class Frozen(dict[str, V]):
    """A dictionary that stays as it was made: hashable, copied and pickled like any value."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping cannot be changed")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[Frozen[V]], tuple[Mapping[str, V]]]:
        return type(self), (dict(self),)
