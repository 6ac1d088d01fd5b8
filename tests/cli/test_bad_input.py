"""Bad input: one clear line on stderr, exit code 2, nothing sampled, nothing written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Engine, Invoke

# Arguments, and what the line must name: the option, the value and what is allowed.
CASES = [
    (["relu", "--samples", "0"], ["--samples", "0", "from 1 to 1e15"]),
    (["relu", "--samples", "-5"], ["--samples", "-5", "from 1 to 1e15"]),
    (["relu", "--samples", "1.5"], ["--samples", "1.5", "whole number"]),
    (["relu", "--samples", "nan"], ["--samples", "nan", "whole number"]),
    (["relu", "--samples", "1e400"], ["--samples", "1e400", "1e15"]),
    (["relu", "--samples", "abc"], ["--samples", "abc", "whole number"]),
    (["relu", "--samples", ""], ["--samples", "whole number"]),
    (["relu", "--samples", "1e30"], ["--samples", "1e30", "years", "1e15"]),
    (["relu", "--samples", "1" + "0" * 5000], ["--samples", "5001 characters", "1e15"]),
    (["relu", "--x-std", "1e-160"], ["--x-std", "1e-160", "from 1e-60 to 1e+20"]),
    (["relu", "--samples"], ["--samples", "requires an argument"]),
    (["relu", "--seed", "-1"], ["--seed", "-1", "2^64 - 1"]),
    (["relu", "--seed", "18446744073709551616"], ["--seed", "18446744073709551616", "2^64 - 1"]),
    (["relu", "--seed", "9" * 5000], ["--seed", "2^64 - 1"]),
    (["relu", "--seed", "1.5"], ["--seed", "1.5", "whole number"]),
    (["relu", "--threads", "0"], ["--threads", "0", "from 1 to 1024"]),
    (["relu", "--threads", "1025"], ["--threads", "1025", "from 1 to 1024"]),
    (["relu", "--threads", "two"], ["--threads", "two", "whole number"]),
    (["relu", "--x-std", "-1"], ["--x-std", "-1", "0 or a number from 1e-60 to 1e+20"]),
    (["relu", "--x-std", "nan"], ["--x-std", "nan", "from 1e-60 to 1e+20"]),
    (["relu", "--dy_std", "-1e-9"], ["--dy-std", "-1e-9", "from 1e-60 to 1e+20"]),
    (["relu", "--x-mean", "inf"], ["--x-mean", "inf", "from -1e+20 to 1e+20"]),
    (["relu", "--dy-mean", "zero"], ["--dy-mean", "zero", "from -1e+20 to 1e+20"]),
    (["relu", "--x-mean", "1e21"], ["--x-mean", "1e21", "from -1e+20 to 1e+20"]),
    (["relu", "--x-mean", "-1e10"], ["--x-mean", "-1e10", "1e+09 times the --x-std of 1"]),
    (["sin", "--x-std", "5e14"], ["--x-std", "500000000000000", "at most 1e+15"]),
    (["cos", "--x-mean=6e14", "--x-std=5e13"], ["--x-mean", "600000000000000", "at most 1e+15"]),
    (["constants", "cos", "--x-std", "5e14"], ["--x-std", "500000000000000", "at most 1e+15"]),
    (["shifted_softplus", "--x-std", "9e-13"], ["--x-std", "9e-13", "0 or at least 1e-12"]),
    (["relu", "--dy-mean=2", "--dy-std=1e-9"], ["--dy-mean", "2", "times the --dy-std of 1e-09"]),
    (["relu", "--method", "sobol"], ["--method", "sobol", "plain, antithetic, rqmc"]),
    (["linear", "--method", "rqmc"], ["--method", "rqmc", "does not apply to linear"]),
    (["linear", "--conditional"], ["--conditional", "does not apply to linear"]),
    (["max_pool2d", "--kernel-size", "9", "--method", "rqmc"], ["--method", "rqmc", "82"]),
    (["relu", "--target-se", "0"], ["--target-se", "0", "above 0"]),
    (["relu", "--target-rel", "nan"], ["--target-rel", "nan", "above 0"]),
    (["run", "relu", "linear", "--method", "rqmc"], ["--method", "linear"]),
    (["relu", "--format", "xml"], ["--format", "xml", "table, json, csv, markdown, latex"]),
    (["relu", "--output", ""], ["--output", "name of a file"]),
    (["relu", "--output", "/no/such/folder/r.json"], ["--output", "/no/such/folder", "not exist"]),
    (["relu", "--output", "/"], ["--output", "/", "folder"]),
    (["relu", "--output", "x" * 300], ["--output", "too long"]),
    (["relu", "--sampels", "3"], ["--sampels", "--samples"]),
    (["relu", "--p", "0.5"], ["--p"]),
    (["relu", "--quiet=1"], ["--quiet"]),
    (["relu", "more"], ["more"]),
    (["--seed", "3", "relu"], ["--seed", "after the layer"]),
    (["--nonsense"], ["--nonsense"]),
    (["reul"], ["reul", "relu", "normstats list"]),
    (["qqqqqq"], ["qqqqqq", "normstats list"]),
    (["lits"], ["lits", "list"]),
    ([""], ["no such layer"]),
    (["run"], ["LAYER"]),
    (["run", "reul"], ["reul", "relu"]),
    (["run", "relu", "max_pool2d(kernel_size=0)"], ["--kernel-size", "0", "at least 1"]),
    (["run", "max_pool2d(kernel_size)"], ["kernel_size", "name=value"]),
    (["run", "max_pool2d(width=3)"], ["--width", "3", "--kernel-size"]),
    (["run", "relu("], ["relu("]),
    (["dropout", "--p", "2"], ["--p", "2", "[0, 1]"]),
    (["dropout", "--p", "-0.1"], ["--p", "-0.1", "[0, 1]"]),
    (["dropout", "--p", "nan"], ["--p", "nan", "[0, 1]"]),
    (["dropout", "--p", "1"], ["--p", "1", "rescale"]),
    (["dropout", "--rescale", "twice"], ["--rescale", "twice", "inverted, sqrt, none"]),
    (["max-pool2d", "--kernel-size", "0"], ["--kernel-size", "0", "at least 1"]),
    (["max_pool2d", "--kernel_size", "2x3x4"], ["--kernel-size", "2x3x4", "2x3"]),
    (["max_pool2d", "--kernel_size", "100000"], ["--kernel-size", "100000", "at most"]),
    (["linear", "--in-features", "0"], ["--in-features", "0", "from 1"]),
    (["linear", "--out_features", "99999999999"], ["--out-features", "99999999999", "from 1"]),
    (["linear", "--init", "magic"], ["--init", "magic", "orthogonal"]),
    (["list", "--format", "junit"], ["--format", "junit", "table, json, csv, markdown, latex"]),
    (["list", "--output", "/no/such/folder/r.json"], ["--output", "/no/such/folder"]),
    (["schema", "more"], ["more"]),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "named"), CASES, ids=[" ".join(c[0])[:50] for c in CASES])
def test_one_line_and_exit_2(
    arguments: list[str],
    named: list[str],
    invoke: Invoke,
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = invoke(*arguments)
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert outcome.stderr.count("\n") == 1
    assert outcome.stderr.startswith("normstats: ")
    assert len(outcome.stderr) < 400
    for word in named:
        assert word in outcome.stderr
    assert engine.calls == []
    assert list(tmp_path.iterdir()) == []


def test_a_value_cannot_break_the_line(invoke: Invoke) -> None:
    outcome = invoke("relu", "--samples", "1\n2\x1b[31m\r3")
    assert outcome.exit_code == 2
    assert outcome.stderr.count("\n") == 1
    assert "\x1b" not in outcome.stderr
    assert "\r" not in outcome.stderr


def test_a_file_without_permission(
    invoke: Invoke, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "r.json"
    target.write_text("before")
    target.chmod(0o444)
    if os.access(target, os.W_OK):  # root may write anywhere
        monkeypatch.setattr(os, "access", lambda *_: False)
    outcome = invoke("relu", "--output", str(target))
    assert outcome.exit_code == 2
    assert "permission" in outcome.stderr
    assert target.read_text() == "before"
    assert engine.calls == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_a_folder_that_even_root_cannot_write_to(invoke: Invoke, engine: Engine) -> None:
    outcome = invoke("relu", "--output", "/proc/r.json")
    assert outcome.exit_code == 2
    assert "--output /proc/r.json: cannot be written" in outcome.stderr
    assert engine.calls == []


def test_no_memory_is_one_line(invoke: Invoke, engine: Engine) -> None:
    def fail(_: object) -> None:
        raise MemoryError

    engine.behave = fail  # type: ignore[assignment]
    outcome = invoke("relu")
    assert outcome.exit_code == 2
    assert outcome.stderr.count("\n") == 1
    assert "memory" in outcome.stderr
