"""The overview: what was won and what it cost, where people are lost, and who must act."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from answers.words import marked
from cockpit.access.roles import Role
from cockpit.asked import Asked, Days
from cockpit.asking import Ask, Question, ask_all, records
from cockpit.attention import owners_of, unmapped
from cockpit.currencies import Currency, shown_currency
from cockpit.headline import (
    UNNAMED,
    Card,
    card_of_counts,
    card_of_pipeline,
    card_of_worth,
    cards_of_money,
    money_of,
)
from cockpit.shown import Page, Shown
from cockpit.steps import groups_of, least_rate, most_lost, next_of, steps_of
from cockpit.trusted import trusted

Rows = list[dict[str, Any]]

# Beyond so many days a trend is told by months.
WEEKS_UNTIL: Final = 400
MOST_KEYWORDS: Final = 6
MOST_DEALS: Final = 6
EVERYTHING: Final = "1000000"
MODES_OF_MONEY: Final = "period"


async def overview(ask: Ask, asked: Asked) -> Shown:
    """Everything at once: each block is a report, and leads to it."""
    currency = await shown_currency(ask, asked)
    told = {
        name: records(result)
        for name, result in (await ask_all(ask, questions(asked, currency.into))).items()
    }
    return Shown("overview", values_of(asked, currency, told))


def mode_of(asked: Asked) -> str:
    """How numbers are counted that stand for a period, unless the address says otherwise."""
    return asked.get("mode") or MODES_OF_MONEY


def grain_of(days: Days) -> str:
    """What a point of a trend is."""
    return "month" if (days.last - days.first).days > WEEKS_UNTIL else "week"


def questions(asked: Asked, into: str) -> dict[str, Question]:
    """What the page asks: a few reports of the days, of the days before, and of now."""
    days, before = asked.days.parameters, asked.days_before
    mode = {"mode": mode_of(asked)}
    model = {"model": asked.get("model")} if asked.get("model") else {}
    money = {**mode, **model, "currency": into, **days}
    grain = grain_of(asked.days)
    wanted = {
        "channels": Question("money", {"by": "channel", **money, "limit": EVERYTHING}),
        "keywords": Question("money", {"by": "keyword", **money, "limit": EVERYTHING}),
        "trend": Question("money", {"by": grain, **money, "limit": EVERYTHING}),
        "counts": Question("funnel", {"by": grain, **mode, **days}),
        "worth": Question("ltv", {"by": "total", "currency": into, **days}),
        "steps": Question("funnel_steps", {"mode": asked.get("mode") or "cohort", "currency": into, **days}),
        "origins": Question("origins", {**mode, "currency": into, **days}),
        "open": Question("win_loss", {"by": "all"}),
        "response": Question("response"),
        "unanswered": Question("unanswered", {"state": "waiting", "limit": "1000"}),
        "pocs": Question("running_pocs", {"limit": "1000"}),
        "quality": Question("data_quality"),
        "trust": Question("trust", {} if asked.days.is_all else days),
        "feeds": Question("trust"),
        "deals": Question("deals", {"stage": "won", "limit": EVERYTHING}),
    }
    if asked.get("deal"):
        wanted["deal"] = Question("deals", {"deal": asked.get("deal"), "limit": "5"})
    if before:
        then = {**money, **before.parameters}
        wanted |= {
            "channels_before": Question("money", {"by": "channel", **then, "limit": EVERYTHING}),
            "worth_before": Question("ltv", {"by": "total", "currency": into, **before.parameters}),
            "counts_before": Question("funnel", {"by": grain, **mode, **before.parameters}),
        }
    return wanted


def values_of(asked: Asked, shown: Currency, told: Mapping[str, Rows]) -> dict[str, Any]:
    """What the template shows, from the rows of all answers."""
    currency, steps = shown.name, steps_of(told["steps"])
    worst, least = most_lost(steps), least_rate(steps)
    points = points_of(asked.days, currency, told["trend"], told["counts"])
    trust = trusted(told["trust"], told["feeds"], datetime.now(UTC), asked.timezone)
    money = money_of(told["channels"], currency)
    return {
        "is_empty": len(trust.missing) == len(("website", "CRM", "ad costs")),
        "cards": cards(asked, shown, told, points),
        "currency": currency,
        "into": shown.into,
        "is_mixed": len({row["currency"] for row in told["counts"] if row["cost"] or row["revenue"]}) > 1,
        "left_over": money.left_over,
        "groups": groups_of(steps),
        "worst": worst,
        "least": least,
        "least_next": next_of(steps, least) if least else None,
        "keywords": keywords_of(told["keywords"], currency),
        "channels": channels_of(told["channels"], told.get("channels_before", []), currency),
        "origins": origins_of(told["origins"], currency),
        "owners": owners_of(told["response"], told["unanswered"]),
        "waiting": len(told["unanswered"]),
        "over": [row for row in told["pocs"] if row["is_over"]],
        "unmapped": unmapped(told["quality"]),
        "trust": trust,
        "trend": points,
        "grain": grain_of(asked.days),
        "deals": won_last(told["deals"], asked.days),
        "deal": told.get("deal"),
    }


def cards(asked: Asked, shown: Currency, told: Mapping[str, Rows], points: Mapping[str, Any]) -> list[Card]:
    """The numbers at the top, each with the report that it is from."""
    currency, into = shown.name, shown.into
    lines = {name: tuple(point[name] for point in points["points"]) for name in points["names"]}
    before = told.get("channels_before")
    money = cards_of_money(
        money_of(told["channels"], currency),
        None if before is None else money_of(before, currency),
        told["counts"],
        lines,
    )
    days, mode = asked.days.parameters, mode_of(asked)
    of_money = asked.url("/reports/money", by="total", currency=into, mode=mode, **days)
    worth = card_of_worth(told["worth"], told.get("worth_before", []), currency)
    people = [
        replace(
            card_of_counts(title, name, told["counts"], told.get("counts_before"), means),
            points=lines[name],
            url=asked.url(f"/funnel/{step}", mode=mode, way="entered"),
        )
        for title, name, step, means in (
            (marked("Leads"), "leads", "lead", marked("people who became a lead in these days")),
            (
                marked("MQL"),
                "mqls",
                "marketing_qualified",
                marked("people who became marketing qualified in these days"),
            ),
        )
    ]
    pipeline = card_of_pipeline(told["open"], currency)
    of_won = asked.url("/funnel/won", mode=mode)
    return [
        replace(money[0], url=of_won),
        replace(pipeline, url=asked.url("/reports/win_loss", by="all")),
        *(replace(card, url=of_money) for card in money[1:]),
        replace(worth, url=asked.url("/reports/ltv", by="total", currency=into, **days)),
        *people,
    ]


def keywords_of(rows: Rows, currency: str) -> Rows:
    """Those keywords that earned most for each unit of cost."""
    some = [
        row
        for row in rows
        if row["part"] not in UNNAMED and row["currency"] == currency and row["roas"] and row["revenue"]
    ]
    return sorted(some, key=lambda row: -row["roas"])[:MOST_KEYWORDS]


def channels_of(rows: Rows, before: Rows, currency: str) -> Rows:
    """Channels by cost and then by what they brought, each with its revenue of before."""
    then = {row["part"]: row for row in before if row["currency"] == currency}
    some = [
        {**row, "cost_before": _of(then, row, "cost"), "revenue_before": _of(then, row, "revenue")}
        for row in rows
        if row["currency"] == currency
    ]
    return sorted(some, key=lambda row: (-row["cost"], -row["revenue"], row["part"]))


def _of(rows: Mapping[str, Mapping[str, Any]], row: Mapping[str, Any], column: str) -> Any:
    found = rows.get(row["part"])
    return found[column] if found else None


def origins_of(rows: Rows, currency: str) -> Rows:
    """Where revenue comes from, in one currency, the most first."""
    some = [row for row in rows if row["currency"] == currency or row["revenue"]]
    return sorted(some, key=lambda row: (row["currency"] != currency, -row["revenue"], -row["opportunities"]))


def points_of(days: Days, currency: str, money: Rows, counts: Rows) -> dict[str, Any]:
    """A point for each week or month between the first and the last one that has anything."""
    grain = grain_of(days)
    sums: dict[str, dict[str, float]] = {}
    names = ("cost", "revenue", "won", "leads", "mqls")
    for row in money:
        # What is in another currency, as it has no rate, is in no line.
        if row["currency"] == currency and row["part"] not in UNNAMED:
            point = sums.setdefault(row["part"], dict.fromkeys(names, 0.0))
            for name in ("cost", "revenue", "won"):
                point[name] += float(row[name])
    for row in counts:
        if row[grain] not in UNNAMED:
            point = sums.setdefault(row[grain], dict.fromkeys(names, 0.0))
            for name in ("leads", "mqls"):
                point[name] += row[name]
    if not sums:
        return {"names": names, "points": ()}
    filled = [
        {"at": at, **sums.get(at, dict.fromkeys(names, 0.0))}
        for at in all_between(min(sums), max(sums), grain)
    ]
    return {"names": names, "points": tuple(filled)}


def all_between(first: str, last: str, grain: str) -> Sequence[str]:
    """Every Monday, or every month, from one to another."""
    told = [first]
    while told[-1] < last:
        if grain == "week":
            told.append(f"{date.fromisoformat(told[-1]) + timedelta(7)}")
        else:
            year, month = map(int, told[-1].split("-"))
            told.append(f"{year + month // 12:04}-{month % 12 + 1:02}")
    return told


def won_last(rows: Rows, days: Days) -> Rows:
    """The deals that were won last, up to the last of the days."""
    some = [row for row in rows if row["closed_at"] and row["closed_at"].date() <= days.last]
    return sorted(some, key=lambda row: row["closed_at"], reverse=True)[:MOST_DEALS]


PAGES: Final = (
    Page(
        "/",
        overview,
        marked("Overview"),
        takes=("deal",),
        about_people=True,
        seen_by=Role.VIEWER,
        filters=("days", "compare", "mode", "model", "currency"),
    ),
)
