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

# Who reads a table or a column: a person on a terminal, on a page, on paper, where a layer gets a
# line and no more.
SCREEN, PAGE, PAPER = EVERYONE = ("screen", "page", "paper")

# How the cells of a column stand below each other: numbers by their points, or by their signs.
LEFT, RIGHT, POINT, SIGN = "left", "right", "point", "sign"

# A column that names its row, or the whole group, and need not be said twice.
LABEL, GROUP = "label", "group"

# What is said of a group: how it came about, what to beware of, what to do with it.
FACT, ALARM, ADVICE = "fact", "alarm", "advice"

# How Markdown begins the lines of a list of items, of numbered ones, of what is typed.
ITEM, NUMBERED, COMMAND = "- ", "{}. ", "    "

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Column(NamedTuple):
    """What stands above the cells, and how they are set."""

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


class Line(NamedTuple):
    """A line of a terminal: wrapped lines go on ``hang`` further in; None does not wrap."""

    text: str
    indent: int = 0
    hang: int | None = 2


class Row(NamedTuple):
    """A text for each column; ``lines`` are what a terminal shows of a row too wide for a grid."""

    cells: Sequence[str]
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

    ``beside``: what a group is about may stand in the line of its title.
    """

    columns: Sequence[Column] = ()
    groups: Sequence[Group] = ()
    beside: bool = False
    readers: Sequence[str] = EVERYONE

    @property
    def rows(self) -> list[Row]:
        """Those of all groups."""
        return [row for group in self.groups for row in group.rows]

    def kept(self, places: Sequence[int]) -> Table:
        """These columns alone."""

        def narrow(row: Row) -> Row:
            return row._replace(cells=[row.cells[i] for i in places])

        groups = [group._replace(rows=list(map(narrow, group.rows))) for group in self.groups]
        return self._replace(columns=[self.columns[i] for i in places], groups=groups)

    def filled(self, nothing: str = "") -> Table:
        """Without the columns in which nothing stands."""
        there = [{row.cells[i] for row in self.rows} - {nothing} for i in range(len(self.columns))]
        return self.kept([i for i, texts in enumerate(there) if texts])


class Text(NamedTuple):
    """Lines that begin like this, one below the other; without a beginning, paragraphs."""

    texts: Sequence[str]
    start: str = ""


class Data(NamedTuple):
    """Flat rows for machines: values below names, None where one is unknown."""

    names: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()


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

    ``header`` says under which conditions the ``cases`` were compared, if there are any.
    ``indent`` is that of the document: 1 keeps a long one narrow.
    """

    parts: Sequence[Table | Text] = ()
    data: Data = Data()
    document: Mapping[str, Any] = NOTHING
    indent: int = 2
    title: str = ""
    header: Mapping[str, Any] = NOTHING
    cases: Sequence[Case] = ()

    def read_by(self, reader: str) -> list[Table | Text]:
        """The parts for one kind of reader, with the columns for them."""
        return [
            part.kept([i for i, column in enumerate(part.columns) if reader in column.readers])
            if isinstance(part, Table)
            else part
            for part in self.parts
            if isinstance(part, Text) or reader in part.readers
        ]


def heading(text: str, level: int = 1) -> Text:
    """The heading of a report, or of its second or third level."""
    return Text([text], "#" * level + " ")


def prose(*texts: str, start: str = "") -> Text:
    """Text that is written with marks."""
    return Text([Marked(text) for text in texts], start)


def table(headings: Sequence[str], rows: Iterable[Sequence[str] | Row], align: str = "r") -> Table:
    """A table of texts: "l" or "r" for each column, or for all but the first, which is "l"."""
    sides = align if len(align) > 1 else ("l" + align * len(headings))[: len(headings)]
    columns = [
        Column(heading, align=LEFT if side == "l" else RIGHT)
        for heading, side in zip(headings, sides, strict=True)
    ]
    own = [row if isinstance(row, Row) else Row(row) for row in rows]
    return Table(columns, [Group(own)])


def of_records(records: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> Data:
    """Records for machines, with these fields or those of the first; without parts is unknown."""
    names = names or list(records[0] if records else ())
    return Data(names, [[_known(record.get(name)) for name in names] for record in records])


def _known(value: Any) -> Any:
    return None if isinstance(value, (Mapping, list, tuple)) and not value else value
