"""Chains like layers: kept, extended, done in shares, saved, shown again and compared."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.check.chains import compared
from normstats.cli.schema import text as schema
from normstats.engine.observer import Interrupted
from normstats.engine.part import Part
from normstats.engine.target import BEYOND, MISSED
from normstats.engine.terms import Terms
from normstats.errors import UsageError
from normstats.files import strict
from normstats.kinds.find import job_of, kind_of, run_from
from normstats.networks.job import ChainJob
from normstats.networks.result import ChainResult, Number
from normstats.networks.run import ChainRun
from normstats.networks.target import reached
from normstats.networks.written import chain_of
from normstats.parts import checkpoint
from normstats.parts import document as document_of_parts
from normstats.parts.checkpoint import Checkpoint, Wanted
from normstats.parts.document import Parts, checksum, read_parts, text
from normstats.parts.saved import Saved, read_saved
from normstats.parts.shards import Shard, together
from normstats.perform import perform, result_of, sample_blocks
from normstats.runs.inputs import Inputs
from normstats.runs.target import Target
from tests.parts.damage import damaged
from tests.parts.runs import run_of as layer
from tests.parts.test_checkpoint import Impatient

WILD = "20 * (linear(6, init=normal, init_std=1e19), softplus)"
TEXT = "linear(6, init=kaiming_normal), relu, residual(linear(6), tanh, branch=0.5), linear(2)"


def run_of(networks: int = 11, chain: str = TEXT, batch_size: int = 5, **more: Any) -> ChainRun:
    return ChainRun(chain_of(chain, size=6, batch_size=batch_size), networks, **more)


def whole(run: ChainRun) -> ChainResult:
    return perform(run, 2)


def same(one: ChainResult, other: ChainResult) -> bool:
    """But for the time and the threads it took."""
    one, other = (replace(each, elapsed_s=0.0, threads=1) for each in (one, other))
    return repr(one) == repr(other)


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


@cache
def parts() -> tuple[Part, ...]:
    """Of a chain, and of one whose signals leave float64, so that there are nan and inf."""
    wild = run_of(3, WILD, 2)
    return sample_blocks(run_of(), (1, 8), 1), sample_blocks(wild, (0, 3), 1)


def loaded(content: str | bytes, folder: Path) -> tuple[Part, ...]:
    file = folder / "part.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_parts("FILE", str(file)).parts


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


@cache
def results() -> tuple[ChainResult, ...]:
    small = "40 * (linear(6, init=normal, init_std=1e-20), leaky_relu)"
    runs = (run_of(), run_of(1), run_of(3, WILD, 2), run_of(4, small), run_of(normalize="separate"))
    return tuple(whole(run) for run in runs)


def back(content: str | bytes, folder: Path) -> ChainResult:
    file = folder / "r.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    found = read_saved("FILE", str(file)).chain
    assert found is not None
    return found


@pytest.mark.parametrize("number", range(5))
def test_results_come_back(number: int, tmp_path: Path) -> None:
    result = results()[number]
    again = back(result.to_json(), tmp_path)
    assert again.to_json() == result.to_json()
    assert repr(again.layers) == repr(result.layers)
    old = json.loads(result.to_json())
    del old["ended"], old["target"]
    assert back(json.dumps(old), tmp_path).to_json() == result.to_json()


@given(seed=st.integers(0, 2**32))
def test_damage_gives_one_error(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = damaged(results()[0].to_json(), seed)
    with contextlib.suppress(UsageError):
        found = back(content, tmp_path_factory.mktemp("damaged"))
        assert found.to_json()


def saved(*found: ChainResult) -> Iterator[Saved]:
    for number, result in enumerate(found):
        yield Saved(f"{number}.json", [], result)


def judged(one: ChainResult, other: ChainResult) -> list[str]:
    return [case.name for case in compared(*saved(one, other), 1e-6).failed]


def test_equal_runs_agree_in_every_digit() -> None:
    one = results()[0]
    assert judged(one, one) == []
    first, *rest = one.layers
    value = first.forward_std.value
    assert value is not None
    off = replace(first, forward_std=replace(first.forward_std, value=value * (1.0 + 2.0**-50)))
    assert judged(one, replace(one, layers=(off, *rest))) == ["layer 1, linear: forward_std"]


@pytest.mark.parametrize("number", range(1, 5))
def test_other_seeds_agree_within_their_errors(number: int) -> None:
    run = replace(results()[number].run, seed=number + 1, networks=9)
    assert judged(results()[number], whole(run)) == []


def test_z_is_that_of_the_difference() -> None:
    zs = []
    for seed in range(40):
        one, other = (whole(run_of(n, seed=seed + at)) for n, at in ((40, 0), (20, 500)))
        document = compared(*saved(one, other), 1e-6)
        (case,) = (c for c in document.cases if c.name == "layer 1, linear: forward_std")
        zs.append(case.numbers["z"])
    square = sum(z * z for z in zs)
    assert 12.0 < square < 95.0, "χ² with 40 degrees of freedom: but for a chance of 1e-5 each"


def test_another_chain_is_told_apart() -> None:
    """A gain that is half as large again, said to be the same."""
    one = whole(run_of(200, "linear(6, init=normal, init_std=0.4), relu"))
    wider = whole(run_of(200, "linear(6, init=normal, init_std=0.6), relu", seed=1))
    failed = judged(one, replace(wider, run=replace(one.run, seed=1)))
    assert "layer 1, linear: forward_std" in failed
    with pytest.raises(UsageError, match=r"is of another measurement: chain .*0\.6.* in 0.json"):
        judged(one, wider)


def test_what_varies_much_is_not_judged_by_its_error() -> None:
    """Where ln std scatters by more than 0.7, a few networks decide the std of all together."""
    one = results()[0]
    first, *rest = one.layers
    spread = Number(1.0, 1.0, 0.0, 1.0)
    other = Number(9.0, 0.1, 0.95, 0.01)
    wide = replace(first, typical_forward=spread, forward_std=other, forward_mean=other)
    assert judged(one, replace(one, run=run_of(seed=1), layers=(wide, *rest))) == []


def without(layer: Any, *names: str) -> Any:
    return replace(layer, **dict.fromkeys(names, Number(None)))


def test_what_only_one_has_does_not_agree() -> None:
    """Unless it is near the end of float64, where a further network may leave it."""
    one = results()[0]
    first, second, *rest = one.layers
    other = replace(one, run=run_of(seed=1))
    bare = replace(without(first, "forward_std", "forward_mean"), weights={})
    lost = replace(second, dead=None)
    failed = judged(one, replace(other, layers=(bare, lost, *rest)))
    names = ("forward_mean", "forward_std", "weight_std", "bias_std")
    assert failed == [*(f"layer 1, linear: {name}" for name in names), "layer 2, relu: dead"]
    far = replace(first, forward_std=Number(1e250, 1e248, 250.0, 0.01))
    missing = replace(other, layers=(without(far, "forward_std"), second, *rest))
    assert judged(replace(one, layers=(far, second, *rest)), missing) == []
    names = ("forward_mean", "forward_std", "forward_rms", "gradient_std")
    names += ("typical_forward", "typical_gradient")
    nothing = [
        replace(without(x, *names), weights={}, dead=None, saturated=None) for x in one.layers
    ]
    empty = replace(other, layers=tuple(nothing))
    with pytest.raises(UsageError, match=r"1\.json: has no number that 0\.json has, too"):
        compared(*saved(empty, empty), 1e-6)


def test_what_cannot_be_judged_is_told() -> None:
    document = compared(*saved(results()[0], whole(run_of(1, seed=1))), 1e-6)
    assert document.passed
    assert any("cannot be judged" in remark for remark in document.remarks)
    assert all(row[2] == "0" for row in document.rows[:5]), "none of them exactly"


def test_shares_that_vary_in_neither_run_are_not_judged() -> None:
    """They are counted: all of three networks may have 3 dead units of 32, all of others 2."""
    one = results()[0]
    first, second, *rest = one.layers
    shares = [replace(second, dead=Number(share, 0.0, 0.0, 0.0)) for share in (0.0625, 0.09375)]
    a, b = (replace(one, layers=(first, each, *rest)) for each in shares)
    assert judged(a, replace(b, run=run_of(seed=1))) == []
    assert judged(a, b) == ["layer 2, relu: dead"], "of the same networks it is the same"


CHANGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "networks_done must be at most 11": lambda d: d.update(networks_done=90),
    "layers are not those of its chain": lambda d: d["layers"][0].update(shape=[7]),
    "its layers are not those": lambda d: d["layers"][0]["weights"].update(more=d["x"]),
    "not below 0": lambda d: d["layers"][0]["forward_std"].update(value=-1.0),
    "theory must be numbers": lambda d: d["layers"][0].update(theory={"forward_std": None}),
}


@pytest.mark.parametrize("said", CHANGED)
def test_results_that_cannot_be_are_refused(said: str, tmp_path: Path) -> None:
    document = json.loads(results()[0].to_json())
    CHANGED[said](document)
    with pytest.raises(UsageError, match=said):
        back(json.dumps(document), tmp_path)


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


def test_a_chain_and_a_layer_are_not_compared() -> None:
    layers = Saved("layers.json", [])
    (chain,) = saved(results()[0])
    for pair in ((layers, chain), (chain, layers)):
        with pytest.raises(UsageError, match=r"layers.json: has results of layers, 0.json that of"):
            compared(*pair, 1e-6)


def test_kinds_are_found_by_their_schemas() -> None:
    assert kind_of(run_of()).read is not kind_of(layer()).read
