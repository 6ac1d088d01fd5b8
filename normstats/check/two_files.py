"""What two files of results have in common, as one report, whatever they are results of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from normstats.check import threshold
from normstats.check.comparison import Comparison
from normstats.check.judgement import judge, largest_z
from normstats.check.report import Document
from normstats.numerals.quantities import plural
from normstats.reports.model import Case

HEADINGS = ("compared", "comparisons", "exactly", "largest |z|", "failed")
Files = tuple[str, str]


def document(
    files: Files, layers: int, found: Sequence[Comparison], alpha: float,
    remarks: Iterable[str], others: Iterable[Case] = (), kind: str = "",
) -> Document:  # fmt: skip
    """A row a group; ``others`` are cases without numbers, ``kind`` is what has the layers."""
    judgement = judge([*found, *others], alpha)
    rows = []
    for group in dict.fromkeys(each.group for each in found):
        own = [each for each in found if each.group == group]
        random = [each for each in own if each.is_random]
        failed = sum(not each.passes(judgement.chance) for each in own)
        largest = f"{largest_z(random):.2f}" if random else ""
        exactly = sum(not each.is_random and not each.is_blind for each in own)
        rows.append([group, str(len(own)), str(exactly), largest, str(failed)])
    count = len(judgement.random)
    of_chance = (
        "The chance that this reports anything although both are right is"
        f" {alpha:.2g}, of {plural(count, 'comparison')} that chance decides."
    )
    blind = sum(each.is_blind and each.value != each.reference for each in found)
    said = [
        f"{plural(blind, 'comparison')} cannot be judged, for want of a standard error that means"
        " something; they count as agreeing."
    ]
    return Document(
        title=f"{files[0]} against {files[1]}, {kind}{plural(layers, 'layer')}",
        cases=judgement.cases,
        header={
            "files": files,
            "alpha": alpha,
            "comparisons_random": count,
            "chance_of_each": judgement.chance,
            "threshold": threshold.quantile(judgement.chance),
            "layers": layers,
        },
        headings=HEADINGS,
        rows=rows,
        remarks=[of_chance, *(said if blind else []), *remarks],
    )
