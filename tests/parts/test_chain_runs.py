"""Runs of chains like those of layers: kept, extended, in shares, ended by a target or the time."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.cli.schema import text as schema
from normstats.engine.observer import Interrupted
from normstats.engine.target import BEYOND, MISSED
from normstats.engine.terms import Terms
from normstats.errors import UsageError
from normstats.files import strict
from normstats.kinds.find import job_of, kind_of, run_from
from normstats.networks.job import ChainJob
from normstats.networks.run import ChainRun
from normstats.networks.target import reached
from normstats.parts import checkpoint
from normstats.parts import document as document_of_parts
from normstats.parts.checkpoint import Checkpoint, Wanted
from normstats.parts.document import Parts, checksum, read_parts, text
from normstats.parts.shards import Shard, together
from normstats.perform import perform, result_of, sample_blocks
from normstats.runs.inputs import Inputs
from normstats.runs.target import Target
from tests.parts.chains import WILD, loaded, parts, run_of, same, whole
from tests.parts.runs import run_of as layer
from tests.parts.test_checkpoint import Impatient


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "kept.json")


def go_on(file: str, run: ChainRun, observer: Any = None, seconds: float = math.inf) -> Any:
    with Checkpoint(file, [Wanted(run)]) as kept:
        return perform(run, 2, observer, Terms(seconds, kept))


@given(
    seed=st.integers(0, 2**64 - 1),
    normalize=st.sampled_from(["none", "forward", "separate"]),
    target=st.sampled_from([None, Target(1e-3), Target(None, 0.5)]),
    x_mean=st.floats(-5, 5),
)
def test_a_run_is_what_its_json_says(
    seed: int, normalize: str, target: Target | None, x_mean: float
) -> None:
    run = run_of(seed=seed, normalize=normalize, target=target, inputs=Inputs(x_mean=x_mean))
    assert run_from(json.loads(json.dumps(run.record))) == run
    assert run.sized(3) == replace(run, networks=3, target=None)


BAD_RUNS: dict[str, dict[str, Any]] = {
    r"schema nothing[:,]? must be one of": {"schema": "nothing"},
    "networks must be a whole number": {"networks": 0},
    "chain": {"chain": "linear(6"},
    "batch_size must be": {"batch_size": "5"},
    "more: no such field": {"more": 1},
    "normalize both": {"normalize": "both"},
    "input": {"input": [0]},
    "target_se -1": {"target": {"se": -1, "rel": None}},
}


@pytest.mark.parametrize("said", BAD_RUNS)
def test_what_is_no_run_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run_from(run_of().record | BAD_RUNS[said])


@pytest.mark.parametrize("networks", [1, 4, 7, 10])
def test_more_networks_from_a_shorter_run(
    networks: int, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the rest is sampled."""
    go_on(file, run_of(networks))
    sampled: list[int] = []
    start = ChainJob.start

    def watched(job: ChainJob) -> Any:
        def make() -> Callable[[int], Any]:
            one = start(job)()
            return lambda block: (sampled.append(block), one(block))[1]

        return make

    monkeypatch.setattr(ChainJob, "start", watched)
    longer = go_on(file, run_of())
    assert sorted(sampled) == list(range(networks, 11))
    monkeypatch.undo()
    assert same(longer, whole(run_of()))
    with pytest.raises(UsageError, match="has 11 networks already, more than the 4 that are"):
        go_on(file, run_of(4))


def test_ctrl_c_and_on(file: str) -> None:
    run = run_of(10**6, "linear(96), tanh", 64)
    with pytest.raises(Interrupted) as caught:
        go_on(file, run, Impatient())
    (part,) = read_parts("FILE", file).parts
    assert part.span.end == caught.value.chain.networks > 0
    assert caught.value.chain.interrupted
    more = replace(run, networks=part.span.end + 20)
    assert same(go_on(file, more), whole(more))


REFUSED: list[tuple[Any, str]] = [
    (run_of(seed=1), "seed 0, here 1"),
    (run_of(normalize="forward"), "normalize none, here forward"),
    (run_of(batch_size=6), "batch_size 5, here 6"),
    (run_of(chain="linear(6), relu"), r"chain linear\(.*, here linear\(out_features=6\), relu"),
    (layer("relu", 100), r"linear\(.*, here relu"),
]


@pytest.mark.parametrize(("other", "said"), REFUSED, ids=[case[1] for case in REFUSED])
def test_another_run_is_refused(other: Any, said: str, file: str) -> None:
    go_on(file, run_of(2))
    with pytest.raises(UsageError, match=f"is of another run: {said}; use another file"):
        go_on(file, other)


@pytest.mark.parametrize("count", [1, 2, 4, 13])
def test_shares_are_the_single_run(count: int, tmp_path: Path) -> None:
    run = run_of()
    files = []
    for number in range(1, count + 1):
        blocks = Shard(number, count).blocks(job_of(run).blocks.count)
        name = tmp_path / f"{number}.json"
        name.write_text(text([sample_blocks(run, blocks, 1)]))
        files.append(read_parts("FILE", str(name)))
    for order in (files, files[::-1]):
        (all_,) = together(order)
        assert same(result_of(all_.parts), whole(run))


