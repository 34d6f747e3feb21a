"""Channels, and of ads the way down from the platform to the search term: what each cost and brought."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from answers.words import marked
from cockpit.asked import Asked
from cockpit.asking import Ask, Question, Row, ask_all, records
from cockpit.channel_rows import PARTS, channel_rows, questions_of_parts
from cockpit.columns import COLUMNS, is_small, totals
from cockpit.place_links import address, address_of_list, said_twice
from cockpit.places import (
    BELOW,
    LEVEL_NAMES,
    LEVELS,
    SORTS,
    Place,
    at_log,
    is_ranked,
    moved,
    ordered,
    places,
)
from cockpit.shown import Page, Shown
from cockpit.standing import sources
from sinks.report_values import ReportError, meant

MOST_PLACES: Final = 100
MOST_MOVED: Final = 40
ALL_ROWS: Final = "1000000"
# Platforms find invalid clicks and late ones for some days.
GROWS_FOR: Final = 3
# Below these there are enough cases to tell one from another, and above few enough of them.
_ESTIMATED: Final = ("campaign", "ad_group", "keyword")
_FILTERS: Final = LEVELS[:-1]


async def channels(ask: Ask, asked: Asked) -> Shown:
    """All channels; of one what it consists of; or a level of the ads, within what was opened."""
    _check(asked)
    level = level_of(asked)
    if asked.get("channel") or level == "channel":
        return await _parts(ask, asked)
    return await _places(ask, asked, level)


def level_of(asked: Asked) -> str:
    """The level that is shown: the one asked for, or that below what was opened."""
    if asked.get("level"):
        return asked.get("level")
    opened = [name for name in _FILTERS if asked.get(name)]
    return BELOW[opened[-1]] if opened else "channel"


def crumbs(asked: Asked) -> list[tuple[str, str]]:
    """The way to what was opened: what each is called, and its address."""
    path = []
    for place, name in enumerate(("channel", *_FILTERS)):
        if asked.get(name):
            deeper = dict.fromkeys((*_FILTERS[place:], "level", "by", "against"))
            path.append((asked.get(name), asked.url(**deeper)))
    return path


def parameters(asked: Asked, level: str) -> dict[str, str]:
    """What the reports of keywords are asked for."""
    told = {
        "level": level,
        "model": asked.get("model", "first"),
        "mode": asked.get("mode", "period"),
        **asked.days.parameters,
        "into": asked.get("currency"),
        **{name: asked.get(name) for name in _FILTERS},
    }
    return {name: value for name, value in told.items() if value}


def growing(rows: Sequence[Row], asked: Asked) -> dict[str, Any]:
    """Of which last days costs may still grow, and of which platforms they end before the period does."""
    last = min(asked.days.last, asked.newest)
    ends: dict[str, date] = {}
    for row in rows:
        kind, _, name = row["what"].partition(": ")
        if row["area"] == "freshness" and kind == "ad_costs" and row["newest_at"] is not None:
            platform = name.partition("/")[0]
            ends[platform] = max(ends.get(platform, date.min), _local_day(row["newest_at"], asked.timezone))
    grows = [day for day in ends.values() if day >= asked.days.first and day - timedelta(GROWS_FOR) < last]
    until = min(max(grows), last) if grows else None
    return {
        "since": until and max(max(grows) - timedelta(GROWS_FOR - 1), asked.days.first),
        "until": until,
        "ended": sorted((day, platform) for platform, day in ends.items() if day < last),
    }


def invoice(rows: Sequence[Row], sums: Sequence[Row], asked: Asked) -> list[dict[str, Any]]:
    """What platforms invoice, by currency, how much of it has no keyword, and what a table of it lacks.

    `lacks` is None where a table is of less than a campaign, or in another currency.
    """
    told: dict[str, dict[str, Any]] = {}
    for row in rows:
        each = told.setdefault(row["currency"], {"currency": row["currency"], "cost": 0, "unallocated": 0})
        each["cost"] += row["cost"]
        each["unallocated"] += 0 if row["allocation"] == "keyword" else row["cost"]
    is_whole = not any(asked.get(name) for name in ("account", "ad_group", "keyword", "currency"))
    shown = {row["currency"]: row["cost"] for row in sums}
    for each in told.values():
        each["lacks"] = each["cost"] - shown.get(each["currency"], 0) if is_whole else None
    return sorted(told.values(), key=lambda each: (-each["cost"], each["currency"]))


async def _places(ask: Ask, asked: Asked, level: str) -> Shown:
    given = parameters(asked, level)
    keys = LEVELS[: LEVELS.index(level) + 1] if level in LEVELS else LEVELS
    costs = {n: v for n, v in given.items() if n in ("from", "to", "platform", "campaign")}
    questions = {
        "pnl": Question("keyword_pnl", given | {"limit": ALL_ROWS}),
        "costs": Question("costs", costs),
    }
    against = asked.get("against")
    if against:
        questions["other"] = Question("keyword_pnl", given | {"limit": ALL_ROWS, "model": against})
    estimated = {n: v for n, v in given.items() if n != "into"} | {"limit": ALL_ROWS}
    if level in _ESTIMATED and not against:
        questions["estimates"] = Question("keyword_estimates", estimated)
    told = await ask_all(ask, questions)
    rows = records(told["pnl"])
    estimates = records(told["estimates"]) if "estimates" in told else []
    sort = asked.get("sort", "cost")
    every = ordered(places(rows, keys, estimates), sort)
    sums = totals(rows)
    values = _values(asked, level, every, sums) | {
        "report": "keyword_pnl",
        "given": given | {"currency": None, "limit": ALL_ROWS},
        "estimated": estimated | {"currency": None},
        "estimates": {place.path: _marks(place) for place in every if place.estimate},
        "moved": moved(rows, records(told["other"]), keys)[:MOST_MOVED] if against else [],
        "keys": keys,
        "invoice": invoice(records(told["costs"]), sums, asked),
        "costs": costs,
        "growing": growing(await sources(ask), asked),
        "is_known": bool(rows),
    }
    return Shown("channels", values)


async def _parts(ask: Ask, asked: Asked) -> Shown:
    channel = asked.get("channel")
    by = asked.get("by", "source") if channel else "channel"
    told = await ask_all(ask, questions_of_parts(asked, by, ALL_ROWS))
    rows = channel_rows({name: records(result) for name, result in told.items()}, by)
    every = ordered(places(rows, (by,)), asked.get("sort", "cost" if by == "channel" else "leads"))
    values = _values(asked, by, every, totals(rows)) | {
        "report": "money" if "money" in told else "funnel" if "funnel" in told else "attribution",
        "given": dict(questions_of_parts(asked, by, ALL_ROWS)[next(reversed(told))].parameters),
        "estimates": {},
        "moved": [],
        "keys": (by,),
        "invoice": [],
        "costs": {},
        "growing": growing(await sources(ask), asked),
        "is_known": bool(rows),
    }
    return Shown("channels", values)


def _values(asked: Asked, level: str, every: Sequence[Place], sums: Sequence[Row]) -> dict[str, Any]:
    names = {name for place in every for name in place.main} or {column.name for column in COLUMNS}
    shown = [place for place in every if not place.is_rest]
    names_twice = said_twice(every)
    most: dict[tuple[str, str], float] = {}
    for place in shown:
        for row in place.rows:
            for name in ("cost", "revenue"):
                key = (name, row["currency"])
                most[key] = max(most.get(key, 0), float(row.get(name) or 0))
    is_by_part = level in PARTS
    sort = asked.get("sort", "leads" if is_by_part and level != "channel" else "cost")
    return {
        "level": level,
        "levels": LEVEL_NAMES,
        "parts": PARTS if asked.get("channel") else {},
        "crumbs": crumbs(asked),
        "columns": [column for column in COLUMNS if column.name in names],
        "sort": sort,
        "places": [*shown[:MOST_PLACES], *(place for place in every if place.is_rest)],
        "above_of": lambda place: [
            name
            for key, name in zip(LEVELS, place.path[:-1], strict=False)
            if name and not asked.get(key) and key != "account"
        ],
        "left_out": max(len(shown) - MOST_PLACES, 0),
        "totals": sums,
        "most": most,
        "is_small": is_small,
        "unranked": {place.path for place in every if not is_ranked(place, sort)},
        "link": lambda place: address(asked, level, place),
        "list_link": lambda place, column: address_of_list(asked, level, place, column, names_twice),
        "currencies": sorted({row["currency"] for row in sums if row["currency"]}),
    }


def _marks(place: Place) -> dict[str, Any]:
    """What is estimated of a place, with where it stands in a small picture, 0 to 1."""
    told = dict(place.estimate or {})
    names = ("revenue_per_cost_low", "revenue_per_cost", "revenue_per_cost_high")
    ends = [told[name] for name in names]
    told["at"] = None if None in ends else tuple(round(at_log(float(end)), 4) for end in ends)
    return told


def _local_day(at: datetime, timezone: str) -> date:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(ZoneInfo(timezone)).date()


def _check(asked: Asked) -> None:
    known: Mapping[str, Sequence[str]] = {
        "level": tuple(LEVEL_NAMES),
        "sort": SORTS,
        "by": tuple(PARTS),
    }
    for name, choices in known.items():
        value = asked.get(name)
        if value and value not in choices:
            wanted = f"{' or '.join(choices)}, not '{value[:60]}'{meant(value, choices)}"
            raise ReportError(f"the parameter '{name}' must be {wanted}")


PAGES: Final = (
    Page(
        "/channels",
        channels,
        marked("Channels and keywords"),
        takes=(*_FILTERS, "channel", "level", "by", "sort", "against"),
        filters=("days", "mode", "model", "currency"),
    ),
)
