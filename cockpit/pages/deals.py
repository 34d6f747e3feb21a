"""Deals as a list, those before all that stand still; and one deal: what brought it, and who decides."""

from collections.abc import Sequence
from typing import Any, Final

from answers.words import marked, translations
from cockpit.asked import Asked
from cockpit.asking import Ask, Question, Row, ask_all, records
from cockpit.credited import credits_of, models_of
from cockpit.names import MODELS, named
from cockpit.pages.leads import PER_PAGE, page_asked, paging
from cockpit.shown import NotThereError, Page, Shown

_FILTERS: Final = ("owner", "channel", "campaign", "keyword", "region", "industry")
_MORE: Final = ("account", "state")
_STATES: Final = (
    ("open", marked("open")),
    ("won", marked("won")),
    ("lost", marked("lost")),
    ("left", marked("recycled or disqualified")),
)


async def deals(ask: Ask, asked: Asked) -> Shown:
    """The deals that are asked for, those before all that are in their stage for longer than others were."""
    page = page_asked(asked)
    told = {name: asked.get(name) for name in (*_FILTERS, *_MORE) if asked.get(name)}
    parameters = told | ({} if asked.days.is_all else asked.days.parameters)
    paged = parameters | {"limit": str(PER_PAGE), "offset": str((page - 1) * PER_PAGE)}
    rows = records(await ask.result("deal_standings", paged))
    count = rows[0]["of_all"] if rows else 0
    say = translations(asked.language, "cockpit").gettext
    states = [("", say(marked("all"))), *((value, say(text)) for value, text in _STATES)]
    return Shown(
        "deals",
        {
            "rows": rows,
            "count": count,
            "first": (page - 1) * PER_PAGE + 1,
            "paging": paging(asked, page, count),
            "parameters": parameters | {"limit": str(max(count, PER_PAGE))},
            "selects": [("state", say(marked("State")), states)],
            "narrowed": bool(told),
            "most_days": max((row["days_in_stage"] or 0 for row in rows), default=0),
        },
    )


async def deal(ask: Ask, asked: Asked) -> Shown:
    """Everything about one deal."""
    name = asked.parts["deal"]
    rows = records(await ask.result("deal_standings", {"deal": name}))
    if not rows:
        raise NotThereError(f"there is no deal '{name[:60]}': check it, or wait for its facts")
    found = rows[0]
    milestone = "won" if found["stage"] == "won" else "opportunity"
    models = models_of(asked.get("model"), asked.get("models") == "all")
    questions = {
        "history": Question("stage_history", {"of": name}),
        "people": Question("buying_group", {"of": name}),
    }
    told = await ask_all(ask, questions)
    credit = await credits_of(ask, name, milestone, models)
    words = translations(asked.language, "cockpit")
    return Shown(
        "deal",
        {
            "deal": found,
            "milestone": milestone,
            "history": entries(records(told["history"])),
            "people": records(told["people"]),
            "credit": credit,
            "models": MODELS,
            "are_all_models": asked.get("models") == "all",
            "stage_name": named(words, found["stage"]),
        },
        found["name"] or name,
    )


def entries(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The stages of a deal, each with the days until the next; None of the last."""
    found: list[dict[str, Any]] = [dict(row) for row in rows if row["deal"]]
    for entry, after in zip(found, [*found[1:], None], strict=True):
        entry["days"] = (after["at"] - entry["at"]).total_seconds() / 86_400 if after else None
    return found


PAGES: Final = (
    Page(
        "/deals",
        deals,
        marked("Deals"),
        takes=(*_FILTERS, *_MORE, "page"),
        filters=("days", *_FILTERS),
        usual="all",
    ),
    Page("/deals/{deal:.+}", deal, of="/deals", takes=("models",), about_people=True, filters=()),
)
