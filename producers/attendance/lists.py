"""Lists of those who came to a salon, a fair or a webinar, to one fact for each person, event and day."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from producers.attendance.rows import AWAY, HOST, OF_THE_HOUSE, AttendanceOptions, AttendeeList, fact_of_row
from producers.attendance.sections import Above, Section, lists_of_attendees, sections_of
from producers.attendance.words import KNOWN
from producers.cells.dates import DateRules, date_order_of, moment_of, zone_of
from producers.cells.source import Source
from producers.cells.tabular import (
    NotUnderstoodError,
    Row,
    Table,
    header_of,
    read_table,
)
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.privacy.personal_data import Tokeniser
from schemas.utm import EventAttended

HEADER_WITHIN: Final = 30


@dataclass(slots=True)
class _Read:
    """What was read so far; the counters are of rows."""

    facts: dict[str, EventAttended] = field(default_factory=dict)
    rejects: list[LeftOut] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    doubles: int = 0


def read_attendance(data: bytes | Source, tokeniser: Tokeniser, options: AttendanceOptions) -> ImportResult:
    """Read a list of people; raise NotUnderstoodError if it lacks a way to reach them, an event or a day.

    The reports of conference tools have sections: those of attendees are read, and hosts left out.
    """
    table = read_table(
        data, encoding=options.encoding, separator=options.separator, sheet=options.sheet, known=KNOWN
    )
    above, sections = sections_of(table.rows)
    lists = _lists(table, above, sections, tokeniser, options)
    read = _Read()
    for each in lists:
        for row in each.section.rows:
            _take(row, each, read)
    if not read.facts and not read.rejects and not read.left:
        raise NotUnderstoodError("the file has a header but no rows below it", line=lists[0].section.line)
    events = sorted({fact.event for fact in read.facts.values()})
    summary = f"{counted(len(read.facts), 'person', 'people')} at {listed(events, 5)}"
    return ImportResult(
        tuple(read.facts.values()),
        tuple(read.rejects),
        lists[0].section.header,
        tuple(_understood(table, lists)),
        tuple(_notes(read, sections, lists)),
        summary,
    )


def _lists(
    table: Table, above: Above, sections: Sequence[Section], tokeniser: Tokeniser, options: AttendanceOptions
) -> list[AttendeeList]:
    usable = lists_of_attendees(sections)
    reachable = [each for each in usable if each.columns.keys() & {"email", "phone"}]
    if not reachable:
        if sections and not usable:
            raise NotUnderstoodError(
                f"its sections are {listed([each.title for each in sections], 10)}, and none lists who came",
                line=sections[0].line,
            )
        shown = usable[0] if usable else None
        raise NotUnderstoodError(
            "there is no column of e-mail addresses (邮箱, Email) or phone numbers (手机, Phone); "
            f"found are {listed(shown.header if shown else header_of(_widest(table.rows)))}",
            line=shown.line if shown else _widest(table.rows).line,
            column="email",
        )
    rules = _rules(reachable, above, options)
    lists = [AttendeeList(each, above, rules, tokeniser, options) for each in reachable]
    for one in lists:
        _demand(one)
    return lists


def _widest(rows: Sequence[Row]) -> Row:
    return max(rows[:HEADER_WITHIN], key=lambda row: sum(map(bool, row.cells)))


def _demand(one: AttendeeList) -> None:
    for name, said, what in (
        ("event", one.options.event or one.above.event,
         "which event this was: there is no column of it; say it with --event"),
        ("at", one.options.day or one.above.begun,
         "when the event was: there is no column of it; say it with --day"),
    ):  # fmt: skip
        if name not in one.section.columns and not said:
            sentence = f"nothing says {what}; found are {listed(one.section.header)}"
            raise NotUnderstoodError(sentence, line=one.section.line, column=name)


def _rules(sections: Sequence[Section], above: Above, options: AttendanceOptions) -> DateRules:
    times = [
        row.cells[at]
        for each in sections
        for at in each.columns.get("at", ())[:1]
        for row in each.rows
        if len(row.cells) > at
    ]
    order = options.date_order or date_order_of(times)
    if not order:
        # A report is written in one way from its first line on.
        order = date_order_of([*times, *above.texts])
    rules = DateRules(zone_of(options.timezone), order=order)
    if options.day:
        try:
            moment_of(options.day, rules)
        except CellError as error:
            raise NotUnderstoodError(f"--day {options.day!r} {error}") from None
    return rules


def _take(row: Row, one: AttendeeList, read: _Read) -> None:
    try:
        fact = fact_of_row(row, one)
    except CellError as error:
        read.rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
        return
    if isinstance(fact, str):
        read.left[fact] += 1
        return
    read.doubles += fact.event_id in read.facts
    read.facts[fact.event_id] = _together(read.facts.get(fact.event_id), fact)


def _together(known: EventAttended | None, fact: EventAttended) -> EventAttended:
    """Return one fact for a person who is on the list twice: the first row's, with the others of both."""
    if known is None:
        return fact
    others = dict.fromkeys((*known.others, *fact.others))
    return known.model_copy(update={"others": tuple(others)[:16]})


def _understood(table: Table, lists: Sequence[AttendeeList]) -> Iterable[str]:
    for one in lists:
        title = f" of section “{one.section.title}”" if one.section.title else ""
        yield f"encoding: {table.encoding}, header on line {one.section.line}{title}"
        for name, places in one.section.columns.items():
            yield f"{name}: column {listed([one.section.header[at] for at in places])}"
    above = lists[0].above
    if above.event and not lists[0].options.event:
        yield f"event, unless a row names it: “{above.event[:60]}”, from the lines above"
    if above.begun and not lists[0].options.day:
        yield f"time, unless a row has one: “{above.begun[:60]}”, from the lines above"


def _notes(read: _Read, sections: Sequence[Section], lists: Sequence[AttendeeList]) -> Iterable[str]:
    if read.doubles:
        yield f"{counted(read.doubles, 'row')} name a person who is on the list already"
    if read.left[AWAY]:
        yield f"{counted(read.left[AWAY], 'person', 'people')} did not come, and are left out"
    if read.left[HOST]:
        yield f"{counted(read.left[HOST], 'row')} of hosts and speakers are left out"
    if read.left[OF_THE_HOUSE]:
        yield f"{counted(read.left[OF_THE_HOUSE], 'row')} of people with an account of your own are left out"
    for one in lists:
        columns = one.section.columns
        asked = one.name("registered") or one.name("approval")
        if asked and "attended" not in columns and not one.tells_arrivals:
            yield f"“{asked}” tells who registered, and no column who came: everybody on the list counts"
    taken = {one.section.line for one in lists}
    for each in sections:
        if each.line not in taken:
            title = f"“{each.title}”" if each.title else f"on line {each.line}"
            yield f"section {title} is left out, with {counted(len(each.rows), 'row')}"
