"""From text to the tree: ``linear(512), 3 * (linear(512), tanh), residual(linear(512))``.

    chain = item {"," item}
    item  = [count "*"] (layer | "(" chain ")")
    layer = name ["(" value {"," value} ")"]        value = [name "="] words
    residual is a layer whose values are a chain, and by name skip and branch.

Written as one function a rule (recursive descent); each message says where it stopped.
"""

from __future__ import annotations

import re
from typing import NoReturn

from normstats.errors import UsageError
from normstats.networks.tree import DEEPEST, LONGEST_TEXT, Block, Node, Times, Word, whole
from normstats.values import finite_number

RESIDUAL = "residual"
WEIGHTS = ("skip", "branch")

_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_COUNT = re.compile(r"(\d[\d,]*)\s*[*×]")
_NAMED = re.compile(r"([A-Za-z_][\w-]*)\s*=(?!=)")
_OPEN, _CLOSED = "([", ")]"
_BESIDE = 20  # characters of text shown on both sides of a mistake


def parse(text: str) -> tuple[Node, ...]:
    """The nodes of a chain; UsageError that says where the text stops making sense."""
    if not isinstance(text, str) or not text.strip():
        raise UsageError("chain", repr(text), "must be layers such as: linear(512), tanh")
    if len(text) > LONGEST_TEXT:
        raise UsageError("chain", f"of {len(text)} characters", f"at most {LONGEST_TEXT} can be")
    reader = _Reader(text)
    nodes = reader.chain(0)
    reader.space()
    if reader.at < len(text):
        reader.fail("a comma is missing, or there is a bracket too many")
    return nodes


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def fail(self, why: str, at: int | None = None) -> NoReturn:
        """UsageError with the place: what comes before it, a pointer, what comes after."""
        at = self.at if at is None else at
        before, after = self.text[max(0, at - _BESIDE) : at], self.text[at : at + _BESIDE]
        place = f"{'…' if at > _BESIDE else ''}{before} → {after or 'end'}"
        shown = self.text if len(self.text) <= 200 else f"{self.text[:200]}…"
        raise UsageError("chain", shown, f"at character {at + 1} ({place.strip()}): {why}")

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def next_is(self, characters: str) -> bool:
        """Whether the next character, after blanks, is one of these; the end is none."""
        self.space()
        return self.at < len(self.text) and self.text[self.at] in characters

    def take(self, character: str) -> bool:
        if self.next_is(character):
            self.at += 1
            return True
        return False

    def chain(self, depth: int) -> tuple[Node, ...]:
        nodes = [self.item(depth)]
        while self.take(","):
            if self.next_is(_CLOSED) or self.at == len(self.text):  # a comma at the end
                break
            nodes.append(self.item(depth))
        return tuple(nodes)

    def item(self, depth: int) -> Node:
        if depth > DEEPEST:
            self.fail(f"brackets within brackets more than {DEEPEST} deep")
        self.space()
        start = self.at
        count = _COUNT.match(self.text, self.at)
        if count is not None:
            self.at = count.end()
            digits = count[1].replace(",", "")
            if len(digits) > 9:
                self.fail("too many repetitions", start)
            times = whole("chain", int(digits))
            inside = self.group(depth) if self.next_is("(") else (self.layer(depth),)
            return Times(times, inside)
        if self.next_is("("):
            return Times(1, self.group(depth))
        return self.layer(depth)

    def group(self, depth: int) -> tuple[Node, ...]:
        start = self.at
        self.take("(")
        nodes = self.chain(depth + 1)
        if not self.take(")"):
            self.fail("this bracket is not closed", start)
        return nodes

    def layer(self, depth: int) -> Node:
        self.space()
        match = _NAME.match(self.text, self.at)
        if match is None:
            self.fail("here a layer must stand, such as relu or linear(512)")
        self.at = match.end()
        if match[0].lower() == RESIDUAL:
            return self.block(depth, match.start())
        values: list[str] = []
        named: dict[str, str] = {}
        start = self.at
        if self.take("("):
            while not self.take(")"):
                self.value(values, named)
                if not self.take(",") and not self.next_is(")"):
                    self.fail("this bracket is not closed", start)
        return Word(match[0], tuple(values), tuple(named.items()))

    def value(self, values: list[str], named: dict[str, str]) -> None:
        """One value of a layer, added to those without or with a name."""
        self.space()
        start = self.at
        match = _NAMED.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        word = self.words()
        if not word:
            self.fail("a value is missing")
        if match is None:
            if named:
                self.fail("a value without a name must stand before those with one", start)
            values.append(word)
            return
        name = match[1].lower().replace("-", "_")
        if name in named:
            self.fail(f"{name} is given twice", start)
        named[name] = word

    def words(self) -> str:
        """Up to the next comma or closing bracket; what brackets or quotes hold is kept whole."""
        start, depth, quote = self.at, 0, ""
        while self.at < len(self.text):
            character = self.text[self.at]
            if quote:
                quote = "" if character == quote else quote
            elif character in "\"'":
                quote = character
            elif character in _OPEN:
                depth += 1
            elif character in _CLOSED and depth:
                depth -= 1
            elif character in "," + _CLOSED and not depth:
                break
            self.at += 1
        if quote:
            self.fail("this quotation mark is not closed", start)
        word = self.text[start : self.at].strip()
        if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
            word = word[1:-1].strip()
        return word

    def block(self, depth: int, start: int) -> Block:
        """residual(…): items, then skip= and branch= in any order."""
        if not self.take("("):
            self.fail("residual needs its branch: residual(linear(512), relu, linear(512))")
        nodes: list[Node] = []
        weights: dict[str, float] = {}
        while not self.take(")"):
            self.space()
            match = _NAMED.match(self.text, self.at)
            if match is None:
                nodes.append(self.item(depth + 1))
            else:
                name, at = match[1].lower(), self.at
                self.at = match.end()
                if name not in WEIGHTS or name in weights:
                    why = "is given twice" if name in weights else "is no weight of residual"
                    self.fail(f"{name} {why} (it has skip and branch)", at)
                try:
                    weights[name] = finite_number(self.words())
                except ValueError:
                    self.fail(f"{name} must be a number", at)
            if not self.take(",") and not self.next_is(")"):
                self.fail("this bracket of residual is not closed", start)
        if not nodes:
            self.fail("residual without a branch", start)
        return Block(tuple(nodes), **weights)
