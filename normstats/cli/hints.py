"""What somebody meant who typed a word or an option that a layer does not take."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from normstats.cli.flags import flag
from normstats.errors import UsageError
from normstats.layer.base import Layer
from normstats.layer.params import Param
from normstats.layer.windows import MapSize, Window

_NUMBER = re.compile(r"[+-]?[\d.][\d.,_x]*(e[+-]?\d+)?[kmgbt]?", re.ASCII | re.IGNORECASE)
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
    joined = _joined(layer, given, extra)
    if joined:
        return joined
    if _is_count(word) or not any(_takes(param, word) for param in layer.params):
        if _is_count(word, 1):
            return f"did you mean --samples {word}?"
        return "options begin with --; see normstats " + f"{layer.name} --help"
    fitting = next(param for param in layer.params if _takes(param, word))
    return f"did you mean {flag(fitting.name)} {word}?"


def _joined(layer: Layer, given: Sequence[str], extra: Sequence[str]) -> str:
    """What to type for sizes that stand apart, ``--kernel-size 2x3``; "" for other words."""
    found, rest, i = [], list(extra), 0
    while i < len(given):
        param = next((p for p in layer.params if flag(p.name) == given[i].replace("_", "-")), None)
        i += 1
        if param is None:
            continue
        end = next((k for k in range(i, len(given)) if given[k].startswith("-")), len(given))
        more = given[i + 1 : end]
        if more and rest[: len(more)] == list(more):
            del rest[: len(more)]
            whole = "x".join(given[i:end])
            if not isinstance(getattr(param, "other", param), Window | MapSize):
                return ""
            if not _takes(param, whole):
                return f"{flag(param.name)} {param.allowed}"
            found.append(f"{flag(param.name)} {whole}")
        i = end
    return "" if rest or not found else f"did you mean {' '.join(found)}?"


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


def no_command(word: str, commands: tuple[str, ...]) -> UsageError:
    """For a first word that is neither a layer nor a command."""
    from normstats.registry import find, suggest

    name, bracket, _ = word.partition("(")
    if bracket and find(name):
        return UsageError("layer", word, f'with parameters in brackets: normstats run "{word}"')
    return UsageError("layer", word, f"no such layer or command; {suggest(word, commands)}")


def refuse_numbers(words: Sequence[str], samples: bool) -> None:
    """UsageError for a number among layers; ``samples``: whether there is such an option."""
    from normstats.registry import find

    before = None
    for word in words:
        if _NUMBER.fullmatch(word):
            raise UsageError("layer", word, _meant(before, word, samples))
        before = find(word) or before


def _meant(before: Layer | None, word: str, samples: bool) -> str:
    fitting = [param for param in before.params if _takes(param, word)] if before else []
    if before and fitting and not _is_count(word):
        return f'did you mean "{before.name}({fitting[0].name}={word})"?'
    if samples and _is_count(word, 1):
        return f"did you mean --samples {word}?"
    why = "" if samples else "; exact values draw no samples"
    return f"must be the name of a layer, and not a number{why}"
