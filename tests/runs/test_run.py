"""A run as one value: its two spellings, what they refuse, and that results carry it."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats import measure, registry
from normstats.errors import UsageError
from normstats.frozen import Frozen
from normstats.runs.call import Call
from normstats.runs.counts import MOST_SAMPLES, SEED_LIMIT
from normstats.runs.inputs import LARGEST, SMALLEST_STD, Inputs
from normstats.runs.method import METHODS, Method
from normstats.runs.run import SCHEMA, Run
from normstats.runs.target import Target
from normstats.sampling.streams import STREAM_VERSION

CALLS = [
    registry.parse_call(text)
    for text in (
        *registry.all_layers(),
        "max_pool2d(kernel_size=2x3)",
        "leaky_relu(negative_slope=-1e-300)",
        "hardtanh(min_val=-0.1, max_val=0.30000000000000004)",
        "dropout(p=0.25, rescale=sqrt)",
    )
]
STDS = st.just(0.0) | st.floats(SMALLEST_STD, LARGEST)
SIDES = st.tuples(st.floats(-1e9, 1e9), st.just(0.0) | st.floats(1e9, LARGEST)) | st.tuples(
    st.just(0.0), STDS
)
SMALL = st.none() | st.floats(0.0, exclude_min=True, allow_infinity=False)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    se, rel = draw(SMALL), draw(SMALL)
    return Run(
        call=draw(st.sampled_from(CALLS)),
        samples=draw(st.integers(1, MOST_SAMPLES)),
        seed=draw(st.integers(0, SEED_LIMIT - 1)),
        inputs=Inputs(*draw(SIDES), *draw(SIDES)),
        method=Method(draw(st.sampled_from(METHODS)), draw(st.booleans())),
        target=None if se is None and rel is None else Target(se, rel),
    )


@given(runs())
def test_text_and_json_lead_back_to_the_run(run: Run) -> None:
    assert registry.parse_run(run.text) == run
    assert "\n" not in run.text
    assert registry.run_from(json.loads(json.dumps(run.record))) == run


@given(runs(), runs())
def test_equal_runs_and_no_others_are_spelled_alike(one: Run, other: Run) -> None:
    assert (one == other) == (one.text == other.text) == (one.record == other.record)
    assert len({one, other, copy.deepcopy(one)}) == (1 if one == other else 2)
    assert pickle.loads(pickle.dumps(one)) == one


def test_what_is_as_usual_is_not_said() -> None:
    run = registry.parse_run("relu samples=1e5")
    assert run == Run(Call("relu"), 100_000)
    assert run.text == f"relu samples=100000 seed=0 stream={STREAM_VERSION}"
    more = registry.parse_run(
        "max_pool2d( kernel_size = 2x3 )  samples=1k seed=7 x_std=2 method=rqmc conditional=true"
        " target_rel=1e-3"
    )
    assert more.text == (
        f"max_pool2d(kernel_size=2x3) samples=1000 seed=7 stream={STREAM_VERSION} x_std=2.0"
        " method=rqmc conditional=true target_rel=0.001"
    )
    assert more.name == "max_pool2d(kernel_size=2x3) [x_std=2]"


def test_every_field_decides_the_run() -> None:
    """Two runs that differ anywhere are different, and nothing else is in a run."""
    run = Run(Call("relu"), 1000)
    others: dict[str, Any] = {
        "call": registry.parse_call("sigmoid"),
        "samples": 1001,
        "seed": 1,
        "inputs": Inputs(x_std=2.0),
        "method": Method("rqmc"),
        "target": Target(1e-3),
        "stream": STREAM_VERSION + 1,
    }
    assert set(others) == {field.name for field in dataclasses.fields(Run)}
    changed = [dataclasses.replace(run, **{name: value}) for name, value in others.items()]
    for attribute in ("text", "record"):
        spelled = [str(getattr(one, attribute)) for one in (run, *changed)]
        assert len(set(spelled)) == len(spelled)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must look like: relu samples"),
        ("relu samples", "must look like"),
        ("relu", "samples is missing"),
        ("rleu samples=1", "did you mean relu"),
        ("relu samples=0", "whole number from 1"),
        ("relu samples=1 samples=2", "given twice"),
        ("relu samples=1 threads=2", "threads: no such field"),
        ("relu samples=1 seed=-1", "seed -1"),
        ("relu samples=1 conditional=1", "must be true or false"),
        ("relu samples=1 method=best", "must be one of plain"),
        ("relu samples=1 stream=3", f"stream 3: must be {STREAM_VERSION}"),
        ("relu samples=1 x_std=nan", "x_std nan"),
        ("dropout(p=2) samples=1", r"p 2: must be a number in \[0, 1\]"),
        (None, "must look like"),
    ],
)
def test_text_that_is_refused(text: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        registry.parse_run(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "normstats-run/2"}, f"must be {SCHEMA}"),
        ({"samples": None}, "samples is missing"),
        ({"samples": "10"}, "samples '10': must not be text"),
        ({"samples": 1.5}, "whole number"),
        ({"seed": True}, "seed True"),
        ({"layer": 3}, "layer 3: must be the name"),
        ({"layer": "rleu"}, "did you mean"),
        ({"params": [1]}, r"params \[1\]: must be a JSON object"),
        ({"params": {"p": 1}}, "no such option"),
        ({"inputs": {"x_std": "1"}}, "inputs.x_std '1': must be a number"),
        ({"inputs": {"y": 1}}, "inputs.y: no such field"),
        ({"inputs": 7}, "inputs 7: must be a JSON object"),
        ({"target": {"se": -1.0}}, "target_se -1.0"),
        ({"conditional": 1}, "must be True or False"),
        ({"stream": 99}, "stream 99"),
        ({"threads": 2}, "threads: no such field"),
        ({"method": 5}, "must be one of plain"),
    ],
)
def test_records_that_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        registry.run_from(Run(Call("relu"), 10).record | change)


@pytest.mark.parametrize("record", [None, [], "relu", 3])
def test_a_record_is_an_object(record: Any) -> None:
    with pytest.raises(UsageError, match="must be a JSON object"):
        registry.run_from(record)


def test_a_result_carries_its_run() -> None:
    result = measure("leaky_relu(negative_slope=0.3)", samples=1000, seed=5, x_std=2, threads=1)
    assert result.run == registry.parse_run(
        "leaky_relu(negative_slope=0.3) samples=1000 seed=5 x_std=2"
    )
    wanted = measure("relu", target_se=1e-2, samples=1e6, threads=1)
    assert wanted.run == registry.parse_run("relu samples=1e6 target_se=0.01")
    assert wanted.samples == 100_000
    assert hash(result) != hash(wanted)


def test_a_frozen_mapping_is_a_mapping_that_stays() -> None:
    given = Frozen({"a": 1, "b": (2, 3)})
    assert given == {"a": 1, "b": (2, 3)}
    assert hash(given) == hash(Frozen({"b": (2, 3), "a": 1}))
    assert pickle.loads(pickle.dumps(given)) == copy.deepcopy(given) == given
    assert json.dumps(given) == '{"a": 1, "b": [2, 3]}'
    for attempt in (
        lambda: given.update(c=1),
        lambda: given.pop("a"),
        lambda: given.clear(),
        lambda: given.setdefault("c", 1),
        lambda: given.__setitem__("c", 1),
        lambda: given.__delitem__("a"),
        lambda: given.__ior__({"c": 1}),
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            attempt()
    assert given == {"a": 1, "b": (2, 3)}
