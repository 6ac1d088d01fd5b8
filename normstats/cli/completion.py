"""What a shell completes: layers, formats, methods and other values that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completing(values: Iterable[str] | Callable[[], Iterable[str]]) -> Complete | None:
    """Completes these values, or those that a function returns when it comes to that."""
    if not callable(values) and not values:
        return None

    def complete(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
        found = values() if callable(values) else values
        start = begun.replace("-", "_").lower()
        return [CompletionItem(one) for one in found if one.replace("-", "_").startswith(start)]

    return complete


def layers() -> list[str]:
    """Every layer."""
    from normstats.registry import all_layers

    return list(all_layers())
