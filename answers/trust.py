"""How far a report can be trusted, in sentences made from the counts of the report `trust`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final

from sinks.report_values import FIRST_DAY, LAST_DAY
from sinks.reports import Result

Row = Mapping[str, Any]
_OF: Final = {
    "leads": ("leads_unattributed", "leads_direct", "leads_too_young"),
    "deals": ("deals_unattributed", "deals_direct", "deals_without_currency"),
    "visits": ("visits_direct",),
    "people": ("people_with_macros",),
    "rows of costs": ("costs_without_keyword", "costs_without_currency"),
}
_WORDS: Final = {
    "unattributed": "without any touchpoint before",
    "direct": "direct",
    "too_young": "known for less time than half of the won deals took",
    "without_currency": "without a currency",
    "with_macros": "with a placeholder that no platform filled in",
    "without_keyword": "without a keyword",
}
# What concerns an answer with one of these columns.
_CONCERNED: Final = {
    "leads": {"leads", "mqls", "sales_qualified"},
    "deals": {"deals", "opportunities", "pocs", "won", "revenue"},
    "visits": {"visits"},
    "people": {"campaign", "ad_group", "keyword", "search_term"},
    "rows of costs": {"cost"},
}
_COSTS: Final = "ad_costs"
_KINDS: Final = {
    "website": "website",
    "crm": "CRM",
    "ads": "clicks and keywords",
    "attendance": "events",
    "rates": "exchange rates",
}


def trust_lines(result: Result, zone: tzinfo) -> list[str]:
    """Sentences with counts; measures that concern nobody are left out."""
    rows = _rows(result)
    shares = [
        f"of {noun}: {'; '.join(f'{count} {_WORDS[name]}' for name, count in told)}"
        for _, noun, told in _shares(rows)
    ]
    return [*shares, *_currencies(rows), *_heard(rows, zone), *_costs(rows, zone), *_missing(rows)]


def brief_lines(result: Result, zone: tzinfo, columns: Collection[str]) -> list[str]:
    """In few lines what concerns an answer with these columns, and what is missing."""
    rows = _rows(result)
    shares = [
        f"of {noun} {', '.join(count + ' ' + name.replace('_', ' ') for name, count in told)}"
        for kind, noun, told in _shares(rows)
        if not _CONCERNED[kind].isdisjoint(columns)
    ]
    return [
        *(["; ".join(shares)] if shares else []),
        *_heard(rows, zone),
        *(_costs(rows, zone) if "cost" in columns else ()),
        *_missing(rows),
    ]


def where_more_is_told(result: Result) -> str:
    """The command that prints all of trust."""
    days = "".join(f" --{name} {day}" for name, day in result.values if day not in (FIRST_DAY, LAST_DAY))
    return f"more on that: `leadtrace report trust{days}`"


def _rows(result: Result) -> list[Row]:
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def _shares(rows: Sequence[Row]) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Of leads, deals and so on: which it is, how many there are, and of what kind how many."""
    by_name = {row["what"]: row for row in rows}
    for noun, measures in _OF.items():
        found = [by_name[name] for name in measures if name in by_name and by_name[name]["of_all"]]
        told = [
            (row["what"].partition("_")[2], f"{row['concerned']:,} ({row['concerned'] / row['of_all']:.0%})")
            for row in found
            if row["concerned"]
        ]
        if told:
            yield noun, f"{found[0]['of_all']:,} {noun}", told


def _missing(rows: Sequence[Row]) -> Iterator[str]:
    waiting = sum(row["concerned"] or 0 for row in rows if row["area"] == "waiting")
    if waiting:
        yield f"{waiting:,} dead letters wait: see `leadtrace report dead_letters_waiting`"
    yield from (row["says"] for row in rows if row["area"] == "missing")


def _currencies(rows: Sequence[Row]) -> Iterator[str]:
    """Only where there is more than one: then no total is the sum of all."""
    for noun in ("deals", "costs"):
        start = f"{noun} in "
        found = [row for row in rows if row["area"] == "currencies" and row["what"].startswith(start)]
        if len(found) > 1:
            told = ", ".join(f"{row['what'].removeprefix(start)} {row['concerned']:,}" for row in found)
            yield f"{noun} are in {len(found)} currencies, which are never added up: {told}"


def _heard(rows: Sequence[Row], zone: tzinfo) -> Iterator[str]:
    """When sources of each kind were heard of last."""
    heard: dict[str, Any] = {}
    for row in rows:
        kind = row["what"].partition(": ")[0]
        if row["area"] == "freshness" and kind != _COSTS:
            name = _KINDS.get(kind, kind)
            heard[name] = max(heard.get(name, row["learnt_at"]), row["learnt_at"])
    if heard:
        yield f"last heard of: {_by_day(heard, zone)}"


def _costs(rows: Sequence[Row], zone: tzinfo) -> Iterator[str]:
    """Up to which day each platform told what it cost."""
    costs: dict[str, Any] = {}
    for row in rows:
        kind, _, source = row["what"].partition(": ")
        if row["area"] == "freshness" and kind == _COSTS:
            platform = source.partition("/")[0]
            costs[platform] = max(costs.get(platform, row["newest_at"]), row["newest_at"])
    if costs:
        yield f"ad costs are known up to: {_by_day(costs, zone)}"


def _by_day(times: Mapping[str, Any], zone: tzinfo) -> str:
    """Names that share a day stand together, those of the oldest first."""
    days: dict[str, list[str]] = {}
    for name, at in sorted(times.items(), key=lambda each: each[1]):
        days.setdefault(f"{at.astimezone(zone):%Y-%m-%d}", []).append(name)
    return "; ".join(f"{', '.join(sorted(names))} {day}" for day, names in days.items())
