"""The report of a measured chain: verdicts, then layer by layer what goes forward and backward."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from normstats.networks.normalise import NONE, SEPARATE
from normstats.networks.result import ChainLayer, ChainResult, Number
from normstats.networks.verdict import EXPLODING, STABLE, UNKNOWN, Verdict
from normstats.numerals.digits import significant, with_error
from normstats.numerals.quantities import duration, plural, prefixed
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Column, Group, Note, Report, Row, Table, Text
from normstats.reports.rows import bar, chosen, profile
from normstats.reports.sheet import SHORT, measured_text
from normstats.reports.sparkline import span
from normstats.result import Estimate

FAR = 300.0  # powers of ten that float64 has

FORWARD = (
    Column("number", "#", align=model.RIGHT),
    Column("layer", "layer"),
    Column("size", "size of y", readers=(model.PAGE,)),
    Column("mean", "mean of y", align=model.POINT),
    Column("std", "std of y", align=model.POINT, strong=True),
    Column("bar", "", readers=(model.SCREEN,)),
    Column("growth", "growth", align=model.POINT),
    Column("theory", "theory", align=model.POINT),
    Column("dead", "dead %", align=model.RIGHT),
    Column("saturated", "sat. %", align=model.RIGHT),
)
BACKWARD = (
    Column("number", "#", align=model.RIGHT),
    Column("layer", "layer"),
    Column("std", "std of dx", align=model.POINT, strong=True),
    Column("bar", "", readers=(model.SCREEN,)),
    Column("growth", "growth", align=model.POINT),
    Column("theory", "theory", align=model.POINT),
    Column("weight", "std of dW", align=model.POINT),
    Column("bias", "std of db", align=model.POINT),
    Column("factor", "scaled by", align=model.POINT),
)


def report(result: ChainResult) -> Report:
    """One report; people see at most a screen of layers, machines all of them."""
    shown = chosen(result.layers)
    y = [layer.forward_std.log10 for layer in result.layers if layer.depth == 0]
    dx = [layer.gradient_std.log10 for layer in result.layers if layer.depth == 0]
    forward = Group(
        _rows(_forward(result, shown)),
        f"forward: {verdict(result.forward)}",
        [profile([result.x.log10, *y])],
        list(_of_columns(result, len(shown))),
    )
    backward = Group(
        _rows(_backward(result, shown)),
        f"backward: {verdict(result.backward)}",
        [profile([*dx, result.dy.log10])],
        list(_of_run(result)),
    )
    parts: list[Table | Text] = [
        Text([code(result.run.chain.text)]),
        _table(FORWARD, forward),
        _table(BACKWARD, backward),
    ]
    data = model.of_records(result.records())
    return Report(parts, data, result.to_dict(), indent=1, title=result.run.chain.text)


def verdict(found: Verdict) -> str:
    """``vanishing, std falls by a factor e every 12.3 ± 0.4 layers``."""
    if found.change == 0.0:
        return f"{found.word}, std does not change in {plural(found.depth, 'layer')}"
    if found.change is None or found.efolding is None:
        ends = {UNKNOWN: "there is nothing to compare", EXPLODING: "std leaves float64"}
        return f"{found.word}, {ends.get(found.word, 'std becomes 0')}"
    if found.word == STABLE:
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


def _rows(rows: Sequence[Sequence[str]]) -> list[Row]:
    return [Row(model.texts(*row)) for row in rows]


def _table(columns: Sequence[Column], group: Group) -> Table:
    """Without the columns in which nothing stands."""
    kept = [i for i in range(len(columns)) if any(row.cells[i].text for row in group.rows)]
    rows = [Row([row.cells[i] for i in kept]) for row in group.rows]
    return Table([columns[i] for i in kept], [group._replace(rows=rows)])


def _forward(result: ChainResult, shown: Sequence[ChainLayer]) -> list[list[str]]:
    bars = _bars(result.layers, lambda layer: layer.forward_std)
    return [
        [
            str(layer.number),
            "· " * layer.depth + layer.name,
            "x".join(map(str, layer.shape)),
            _mean(layer),
            number(layer.forward_std),
            bars[layer.number],
            _growth(layer.forward_growth),
            _theory(layer, "forward_std"),
            _percent(layer.dead),
            _percent(layer.saturated),
        ]
        for layer in shown
    ]


def _backward(result: ChainResult, shown: Sequence[ChainLayer]) -> list[list[str]]:
    bars = _bars(result.layers, lambda layer: layer.gradient_std)
    separate = result.run.normalize == SEPARATE
    return [
        [
            str(layer.number),
            "· " * layer.depth + layer.name,
            number(layer.gradient_std),
            bars[layer.number],
            _growth(layer.gradient_growth),
            _theory(layer, "gradient_std"),
            number(layer.weights.get("weight")),
            number(layer.weights.get("bias")),
            significant(layer.gradient_factor, 4) if separate else "",
        ]
        for layer in shown
    ]


def number(found: Number | None) -> str:
    """0.627(4), the error in the last digits; also where it is beyond float64."""
    if found is None:
        return ""
    if found.value is not None:
        return measured_text(Estimate(found.value, found.se), None)
    if found.log10 is None:
        return "no number"
    power = math.floor(found.log10)
    head = 10.0 ** (found.log10 - power)
    if found.log10_se is None:
        return f"{head:.1f}e{power:+d}"
    error = head * found.log10_se * math.log(10.0)
    return f"{measured_text(Estimate(head, error), None)}e{power:+d}"


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
    if layer.theory is None or name not in layer.theory:
        return ""
    log10 = layer.theory[name]
    return f"{10.0**log10:.4g}" if abs(log10) < FAR else number(Number(None, None, log10))


def _percent(found: Number | None) -> str:
    return "" if found is None or found.value is None else f"{100.0 * found.value:.3g}"


def _bars(layers: Sequence[ChainLayer], of: Callable[[ChainLayer], Number]) -> dict[int, str]:
    """The length of a bar is log std, among those of all layers."""
    logs = {layer.number: of(layer).log10 for layer in layers}
    ends = span([log for log in logs.values() if log is not None])
    return {n: "" if log is None else bar(log, *ends) for n, log in logs.items()}


def _of_columns(result: ChainResult, shown: int) -> Iterator[Note]:
    """What the columns mean."""
    if shown < len(result.layers):
        yield Note(f"{shown} of {len(result.layers)} layers are shown; JSON and CSV have all")
    yield Note(
        f"std: of all elements of all networks; {SHORT}, and errors rest on networks; growth: std"
        " behind a layer over std before it"
        + ("; theory: of infinite width" if any(layer.theory for layer in result.layers) else "")
    )
    if any(layer.dead for layer in result.layers):
        yield Note(
            "dead: units whose y and slope are 0 for all of the batch; sat.: values where |f′| is"
            " below 5 % of its largest, of ReLU those that are 0"
        )


def _of_run(result: ChainResult) -> Iterator[Note]:
    """How it was measured, and what to beware of."""
    run = result.run
    if result.interrupted:
        yield Note(f"INTERRUPTED after {plural(result.networks, 'network')}", model.ALARM)
    changed = str(run.inputs).strip(" []")
    parts = [
        plural(result.networks, "network"),
        f"batches of {run.chain.batch_size}",
        f"x of {'x'.join(map(str, run.chain.input))}",
        *([f"normalize {run.normalize}"] if run.normalize != NONE else []),
        *([changed] if changed else []),
        f"seed {run.seed}",
        f"stream {run.stream}",
        plural(result.threads, "thread"),
        duration(result.elapsed_s),
        f"{prefixed(result.networks / max(result.elapsed_s, 1e-9))} networks/s",
    ]
    yield Note(", ".join(parts))
    for note in (result.rule, *result.notes):
        yield Note(note)
