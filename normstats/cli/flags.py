"""How the command line spells an argument."""

from __future__ import annotations


def flag(name: str) -> str:
    """``--x-std`` for ``x_std``."""
    return "--" + name.replace("_", "-")
