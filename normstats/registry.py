"""Finds every layer by its name, however it is spelled.

A family is any module of ``normstats.families`` with a tuple ``LAYERS``. Nothing else names a
layer.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import normstats.families
from normstats.errors import UsageError
from normstats.frozen import Frozen
from normstats.layer.base import Layer
from normstats.result import Exact, ExactValues
from normstats.runs.call import Call
from normstats.runs.counts import parse_samples
from normstats.runs.inputs import STANDARD, Inputs, parse_inputs
from normstats.runs.run import Run, read_record, read_text
from normstats.runs.target import DEFAULT_SAMPLES, TARGET_SAMPLES, Target

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob

NEAR = 0.7  # of difflib: below it, names have little in common
_MODULES = re.compile(r"^(torch\.)?(nn\.)?(utils\.)?(parametrizations\.)?((functional|f)\.)?")
_NO_PARAMS = re.compile(r"\s*\(\s*\)$")
LONGEST_NAME = 100  # what is longer is no name, and difflib takes long


def canonical(name: str) -> str:
    """The spelling used inside: lower case, underscores."""
    return name.strip().lower().replace("-", "_")


@cache
def all_layers() -> Mapping[str, Layer]:
    """Every layer by its name, in the order of the family files and of the files' tuples."""
    found: dict[str, Layer] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(normstats.families.__path__)):
        family = importlib.import_module(f"normstats.families.{module}")
        for layer in getattr(family, "LAYERS", ()):
            if layer.name in found:
                raise RuntimeError(f"two layers are called {layer.name}")
            found[layer.name] = layer
    return found


@cache
def _spellings() -> Mapping[str, Layer]:
    layers = all_layers()
    spellings = dict(layers)
    for layer in layers.values():
        for alias in layer.aliases:
            if spellings.setdefault(canonical(alias), layer) is not layer:
                raise RuntimeError(f"two layers answer to {alias}")
    return spellings


def find(name: str) -> Layer | None:
    """The layer of that name or alias, also as in PyTorch (torch.nn.LeakyReLU), or None."""
    spellings, word = _spellings(), bare(name)
    if word in spellings:
        return spellings[word]
    squeezed = {one.replace("_", ""): layer for one, layer in spellings.items()}
    return squeezed.get(word)


def bare(name: str) -> str:
    """The spelling used inside, without the modules of PyTorch and without empty brackets."""
    return _MODULES.sub("", _NO_PARAMS.sub("", canonical(name)))


def nearest(name: str, names: Sequence[str]) -> list[str]:
    """Up to three names that somebody may have meant: what begins or goes on so, then what is near.

    ``name`` is in the spelling used inside.
    """
    if len(name) > LONGEST_NAME:
        return []
    within = [one for one in names if len(name) > 2 and name in one]
    within.sort(key=lambda one: (not one.startswith(name), len(one)))
    near = difflib.get_close_matches(name, names, n=3, cutoff=NEAR)
    return list(dict.fromkeys([*within, *near]))[:3]


def suggest(name: str, others: tuple[str, ...] = ()) -> str:
    """ "did you mean …?" with the nearest names, or where to find them all."""
    spellings = _spellings()
    near = [
        spellings[one].name if one in spellings else one
        for one in nearest(bare(name), [*spellings, *others])
    ]
    if not near:
        return "'normstats list' shows all layers"
    return f"did you mean {' or '.join(dict.fromkeys(near))}? ('normstats list' shows all layers)"


def get(name: str) -> Layer:
    """The layer of that name or alias; UsageError with a suggestion if there is none."""
    layer = find(name)
    if layer is None:
        raise UsageError("layer", name, f"no such layer; {suggest(name)}")
    return layer


def layer_of(call: Call) -> Layer:
    """The layer of a call."""
    return get(call.layer)


def job_of(run: Run) -> LayerJob:
    """The work of a run; UsageError if its method does not fit, or it has too many blocks."""
    job = get(run.call.layer).job(run)
    if run.target is None:  # with one, samples are the most, and seldom done
        job.blocks.refuse_beyond()
    return job


def inputs_of(call: Call, x_mean: Any, x_std: Any, dy_mean: Any, dy_std: Any) -> Inputs:
    """What x and dy of a call are drawn from; None stands for what the layer begins with."""
    return parse_inputs(x_mean, x_std, dy_mean, dy_std, layer_of(call).inputs)


def samples_for(call: Call, samples: Any = None, target: Target | None = None) -> int:
    """How many samples to draw: what is said, the most for a target, or what is usual."""
    if samples is None and target is None:
        return layer_of(call).default_samples(call.params) or DEFAULT_SAMPLES
    return parse_samples(TARGET_SAMPLES if samples is None else samples)


@lru_cache(maxsize=512)
def exact(call: Call, inputs: Inputs = STANDARD) -> tuple[Exact, ...]:
    """Exact values of each quantity of the layer: of y, of dx, …"""
    return layer_of(call).exact(call.params, inputs)


def exact_values(call: Call, inputs: Inputs = STANDARD) -> ExactValues:
    """The same with all that they rest on, and the gains that follow."""
    named = zip(layer_of(call).quantities(call.params), exact(call, inputs), strict=True)
    return ExactValues(call, Frozen(dict(named)), inputs)


_CALL = re.compile(r"\s*([\w.-]+)\s*(?:\((.*)\))?\s*", re.DOTALL)


def split_call(text: str) -> tuple[Layer, str]:
    """The layer of a call, and what stands between its brackets."""
    match = _CALL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise UsageError("layer", text, "must look like relu or max_pool2d(kernel_size=3)")
    return get(match[1]), match[2] or ""


def parse_call(text: str, more: Mapping[str, Any] = MappingProxyType({})) -> Call:
    """``relu`` or ``max_pool2d(kernel_size=3)`` as a call with all parameters.

    ``more`` are parameters given beside the text.

    Values are words up to the next comma at the top level; brackets and quotes around them may
    be given. Raises UsageError that names what is wrong.
    """
    layer, inside = split_call(text)
    given: dict[str, Any] = {canonical(name): value for name, value in more.items()}
    for part in re.split(r",(?![^([]*[)\]])", inside):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        if not equals or not value.strip():
            raise UsageError("layer", text, f"'{part.strip()}' must look like name=value")
        if canonical(name) in given:
            raise UsageError("layer", text, f"'{name.strip()}' is given twice")
        given[canonical(name)] = value.strip().strip("\"'")
    return Call.of(layer.name, layer.parse(given))


def parse_run(text: str) -> Run:
    """The run that a line of text stands for; see ``Run.text``."""
    return read_text(text, parse_call)


def run_from(record: Any) -> Run:
    """The run that a JSON object stands for; see ``Run.record``."""
    return read_record(record, parse_call)
