"""What somebody meant who typed a word or an option that a layer does not take."""

from __future__ import annotations

from collections.abc import Sequence

import click

from normstats.cli.flags import flag
from normstats.errors import UsageError
from normstats.layer.base import Layer
from normstats.layer.params import Param

FEWEST_SAMPLES = 1000  # a whole number from here on is a number of samples rather than a parameter


def extra_words(layer: Layer, given: Sequence[str], extra: Sequence[str]) -> UsageError:
    """For words that belong to no option: another layer, a number, the rest of a window."""
    word = extra[0]
    return UsageError(layer.name, " ".join(extra), _hint(layer, given, extra, word))


def _hint(layer: Layer, given: Sequence[str], extra: Sequence[str], word: str) -> str:
    from normstats.registry import find

    if all(find(one.partition("(")[0]) for one in extra):
        several = " ".join(f'"{one}"' if "(" in one else one for one in (layer.name, *extra))
        return f"for several layers: normstats run {several}"
    before = given[given.index(word) - 1] if word in given[1:] else ""
    for param in layer.params:
        value = _value_of(param, given)
        if value is not None and before == value:
            whole = "x".join((value, *extra))
            if _takes(param, whole):
                return f"did you mean {flag(param.name)} {whole}?"
    if _is_count(word) or not any(_takes(param, word) for param in layer.params):
        if _is_count(word, 1):
            return f"did you mean --samples {word}?"
        return "options begin with --; see normstats " + f"{layer.name} --help"
    fitting = next(param for param in layer.params if _takes(param, word))
    return f"did you mean {flag(fitting.name)} {word}?"


def _value_of(param: Param, given: Sequence[str]) -> str | None:
    """What was given for a parameter."""
    for i, word in enumerate(given[:-1]):
        if word.replace("_", "-") == flag(param.name):
            return given[i + 1]
    return None


def _takes(param: Param, text: str) -> bool:
    try:
        param.convert(text)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def _is_count(text: str, least: int = FEWEST_SAMPLES) -> bool:
    from normstats.runs.counts import parse_samples

    try:
        return parse_samples(text) >= least
    except UsageError:
        return False


def unknown_option(error: click.NoSuchOption, layer: Layer, given: Sequence[str]) -> Exception:
    """For an option that the layer has in PyTorch alone, the reason; else click's own words."""
    name = error.option_name.lstrip("-").replace("-", "_")
    if name not in layer.absent:
        return error
    words = [*given, "(nothing)"]
    spelled = next(
        i for i, w in enumerate(words) if w.lstrip("-").replace("-", "_").startswith(name)
    )
    _, equals, value = words[spelled].partition("=")
    return UsageError(flag(name), value if equals else words[spelled + 1], layer.absent[name])
