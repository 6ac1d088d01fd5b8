"""The public names: which there are, what they take, and what it costs to import them."""

from __future__ import annotations

import inspect
import pkgutil
import subprocess
import sys

import pytest

import normstats

INPUTS = ["x_mean", "x_std", "dy_mean", "dy_std"]
RUN = ["samples", "seed", "threads", *INPUTS]
RUN += [
    "method",
    "conditional",
    "target_se",
    "target_rel",
    "time",
    "checkpoint",
    "dask",
    "observer",
]
CHAIN = ["repeat", "input", "batch_size", "networks", "normalize", "seed", "threads"]
LONG = ["target_se", "target_rel", "time", "checkpoint", "dask", "observer"]
CELLS = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
FUNCTIONS = {
    "apply": ["layer", "x", "dy", "mask", "weight", "bias", *CELLS, "params"],
    "chain": ["layers", *CHAIN, *INPUTS, *LONG],
    "exact": ["layer", *INPUTS, "params"],
    "gain": ["layer", "kind", *INPUTS, "params"],
    "layers": [],
    "measure": ["layer", *RUN, "params"],
}
ATTRIBUTES = {
    "ChainLayer": {"number", "name", "layer", "depth", "shape", "weights", "theory", "z"}
    | {"forward_mean", "forward_std", "forward_rms", "forward_growth", "typical_forward"}
    | {"dead", "saturated"}
    | {"gradient_std", "gradient_growth", "typical_gradient"}
    | {"gradient_factor", "gradient_factor_log10"},
    "ChainResult": {"run", "networks", "threads", "elapsed_s", "interrupted", "x", "dy", "layers"}
    | {"forward", "backward", "notes", "versions", "rule", "ended", "size"}
    | {"verdict", "to_dict", "to_json", "records"},
    "Estimate": {"value", "se", "exact", "precision", "heavy", "rough", "z"},
    "Exact": {"mean", "std", "rms", "zeros", "mean_from", "std_from"},
    "ExactValues": {"call", "layer", "params", "inputs", "forward", "backward", "statistics"}
    | {"gains", "values"},
    "Inputs": {"x_mean", "x_std", "dy_mean", "dy_std", "changed"},
    "Interrupted": {"found", "result", "chain"},
    "Observer": {"compiling", "progress"},
    "Progress": {"samples_done", "samples", "elapsed_s", "statistics", "forward", "backward"}
    | {"counted"},
    "Result": {"run", "layer", "params", "inputs", "samples", "seed", "stream", "method"}
    | {"threads", "elapsed_s", "interrupted", "ended", "statistics", "forward", "backward", "gains"}
    | {"unit", "units", "versions", "notes", "to_dict", "to_json", "records", "size"},
    "Run": {"call", "samples", "seed", "inputs", "method", "target", "stream"}
    | {"name", "text", "record"}
    # What runs of all kinds have.
    | {"schema", "title", "subject", "unit", "size", "most", "sized"},
    "Statistics": {"mean", "std", "rms", "zeros"},
    "UsageError": {"name", "value", "allowed", "marked", "sentence"},
}


def test_the_names() -> None:
    """Who takes one away, or adds one, changes what users can rely on."""
    assert set(normstats.__all__) == {"__version__", *FUNCTIONS, *ATTRIBUTES}
    assert set(normstats.__all__) <= set(dir(normstats))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_functions_take(name: str) -> None:
    function = getattr(normstats, name)
    assert list(inspect.signature(function).parameters) == FUNCTIONS[name]
    assert inspect.getdoc(function)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_what_values_have(name: str) -> None:
    """Fields, properties and methods without an underscore, but for those of Python's own."""
    there = getattr(normstats, name)
    own = {field for base in there.__mro__ for field in getattr(base, "__annotations__", {})}
    own |= {n for base in there.__mro__ if "normstats" in base.__module__ for n in vars(base)}
    if name in ("Interrupted", "UsageError"):
        made = there(None) if name == "Interrupted" else there("`p`", 2, "must be 1")
        own |= set(vars(made))
    assert {n for n in own if not n.startswith("_")} == ATTRIBUTES[name]


def test_a_name_stays_what_it_is_when_more_is_imported() -> None:
    """A module of the same name would take its place in the package once it is imported."""
    modules = {info.name for info in pkgutil.iter_modules(normstats.__path__)}
    assert not modules & set(normstats.__all__)


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no attribute 'foo'"):
        normstats.foo  # noqa: B018


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        ("", ["normstats.api", "numpy", "numba", "scipy", "rich", "click", "typing_extensions"]),
        ("normstats.UsageError", ["normstats.api", "numpy", "numba", "scipy", "rich", "click"]),
        ("normstats.Result", ["normstats.api", "numba", "scipy", "rich", "click"]),
        ("normstats.layers()", ["numba", "scipy", "rich", "click", "IPython", "json"]),
    ],
)
def test_nothing_is_imported_before_it_is_needed(line: str, absent: list[str]) -> None:
    program = f"import sys, normstats\n{line}\nprint([m for m in {absent} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
