"""The rows of a report, each for itself: where, on which day, how much; its totals; what can't be read."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from producers.cells.numbers import NOTHING
from producers.cells.tabular import Row, shape_problem
from producers.outcomes.left_out import CellError, LeftOut
from producers.sem.amounts import Amounts, Measures
from producers.sem.days import Days
from producers.sem.facts import Place
from producers.sem.labels import Summing
from producers.sem.opening import Opening
from producers.sem.places import placed
from producers.sem.segments import Line
from producers.sem.totals import Total, Totals, total_of
from producers.sem.values import device_of, name_of, named


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is found out before the rows are read, each for itself."""

    opening: Opening
    days: Days
    measures: Measures
    telling: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """The rows of a report: those that are understood, those that aren't, and its totals.

    `subtotals` are the lines of rows that add up others of their day or campaign.
    """

    lines: list[Line]
    unread: list[LeftOut]
    unread_amounts: Amounts
    totals: Totals
    subtotals: tuple[int, ...]


def read_rows(reading: Reading) -> Body:
    """Read every row: as a line, as a total, or as one that is left out with its reason."""
    lines: list[Line] = []
    unread: list[LeftOut] = []
    totals: list[Total] = []
    doubtful: list[tuple[Row, tuple[int, ...]]] = []
    amounts = Amounts(0, 0, 0)

    def take_in(row: Row) -> Amounts:
        try:
            lines.append(_line(row, reading))
        except CellError as error:
            unread.append(LeftOut(row.line, error.column, str(error), row.cells))
            return _readable(row, reading.measures)
        return Amounts(0, 0, 0)

    summing = reading.opening.summing
    for row in reading.opening.rows:
        found = summing.get(row.line)
        if found is None:
            amounts += take_in(row)
        elif named_in := _names(row, found, reading):
            doubtful.append((row, named_in))
        elif found.is_total:
            totals.append(total_of(row, found.label, reading.measures))
        else:
            amounts += take_in(row)
    own = tuple(_no_subtotals(doubtful, lines, reading.measures))
    for row in own:
        amounts += take_in(row)
    subtotals = tuple(row.line for row, _ in doubtful if row not in own)
    ordered = sorted(lines, key=lambda line: line.row.line)
    return Body(ordered, unread, amounts, Totals(tuple(totals)), subtotals)


def _names(row: Row, summing: Summing, reading: Reading) -> tuple[int, ...]:
    """Return the columns of what a row that may be a total names: a day, a campaign. Empty for others."""
    layout = reading.opening.layout
    if shape_problem(row, len(layout.header)):
        return ()
    named_in = [at for at in layout.places if at != summing.at and row.cells[at] not in NOTHING]
    if reading.days.is_named_by(row):
        named_in.append(layout.columns[reading.days.field])
    return tuple(named_in)


def _no_subtotals(
    doubtful: Sequence[tuple[Row, tuple[int, ...]]], lines: Sequence[Line], measures: Measures
) -> Iterable[Row]:
    """Return those that are rows of their own: the others of their day and campaign don't add up to them.

    The finest are settled first, since a sum of sums counts no row twice.
    """
    read = {row.line: _readable(row, measures) for row, _ in doubtful}
    every = [(line.row, line.amounts) for line in lines] + [(row, read[row.line]) for row, _ in doubtful]
    shapes = {columns for _, columns in doubtful}
    sums = {columns: _sums(every, columns) for columns in shapes}
    for row, columns in sorted(doubtful, key=lambda each: -len(each[1])):
        own, key = read[row.line], _key(row, columns)
        if own != Amounts(0, 0, 0) and sums[columns][key] == own + own:
            for shape in shapes:
                sums[shape][_key(row, shape)] -= own
        else:
            yield row


def _sums(rows: Iterable[tuple[Row, Amounts]], columns: tuple[int, ...]) -> dict[tuple[str, ...], Amounts]:
    sums: dict[tuple[str, ...], Amounts] = defaultdict(lambda: Amounts(0, 0, 0))
    for row, amounts in rows:
        sums[_key(row, columns)] += amounts
    return sums


def _key(row: Row, columns: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(row.cells[at] for at in columns)


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
    names: dict[str, str] = {
        field: named(row, field, layout)
        for field in ("campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id")
        if field in layout.columns
    }
    said = name_of(layout.cell(row, "account")) or name_of(layout.cell(row, "account_id"))
    return placed(
        opening.engine,
        reading.days.of(row),
        names,
        account=said or opening.account,
        currency=reading.measures.currency_of(row),
        # In a report of search terms it says how the term matched, not how the keyword was bid on.
        match_type="" if layout.has_search_terms else layout.cell(row, "match_type"),
        device=device_of(layout.cell(row, "device")) or opening.device,
    )
