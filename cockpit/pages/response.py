"""How sales answers: who waits, whose they are, how fast leads are answered, and who is worth waking."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from answers.charts import figures
from answers.words import marked, translations
from cockpit.asked import Asked
from cockpit.asking import Ask, Question, Row, ask_all, records
from cockpit.names import GRADES, named
from cockpit.shown import Page, Shown
from sinks.report_files import list_reports
from sinks.report_values import find

_FILTERS: Final = ("owner", "channel", "platform", "campaign", "keyword", "region", "industry")
_MORE: Final = ("account", "grade", "tag", "by")
_BY: Final = (
    ("owner", marked("Owner")),
    ("channel", marked("Channel")),
    ("keyword", marked("Keyword")),
    ("region", marked("Region")),
    ("industry", marked("Industry")),
)
MOST_WAITING: Final = 500
MOST_RESTING: Final = 20
WITHIN: Final = (1, 2, 3, 5, 10, 30)
_CURVE: Final = {"transition": "marketing_qualified_to_first_response"}
# How the blocks are asked; each takes those of the filters that its report knows.
_ASKED: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "waiting": ("leads", {"show": "waiting", "milestone": "marketing_qualified", "limit": str(MOST_WAITING)}),
    "response": ("response", {}),
    "curve": ("survival", _CURVE),
    "recycled": ("recycled", {"limit": str(MOST_RESTING)}),
    "wake_up": ("wake_up", {"limit": str(MOST_RESTING)}),
    "grades": ("grades", {}),
}


@dataclass(frozen=True, slots=True)
class Block:
    """What a block shows: the rows of a report, and how it was asked."""

    report: str
    parameters: Mapping[str, str]
    rows: list[Row]


async def response(ask: Ask, asked: Asked) -> Shown:
    """Who waits for sales, how fast others were answered, and who rests."""
    questions = {key: question(name, own, asked) for key, (name, own) in _ASKED.items()}
    told = await ask_all(ask, questions)
    blocks = {
        key: Block(questions[key].name, questions[key].parameters, records(result))
        for key, result in told.items()
    }
    waiting = blocks["waiting"].rows
    words = translations(asked.language, "cockpit")
    say = words.gettext
    every = ("", say(marked("all")))
    grades = [every, *((grade, named(words, grade)) for grade in GRADES)]
    curve = find(list_reports(), "survival")
    return Shown(
        "response",
        {
            "blocks": blocks,
            "unanswered": question("unanswered", {"state": "waiting", "limit": str(MOST_WAITING)}, asked),
            "count": waiting[0]["of_all"] if waiting else 0,
            "owners": by_owner(waiting),
            "tags": by_tag(waiting),
            "within": within(blocks["curve"].rows),
            "figures": figures(curve.charts, told["curve"], asked.timezone),
            "by_name": say(dict(_BY).get(asked.get("by", "owner"), marked("Owner"))),
            "selects": [
                ("by", say(marked("Response times by")), [(value, say(text)) for value, text in _BY]),
                ("grade", say(marked("Grade")), grades),
            ],
        },
    )


def question(name: str, own: Mapping[str, str], asked: Asked) -> Question:
    """A report, asked with those of the filters that it knows."""
    known = _parameters(name)
    told = {each: asked.get(each) for each in (*_FILTERS, *_MORE) if asked.get(each) and each in known}
    if name == "survival":
        told.pop("by", None)
    days = {} if asked.days.is_all else asked.days.parameters
    return Question(name, days | told | dict(own))


def by_owner(rows: Sequence[Row]) -> list[tuple[str, int, float]]:
    """Of those who wait, by owner how many, and the longest wait in days; who has most before all."""
    longest: dict[str, float] = {}
    for row in rows:
        longest[row["owner"]] = max(longest.get(row["owner"], 0.0), row["waiting_days"])
    counted = Counter(row["owner"] for row in rows)
    return [(owner, count, longest[owner]) for owner, count in sorted(counted.items(), key=_most_first)]


def by_tag(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Of those who wait, how many have each tag."""
    counted = Counter(tag for row in rows for tag in row["tags"].split(", ") if tag)
    return sorted(counted.items(), key=_most_first)


def within(rows: Sequence[Row]) -> list[tuple[int, float | None]]:
    """The share that is answered within so many days, by the curve; None where nobody was watched so long."""
    told: list[tuple[int, float | None]] = []
    last = max((row["days"] for row in rows), default=0)
    for days in WITHIN:
        so_far = [row["reached_share"] for row in rows if row["days"] <= days]
        is_known = bool(rows) and (last >= days or rows[-1]["open_share"] == 0)
        told.append((days, max(so_far, default=0.0) if is_known else None))
    return told


def _most_first(each: tuple[str, int]) -> tuple[int, str]:
    return (-each[1], each[0])


@cache
def _parameters(name: str) -> frozenset[str]:
    return frozenset(each.name for each in find(list_reports(), name).parameters)


PAGES: Final = (
    Page(
        "/response",
        response,
        marked("Sales response"),
        takes=(*_FILTERS, *_MORE),
        about_people=True,
        filters=("days", *_FILTERS),
        usual="all",
    ),
)
