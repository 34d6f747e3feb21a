"""Google's keywords, campaigns and clicks are pulled page by page, and meet what was imported of them."""

from collections.abc import Callable
from datetime import UTC, date
from typing import Any

import pytest
from fake_baidu import busy, floods, never_ends, says
from fake_google import FakeGoogle, click, exhausted, keyword
from pulled import HURRIED, IMPATIENT, NOW, WAITS, Store, pulled
from samples.expected import RECEIVED_AT

from producers.imports import plan_sem
from producers.sem.options import SemOptions
from producers.sem.pull.accounts import Outcome
from producers.sem.pull.google import Google, refreshing
from producers.sem.pull.platform import Account
from producers.sem.pull.tokens import Nowhere, Tokens
from producers.sem.pull.web import Web

pytestmark = pytest.mark.enable_socket
ONE = date(2026, 11, 2)
NORTH = Account("123-456-7890", "North")
FILE = (
    "Account name,Day,Campaign,Campaign ID,Ad group,Ad group ID,Search keyword,Keyword ID,"
    "Search keyword match type,Currency code,Impr.,Clicks,Cost\n"
    'North,2026-11-01,Brand,11,Core,22,"""pump""",{id},Phrase match,EUR,100,4,3.50\n'
)


def accounts(*given: Account, refresh: str = "refresh", **more: Any) -> Callable[[Web, str], Google]:
    def made(client: Web, url: str) -> Google:
        tokens = Tokens(refresh, refreshing(client, url, "client", "a secret of the client"), Nowhere())
        return Google(client, tokens, given, "developer", "99-8", UTC, url, **more)

    return made


def pull(fake: FakeGoogle, store: Store, until: date = ONE, **wishes: Any) -> Outcome:
    (outcome,) = pulled(fake.app(), accounts(NORTH), store, until=until, **wishes)
    return outcome


def test_keywords_are_pulled_with_all_pages_and_campaigns_with_the_rest() -> None:
    fake = FakeGoogle({"1234567890": [keyword("2026-11-01", f"k{n}") for n in range(5)]}, page=2)
    fake.beyond["1234567890"] = [keyword("2026-11-01", micros=1_250_000)]
    fake.beyond["1234567890"] += [
        keyword("2026-11-01", micros=9_000_000, **{"campaign.id": "12", "campaign.name": "Performance Max"})
    ]
    store = Store()

    outcome = pull(fake, store)

    assert (outcome.error, outcome.changed) == ("", 7)
    assert store.cost(account="North", currency="EUR") == 5 * 3.5 + 1.25 + 9
    assert store.cost(keyword="", campaign="Brand") == 1.25
    assert store.cost(campaign="Performance Max", keyword="") == 9
    assert fake.headers[0]["login-customer-id"] == "998"
    assert all("pageSize" not in document for document in fake.asked)


def test_an_imported_export_and_a_pull_of_the_same_day_are_the_same_facts() -> None:
    fake, only_pulled = FakeGoogle({"1234567890": [keyword("2026-11-01")]}), Store()
    pull(fake, only_pulled)
    (by_pull,) = only_pulled.days.values()
    options = SemOptions(received_at=RECEIVED_AT, as_of=by_pull.reported_at, timezone="UTC")
    text = FILE.format(id=keyword("2026-11-01")["ad_group_criterion.criterion_id"])
    imported = plan_sem(text.encode(), "google.csv", options)
    assert imported.error == ""

    assert [fact.event_id for fact in imported.facts] == [by_pull.event_id]
    store = Store()
    store.publish(imported.facts)
    assert pull(fake, store).changed == 0
    assert store.cost() == 3.5


def test_a_file_that_did_not_say_its_currency_is_put_right() -> None:
    fake, store = FakeGoogle({"1234567890": [keyword("2026-11-01")]}), Store()
    text = FILE.format(id=keyword("2026-11-01")["ad_group_criterion.criterion_id"])
    options = SemOptions(received_at=RECEIVED_AT, as_of=NOW - 1, timezone="UTC")
    without = text.replace("Currency code,", "").replace("EUR,", "")
    store.publish(plan_sem(without.encode(), "google.csv", options).facts)
    assert store.cost(currency="") == 3.5

    assert pull(fake, store).changed == 1
    assert store.cost(currency="EUR") == store.cost() == 3.5


