"""How far a report can be trusted, in sentences made from the counts of the report `trust`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final

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
_KINDS: Final = {"website": "website", "crm": "CRM", "ads": "clicks and keywords", "attendance": "events"}


def trust_lines(result: Result, zone: tzinfo) -> list[str]:
    """Sentences with counts; measures that concern nobody are left out."""
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    lines = [*_shares({row["what"]: row for row in rows}), *_currencies(rows), *_freshness(rows, zone)]
    waiting = sum(row["concerned"] or 0 for row in rows if row["area"] == "waiting")
    if waiting:
        lines.append(f"{waiting:,} dead letters wait: see `leadtrace report dead_letters_waiting`")
    return lines + [row["says"] for row in rows if row["area"] == "missing"]


def _shares(by_name: Mapping[str, Row]) -> Iterator[str]:
    for noun, measures in _OF.items():
        found = [by_name[name] for name in measures if name in by_name and by_name[name]["of_all"]]
        told = [
            f"{row['concerned']:,} ({row['concerned'] / row['of_all']:.0%}) {_word(row['what'])}"
            for row in found
            if row["concerned"]
        ]
        if told:
            yield f"of {found[0]['of_all']:,} {noun}: {'; '.join(told)}"


def _word(measure: str) -> str:
    return _WORDS[measure.partition("_")[2]]


def _currencies(rows: Sequence[Row]) -> Iterator[str]:
    """Only where there is more than one: then no total is the sum of all."""
    for noun in ("deals", "costs"):
        start = f"{noun} in "
        found = [row for row in rows if row["area"] == "currencies" and row["what"].startswith(start)]
        if len(found) > 1:
            told = ", ".join(f"{row['what'].removeprefix(start)} {row['concerned']:,}" for row in found)
            yield f"{noun} are in {len(found)} currencies, which are never added up: {told}"


def _freshness(rows: Sequence[Row], zone: tzinfo) -> Iterator[str]:
    heard: dict[str, Any] = {}
    costs: dict[str, Any] = {}
    for row in rows:
        if row["area"] == "freshness":
            kind, _, source = row["what"].partition(": ")
            if kind == "ad_costs":
                platform = source.partition("/")[0]
                costs[platform] = max(costs.get(platform, row["newest_at"]), row["newest_at"])
            else:
                heard[kind] = max(heard.get(kind, row["learnt_at"]), row["learnt_at"])
    if heard:
        told = ", ".join(f"{_KINDS.get(kind, kind)} {_day(at, zone)}" for kind, at in heard.items())
        yield f"last heard of: {told}"
    if costs:
        days = {_day(at, zone) for at in costs.values()}
        told = ", ".join(f"{name} {_day(at, zone)}" for name, at in costs.items())
        yield (
            f"ad costs are known up to {days.pop()}"
            if len(days) == 1
            else f"ad costs are known up to: {told}"
        )


def _day(at: Any, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}"
