"""What a report is: every command builds one of these, and every format renders them.

People read the parts, one after the other; machines read ``data``, which is flat, or ``document``,
which is a tree. All of it is plain data: named tuples, because every start pays for these classes,
and dataclasses are made several times slower. A text is a ``str``, or ``Marked`` if it has marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from normstats.reports.marks import Marked

# Who reads a column: a person on a terminal, a person on a page, a program.
SCREEN, PAGE, MACHINE = "screen", "page", "machine"
EVERYONE, MACHINES = (SCREEN, PAGE, MACHINE), (MACHINE,)

# How the cells of a column stand below each other: numbers by their points, or by their signs.
# Long text may be broken into lines where a format can do that.
LEFT, RIGHT, POINT, SIGN, LONG = "left", "right", "point", "sign", "long"

# A column that names its row, or the whole group, and need not be said twice.
LABEL, GROUP = "label", "group"

# What is said of a group: how it came about, what to beware of, what to do with it.
FACT, ALARM, ADVICE = "fact", "alarm", "advice"

# How Markdown begins the lines of a list of items, of numbered ones, of what is typed.
ITEM, NUMBERED, COMMAND = "- ", "{}. ", "    "

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Column(NamedTuple):
    """``name`` is for machines, ``heading`` and ``unit`` are for people."""

    name: str
    heading: str = ""
    unit: str = ""
    align: str = LEFT
    role: str = ""
    readers: Sequence[str] = EVERYONE
    strong: bool = False

    @property
    def title(self) -> str:
        """The heading with its unit."""
        return f"{self.heading} {self.unit}".strip()


class Cell(NamedTuple):
    """A value for machines, None where it is unknown, and its text for people."""

    value: Any = None
    text: str = ""
    alarm: bool = False


class Line(NamedTuple):
    """A line of a terminal: wrapped lines go on ``hang`` further in; None does not wrap."""

    text: str
    indent: int = 0
    hang: int | None = 2


class Row(NamedTuple):
    """One cell a column; ``lines`` are what a terminal shows of a row too wide for a grid."""

    cells: Sequence[Cell]
    lines: Sequence[Line] = ()


class Note(NamedTuple):
    """A sentence on a group."""

    text: str
    kind: str = FACT


class Group(NamedTuple):
    """Rows that belong together; ``about`` stands with the title, the notes below the rows."""

    rows: Sequence[Row]
    title: str = ""
    about: Sequence[str] = ()
    notes: Sequence[Note] = ()


class Table(NamedTuple):
    """Groups of rows below the same columns.

    ``across``: the groups have the same labels and one number a row, so that a wide page can set a
    group in one line. ``beside``: what a group is about may stand in the line of its title.
    ``ruler`` is a row that is not shown, as wide as rows get: a terminal's columns are as wide from
    the first row on, so that rows can be shown as they come.
    """

    columns: Sequence[Column] = ()
    groups: Sequence[Group] = ()
    across: bool = False
    beside: bool = False
    ruler: Row | None = None

    @property
    def rows(self) -> list[Row]:
        """Those of all groups."""
        return [row for group in self.groups for row in group.rows]

    def read_by(self, reader: str) -> Table:
        """The columns that one kind of reader reads."""
        kept = [i for i, column in enumerate(self.columns) if reader in column.readers]

        def narrow(row: Row) -> Row:
            return row._replace(cells=[row.cells[i] for i in kept])

        groups = [group._replace(rows=list(map(narrow, group.rows))) for group in self.groups]
        ruler = None if self.ruler is None else narrow(self.ruler)
        columns = [self.columns[i] for i in kept]
        return self._replace(columns=columns, groups=groups, ruler=ruler)


class Text(NamedTuple):
    """Lines that begin like this, one below the other; without a beginning, paragraphs."""

    texts: Sequence[str]
    start: str = ""


class Case(NamedTuple):
    """One comparison: what with what, whether it passed, and a sentence with all its numbers."""

    group: str
    name: str
    passed: bool
    message: str
    numbers: Mapping[str, Any] = NOTHING
    elapsed_s: float = 0.0


class Report(NamedTuple):
    """What a command prints.

    ``sheet`` says the same with a line for each layer, where that is all that there is room for.
    ``header`` says under which conditions the ``cases`` were compared, if there are any.
    ``indent`` is that of the document: 1 keeps a long one narrow.
    """

    parts: Sequence[Table | Text] = ()
    data: Table = Table()
    document: Mapping[str, Any] = NOTHING
    indent: int = 2
    title: str = ""
    sheet: Table | None = None
    header: Mapping[str, Any] = NOTHING
    cases: Sequence[Case] = ()


def heading(text: str, level: int = 1) -> Text:
    """The heading of a report, or of its second or third level."""
    return Text([text], "#" * level + " ")


def paragraphs(*texts: str) -> Text:
    """Plain text without a beginning of its own."""
    return Text(texts)


def prose(*texts: str, start: str = "") -> Text:
    """Text that is written with marks."""
    return Text([Marked(text) for text in texts], start)


def texts(*cells: str) -> list[Cell]:
    """Cells that are the same for people and machines."""
    return [Cell(cell, cell) for cell in cells]


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> Table:
    """A table of texts; ``align`` is "l" or "r" for each column, else "lrrr…"."""
    sides = {"l": LEFT, "r": RIGHT}
    columns = [
        Column(heading, heading, align=sides[side])
        for heading, side in zip(headings, align or "l" + "r" * len(headings), strict=bool(align))
    ]
    return Table(columns, [Group([Row(texts(*row)) for row in rows])])


def of_records(records: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> Table:
    """Records for machines, with these fields or those of the first; without parts is unknown."""
    names = names or list(records[0] if records else ())
    rows = [Row([Cell(_known(record.get(name))) for name in names]) for record in records]
    return Table([Column(name, readers=MACHINES) for name in names], [Group(rows)])


def _known(value: Any) -> Any:
    return None if isinstance(value, (Mapping, list, tuple)) and not value else value
