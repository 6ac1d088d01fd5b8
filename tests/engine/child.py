"""Child processes of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping


def start(arguments: list[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """A Python process with more environment variables."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: subprocess.Popen[str]) -> str:
    """What it printed; AssertionError with its complaints if it failed."""
    out, err = child.communicate(timeout=300)
    assert child.returncode == 0, err
    return out
