"""Leads as a list: who waits for sales, who is new, and where each of them comes from."""

from typing import Final

from answers.words import marked, translations
from cockpit.asked import Asked
from cockpit.asking import Ask, records
from cockpit.names import named
from cockpit.shown import Page, Shown
from schemas.terms import Grade, Stage
from sinks.report_values import ReportError

PER_PAGE: Final = 50
# What the report takes by the same names.
_FILTERS: Final = ("channel", "platform", "campaign", "keyword", "owner", "region", "industry")
_MORE: Final = ("ad_group", "content", "author", "account", "tag")
_SELECTS: Final = ("show", "stage", "milestone", "grade")
_ENTERED: Final = tuple(stage for stage in Stage if stage is not Stage.VISITOR)
_MILESTONES: Final = (Stage.LEAD, Stage.MARKETING_QUALIFIED, Stage.SALES_QUALIFIED)


async def leads(ask: Ask, asked: Asked) -> Shown:
    """The leads that are asked for, those first who wait for sales."""
    page = page_asked(asked)
    parameters = parameters_of(asked)
    paged = parameters | {"limit": str(PER_PAGE), "offset": str((page - 1) * PER_PAGE)}
    result = await ask.result("leads", paged)
    rows = records(result)
    count = rows[0]["of_all"] if rows else 0
    return Shown(
        "leads",
        {
            "rows": rows,
            "count": count,
            "paging": paging(asked, page, count),
            "parameters": parameters | {"limit": str(max(count, PER_PAGE))},
            "selects": selects(asked.language),
            "narrowed": any(asked.get(name) for name in (*_SELECTS, *_FILTERS, *_MORE)),
            "first": (page - 1) * PER_PAGE + 1,
        },
    )


def parameters_of(asked: Asked) -> dict[str, str]:
    """What the report is asked: the days, and each filter of the address. Raises ReportError."""
    told = {name: asked.get(name) for name in (*_FILTERS, *_MORE, *_SELECTS) if asked.get(name)}
    days = {} if asked.days.is_all else asked.days.parameters
    mode = {"mode": asked.get("mode")} if asked.get("mode") else {}
    # Leads have one touch that is their source: of all models, two say which.
    model = {"model": "last"} if asked.get("model") == "last" else {}
    return days | mode | model | told


def page_asked(asked: Asked) -> int:
    """Which page of the list is asked for, from 1. Raises ReportError."""
    text = asked.get("page", "1")
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:9]) <= 100_000:
        raise ReportError(f"the parameter 'page' must be a number from 1 on, not '{text[:60]}'")
    return int(text)


def paging(asked: Asked, page: int, count: int, per_page: int = PER_PAGE) -> dict[str, str]:
    """The addresses of the pages before and after, as far as there are any."""
    before = asked.url(page=None if page == 2 else str(page - 1)) if page > 1 else ""
    after = asked.url(page=str(page + 1)) if page * per_page < count else ""
    return {"before": before, "after": after}


def selects(language: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters with few choices: name, label, and values with what they are called."""
    words = translations(language, "cockpit")
    say = words.gettext
    every = ("", say(marked("all")))
    return [
        (
            "show",
            say(marked("Answered")),
            [every, ("waiting", say(marked("waiting for sales"))), ("answered", say(marked("by sales")))],
        ),
        ("stage", say(marked("Stage")), [every, *((stage.value, named(words, stage)) for stage in _ENTERED)]),
        (
            "milestone",
            say(marked("Came as far as")),
            [every, *((stage.value, named(words, stage)) for stage in _MILESTONES)],
        ),
        ("grade", say(marked("Grade")), [every, *((grade.value, named(words, grade)) for grade in Grade)]),
    ]


PAGES: Final = (
    Page(
        "/leads",
        leads,
        marked("Leads"),
        takes=(*_FILTERS, *_MORE, *_SELECTS, "page"),
        about_people=True,
        filters=("days", "mode", *_FILTERS),
        usual="all",
    ),
)
