"""Sections of the pages that are made elsewhere, between ``<!-- name: begin -->`` and ``end``."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache

from normstats.numerals.quantities import duration
from normstats.published.catalogue import catalogue
from normstats.published.evaluate import truth
from normstats.published.verdict import MEANINGS, Kind, Verdict, counts, judge
from normstats.registry import get, job_of, parse_call
from normstats.runs.counts import SECONDS_A_SAMPLE
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from tests.readme import shown
from tests.readme.pages import ROOT

_SECTION = re.compile(
    r"(?P<begin><!-- (?P<name>[\w-]+): begin -->\n).*?(?P<end><!-- (?P=name): end -->)", re.DOTALL
)
# Sections of benchmarks/results.md that are not shown in docs/speed.md.
UNSHOWN = ("On one thread", "Memory", "Whitening", "All layers")
# The constant whose verdict docs/published.md explains.
EXAMPLE = "wang2-sigmoid-bwd-std"


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


@cache
def _judged() -> Mapping[str, Verdict]:
    """Every published constant with its verdict; nothing is sampled."""
    return {constant.id: judge(constant, truth(constant)) for constant in catalogue()}


def verdicts() -> str:
    """The verdicts there are, how many constants have each, and what it says."""
    found = counts(_judged().values())
    rows = [f"| *{kind}* | {found[kind]} | {MEANINGS[kind]} |\n" for kind in Kind]
    return "".join(["| verdict | constants | what it says |\n| --- | ---: | --- |\n", *rows])


def example() -> str:
    """The verdict on one constant."""
    return f"> {_judged()[EXAMPLE].sentence}\n"


def constants() -> str:
    """The file that `normstats check` is shown with."""
    return "```toml\n" + (ROOT / "constants.toml").read_text() + "```\n"


def _report() -> list[str]:
    """The head and the sections of the benchmark report."""
    return (ROOT / "benchmarks" / "results.md").read_text().split("\n## ")


def whitening() -> str:
    """One section of the benchmark report, without its heading."""
    (section,) = (each for each in _report() if each.startswith("Whitening\n"))
    return section.partition("\n")[2].strip() + "\n"


BATCHES = (2, 3, 4, 5, 6, 8, 16, 32, 64, 256)


def batches() -> str:
    """What the size of the batch does: noise of its statistics, and the std of dx for eps = 0."""

    def backward(m: int, **more: str) -> str:
        if m == 2 and not more:
            return "–"  # refused: nothing but rounding
        layer = get("batch_norm")
        _, dx, *_ = layer.exact(layer.parse({"batch_size": m, "eps": 0, **more}), Inputs())
        assert dx.std is not None
        return f"{dx.std:.4f}" if math.isfinite(dx.std) else "infinite"

    rows = [
        f"| {m} | {1 / math.sqrt(m):.4f} | {math.sqrt(2 * (m - 1)) / m:.4f} | {backward(m)} |"
        f" {backward(m, grad_stats='constant')} |\n"
        for m in BATCHES
    ]
    head = "| m | std of the mean | std of the variance | std of dx | with constant statistics |\n"
    return "".join([head, "| ---: | ---: | ---: | ---: | ---: |\n", *rows])


def speed() -> str:
    """Most sections of the benchmark report."""
    head, *sections = _report()
    kept = [section for section in sections if not section.startswith(UNSHOWN)]
    machine = next(line for line in head.splitlines() if line.startswith("Machine:"))
    return machine + "\n" + "".join(f"\n## {section.rstrip()}\n" for section in kept)


def claims() -> str:
    """Every claim with its verdict, as the committed page has it."""
    found = json.loads((ROOT / "tables" / "claims.json").read_text())["claims"]
    rows = [
        f"| [{one['name']}](../tables/claims.md#{one['name']}) | {one['claim']} |"
        f" *{one['verdict']}* |\n"
        for one in found
    ]
    return "".join(["| experiment | claim | verdict |\n| --- | --- | --- |\n", *rows])


def cost() -> str:
    """What 1e15 samples of relu take on clusters: from the sizes of blocks and ranges."""
    from normstats.cluster.ranges import MOST_A_SECOND, TASK_S

    samples, a_sample = 1e15, float(SECONDS_A_SAMPLE)
    full = job_of(Run(parse_call("relu"), 10**15)).blocks.full
    rows = []
    for workers in (1, 10, 100, 1000):
        lasting = max(TASK_S, workers / MOST_A_SECOND)
        ranges = samples * a_sample / lasting
        blocks = 2 ** int(math.log2(lasting / (full * a_sample)))
        rows.append(
            f"| {workers} | {duration(samples * a_sample / workers)} | {lasting:.0f} s |"
            f" {blocks} | {ranges:.1e} | {workers / lasting:.0f} |\n"
        )
    head = "| workers of one thread | time | a range lasts | blocks of a range | ranges |"
    return "".join(
        [f"{head} ranges a second |\n", "| ---: | ---: | ---: | ---: | ---: | ---: |\n", *rows]
    )


GENERATED = {
    "cost": cost,
    "claims": claims,
    "gains": gains,
    "layers": layers,
    "verdicts": verdicts,
    "example": example,
    "constants": constants,
    "speed": speed,
    "batches": batches,
    "whitening": whitening,
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
