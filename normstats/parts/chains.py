"""A measured chain that was saved as JSON, read back: the schema "normstats-chain/1"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from normstats.errors import UsageError
from normstats.files.strict import Record
from normstats.frozen import Frozen
from normstats.networks.chain import Step
from normstats.networks.layout import gradient_names
from normstats.networks.result import NETWORKS, ChainLayer, ChainResult, Number
from normstats.networks.run import ChainRun
from normstats.networks.verdict import WORDS, Verdict
from normstats.networks.written import MOST_NETWORKS, RUN_FIELDS, run_from
from normstats.result.result import INTERRUPTION, PARTIAL, TARGET, TIME

_OWN = ("networks_done", "ended", "threads", "elapsed_s", "interrupted", "verdict", "x", "dy")
_FIELDS = ("schema", *RUN_FIELDS, *_OWN, "layers", "notes", "versions")
_ENDS = (NETWORKS, TARGET, TIME, INTERRUPTION, PARTIAL)
_NUMBERS = (
    *("forward_std", "forward_rms", "gradient_std", "forward_growth", "gradient_growth"),
    *("typical_forward", "typical_gradient"),
)
_LAYER = (
    *("number", "name", "layer", "depth", "shape", "forward_mean", *_NUMBERS, "dead", "saturated"),
    *("weights", "theory", "gradient_factor", "gradient_factor_log10"),
)
_MOST_LAYERS = 10**6


def chain_result(document: Record) -> ChainResult:
    """The result of a file; UsageError with its name if it is not as it was written."""
    document.only(*_FIELDS)
    run, verdict = _run(document), document.record("verdict")
    verdict.only("rule", "forward", "backward")
    interrupted = document.truth("interrupted")
    usual = INTERRUPTION if interrupted else NETWORKS
    result = ChainResult(
        run=run,
        networks=document.whole("networks_done", 1, MOST_NETWORKS),
        threads=document.whole("threads", 1, 10**6),
        elapsed_s=document.number("elapsed_s", 0.0) or 0.0,
        interrupted=interrupted,
        x=_number(document.record("x")),
        dy=_number(document.record("dy")),
        layers=tuple(_layer(one) for one in document.records("layers", _MOST_LAYERS)),
        forward=_verdict(verdict.record("forward")),
        backward=_verdict(verdict.record("backward")),
        notes=tuple(document.texts("notes")),
        versions=Frozen(document.record("versions").words),
        rule=verdict.text("rule"),
        ended=document.one_of("ended", _ENDS) if "ended" in document else usual,
    )
    if [_of_step(step) for step in run.chain.stages] != [_of_layer(one) for one in result.layers]:
        raise document.error("its layers are not those of its chain")
    if result.networks > run.networks:
        raise document.error(f"networks_done must be at most {run.networks}, as asked for")
    return result


def _of_step(step: Step) -> tuple[Any, ...]:
    """What a layer of the result must have."""
    return step.number, step.name, step.y, {*gradient_names(step)}


def _of_layer(layer: ChainLayer) -> tuple[Any, ...]:
    return layer.number, layer.name, layer.shape, {*layer.weights}


def _run(document: Record) -> ChainRun:
    given = {name: document.raw[name] for name in RUN_FIELDS if name in document}
    try:
        return run_from(given)
    except UsageError as error:
        raise document.error(f"its run is none of this version: {error.allowed}") from None
    except (TypeError, ValueError, OverflowError):
        raise document.error("its run is none of this version") from None


def _number(record: Record, least: float = 0.0) -> Number:
    """A std or a share is not below 0; a mean may be."""
    record.only("value", "se", "log10", "log10_se")
    return Number(
        record.number("value", least),
        record.number("se", 0.0),
        record.number("log10"),
        record.number("log10_se", 0.0),
    )


def _verdict(record: Record) -> Verdict:
    record.only("word", "change", "change_se", "depth", "efolding", "efolding_se")
    return Verdict(
        record.one_of("word", WORDS),
        record.number("change"),
        record.number("change_se", 0.0),
        record.whole("depth", 0, _MOST_LAYERS),
        record.number("efolding", 0.0),
        record.number("efolding_se", 0.0),
    )


def _layer(record: Record) -> ChainLayer:
    record.only(*_LAYER)
    weights, theory = record.record("weights"), record.raw.get("theory")
    shape = record.items("shape", 8)
    if not all(type(one) is int and one > 0 for one in shape):
        raise record.error("the shape of a layer must be whole numbers")
    return ChainLayer(
        number=record.whole("number", 1, _MOST_LAYERS),
        name=record.text("name"),
        layer=record.text("layer"),
        depth=record.whole("depth", 0, 1000),
        shape=tuple(shape),
        weights=Frozen({name: _number(weights.record(name)) for name in weights.raw}),
        theory=None if theory is None else Frozen(_numbers(record.record("theory"))),
        gradient_factor=record.number("gradient_factor") or 0.0,
        gradient_factor_log10=record.number("gradient_factor_log10"),
        forward_mean=_number(record.record("forward_mean"), -math.inf),
        **{name: _number(record.record(name)) for name in _NUMBERS},
        dead=_share(record, "dead"),
        saturated=_share(record, "saturated"),
    )


def _share(record: Record, name: str) -> Number | None:
    return None if record.raw.get(name, ...) is None else _number(record.record(name))


def _numbers(record: Record) -> Mapping[str, float]:
    found = {name: record.number(name) for name in record.raw}
    if None in found.values():
        raise record.error("theory must be numbers")
    return {name: value for name, value in found.items() if value is not None}
