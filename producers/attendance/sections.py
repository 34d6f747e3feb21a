"""The sections of a conference tool's report: which of them lists those who came, and what stands above."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from producers.attendance.words import STARTS, TOPICS, columns_of, is_of_attendees, is_of_something_else
from producers.cells.headers import column_key
from producers.cells.tabular import Row, header_of


@dataclass(frozen=True, slots=True)
class Section:
    """A header with its rows; `title` is the line above it, "" if there is none of its own."""

    title: str
    line: int
    header: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Above:
    """What the lines above the lists say of the event: its name and when it began, "" where they don't."""

    event: str = ""
    begun: str = ""
    texts: tuple[str, ...] = ()


def sections_of(rows: Sequence[Row]) -> tuple[Above, tuple[Section, ...]]:
    """Cut a report into its sections; a plain list is one section without a title."""
    found: list[Section] = []
    above: list[Row] = []
    rest: list[Row] = []
    header: Row | None = None
    title = ""
    for row in rows:
        if not _is_header(row):
            rest.append(row)
            continue
        title_below = _title(rest[-1]) if rest else ""
        body = rest[:-1] if title_below else rest
        if header is None:
            above = body
        else:
            found.append(_section(title, header, body))
        header, title, rest = row, title_below, []
    if header is not None:
        found.append(_section(title, header, rest))
    return said_above(above), tuple(found)


def lists_of_attendees(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return the sections that list those who came: those that say so, else all that don't say otherwise."""
    usable = [each for each in sections if not is_of_something_else(each.title)]
    told = [each for each in usable if is_of_attendees(each.title)]
    return tuple(told or usable)


def said_above(rows: Sequence[Row]) -> Above:
    """Read a name and its value side by side, or below one another."""
    event = begun = ""
    for row, below in zip(rows, [*rows[1:], None], strict=False):
        said = [cell for cell in row.cells if cell]
        pairs = [(said[0], said[1])] if len(said) == 2 else []
        if below is not None and len(said) > 2:
            pairs += zip(row.cells, below.cells, strict=False)
        for name, value in pairs:
            key = column_key(name).rstrip(":")
            if key in TOPICS:
                event = event or value
            elif key in STARTS:
                begun = begun or value
    return Above(event, begun, tuple(cell for row in rows for cell in row.cells if cell))


def _is_header(row: Row) -> bool:
    if row.problem:
        return False
    columns = columns_of(row.cells)
    return len(columns) > 1 or bool(columns.keys() & {"email", "phone"})


def _title(row: Row) -> str:
    said = [cell for cell in row.cells if cell]
    return said[0] if len(said) == 1 and not row.problem else ""


def _section(title: str, header: Row, body: Sequence[Row]) -> Section:
    return Section(title, header.line, header_of(header), columns_of(header.cells), tuple(body))