def test_the_keyword_of_each_click_is_pulled_while_google_knows_it() -> None:
    fake = FakeGoogle({"1234567890": [keyword("2026-11-01")]})
    fake.clicks["1234567890"] = [click("2026-11-01", "Cj0a"), click("2026-11-02", "Cj0b", "valve")]
    store = Store()

    assert pull(fake, store, since=date(2026, 7, 1)).clicks == 2
    told = {fact.click_id: fact for fact in store.clicks()}
    assert told["Cj0b"].keyword == "valve"
    assert (told["Cj0a"].campaign, told["Cj0a"].ad_group) == ("Brand", "Core")
    assert told["Cj0a"].match_type == "phrase"
    queries = [document["query"] for document in fake.asked if "click_view" in document["query"]]
    assert "segments.date = '2026-08-28'" not in queries[0]
    assert "segments.date = '2026-08-29'" in queries[0]

    file = plan_sem(
        b"gclid,Date,Campaign,Ad group,Search keyword\nCj0a,2026-11-01,Brand,Core,pump\n",
        "clicks.csv",
        SemOptions(received_at=RECEIVED_AT, as_of=RECEIVED_AT, timezone="UTC"),
    )
    assert [fact.event_id for fact in file.facts] == [told["Cj0a"].event_id]


def test_only_the_last_days_clicks_are_pulled_again() -> None:
    fake, store = FakeGoogle({"1234567890": [keyword("2026-11-01")]}), Store()
    pull(fake, store)
    fake.asked.clear()

    pull(fake, store, until=date(2026, 11, 3))

    days = [document["query"][-11:-1] for document in fake.asked if "click_view" in document["query"]]
    assert days == ["2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03"]


def test_what_is_restated_or_vanished_is_replaced() -> None:
    fake, store = FakeGoogle({"1234567890": [keyword("2026-11-01"), keyword("2026-11-01", "valve")]}), Store()
    pull(fake, store)

    fake.rows["1234567890"] = [keyword("2026-11-01", micros=2_000_000)]
    outcome = pull(fake, store)

    assert (outcome.changed, outcome.gone) == (1, 1)
    assert store.cost() == 2.0


def test_a_token_that_ends_while_pages_are_told_is_renewed() -> None:
    fake = FakeGoogle({"1234567890": [keyword("2026-11-01", f"k{n}") for n in range(5)]}, page=1)
    fake.renewed_for = 3

    assert pull(fake, Store(), since=date(2026, 11, 1)).changed == 5
    assert fake.refreshed >= 3


def test_a_quota_is_waited_for_if_that_is_short() -> None:
    fake, store = FakeGoogle({"1234567890": [keyword("2026-11-01")]}), Store()
    app = fake.app()
    fake.faults.extend([exhausted("30s"), busy("2")])

    (outcome,) = pulled(app, accounts(NORTH), store, until=ONE)

    assert (outcome.error, outcome.changed) == ("", 1)
    assert app[WAITS][0] >= 30
    fake.faults.append(exhausted("50000s"))
    assert "asks to wait 50,000 seconds" in pull(fake, Store()).error


@pytest.mark.parametrize(
    ("fault", "says_"),
    [
        (says("[]"), "has no results"),
        (says('{"results": {"a": 1}}'), "has no results"),
        (says('{"results": [[1]]}'), "has no results"),
        (says('{"results": [{"segments": {"date": "2026-11-01"}, "metrics": {"clicks": "-3"}}]}'), "clicks"),
        (says('{"results": [], "nextPageToken": {"a": 1}}'), "nextPageToken"),
        (says("<html>"), "is no JSON"),
        (never_ends, "didn't end its answer"),
        (floods, "is larger than 1 MB"),
    ],
)
def test_nonsense_is_no_answer_and_nothing_is_taken_back_by_it(fault: Any, says_: str) -> None:
    fake, store = FakeGoogle({"1234567890": [keyword("2026-11-01")]}), Store()
    pull(fake, store)
    before = list(store.published)
    fake.faults.extend([fault] * 9)

    patience = IMPATIENT if fault is never_ends else HURRIED
    (outcome,) = pulled(fake.app(), accounts(NORTH, has_clicks=False), store, patience, until=ONE)

    assert says_ in outcome.error
    assert store.published == before


def test_a_page_that_comes_again_and_again_ends() -> None:
    fake, store = FakeGoogle({"1234567890": []}), Store()
    fake.faults.extend([says('{"results": [], "nextPageToken": "x"}')] * 9)

    assert (
        "the same page again and again"
        in pulled(fake.app(), accounts(NORTH, has_clicks=False), store, until=ONE)[0].error
    )


def test_one_account_without_rights_stops_no_other_and_says_why() -> None:
    fake, store = FakeGoogle({"1234567890": [keyword("2026-11-01")]}), Store()
    given = accounts(Account("1", "closed"), NORTH)

    closed, north = pulled(fake.app(), given, store, until=ONE)

    assert closed.error == "Google refuses (HTTP 403): Said in English. (USER_PERMISSION_DENIED)"
    assert north.error == ""
    assert "secret" not in pulled(fake.app(), accounts(NORTH, refresh="old"), Store(), until=ONE)[0].error
