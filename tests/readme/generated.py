"""Sections of the pages that are made elsewhere, between ``<!-- name: begin -->`` and ``end``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from tests.readme import shown
from tests.readme.pages import ROOT

_SECTION = re.compile(
    r"(?P<begin><!-- (?P<name>[\w-]+): begin -->\n).*?(?P<end><!-- (?P=name): end -->)", re.DOTALL
)
# Sections of benchmarks/results.md that are not shown in docs/speed.md.
UNSHOWN = ("On one thread", "Memory", "All layers")
# The constant whose verdict docs/published.md explains.
EXAMPLE = "wang", "wang2-sigmoid-bwd-std"


# Activations that most networks have, for the README.
USUAL = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "tanh", "sigmoid")
GAINS = ("gain", "gain_rms", "backward_gain")
HEADINGS = ("1/std of y", "1/rms of y", "1/std of dx")
DIGITS = 6


def layers() -> str:
    """What `normstats list` says of each layer, with its gains as it is by default."""
    listed = json.loads(shown.run("normstats list --format json"))["layers"]
    table = shown.run("normstats list --format markdown").splitlines()[2:]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table]
    gains = _gains([layer["layer"] for layer in listed])
    head = " | ".join(("layer", "formula", *HEADINGS, "parameters"))
    lines = [
        f"|{'|'.join([row[1], row[2], *own, row[4]])}|\n"
        for row, own in zip(rows, gains, strict=True)
    ]
    return "".join([f"| {head} |\n| --- | --- | ---: | ---: | ---: | --- |\n", *lines])


def gains() -> str:
    """The gains of usual activations."""
    lines = [
        f"| `{name}` |{'|'.join(own)}|\n" for name, own in zip(USUAL, _gains(USUAL), strict=True)
    ]
    head = " | ".join(("layer", *HEADINGS))
    return "".join([f"| {head} |\n| --- | ---: | ---: | ---: |\n", *lines])


def _gains(names: Sequence[str]) -> list[list[str]]:
    """Three cells for each layer."""
    found = shown.run(f"normstats constants {' '.join(names)} --format json")
    return [
        [f" {layer[gain]:.{DIGITS}g} " if layer[gain] is not None else " – " for gain in GAINS]
        for layer in json.loads(found)["constants"]
    ]


def verdicts() -> str:
    """The counts of the committed tables."""
    counts = json.loads((ROOT / "tables" / "index.json").read_text())["verdicts"]
    rows = [f"| *{kind}* | {n} |\n" for kind, n in counts.items()]
    return "".join(["| verdict | constants |\n| --- | ---: |\n", *rows])


def example() -> str:
    """What the committed tables say of one constant."""
    page, id = EXAMPLE
    constants = json.loads((ROOT / "tables" / f"{page}.json").read_text())["constants"]
    found = next(constant for constant in constants if constant["id"] == id)
    return f"> {found['sentence']}\n"


def constants() -> str:
    """The file that `normstats check` is shown with."""
    return "```toml\n" + (ROOT / "constants.toml").read_text() + "```\n"


def speed() -> str:
    """Most sections of the benchmark report."""
    report = (ROOT / "benchmarks" / "results.md").read_text()
    head, *sections = report.split("\n## ")
    kept = [section for section in sections if not section.startswith(UNSHOWN)]
    machine = next(line for line in head.splitlines() if line.startswith("Machine:"))
    return machine + "\n" + "".join(f"\n## {section.rstrip()}\n" for section in kept)


GENERATED = {
    "gains": gains,
    "layers": layers,
    "verdicts": verdicts,
    "example": example,
    "constants": constants,
    "speed": speed,
}


def sections(text: str) -> Mapping[str, str]:
    """The generated sections of a page, as they stand there."""
    return {match["name"]: match[0] for match in _SECTION.finditer(text)}


def renewed(text: str) -> str:
    """A page with all its sections made again."""
    return _SECTION.sub(lambda m: m["begin"] + GENERATED[m["name"]]() + m["end"], text)


def without(text: str) -> str:
    """A page without its generated sections."""
    return _SECTION.sub("", text)
