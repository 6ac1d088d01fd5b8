"""Parts as files: every bit comes back, and nothing that is damaged does."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.cli.schema import text as schema
from normstats.engine.part import Part
from normstats.errors import UsageError
from normstats.moments.merge import Moments
from normstats.moments.span import Span
from normstats.parts import document
from normstats.parts.document import checksum, read_parts, text
from tests.parts.damage import damaged
from tests.parts.runs import FULL, part_of, run_of

ODD = (0.0, -0.0, 5e-324, -1.7976931348623157e308, 0.1, float("inf"), -float("inf"))


@cache
def parts() -> tuple[Part, ...]:
    return part_of(run_of(), 1, 6), part_of(run_of("glu", 1000), 0, 1)


def loaded(content: str | bytes, folder: Path) -> tuple[Part, ...]:
    file = folder / "part.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_parts("FILE", str(file)).parts


def test_every_bit_comes_back(tmp_path: Path) -> None:
    odd = Moments(-1e-300, 2**64, 2**80, (1.0, *ODD[:3]), (*ODD, 1.0 / 3.0))
    strange = Part(run_of(), Span.of_block(4, (odd, odd)), 0.1, 3)
    for part in (*parts(), strange):
        (back,) = loaded(text([part]), tmp_path)
        assert back == part
        assert repr(back) == repr(part), "also the sign of a zero"
    content = text(parts())
    assert loaded(content, tmp_path) == parts()
    jsonschema.validate(json.loads(content), json.loads(schema("parts")))


def test_nan_is_a_sum_too(tmp_path: Path) -> None:
    """Where powers of the values overflow."""
    blind = Moments(0.0, 1, 1, (float("nan"),) * 4, (float("nan"),) * 8)
    (back,) = loaded(text([Part(run_of(), Span.of_block(0, (blind, blind)))]), tmp_path)
    assert repr(back.span.trees[0].sums[0]) == repr(blind)


@given(seed=st.integers(0, 2**32))
def test_damage_is_found(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cut, changed, doubled or mixed up at random: the same parts, or one clear error."""
    content = damaged(text(parts()), seed)
    found: tuple[Part, ...] = parts()
    with contextlib.suppress(UsageError):
        found = loaded(content, tmp_path_factory.mktemp("damaged"))
    assert found == parts()


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    """A file that was changed on purpose, with the checksum that fits."""
    body = json.loads(text(parts()))
    change(body)
    body.pop("checksum", None)
    return json.dumps(body | {"checksum": checksum(body)})


def _blocks(body: dict[str, Any]) -> Any:
    return body["parts"][0]["blocks"]


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    r"schema must be": lambda b: b.update(schema="normstats/1"),
    r"stream 3, here it is 4": lambda b: b.update(stream=3),
    r"another normstats .*digest 000000000000, here": lambda b: b.update(code="0" * 64),
    r"by normstats 0\.0\.1:": lambda b: b.update(code="0" * 64, normstats="0.0.1"),
    r"more: no such field": lambda b: b.update(more=1),
    r"parts must be a list": lambda b: b.update(parts={}),
    r"parts\[0\] must be a JSON object": lambda b: b.update(parts=[1]),
    r"parts\[0\].blocks.first must be a whole": lambda b: _blocks(b).update(first=-1),
    r"blocks 1 to 5 are not 3 subtrees": lambda b: _blocks(b).update(end=5),
    r"blocks 7 to 6 are not": lambda b: _blocks(b).update(first=7),
    r"blocks 1 to 6 are not of 1 blocks": lambda b: b["parts"][0]["run"].update(samples=9),
    r"blocks 1 to 6 are not of 9 blocks": lambda b: b["parts"][0]["run"].update(samples=9 * FULL),
    r"must be a list of 2 quantities": lambda b: _blocks(b)["trees"][0].pop(),
    r"pivots .* differ": lambda b: _blocks(b)["trees"][0][0].update(pivot="0x1.0p+0"),
    r"total must be 4 numbers": lambda b: _blocks(b)["trees"][0][0]["total"].pop(),
    r"hexadecimal": lambda b: _blocks(b)["trees"][0][0].update(total=["1", 2, 3, 4]),
    r"too large": lambda b: _blocks(b)["trees"][0][0].update(total=["0x1.0p+9999"] * 4),
    r"units must be a whole": lambda b: _blocks(b)["trees"][0][0].update(units=0),
    r"its run is none .*no such layer": lambda b: b["parts"][0]["run"].update(layer="nothing"),
    r"its run is none .*samples": lambda b: b["parts"][0]["run"].update(samples=True),
    r"has a target": lambda b: b["parts"][0]["run"].update(target={"se": 1.0, "rel": None}),
    r"elapsed_s must be": lambda b: b["parts"][0].update(elapsed_s="nan"),
    r"threads must be": lambda b: b["parts"][0].update(threads="2"),
}


@pytest.mark.parametrize("said", CHANGES)
def test_what_does_not_fit_is_named(said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        loaded(changed(CHANGES[said]), tmp_path)


def test_a_checksum_that_does_not_fit(tmp_path: Path) -> None:
    content = text(parts()).replace('"units": 524288', '"units": 524289', 1)
    with pytest.raises(UsageError, match="is damaged: its checksum is wrong"):
        loaded(content, tmp_path)


def test_the_digest_is_of_what_decides_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    from normstats.kernels import store

    assert document.code() == store.sources_digest(document._ROOMS)
    assert set(store._SOURCES) < set(document._ROOMS)
    assert store.sources_digest(("moments",)) != store.sources_digest(("sampling",))
