"""`normstats chain`: options, formats, errors and interruptions."""

from __future__ import annotations

import csv
import io
import json
import math
import signal
from pathlib import Path
from typing import Any

import click.testing
import pytest

import normstats
from normstats import interrupts
from normstats.cli.root import root
from normstats.engine.gather import Gathering
from normstats.engine.observer import Progress
from normstats.networks.job import ChainJob
from normstats.networks.normalise import WAYS
from normstats.networks.run import ChainRun
from normstats.networks.written import chain_of
from normstats.progress.terminal import watcher
from normstats.reports.formats import formats

SMALL = ("--networks=2", "--batch-size=8")
TEXT = "linear(8), relu, residual(linear(8), tanh, branch=0.5)"


def invoke(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(root, ["chain", *arguments], catch_exceptions=False)


def document(*arguments: str) -> dict[str, Any]:
    said = invoke(*arguments, "--format=json")
    assert said.exit_code == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_the_command_is_the_function() -> None:
    """Every option reaches it."""
    options: dict[str, Any] = {
        "repeat": "2", "input": "6", "batch_size": "5", "networks": "3", "normalize": "geometric",
        "seed": "7", "x_mean": "0.5", "x_std": "2", "dy_mean": "0.25", "dy_std": "3",
    }  # fmt: skip
    words = [f"--{name}={value}" for name, value in options.items()]
    found = document(TEXT, *words, "--threads=2")
    wanted = normstats.chain(TEXT, threads=2, **options).to_dict()
    wanted["elapsed_s"] = found["elapsed_s"]
    assert found == json.loads(json.dumps(wanted))
    assert found["input"] == [6]
    assert (found["batch_size"], found["networks"], found["seed"]) == (5, 3, 7)
    assert found["normalize"] == "geometric"
    assert found["inputs"] == {"x_mean": 0.5, "x_std": 2.0, "dy_mean": 0.25, "dy_std": 3.0}


@pytest.mark.parametrize("form", [name for name in formats() if name not in ("json", "csv")])
def test_every_format_for_people_tells_verdicts_and_layers(form: str) -> None:
    said = invoke(TEXT, "--repeat=2", *SMALL, f"--format={form}").stdout
    for words in ("forward", "backward", "stable", "residual", "tanh", "2 networks", "seed 0"):
        assert words in said, words
    if form == "latex":
        assert all(ord(c) < 128 for line in said.splitlines() if line[:1] != "%" for c in line)


def test_the_table_fits_and_has_a_bar_for_every_layer() -> None:
    lines = invoke(
        "linear(64, init=kaiming_normal), relu", "--repeat=9", *SMALL
    ).stdout.splitlines()
    rows = [line for line in lines if line.strip()[:1].isdigit() and " relu " in line]
    assert len(rows) == 2 * 9
    assert all("█" in row or "▌" in row or "▏" in row for row in rows)
    assert max(map(len, lines)) <= 88
    assert sum("▁" in line or "▄" in line for line in lines) >= 2  # the sparklines


def test_of_many_layers_people_see_some_and_machines_all() -> None:
    given = ("linear(4), tanh", "--repeat=60", *SMALL)
    assert "24 of 120 layers are shown" in invoke(*given).stdout
    assert len(document(*given)["layers"]) == 120
    rows = list(csv.DictReader(io.StringIO(invoke(*given, "--format=csv").stdout)))
    assert [int(row["number"]) for row in rows] == list(range(1, 121))
    assert float(rows[-1]["forward_std"]) > 0.0


def test_numbers_beyond_float64_are_numbers() -> None:
    """1e-600: as a power of ten on the screen, as log10 for machines."""
    text = "linear(4, init=normal, init_std=1e-30), leaky_relu"
    given = (text, "--repeat=20", "--networks=3", "--batch-size=16")
    layer = document(*given)["layers"][-1]
    assert layer["forward_std"]["value"] is None
    assert -620 < layer["forward_std"]["log10"] < -590
    assert layer["forward_std"]["log10_se"] > 0.0
    assert f"e{math.floor(layer['forward_std']['log10'])}" in invoke(*given).stdout


def test_shares_have_their_errors_where_there_is_room() -> None:
    given = ("linear(16), relu", "--networks=4", "--batch-size=8")
    share = document(*given)["layers"][1]["saturated"]
    said = f"{100.0 * share['value']:.1f}({10.0 * 100.0 * share['se']:.0f})"
    for form in ("markdown", "latex"):
        assert said in invoke(*given, f"--format={form}").stdout
    assert f"{100.0 * share['value']:.3g}\n" in invoke(*given).stdout


def test_a_file_is_written_whole_and_the_input_is_spared(tmp_path: Path) -> None:
    file, out = tmp_path / "net.toml", tmp_path / "out.json"
    file.write_text(f'layers = "{TEXT}"\ninput = 3\nbatch_size = 8\n', "utf-8")
    assert invoke(str(file), "--networks=2", "-o", str(out)).stdout == ""
    assert json.loads(out.read_text("utf-8"))["input"] == [3]
    refused = invoke(str(file), "--networks=2", "--format=json", "-o", str(file))
    assert refused.exit_code == 2
    assert "is read by this command" in refused.stderr
    assert file.read_text("utf-8").startswith("layers")


BAD = [
    (["linear(8"], ["chain linear(8", "not closed"]),
    (["linear(8), linear(in_features=9, out_features=1)"], ["layer 2, linear", "9", "8"]),
    (["relu"], ["--input", "must be given"]),
    (["relu", "--input=0"], ["--input 0", "whole numbers"]),
    (["linear(8)", "--repeat=0"], ["--repeat 0", "from 1 to"]),
    (["linear(8)", "--networks=many"], ["--networks many", "from 1 to"]),
    (["linear(8)", "--batch-size=0"], ["--batch-size 0", "from 1 to"]),
    (["linear(8)", "--normalize=all"], ["--normalize all", *WAYS]),
    (["zca", "--input=4", "--batch-size=9", "--normalize=forward"], ["--normalize", "1, zca"]),
    (["linear(8)", "--format=xml"], ["--format xml"]),
    (["linear(8)", "--output=no/such/file.json"], ["--output", "does not exist"]),
    (["nothing.toml"], ["nothing.toml", "cannot be read"]),
    (["9999 * relu", "--input=65536", "--batch-size=65536"], ["--batch-size 65536", "GB"]),
    ([], ["CHAIN"]),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=[" ".join(case[0])[:40] for case in BAD])
def test_bad_input_is_one_line(arguments: list[str], words: list[str]) -> None:
    said = invoke(*arguments)
    assert said.exit_code == 2
    assert said.stdout == ""
    assert said.stderr.startswith("normstats: ")
    assert said.stderr.count("\n") == 1
    assert all(word in said.stderr for word in words), said.stderr


def test_ctrl_c_reports_the_networks_that_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real signal, once some are done; afterwards Ctrl-C works as before."""
    add = Gathering.add_block

    def interrupted(self: Gathering, block: int, sums: Any) -> None:
        add(self, block, sums)
        if self.span.end >= 3 and not interrupts.noted():
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Gathering, "add_block", interrupted)
    before = signal.getsignal(signal.SIGINT)
    said = invoke(TEXT, "--networks=1000000", "--batch-size=8", "--format=json")
    assert said.exit_code == 130
    found = json.loads(said.stdout)
    assert found["interrupted"]
    assert found["networks_done"] >= 3
    assert f"interrupted; {found['networks_done']} of 1e6 networks are shown" in said.stderr
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_before_the_first_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Gathering, "add_block", stop)
    said = invoke(TEXT, *SMALL)
    assert (said.exit_code, said.stdout) == (130, "")
    assert "interrupted before the first network" in said.stderr


class Screen(io.StringIO):
    """A stderr that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("bar", "quiet", "shown"),
    [(True, False, True), (False, False, False), (True, True, False)],
)
def test_progress_is_shown_where_it_can_be(
    bar: bool, quiet: bool, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    job = ChainJob(ChainRun(chain_of(TEXT, batch_size=8), 10))
    so_far = job.so_far(job.start()()(0))
    watch = watcher("a chain", bar=bar, quiet=quiet)
    watch.compiling("a chain")
    watch.progress(Progress(1, 10, 0.1, so_far, job.counted))
    assert "networks" not in screen.getvalue()  # too soon
    watch.progress(Progress(4, 10, 8.0, so_far, job.counted))
    watch.close()
    for words in ("40%", "0.5 networks/s", "12 s to go", f"std of y {so_far[0].std.value:.3f}"):
        assert (words in screen.getvalue()) == shown
    assert ("compiling" in screen.getvalue()) == (not quiet)


def test_help_shows_an_example_and_is_quick_to_import() -> None:
    said = invoke("--help").stdout
    assert 'normstats chain "linear(256, init=xavier_normal), tanh" --repeat 20' in said
    for option in ("--repeat", "--input", "--networks", "--normalize", "--batch-size", "--seed"):
        assert option in said
