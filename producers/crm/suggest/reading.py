"""An export that nobody has mapped, read to the mapping that its header and its cells suggest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from producers.cells.source import Source
from producers.cells.tabular import NotUnderstoodError, Row, Table, column_key, header_of, read_table
from producers.crm.suggest.evidence import columns_in
from producers.crm.suggest.guess import guess_of
from producers.crm.suggest.text import toml_of
from producers.crm.suggest.words import HINTS, known_words
from producers.privacy.masking import masked

_HEADER_WITHIN: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestOptions:
    """What the user says about an export; "" is found out. `timezone` is that of dates that name none."""

    file_name: str
    timezone: str
    region: str = "CN"
    system: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping as TOML text, and the questions that have to be decided before it imports anything."""

    text: str
    undecided: tuple[str, ...]


def suggest_mapping(data: Source, options: SuggestOptions) -> Suggestion:
    """Suggest a mapping; raise NotUnderstoodError if the file has no header, no ids or no dates."""
    table = read_table(
        data,
        encoding=options.encoding,
        separator=options.separator,
        sheet=options.sheet,
        known=known_words(),
    )
    at = _header(table)
    header, body = header_of(table.rows[at]), table.rows[at + 1 :]
    line = table.rows[at].line
    _demand_header(header, body, line)
    guess = guess_of(columns_in(header, body, options.region), options.system)
    text = toml_of(guess, options.file_name, len(body), line, options.timezone)
    return Suggestion(text, tuple(f"{name}: {question}" for name, question in guess.undecided.items()))


def _header(table: Table) -> int:
    """Return the place of the row whose cells are most like names of columns; the first of equals."""
    known = known_words()

    def names(row: Row) -> tuple[int, int]:
        keys = [column_key(cell) for cell in row.cells if cell]
        hinted = sum(any(hint.words.search(key) for hint in (*HINTS["lead"], *HINTS["deal"])) for key in keys)
        return sum(key in known for key in keys), hinted

    rows = [*table.rows[:_HEADER_WITHIN]]
    return max(range(len(rows)), key=lambda at: (*names(rows[at]), len(header_of(rows[at])), -at))


def _demand_header(header: Sequence[str], body: Sequence[Row], line: int) -> None:
    if any(masked(name) != name for name in header):
        raise NotUnderstoodError(
            "an address or a number stands where the names of the columns should: the file needs a header",
            line=line,
        )
    if not body:
        raise NotUnderstoodError("the file has a header but no rows below it", line=line)
