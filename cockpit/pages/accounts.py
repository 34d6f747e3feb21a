"""Accounts as a list, and one account: who decides, and what all of its people did on one axis of time."""

from typing import Final

from answers.words import marked
from cockpit.asked import Asked
from cockpit.asking import Ask, Question, ask_all, records
from cockpit.lanes import lanes_of
from cockpit.pages.leads import PER_PAGE, page_asked, paging
from cockpit.shown import NotThereError, Page, Shown

MOST_STEPS: Final = 200


async def accounts(ask: Ask, asked: Asked) -> Shown:
    """The accounts, those that brought most before all."""
    page = page_asked(asked)
    paged = {"limit": str(PER_PAGE), "offset": str((page - 1) * PER_PAGE)}
    rows = records(await ask.result("accounts", paged))
    count = rows[0]["of_all"] if rows else 0
    return Shown(
        "accounts",
        {
            "rows": rows,
            "count": count,
            "first": (page - 1) * PER_PAGE + 1,
            "paging": paging(asked, page, count),
            "parameters": {"limit": str(max(count, PER_PAGE))},
        },
    )


async def account(ask: Ask, asked: Asked) -> Shown:
    """Everything about one account."""
    name = asked.parts["account"]
    told = await ask_all(
        ask,
        {
            "people": Question("buying_group", {"of": name}),
            "deals": Question("deal_standings", {"account": name, "limit": "500"}),
            "journey": Question("account_journey", {"account": name}),
        },
    )
    people, deals = records(told["people"]), records(told["deals"])
    if not people and not deals:
        raise NotThereError(f"there is no account '{name[:60]}': check it, or wait for its facts")
    steps = records(told["journey"])
    shown = steps if asked.get("steps") == "all" else steps[-MOST_STEPS:]
    companies = [row["company"] for row in (*deals, *people) if row["company"]]
    return Shown(
        "account_page",
        {
            "account": name,
            "people": people,
            "deals": deals,
            "lanes": lanes_of(steps, [row["person"] for row in people], asked.timezone),
            "steps": shown,
            "left_out": len(steps) - len(shown),
        },
        companies[0] if companies else name,
    )


PAGES: Final = (
    Page(
        "/accounts",
        accounts,
        marked("Accounts"),
        takes=("page",),
        filters=(),
        usual="all",
    ),
    Page("/accounts/{account:.+}", account, of="/accounts", takes=("steps",), about_people=True, filters=()),
)
