"""One run: a layer with everything that decides its numbers, as text and as JSON.

What does not decide them (threads, progress, where a report goes) is no part of it. Equal runs give
equal bits, so a run is what results, checkpoints and caches are known by.

As text:   max_pool2d(kernel_size=2x3) samples=10000000 seed=1 stream=4 x_std=2.0 method=rqmc
As JSON:   every field, under the schema "normstats-run/1".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from normstats.errors import UsageError
from normstats.runs.call import Call
from normstats.runs.counts import parse_samples, parse_seed
from normstats.runs.inputs import NAMES, STANDARD, Inputs, parse_inputs
from normstats.runs.method import Method, parse_method
from normstats.runs.target import Target, parse_target
from normstats.sampling.streams import STREAM_VERSION
from normstats.values import whole_number

SCHEMA = "normstats-run/1"
PLAIN = Method()

# From a layer as it is typed, or its name and parameters, to the complete call.
ParseCall = Callable[[str, Mapping[str, Any]], Call]


@dataclass(frozen=True)
class Run:
    """A layer, its inputs, how many samples of which seed, and how they are drawn.

    With a ``target``, ``samples`` is the most. ``stream`` is the version of the random stream.
    """

    call: Call
    samples: int
    seed: int = 0
    inputs: Inputs = STANDARD
    method: Method = PLAIN
    target: Target | None = None
    stream: int = STREAM_VERSION

    schema = SCHEMA
    unit = "samples"

    @property
    def title(self) -> str:
        """The call."""
        return str(self.call)

    @property
    def subject(self) -> str:
        """The layer."""
        return self.call.layer

    @property
    def size(self) -> int:
        """As ``samples``."""
        return self.samples

    @property
    def most(self) -> int:
        """How many samples the method makes of them."""
        return self.method.samples_within(self.samples)

    def sized(self, size: int) -> Run:
        """With another number of samples, and no target."""
        return replace(self, samples=size, target=None)

    @property
    def name(self) -> str:
        """The call, and the inputs where they are not the standard ones."""
        return f"{self.call}{self.inputs}"

    @property
    def text(self) -> str:
        """One line that ``read_text`` takes; what is not said is as usual."""
        fields: dict[str, Any] = {"samples": self.samples, "seed": self.seed, "stream": self.stream}
        fields |= self.inputs.changed
        if self.method.name != PLAIN.name:
            fields["method"] = self.method.name
        if self.method.conditional:
            fields["conditional"] = "true"
        wanted = asdict(self.target) if self.target is not None else {}
        fields |= {f"target_{name}": value for name, value in wanted.items() if value is not None}
        return " ".join([str(self.call), *(f"{name}={value}" for name, value in fields.items())])

    @property
    def record(self) -> dict[str, Any]:
        """The JSON object that ``read_record`` takes."""
        params = self.call.params.items()
        return {
            "schema": SCHEMA,
            "layer": self.call.layer,
            "params": {k: list(v) if isinstance(v, tuple) else v for k, v in params},
            "inputs": asdict(self.inputs),
            "samples": self.samples,
            "seed": self.seed,
            "stream": self.stream,
            "method": self.method.name,
            "conditional": self.method.conditional,
            "target": None if self.target is None else asdict(self.target),
        }


_TEXT = re.compile(r"\s*([\w-]+\s*(?:\(.*\))?)((?:\s+[a-z_]+=\S+)*)\s*", re.DOTALL)
_FIELDS = (
    *("samples", "seed", "stream", *NAMES),
    *("method", "conditional", "target_se", "target_rel"),
)


def read_text(text: str, parse_call: ParseCall) -> Run:
    """The run of a line; UsageError that says what is wrong with it."""
    match = _TEXT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise UsageError("run", text, "must look like: relu samples=100000 seed=0")
    given: dict[str, Any] = {}
    for part in match[2].split():
        name, _, value = part.partition("=")
        if name not in _FIELDS:
            raise _unknown(name, _FIELDS)
        if name in given:
            raise UsageError("run", name, "is given twice")
        given[name] = value
    if given.get("conditional", "true") not in ("true", "false"):
        raise UsageError("run", f"conditional={given['conditional']}", "must be true or false")
    given["conditional"] = given.get("conditional") == "true"
    return _made(parse_call(match[1], {}), given)


def read_record(record: Any, parse_call: ParseCall) -> Run:
    """The run of a JSON object; UsageError that names the field that does not fit."""
    if not isinstance(record, Mapping):
        raise UsageError("run", type(record).__name__, "must be a JSON object")
    if record.get("schema") != SCHEMA:
        raise UsageError("run", f"schema {record.get('schema')}", f"must be {SCHEMA}")
    given = {name: value for name, value in record.items() if name != "schema"}
    layer, params = given.pop("layer", None), _object(given, "params")
    if not isinstance(layer, str):
        raise UsageError("run", f"layer {layer}", "must be the name of a layer")
    for part, names, prefix in (("inputs", NAMES, ""), ("target", ("se", "rel"), "target_")):
        for name, value in _object(given, part).items():
            if name not in names:
                raise _unknown(f"{part}.{name}", names)
            if isinstance(value, str | bool):
                raise UsageError("run", f"{part}.{name} {value!r}", "must be a number")
            given[prefix + name] = value
    for name, value in given.items():
        if name not in _FIELDS:
            raise _unknown(name, (*_FIELDS, "layer", "params", "inputs", "target"))
        if isinstance(value, str) and name != "method":
            raise UsageError("run", f"{name} {value!r}", "must not be text")
    return _made(parse_call(layer, params), given)


def _object(record: dict[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a record, taken out of it; empty where it is missing or null."""
    found = record.pop(name, None)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise UsageError("run", f"{name} {found!r}", "must be a JSON object")
    return found


def _unknown(name: str, names: tuple[str, ...]) -> UsageError:
    return UsageError("run", name, f"no such field (there are {', '.join(names)})")


def _made(call: Call, given: Mapping[str, Any]) -> Run:
    """From a call and the fields as text or numbers."""
    if given.get("samples") is None:
        raise UsageError("run", call, "samples is missing")
    standard = asdict(STANDARD)
    return Run(
        call=call,
        samples=parse_samples(given["samples"]),
        seed=parse_seed(given.get("seed", 0)),
        inputs=parse_inputs(*(given.get(name, standard[name]) for name in NAMES)),
        method=parse_method(given.get("method", PLAIN.name), given.get("conditional", False)),
        target=parse_target(given.get("target_se"), given.get("target_rel")),
        stream=_stream(given.get("stream", STREAM_VERSION)),
    )


def _stream(value: Any) -> int:
    """This version's stream; numbers of another one cannot be had."""
    try:
        stream = whole_number(value)
    except (TypeError, ValueError):
        stream = 0
    if stream != STREAM_VERSION:
        raise UsageError("run", f"stream {value}", f"must be {STREAM_VERSION}, as here")
    return stream