def test_gaps_are_named() -> None:
    run = run_of()
    files = [
        Parts(f"p{i}.json", (sample_blocks(run, each, 1),))
        for i, each in enumerate([(0, 3), (5, 11)])
    ]
    with pytest.raises(UsageError, match=r"linear\(.*…: blocks 3 to 4 of 11 missing"):
        together(files)
    (part,) = together(files, partial=True)
    assert result_of(part.parts).networks == 9


def test_every_bit_comes_back(tmp_path: Path) -> None:
    content = text(parts())
    assert loaded(content, tmp_path) == parts()
    jsonschema.validate(json.loads(content), json.loads(schema("parts")))


def _sums(body: dict[str, Any]) -> Any:
    return body["parts"][0]["blocks"]["trees"][0]


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    r"networks must be a whole": lambda b: _sums(b).update(networks=0),
    r"trees\[0\] must be a JSON object": lambda b: b["parts"][0]["blocks"]["trees"].__setitem__(
        0, 1
    ),
    r"numbers must be \d+ rows of \d+": lambda b: _sums(b).update(numbers="AAAA"),
    r"shares must be numbers in base64": lambda b: _sums(b).update(shares="§"),
    r"lost must be true": lambda b: _sums(b).update(lost=1),
    r"more: no such field": lambda b: _sums(b).update(more=1),
    r"its run is none .*no such layer": lambda b: b["parts"][0]["run"].update(chain="nothing(3)"),
    r"its run is none .*schema": lambda b: b["parts"][0]["run"].update(schema="x"),
}


@pytest.mark.parametrize("said", CHANGES)
def test_what_does_not_fit_is_named(said: str, tmp_path: Path) -> None:
    body = json.loads(text(parts()))
    CHANGES[said](body)
    body.pop("checksum")
    with pytest.raises(UsageError, match=said):
        loaded(json.dumps(body | {"checksum": checksum(body)}), tmp_path)


@pytest.mark.parametrize(("kind", "wanted"), [("rel", 0.02), ("se", 0.02)])
def test_a_target_is_reached(kind: str, wanted: float, file: str) -> None:
    run = run_of(10**5, batch_size=16, target=Target(**{kind: wanted}))
    straight = whole(run)
    assert straight.ended == "target"
    assert reached(Target(**{kind: wanted}), straight).excess <= 1.0
    for layer_ in straight.layers:
        for one in (layer_.forward_std, layer_.gradient_std, *layer_.weights.values()):
            assert one.se is not None
            assert one.value is not None
            assert one.se <= wanted * (one.value if kind == "rel" else 1.0)
    bare = whole(replace(run, networks=straight.networks, target=None))
    assert bare.layers == straight.layers, "the run of so many networks, whatever led there"
    go_on(file, replace(run, networks=10, target=None))
    assert same(go_on(file, run), straight)


def test_a_target_that_is_out_of_reach() -> None:
    missed = whole(run_of(20, target=Target(rel=1e-6)))
    assert (missed.ended, missed.networks, missed.notes[-1]) == ("networks", 20, MISSED)
    assert BEYOND in whole(run_of(10**6, WILD, 2, target=Target(rel=0.1))).notes


def test_time_ends_it() -> None:
    run = run_of(10**9, "8 * (linear(64), tanh)", 64)
    found = perform(run, 2, None, Terms(0.05))
    assert found.ended == "time"
    assert 0 < found.networks < 10**6
    assert "ended by time" in found.notes
    assert found.layers == whole(replace(run, networks=found.networks)).layers


def test_a_target_of_vanishing_signals_is_in_reach() -> None:
    """An absolute error of what is below float64 is 0."""
    tiny = "40 * (linear(6, init=normal, init_std=1e-20), leaky_relu)"
    found = whole(run_of(100, tiny, target=Target(se=5.0)))
    assert (found.ended, found.networks) == ("target", 10)


def test_files_of_parts_have_a_limit_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty subtrees of 20,000 layers are 300 MB."""
    assert document_of_parts.LARGEST > 3e8 > strict.LARGEST
    monkeypatch.setattr(document_of_parts, "LARGEST", 2000)
    with pytest.raises(UsageError, match="is larger than 2000 bytes"):
        loaded(text(parts()), tmp_path)


def test_what_takes_long_to_save_is_saved_less_often(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved_: list[float] = []
    clock = [0.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])

    def write(name: str, content: str) -> None:
        saved_.append(clock[0])
        clock[0] += 1.0

    run = run_of()
    with Checkpoint(file, [Wanted(run)]) as kept:
        part = sample_blocks(run, (0, 1), 1)
        monkeypatch.setattr(checkpoint.atomic, "write", write)
        clock[0] = 100.0
        while clock[0] < 200.0:
            kept.keep(part)
            clock[0] += 0.1
    gaps = [b - a for a, b in itertools.pairwise(saved_)]
    assert len(gaps) == 4
    assert all(20.9 < gap < 21.3 for gap in gaps)


def test_kinds_are_found_by_their_schemas() -> None:
    assert kind_of(run_of()).read is not kind_of(layer()).read
