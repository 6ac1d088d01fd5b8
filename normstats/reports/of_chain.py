"""The report of a measured chain: verdicts, then layer by layer what goes forward and backward."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from normstats.networks.normalise import NONE, SEPARATE
from normstats.networks.result import ChainLayer, ChainResult, Number
from normstats.networks.verdict import EXPLODING, STABLE, UNKNOWN, Verdict
from normstats.numerals.digits import significant, with_error
from normstats.numerals.quantities import duration, plural, prefixed
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Column, Group, Note, Report, Row, Table, Text
from normstats.reports.rows import bar, chosen, power, profile, span
from normstats.reports.sheet import SHORT, measured_text
from normstats.result import Estimate

Columns = Mapping[Column, Callable[[ChainLayer], str]]  # with what each says of a layer

LARGEST_LOG = 700.0  # e to this is still a float64
SCREEN, WIDE = (model.SCREEN,), (model.PAGE, model.PAPER)

LAYER: Columns = {
    Column("#", align=model.RIGHT): lambda one: str(one.number),
    Column("layer"): lambda one: "· " * one.depth + one.name,
}


def report(result: ChainResult) -> Report:
    """One report; people see at most a screen of layers, machines all of them."""
    shown, text = chosen(result.layers), result.run.chain.text
    outer = [layer for layer in result.layers if layer.depth == 0]
    y = [result.x.log10, *(layer.forward_std.log10 for layer in outer)]
    dx = [*(layer.gradient_std.log10 for layer in outer), result.dy.log10]
    forward = Group(
        [], f"forward: {verdict(result.forward)}", [profile(y)], _of_columns(result, len(shown))
    )
    backward = Group([], f"backward: {verdict(result.backward)}", [profile(dx)], _of_run(result))
    parts: list[Table | Text] = [
        Text([code(text)]),
        _table(_forward(result), forward, shown),
        _table(_backward(result), backward, shown),
    ]
    data = model.of_records(result.records())
    return Report(parts, data, result.to_dict(), indent=1, title=text)


def _table(columns: Columns, group: Group, shown: Sequence[ChainLayer]) -> Table:
    """Without the columns in which nothing stands."""
    rows = [Row([text(layer) for text in columns.values()]) for layer in shown]
    return Table(list(columns), [group._replace(rows=rows)]).filled()


def _forward(result: ChainResult) -> Columns:
    return {
        **LAYER,
        Column("size of y", readers=WIDE): lambda one: "x".join(map(str, one.shape)),
        Column("mean of y", align=model.POINT): _mean,
        Column("std of y", align=model.POINT, strong=True): lambda one: number(one.forward_std),
        Column(readers=SCREEN): _bar(result.layers, "forward_std"),
        Column("growth", align=model.POINT): lambda one: _growth(one.forward_growth),
        Column("theory", align=model.POINT): lambda one: _theory(one, "forward_std"),
        # A screen has no room for their errors.
        Column("dead %", align=model.RIGHT, readers=SCREEN): lambda one: _percent(one.dead, 3),
        Column("dead %", align=model.RIGHT, readers=WIDE): lambda one: _percent(one.dead),
        Column("sat. %", align=model.RIGHT, readers=SCREEN): lambda one: _percent(one.saturated, 3),
        Column("sat. %", align=model.RIGHT, readers=WIDE): lambda one: _percent(one.saturated),
    }


def _backward(result: ChainResult) -> Columns:
    separate = result.run.normalize == SEPARATE
    return {
        **LAYER,
        Column("std of dx", align=model.POINT, strong=True): lambda one: number(one.gradient_std),
        Column(readers=SCREEN): _bar(result.layers, "gradient_std"),
        Column("growth", align=model.POINT): lambda one: _growth(one.gradient_growth),
        Column("theory", align=model.POINT): lambda one: _theory(one, "gradient_std"),
        Column("std of dW", align=model.POINT): lambda one: number(one.weights.get("weight")),
        Column("std of db", align=model.POINT): lambda one: number(one.weights.get("bias")),
        Column("scaled by", align=model.POINT): lambda one: (
            significant(one.gradient_factor, 4) if separate else ""
        ),
    }


def verdict(found: Verdict) -> str:
    """``vanishing, std falls by a factor e every 12.3 ± 0.4 layers``."""
    if found.change == 0.0:
        return f"{found.word}, std does not change in {plural(found.depth, 'layer')}"
    if found.change is None or found.efolding is None:
        ends = {UNKNOWN: "there is nothing to compare", EXPLODING: "std leaves float64"}
        return f"{found.word}, {ends.get(found.word, 'std becomes 0')}"
    if found.word == STABLE:
        times = f"e^{significant(found.change, 4)}"
        if abs(found.change) < LARGEST_LOG:
            times = _changed(math.exp(found.change), found.change_se)
        return f"stable, std changes by a factor {times} in {plural(found.depth, 'layer')}"
    falls = "falls" if found.change < 0.0 else "grows"
    error = None if found.efolding_se is None else found.efolding_se / found.efolding
    layers = _changed(found.efolding, error)
    said = f"std {falls} by a factor e every {layers} layers"
    if found.word == UNKNOWN:
        return f"unknown, errors need at least two networks; in this one {said}"
    return f"{found.word}, {said}"


def _changed(value: float, relative: float | None) -> str:
    """With its error, unless that says nothing beside it."""
    if relative is None or relative > 10.0:
        return significant(value, 4)
    return with_error(value, value * relative)


def number(found: Number | None) -> str:
    """0.627(4), the error in the last digits; also where it is beyond float64."""
    if found is None:
        return ""
    if found.value is not None:
        return measured_text(Estimate(found.value, found.se))
    if found.log10 is None:
        return "no number"
    if found.log10_se is None:
        return power(found.log10, ".4g", ".1f")
    whole = math.floor(found.log10)
    head = 10.0 ** (found.log10 - whole)
    error = head * found.log10_se * math.log(10.0)
    return f"{measured_text(Estimate(head, error))}e{whole:+d}"


def _mean(layer: ChainLayer) -> str:
    """Or on which side of float64 it is."""
    mean, std = layer.forward_mean, layer.forward_std.log10
    if mean.value is not None or std is None:
        return number(mean)
    return "|mean| < 1e-307" if std < 0.0 else "|mean| > 1e+308"


def _growth(found: Number) -> str:
    """Nothing where there is nothing to divide by."""
    return "" if found.value is None and found.log10 is None else number(found)


def _theory(layer: ChainLayer, name: str) -> str:
    found = (layer.theory or {}).get(name)
    return "" if found is None else power(found, ".4g", ".1f")


def _percent(found: Number | None, digits: int | None = None) -> str:
    """To so many digits, or with its error if it has one."""
    if found is None or found.value is None:
        return ""
    error = None if digits or not found.se else 100.0 * found.se
    return measured_text(Estimate(100.0 * found.value, error), None if error else 3)


def _bar(layers: Sequence[ChainLayer], name: str) -> Callable[[ChainLayer], str]:
    """The length of a bar is log std, among those of all layers."""

    def log10(layer: ChainLayer) -> float | None:
        found: Number = getattr(layer, name)
        return found.log10

    ends = span([log for log in map(log10, layers) if log is not None])
    return lambda one: "" if (log := log10(one)) is None else bar(log, *ends)


def _of_columns(result: ChainResult, shown: int) -> list[Note]:
    """What the columns mean."""
    layers = result.layers
    theory = "; theory: of infinite width" if any(layer.theory for layer in layers) else ""
    said = [
        f"std: of all elements of all networks; {SHORT}, and errors rest on networks; growth: std"
        f" behind a layer over std before it{theory}"
    ]
    if shown < len(layers):
        said.insert(0, f"{shown} of {len(layers)} layers are shown; JSON and CSV have all")
    if any(layer.dead for layer in layers):
        said.append(
            "dead: units whose y and slope are 0 for all of the batch; sat.: values where |f′| is"
            " below 5 % of its largest, of ReLU those that are 0"
        )
    return list(map(Note, said))


def _of_run(result: ChainResult) -> list[Note]:
    """How it was measured, and what to beware of."""
    run = result.run
    parts = [
        plural(result.networks, "network"),
        f"batches of {run.chain.batch_size}",
        f"x of {'x'.join(map(str, run.chain.input))}",
        f"normalize {run.normalize}" if run.normalize != NONE else "",
        str(run.inputs).strip(" []"),
        f"seed {run.seed}",
        f"stream {run.stream}",
        plural(result.threads, "thread"),
        duration(result.elapsed_s),
        f"{prefixed(result.networks / max(result.elapsed_s, 1e-9))} networks/s",
    ]
    notes = [Note(", ".join(filter(None, parts))), *map(Note, (result.rule, *result.notes))]
    if result.interrupted:
        said = f"INTERRUPTED after {plural(result.networks, 'network')}"
        notes.insert(0, Note(said, model.ALARM))
    return notes
