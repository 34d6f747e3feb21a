"""What each channel, and each part of one, cost and brought: rows put together from several reports."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from answers.words import marked
from cockpit.asked import Asked
from cockpit.asking import Question, Row
from cockpit.columns import rates

# What a channel may be taken apart by.
PARTS: Final = {
    "source": marked("Sources"),
    "platform": marked("Platforms"),
    "campaign": marked("Campaigns"),
    "content": marked("Content"),
    "landing_page": marked("Landing pages"),
}
_OF_MONEY: Final = ("channel", "platform", "campaign")
_OF_PEOPLE: Final = ("visits", "leads", "mqls", "sales_qualified", "opportunities", "pocs")
_EARNED: Final = {"leads": "lead", "opportunities": "opportunity", "won": "won"}


def questions_of_parts(asked: Asked, by: str, limit: str) -> dict[str, Question]:
    """Which reports tell of the parts: the funnel of first touches, attribution of others, and money."""
    model = asked.get("model", "first")
    common = {**asked.days.parameters, "mode": asked.get("mode", "period"), "by": by}
    if asked.get("channel"):
        common["channel"] = asked.get("channel")
    questions = {}
    if model == "first":
        questions["funnel"] = Question("funnel", common)
    else:
        for name, milestone in _EARNED.items():
            earned = common | {"model": model, "milestone": milestone, "limit": limit}
            questions[name] = Question("attribution", earned)
    if by in _OF_MONEY:
        money = common | {"model": model, "currency": asked.get("currency"), "limit": limit}
        questions["money"] = Question("money", {name: value for name, value in money.items() if value})
    return questions


def channel_rows(told: Mapping[str, Sequence[Row]], by: str) -> list[Row]:
    """Rows as the keyword P&L has them, by the answers of `questions_of_parts`."""
    people = _people(told, by)
    money = _money(told, by)
    rows: list[Row] = []
    for part in dict.fromkeys((*money, *people)):
        of_part = money.get(part) or [_empty("")]
        paid = sum(row["cost"] > 0 for row in of_part)
        several = sum(row["cost"] > 0 or row["won"] > 0 for row in of_part)
        for at, row in enumerate(of_part):
            came = people.get(part, {}) if at == 0 else dict.fromkeys(people.get(part, {}), 0)
            whole = {by: part, **_empty(row["currency"]), **row, **came}
            rows.append(whole | rates(whole, paid, several))
    names = set(_OF_PEOPLE) & {name for each in people.values() for name in each}
    return [
        {name: value for name, value in row.items() if name in names or name not in _OF_PEOPLE}
        for row in rows
    ]


def _people(told: Mapping[str, Sequence[Row]], by: str) -> dict[str, dict[str, Any]]:
    """Of each part the people and deals, whatever their currency."""
    counts: dict[str, dict[str, Any]] = {}
    for row in told.get("funnel", ()):
        each = counts.setdefault(row[by], dict.fromkeys(_OF_PEOPLE, 0))
        for name in _OF_PEOPLE:
            each[name] += row[name]
    for name in ("leads", "opportunities"):
        for row in told.get(name, ()):
            each = counts.setdefault(row["value"], {"leads": 0, "opportunities": 0})
            each[name] += row["conversions"]
    return counts


def _money(told: Mapping[str, Sequence[Row]], by: str) -> dict[str, list[Row]]:
    """Of each part the rows of its currencies, the one with cost first, then that with the most deals."""
    parts: dict[str, dict[str, Row]] = {}
    for row in told.get("money", ()):
        parts.setdefault(row["part"], {})[row["currency"]] = {
            name: row[name] for name in ("impressions", "clicks", "cost", "won", "revenue", "currency")
        }
    if "money" not in told:
        for row in told.get("funnel", ()):
            parts.setdefault(row[by], {})[row["currency"]] = {
                name: row[name] for name in ("won", "revenue", "currency")
            }
        for row in told.get("won", ()):
            each = parts.setdefault(row["value"], {}).setdefault(row["currency"], _empty(row["currency"]))
            each["won"] += row["conversions"]
            each["revenue"] += row["revenue"]
    return {
        part: sorted(
            ({**_empty(row["currency"]), **row} for row in of.values()),
            key=lambda row: (-row["cost"], -row["won"], -row["revenue"], row["currency"]),
        )
        for part, of in parts.items()
    }


def _empty(currency: str) -> Row:
    return {"impressions": 0, "clicks": 0, "cost": 0, "won": 0, "revenue": 0, "currency": currency}
