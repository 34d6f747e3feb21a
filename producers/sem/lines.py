"""The rows of a report, each for itself: where, on which day, how much; its totals; what can't be read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from producers.cells.tabular import Row, shape_problem
from producers.outcomes.left_out import CellError, LeftOut
from producers.sem.amounts import Amounts, Measures
from producers.sem.days import Days
from producers.sem.facts import Place
from producers.sem.labels import label_of
from producers.sem.opening import Opening
from producers.sem.segments import Line
from producers.sem.totals import Total, Totals, total_of
from producers.sem.values import bid_keyword, device_of, match_type_of, name_of

_LONGEST_NAME: Final = 512


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is found out before the rows are read, each for itself."""

    opening: Opening
    days: Days
    measures: Measures
    telling: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """The rows of a report: those that are understood, those that aren't, and its totals."""

    lines: list[Line]
    unread: list[LeftOut]
    unread_amounts: Amounts
    totals: Totals


def read_rows(reading: Reading) -> Body:
    """Read every row: as a line, as a total, or as one that is left out with its reason."""
    lines: list[Line] = []
    rejects: list[LeftOut] = []
    totals: list[Total] = []
    doubtful: list[tuple[Row, str]] = []
    unread = Amounts(0, 0, 0)
    for row in reading.opening.rows:
        label = label_of(row, reading.opening.layout)
        if label is not None and _names_its_day(row, reading):
            doubtful.append((row, label))
        elif label is not None:
            totals.append(total_of(row, label, reading.measures))
        else:
            try:
                lines.append(_line(row, reading))
            except CellError as error:
                rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
                unread += _readable(row, reading.measures)
    lines += _settled(doubtful, lines, reading)
    return Body(sorted(lines, key=lambda line: line.row.line), rejects, unread, Totals(tuple(totals)))


def _names_its_day(row: Row, reading: Reading) -> bool:
    """Whether a row that looks like a total is of one day: a total of that day, or an ad without a name."""
    if not reading.days.field or shape_problem(row, len(reading.opening.layout.header)):
        return False
    try:
        reading.days.of(row)
    except CellError:
        return False
    return True


def _settled(doubtful: Sequence[tuple[Row, str]], lines: Sequence[Line], reading: Reading) -> Iterable[Line]:
    """Return those that are no total: the other rows of their day don't add up to them."""
    if not doubtful:
        return
    of_day: Counter[object] = Counter()
    for line in lines:
        of_day[line.place.day, "clicks"] += line.amounts.clicks
        of_day[line.place.day, "cost"] += line.amounts.cost_micros
    for row, _ in doubtful:
        try:
            line = _line(row, reading)
        except CellError:
            continue
        day = line.place.day
        if (line.amounts.clicks, line.amounts.cost_micros) != (of_day[day, "clicks"], of_day[day, "cost"]):
            yield line


def _readable(row: Row, measures: Measures) -> Amounts:
    try:
        return measures.of(row) if not shape_problem(row, len(measures.layout.header)) else Amounts(0, 0, 0)
    except CellError:
        return Amounts(0, 0, 0)


def _line(row: Row, reading: Reading) -> Line:
    layout = reading.opening.layout
    if problem := shape_problem(row, len(layout.header)):
        raise CellError(problem)
    place = _place(row, reading)
    # Campaigns of one name, of which one was removed, differ by their ids only.
    parts = [place.campaign_id, place.ad_group_id, reading.days.clock(row)]
    parts += [row.cells[at] for at in reading.telling]
    if layout.has_search_terms:
        parts.append(layout.cell(row, "match_type"))
    return Line(row, place, reading.measures.of(row), tuple(parts))


def _place(row: Row, reading: Reading) -> Place:
    opening, layout = reading.opening, reading.opening.layout
    names = {
        field: name_of(layout.cell(row, field))
        for field in ("campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id")
        if field in layout.columns
    }
    for field, name in names.items():
        if len(name) > _LONGEST_NAME:
            raise CellError(f"is longer than {_LONGEST_NAME} characters", layout.name(field))
    # In a report of search terms it says how the term matched, not how the keyword was bid on.
    bid = "" if layout.has_search_terms else match_type_of(layout.cell(row, "match_type"))
    if opening.engine == "google" and names.get("keyword"):
        names["keyword"], bid = bid_keyword(names["keyword"], bid)
    said = name_of(layout.cell(row, "account")) or name_of(layout.cell(row, "account_id"))
    return Place(
        platform=opening.engine,
        day=reading.days.of(row),
        account=(said or opening.account)[:_LONGEST_NAME],
        match_type=bid[:_LONGEST_NAME],
        device=device_of(layout.cell(row, "device"))[:_LONGEST_NAME] or opening.preamble.device,
        currency=reading.measures.currency_of(row),
        **names,
    )
