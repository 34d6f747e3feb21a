"""Lists of calls, of downloads and of business cards, to one fact for each contact."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from producers.attendance.contact_rows import (
    OUTGOING_CALL,
    ContactList,
    ContactOptions,
    contact_of_row,
)
from producers.attendance.contact_words import Kind, contact_columns, known_names
from producers.cells.dates import DateRules, date_order_of, moment_of, zone_of
from producers.cells.source import Source
from producers.cells.tabular import NotUnderstoodError, Row, Table, header_of, read_table
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.privacy.personal_data import Tokeniser
from schemas.utm import EventAttended, OfflineContact

HEADER_WITHIN: Final = 30
_WHAT: Final[Mapping[Kind, tuple[str, str]]] = {
    "calls": ("call", "calls"),
    "downloads": ("download", "downloads"),
    "cards": ("card", "cards"),
}
_REACH: Final[Mapping[Kind, str]] = {
    "calls": "callers' numbers (主叫号码, Caller)",
    "downloads": "e-mail addresses (邮箱, Email) or phone numbers (手机, Phone)",
    "cards": "e-mail addresses (邮箱, Email) or phone numbers (手机, Mobile)",
}

AnyContact = OfflineContact | EventAttended


@dataclass(slots=True)
class _Read:
    """What was read so far; the counters are of rows."""

    facts: dict[str, AnyContact] = field(default_factory=dict)
    rejects: list[LeftOut] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    doubles: int = 0


def read_contacts(data: Source, tokeniser: Tokeniser, options: ContactOptions) -> ImportResult:
    """Read a list; raise NotUnderstoodError if it lacks a way to know people, or when or what it was."""
    table = read_table(
        data,
        encoding=options.encoding,
        separator=options.separator,
        sheet=options.sheet,
        known=known_names(options.kind),
    )
    at, one = _list(table, tokeniser, options)
    body = table.rows[at + 1 :]
    if not body:
        raise NotUnderstoodError("the file has a header but no rows below it", line=table.rows[at].line)
    read = _Read()
    for row in body:
        _take(row, one, read)
    return ImportResult(
        tuple(read.facts.values()),
        tuple(read.rejects),
        one.header,
        tuple(_understood(table, table.rows[at].line, one)),
        tuple(_notes(read, one)),
        _summary(read, options.kind),
    )


def _list(table: Table, tokeniser: Tokeniser, options: ContactOptions) -> tuple[int, ContactList]:
    rows = [*table.rows[:HEADER_WITHIN]]
    at = max(range(len(rows)), key=lambda place: (_known(rows[place], options.kind), -place))
    header, line = header_of(rows[at]), rows[at].line
    columns = contact_columns(options.kind, header)
    if not columns.keys() & {"email", "phone"}:
        raise NotUnderstoodError(
            f"there is no column of {_REACH[options.kind]}; found are {listed(header)}", line=line
        )
    for name, said, question in (
        ("at", options.day, "nothing says when: there is no column of it; say the day with --day"),
        (
            "event",
            options.event or options.kind != "cards",
            "nothing says at which event the cards were given: say it with --event",
        ),
        (
            "about",
            options.about or options.kind != "downloads",
            "nothing says what was fetched: there is no column of it; say it with --title",
        ),
    ):
        if name not in columns and not said:
            raise NotUnderstoodError(f"{question}; found are {listed(header)}", line=line, column=name)
    places = columns.get("at", ())[:1]
    times = (row.cells[place] for place in places for row in table.rows[at + 1 :] if len(row.cells) > place)
    rules = DateRules(zone_of(options.timezone), order=options.date_order or date_order_of(times))
    if options.day:
        try:
            moment_of(options.day, rules)
        except CellError as error:
            raise NotUnderstoodError(f"--day {options.day!r} {error}") from None
    return at, ContactList(header, columns, rules, tokeniser, options)


def _known(row: Row, kind: Kind) -> int:
    return 0 if row.problem else len(contact_columns(kind, row.cells))


def _take(row: Row, one: ContactList, read: _Read) -> None:
    try:
        fact = contact_of_row(row, one)
    except CellError as error:
        read.rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
        return
    if isinstance(fact, str):
        read.left[fact] += 1
        return
    read.doubles += fact.event_id in read.facts
    read.facts[fact.event_id] = fact


def _understood(table: Table, line: int, one: ContactList) -> Iterable[str]:
    yield f"encoding: {table.encoding}, header on line {line}"
    for name, places in one.columns.items():
        yield f"{name}: column {listed([one.header[at] for at in places])}"
    used = {at for places in one.columns.values() for at in places}
    unused = [name for at, name in enumerate(one.header) if name and at not in used]
    yield f"columns that are not used: {listed(unused)}"


def _notes(read: _Read, one: ContactList) -> Iterator[str]:
    if read.doubles:
        yield f"{counted(read.doubles, 'row')} of what another row tells already"
    if read.left[OUTGOING_CALL]:
        yield (
            f"{counted(read.left[OUTGOING_CALL], 'row')} of {OUTGOING_CALL} are left out: whom sales called "
            "is a follow-up, which the CRM tells"
        )
    if one.options.kind == "calls":
        calls = [fact for fact in read.facts.values() if isinstance(fact, OfflineContact)]
        if missed := sum(fact.answered is False for fact in calls):
            yield f"{counted(missed, 'call')} that nobody answered"
        if calls and "direction" not in one.columns:
            yield "no column says whether a call came in or went out: all count as calls that came in"


def _summary(read: _Read, kind: Kind) -> str:
    people = {fact.subject for fact in read.facts.values()}
    return f"{counted(len(read.facts), *_WHAT[kind])} of {counted(len(people), 'person', 'people')}"
