"""A cache folder of a test's own, and processes that use it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from normstats.kernels import build, private, run
from normstats.kernels.build import Kernel

ROOT = Path(__file__).parent.parent.parent


def child(code: str, folder: Path = ROOT, **environment: str | None) -> subprocess.Popen[str]:
    """A process in a folder, whose packages it finds first; None takes a variable away."""
    merged = {**os.environ, **{k: v for k, v in environment.items() if v is not None}}
    for name, value in environment.items():
        if value is None:
            merged.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env=merged,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen[str], warning: str = "^$") -> list[str]:
    """What it printed; what it says on stderr, nothing by default, is a pattern."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert re.search(warning, err)
    return out.split()


def make_private(folder: Path) -> None:
    """The folder and those around it up to the cache folder, as the store itself makes them."""
    with private.opened(folder, 3, make=True):
        pass


def works(kernel: Kernel) -> bool:
    a, out = np.arange(16.0), np.zeros(16)
    run.load(kernel)(a, out, 8)
    return out.tolist() == [0.0] * 5 + list(range(3, 11)) + [0.0] * 3


def count_compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of kernels that are compiled from now on."""
    names: list[str] = []
    compile_kernel = build.compile_kernel

    def counted(kernel: Kernel) -> tuple[str, bytes]:
        names.append(kernel.name)
        return compile_kernel(kernel)

    monkeypatch.setattr(build, "compile_kernel", counted)
    return names
