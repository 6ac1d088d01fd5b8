"""What a shell completes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from normstats.cli.root import COMPLETION, root
from normstats.registry import all_layers


def completed(typed: str) -> list[str]:
    """What could come next; the last word is begun, or empty after a space."""
    *words, begun = typed.split(" ")
    complete = ShellComplete(root, {}, "normstats", COMPLETION)
    return [item.value for item in complete.get_completions(words, begun)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("rel", ["relu", "relu-squared", "relu-cubed", "relu6"]),
        ("relu --format m", ["markdown"]),
        ("relu --method ", ["plain", "antithetic", "rqmc"]),
        ("dropout --rescale ", ["inverted", "sqrt", "none"]),
        ("linear --init ortho", ["orthogonal"]),
        ("run relu feature", ["feature_alpha_dropout"]),
        ("constants max-pool", ["max_pool1d", "max_pool2d", "max_pool3d"]),
        ("constants --source nfn", ["nfnets"]),
        ("schema c", ["constants", "catalogue", "chain", "check", "claims"]),
        ("claims --only satu", ["saturation"]),
        ("claims --size ", ["small", "full"]),
        ("list gel", ["gelu"]),
        ("relu --conf", []),
    ],
)
def test_values(typed: str, expected: list[str]) -> None:
    assert [word.replace("-", "_") for word in completed(typed)] == [
        word.replace("-", "_") for word in expected
    ]


def test_options_and_layers() -> None:
    assert "--target-se" in completed("relu --tar")
    assert set(all_layers()) <= set(completed("run "))


def test_the_shell_gets_a_script() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "normstats"],
        env={COMPLETION: "zsh_source", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "compdef" in done.stdout
