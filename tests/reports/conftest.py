"""The command line with a made-up engine, for what commands print."""

from __future__ import annotations

from tests.cli.conftest import engine, invoke

__all__ = ["engine", "invoke"]
