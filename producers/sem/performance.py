"""Keyword and campaign reports of ad platforms to daily performance facts, without double counting."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from producers.cells.tabular import NotUnderstoodError, Table
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.sem.amounts import Amounts, measures_of, refuse_wrong_units
from producers.sem.columns import METRICS, PLACES, Layout, layout_of, nearest_to_header, vocabulary
from producers.sem.days import SEVERAL_DAYS, by_day, days_of
from producers.sem.engines import likely_engine, refuse_others
from producers.sem.facts import Place, performance_fact
from producers.sem.levels import levelled
from producers.sem.lines import Body, Reading, read_rows
from producers.sem.opening import Headed, headed, opened
from producers.sem.options import SemOptions
from producers.sem.segments import added_up, parts_note, telling_columns
from producers.sem.totals import Total, compare
from producers.sem.words import FIELDS, IN_CONSOLE, LANGUAGES

_FIELDS: Final = vocabulary(FIELDS)
_SHOWN_LINES: Final = 5


def find_report(table: Table, file_name: str, options: SemOptions) -> Headed | None:
    """Return where the report in a file begins; None if no row is the header of one."""
    fields = options.mapping.fields if options.mapping else _FIELDS
    return headed(table, fields, _is_header, file_name, options)


def has_measures(file: Headed) -> bool:
    """Whether a file says what something cost, or how often it was seen or clicked."""
    return any(name in file.layout.columns for name in METRICS)


def read_performance(file: Headed) -> ImportResult:
    """Read a keyword, campaign, search-term or creative report. Raises NotUnderstoodError."""
    file = _of_its_levels(file)
    _demand(file.layout)
    mapping = file.options.mapping
    dated = "day" if "day" in file.layout.columns else "starts"
    opening = opened(file, dated, mapping.platform if mapping else "")
    days = days_of(opening)
    reading = Reading(opening, days, measures_of(opening), telling_columns(opening))
    body = read_rows(reading)
    _refuse_nothing(reading, body)
    refuse_wrong_units(
        reading.measures, [(line.amounts, line.place.currency) for line in body.lines], opening
    )
    known = reading.measures.known
    done = added_up(body.lines, opening.layout, reading.telling, body.totals, known)
    rejects = sorted((*body.unread, *(reject for _, reject in done.left_out)), key=lambda reject: reject.at)
    kept = Amounts.sum(line.amounts for line in done.lines)
    left_out = Amounts.sum((body.unread_amounts, *(line.amounts for line, _ in done.left_out)))
    rest = body.totals.remainder(kept, known) if days.fixed and not rejects else None
    sums = (*done.sums, *([(_place_of_rest(reading, rest), _amounts_of(rest))] if rest else []))
    total = kept + _amounts_of(rest) if rest else kept
    currencies = {place.currency for place, _ in sums}
    comparable = known if len(currencies) == 1 else tuple(name for name in known if name != "cost_micros")
    facts = tuple(
        performance_fact(
            place,
            amounts,
            reported_at=opening.made_at,
            received_at=opening.options.received_at,
            zone=opening.zone,
        )
        for place, amounts in sums
    )
    notes = (
        *compare(total, left_out, body.totals, comparable, len(rejects)),
        *([_rest_note(rest)] if rest else []),
        *parts_note(done),
        *_subtotals_note(body.subtotals),
        *_warnings(reading, currencies),
    )  # fmt: skip
    return ImportResult(
        facts,
        tuple(rejects),
        opening.layout.header,
        _understood(reading),
        notes,
        _summary(sums, opening.engine),
    )


def refuse_no_header(table: Table) -> NotUnderstoodError:
    """Say of a file in which no row is a header what it lacks."""
    near = nearest_to_header(table.rows, _FIELDS)
    layout = layout_of(near, _FIELDS) if near else None
    if layout is not None and len(layout.columns) > 1 and (lacking := _lacking(layout)):
        return lacking
    if near is None:
        return NotUnderstoodError(
            f"no row is the header of a report (read as {table.encoding}); it would name a campaign, "
            "clicks and "
            f"cost in {LANGUAGES}. Of another language, switch the account to one of these before the "
            "export; if "
            "the text is garbled in your editor too, name the right --encoding"
        )
    return NotUnderstoodError(
        f"the header lacks columns: a report needs clicks (点击), cost (消费) and a campaign, ad group or "
        f"keyword, in {LANGUAGES}; found are {listed(near.cells)}",
        line=near.line,
    )


def _of_its_levels(file: Headed) -> Headed:
    if file.options.mapping is not None:
        return file
    refuse_others(file.layout)
    return replace(file, layout=levelled(file.layout, file.options.engine, likely_engine(file.layout)))


def _is_header(layout: Layout) -> bool:
    return any(metric in layout.columns for metric in METRICS) and len(layout.columns) >= 3


def _demand(layout: Layout) -> None:
    if lacking := _lacking(layout):
        raise lacking


def _lacking(layout: Layout) -> NotUnderstoodError | None:
    known = layout.columns
    wanted = (
        ("clicks", "clicks (点击, 点击次数, Clicks)", ("clicks",)),
        ("cost", "cost (消费, 消耗, 费用, Cost)", ("cost", "cost_micros")),
        ("campaign", "a campaign, ad group or keyword (推广计划, 推广单元, 关键词)", PLACES),
    )
    missing = [
        (column, words) for column, words, any_of in wanted if not any(field in known for field in any_of)
    ]
    if not missing:
        return None
    engine = likely_engine(layout)
    names = [IN_CONSOLE[engine][column] for column, _ in missing] if engine else []
    advice = (
        f"; add {listed(names)} to the columns in the console of {engine} and export again" if names else ""
    )
    ids = [layout.name(field) for field in ("campaign_id", "ad_group_id", "keyword_id") if field in known]
    if missing[0][0] == "campaign" and ids:
        advice = f"; by their ids alone ({listed(ids)}) visits can't be matched{advice}"
    return NotUnderstoodError(
        f"there is no column of {' and none of '.join(words for _, words in missing)}; found are "
        f"{listed(layout.header)}{advice}",
        line=layout.line,
        column=missing[0][0],
    )


def _refuse_nothing(reading: Reading, body: Body) -> None:
    line = reading.opening.layout.line
    if not body.lines and not body.unread:
        raise NotUnderstoodError(
            "the report has a header but no rows below it; nothing was exported", line=line
        )
    if not body.lines:
        first = body.unread[0]
        advice = f". {by_day(reading.opening.engine)}" if first.reason == SEVERAL_DAYS else ""
        raise NotUnderstoodError(
            f"{first.reason}; and so no row of {len(body.unread):,} can be read{advice}",
            line=first.at,
            column=first.column,
        )


def _place_of_rest(reading: Reading, rest: Total) -> Place:
    days = reading.days
    assert days.fixed is not None  # it is asked for only then
    return Place(
        platform=reading.opening.engine,
        day=days.fixed,
        account=reading.opening.account,
        currency=reading.measures.currency or rest.currency,
    )


def _amounts_of(total: Total) -> Amounts:
    told = total.amounts
    return Amounts(told.get("impressions", 0), told.get("clicks", 0), told.get("cost_micros", 0))


def _rest_note(rest: Total) -> str:
    return (
        f"the report counts what it has no row for (“{rest.label}”, line {rest.line}): that is kept "
        "without a "
        "campaign and a keyword"
    )


def _subtotals_note(lines: Sequence[int]) -> Iterable[str]:
    if lines:
        where = ", ".join(map(str, lines[:_SHOWN_LINES])) + (" …" if len(lines) > _SHOWN_LINES else "")
        rows = counted(len(lines), "row repeats", "rows repeat")
        yield f"{rows} the sum of others of the same day or campaign, and so stays out: line {where}"


def _warnings(reading: Reading, currencies: set[str]) -> Iterable[str]:
    layout, engine = reading.opening.layout, reading.opening.engine
    if "keyword" not in layout.columns:
        yield (
            "the report has no keywords: its cost counts, but stands for no keyword. Of one day, import this "
            "report or one by keyword, not both"
        )
    if "impressions" not in layout.columns:
        yield "the report has no impressions; they count as 0"
    if layout.has_search_terms:
        yield "a report of search terms leaves out rare ones; a report by keyword has the whole cost"
    if engine == "meta" and "(" in layout.name("clicks"):
        yield (
            f"“{layout.name('clicks')}” counts more than clicks on links; “Link clicks” are those that "
            "lead to the site"
        )
    if "" in currencies:
        yield "nothing says the currency; give it with --currency"
    if len(currencies) > 1:
        yield (
            f"the cost is in several currencies ({', '.join(sorted(filter(None, currencies)))}), which "
            "were not added up"
        )


def _understood(reading: Reading) -> tuple[str, ...]:
    opening, layout, days = reading.opening, reading.opening.layout, reading.days
    lines = opening.understood()
    if others := [layout.header[at] for at in layout.others]:
        lines.append(f"not read: {listed(others)}")
    if days.fixed:
        lines.append(f"day: {days.fixed}, from {days.said_in}")
    if opening.device:
        where = "the lines above the header" if opening.preamble.device else "the name of a column of ranks"
        lines.append(f"device: {opening.device}, from {where}")
    if opening.preamble.made_at:
        lines.append("the report says when it was made, and that counts when a newer one restates it")
    if "currency" not in layout.columns:
        lines.append(f"currency: {reading.measures.currency or 'not said'}")
    return tuple(lines)


def _summary(sums: Sequence[tuple[Place, Amounts]], engine: str) -> str:
    total = Amounts.sum(amounts for _, amounts in sums)
    costs: Counter[str] = Counter()
    for place, amounts in sums:
        costs[place.currency] += amounts.cost_micros
    cost = " + ".join(
        f"{Decimal(micros) / 1_000_000:,.2f} {currency}".rstrip()
        for currency, micros in sorted(costs.items())
    )
    return (
        f"{engine}: {counted(len(sums), 'keyword day')}, {total.impressions:,} impressions, "
        f"{total.clicks:,} clicks, "
        f"cost {cost or '0.00'}"
    )
