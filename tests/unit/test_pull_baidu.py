"""What Baidu's report service tells is pulled by day, as a whole and once, whatever it does meanwhile."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from aiohttp import web
from fake_baidu import FakeBaidu, busy, floods, keyword, never_ends, refusal, says
from pulled import HURRIED, IMPATIENT, NOW, WAITS, Kept, Store, asked, pulled
from samples.expected import RECEIVED_AT

from producers.imports import plan_sem
from producers.sem.options import SemOptions
from producers.sem.pull import baidu
from producers.sem.pull.accounts import Outcome
from producers.sem.pull.baidu import Baidu, refreshing
from producers.sem.pull.platform import Account, PullError
from producers.sem.pull.tokens import Granted, Nowhere, Tokens
from producers.sem.pull.web import Patience, Web

pytestmark = pytest.mark.enable_socket
ONE = date(2026, 11, 2)
ACME = Account("acme", "北方")
FILE = """日期,账户,推广计划ID,推广计划,推广单元ID,推广单元,关键词ID,关键词,匹配模式,展现,点击,消费
2026-11-01,北方,11,品牌,22,核心,{id},水泵,短语匹配,100,4,3.50
"""


def tells(data: str) -> Any:
    return says(f'{{"header": {{"status": 0}}, "body": {{"data": {data}}}}}')


def accounts(*given: Account, refresh: str = "refresh-1") -> Callable[[Web, str], Baidu]:
    def made(client: Web, url: str) -> Baidu:
        fetch = refreshing(client, url, "app", "a secret of the app", "7")
        return Baidu(client, Tokens(refresh, fetch, Nowhere()), given, url)

    return made


def pull(
    fake: FakeBaidu, store: Store, until: date = ONE, patience: Patience = HURRIED, **wishes: Any
) -> Outcome:
    given = accounts(ACME, refresh=fake.refresh)
    (outcome,) = pulled(fake.app(), given, store, patience, until=until, **wishes)
    return outcome


def test_days_are_pulled_with_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baidu, "PAGE", 2)
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01", f"词{n}") for n in range(5)]}), Store()

    outcome = pull(fake, store)

    assert (outcome.error, outcome.rows, outcome.changed, outcome.gone) == ("", 6, 5, 0)
    assert store.cost(day="2026-11-01", account="北方", campaign="品牌") == 17.5
    assert {fact.currency for fact in store.days.values()} == {"CNY"}


def test_an_imported_export_and_a_pull_of_the_same_day_are_the_same_facts() -> None:
    """Files are read with the same names and made of the same parts: nothing counts twice."""
    fake, only_pulled = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    pull(fake, only_pulled)
    (by_pull,) = only_pulled.days.values()
    options = SemOptions(received_at=RECEIVED_AT, as_of=by_pull.reported_at, timezone="UTC")
    text = FILE.format(id=keyword("2026-11-01")["wInfoId"])
    imported = plan_sem(text.encode(), "baidu_2026-11-01.csv", options)
    assert imported.error == ""

    assert [fact.event_id for fact in imported.facts] == [by_pull.event_id]
    store = Store()
    store.publish(imported.facts)
    outcome = pull(fake, store)
    assert (outcome.changed, outcome.gone) == (0, 0)
    assert store.cost() == 3.5


def test_a_day_that_a_file_told_in_another_shape_is_replaced_as_a_whole() -> None:
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    without_ids = (
        "日期,账户,推广计划,推广单元,关键词,展现,点击,消费\n2026-11-01,北方,品牌,核心,水泵,100,4,3.50\n"
    )
    options = SemOptions(received_at=RECEIVED_AT, as_of=NOW - 1, engine="baidu")
    store.publish(plan_sem(without_ids.encode(), "baidu.csv", options).facts)

    outcome = pull(fake, store)

    assert (outcome.changed, outcome.gone) == (1, 1)
    assert store.cost() == 3.5


def test_a_file_without_an_account_is_told_of() -> None:
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    without = "日期,推广计划,推广单元,关键词,展现,点击,消费\n2026-11-01,品牌,核心,水泵,100,4,3.50\n"
    options = SemOptions(received_at=RECEIVED_AT, as_of=NOW - 1, engine="baidu")
    store.publish(plan_sem(without.encode(), "baidu.csv", options).facts)

    (note,) = pull(fake, store).notes

    assert "1 rows of 2026-11-01 to 2026-11-02 stand there without an account" in note


def test_what_a_later_day_restates_replaces_and_what_vanished_is_taken_back() -> None:
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01"), keyword("2026-11-01", "阀门")]}), Store()
    pull(fake, store)
    before = len(store.published)

    fake.rows["acme"] = [keyword("2026-11-01", cost="2.75"), keyword("2026-11-02")]
    outcome = pull(fake, store)

    assert (outcome.changed, outcome.gone) == (2, 1)
    assert len(store.published) - before == 3  # and nothing is told again that stands already
    assert store.cost(day="2026-11-01") == 2.75
    assert store.cost(keyword="阀门") == 0
    assert pull(fake, store).changed == 0


def test_a_pull_goes_on_where_the_last_one_ended_with_the_days_that_are_restated() -> None:
    fake, store = FakeBaidu({"acme": [keyword("2026-10-20")]}), Store()

    assert pull(fake, store, until=date(2026, 10, 20)).first == date(2026, 9, 21)
    assert pull(fake, store, until=date(2026, 10, 21), restated_days=3).first == date(2026, 10, 18)
    assert pull(fake, store, since=ONE).first == ONE


def test_a_pull_that_is_killed_goes_on_and_counts_nothing_twice() -> None:
    days = [f"2026-10-{day:02}" for day in range(4, 32)]
    fake, store = FakeBaidu({"acme": [keyword(day, f"词{n}") for day in days for n in range(3)]}), Store()
    store.kill_after = 40
    with pytest.raises(ConnectionError):
        pull(fake, store)
    assert 0 < len(store.days) < 84
    store.kill_after = -1

    outcome = pull(fake, store, restated_days=1)

    assert outcome.error == ""
    assert outcome.first is not None
    assert outcome.first > date(2026, 10, 4)
    assert store.cost() == 84 * 3.5


def test_a_deleted_keyword_is_what_it_was() -> None:
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    pull(fake, store)
    kept = fake.rows["acme"][0]["wInfoId"]
    fake.rows["acme"] = [
        keyword("2026-11-01", "水泵[已删除]", campaignNameStatus="品牌[已删除]", wInfoId=kept)
    ]

    assert pull(fake, store).changed == 0
    assert store.cost(keyword="水泵", campaign="品牌") == 3.5


def test_what_no_keyword_accounts_for_stays_with_its_campaign() -> None:
    fake = FakeBaidu({"acme": [keyword("2026-11-01")]}, {"acme": [keyword("2026-11-01", cost="1.25")]})
    store = Store()
    pull(fake, store)

    assert store.cost(day="2026-11-01") == 4.75
    assert store.cost(keyword="", campaign="品牌", ad_group="") == 1.25


def test_an_account_that_shows_nothing_is_well_and_one_that_fell_silent_is_doubted() -> None:
    fake, store = FakeBaidu({"acme": []}), Store()
    assert (pull(fake, store).error, store.published) == ("", [])

    fake.rows["acme"] = [keyword("2026-11-01"), keyword("2026-11-02")]
    pull(fake, store)
    fake.rows["acme"] = [keyword("2026-11-02")]
    outcome = pull(fake, store)

    assert outcome.gone == 0
    assert outcome.notes[0].startswith("of 2026-11-01 nothing is told, though something had been")
    assert store.cost(day="2026-11-01") == 3.5
    assert pull(fake, store, trust_silence=True).gone == 1
    assert store.cost(day="2026-11-01") == 0


def test_campaigns_that_are_not_asked_for_are_left_to_their_files_and_renamed_ones_are_replaced() -> None:
    """Files tell of feed ads; the report of search ads does not, and knows campaigns by their newest name."""
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    pull(fake, store)
    feed = "日期,账户,推广计划,推广计划ID,展现,点击,消费\n2026-11-01,北方,信息流,99,100,4,8.00\n"
    options = SemOptions(received_at=RECEIVED_AT, as_of=NOW - 1, engine="baidu")
    store.publish(plan_sem(feed.encode(), "baidu.csv", options).facts)
    fake.rows["acme"] = [keyword("2026-11-01", campaignNameStatus="品牌词")]

    outcome = pull(fake, store)

    assert (outcome.changed, outcome.gone) == (1, 1)
    assert store.cost(campaign="信息流") == 8
    assert store.cost(campaign="品牌") == 0
    assert outcome.notes[0].startswith("of 2026-11-01 (信息流) nothing is told")
    assert pull(fake, store, trust_silence=True).gone == 1


def test_a_row_that_appears_while_pages_are_told_begins_the_days_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(baidu, "PAGE", 2)
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01", f"词{n}") for n in range(4)]}), Store()

    def appear(page: int) -> None:
        if page == 1:
            fake.rows["acme"].append(keyword("2026-11-01", "丁", cost="1"))

    fake.before_page = appear
    outcome = pull(fake, store, since=date(2026, 11, 1))

    assert (outcome.error, outcome.changed) == ("", 5)
    assert store.cost() == 15.0


def test_a_page_that_repeats_a_row_in_place_of_another_begins_the_days_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many rows as before, but one is told twice and another not at all."""
    monkeypatch.setattr(baidu, "PAGE", 2)
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01", f"词{n}") for n in range(4)]}), Store()

    def swap(page: int) -> None:
        if page == 1:
            fake.rows["acme"] = [keyword("2026-11-01", "A"), *fake.rows["acme"][:3]]

    fake.before_page = swap
    outcome = pull(fake, store, since=date(2026, 11, 1))

    assert (outcome.error, outcome.changed) == ("", 4)
    assert {fact.keyword for fact in store.days.values()} == {"A", "词0", "词1", "词2"}


def test_days_that_never_settle_are_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baidu, "PAGE", 2)
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01", f"词{n}") for n in range(4)]}), Store()
    fake.before_page = lambda page: fake.rows["acme"].append(keyword("2026-11-01", f"又{page}"))

    outcome = pull(fake, store, since=date(2026, 11, 1))

    assert "changed while they were told, 3 times: pull again later" in outcome.error
    assert store.published == []


def test_a_token_that_ends_while_pages_are_told_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baidu, "PAGE", 1)
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01", f"词{n}") for n in range(4)]}), Store()

    def end(page: int) -> None:
        if page in (2, 3):
            fake.good_for = 0

    fake.before_page = end
    assert pull(fake, store).changed == 4
    assert fake.refreshed == 3


@pytest.mark.parametrize(
    ("fault", "says_"),
    [
        (says("<html>maintenance</html>"), "answers with something that is no JSON"),
        (says("[1, 2]"), "has no header"),
        (tells("[]"), "has no data"),
        (tells('[{"rows": 7, "totalRowCount": 1}]'), "has no rows"),
        (tells('{"rows": [{"date": "?"}], "totalRowCount": 1}'), "date"),
        (says("{" * 5_000), "is no JSON"),
        (says("", 403), "Baidu refuses (HTTP 403)"),
        (never_ends, "didn't end its answer"),
        (floods, "is larger than 1 MB"),
    ],
)  # fmt: skip
def test_nonsense_is_no_answer_and_nothing_is_taken_back_by_it(fault: Any, says_: str) -> None:
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    pull(fake, store)
    before = list(store.published)
    fake.faults.extend([fault] * 3)

    outcome = pull(fake, store, patience=IMPATIENT if fault is never_ends else HURRIED)

    assert says_ in outcome.error
    assert "secret" not in outcome.error
    assert store.published == before


@pytest.mark.parametrize(
    "told",
    [{"cost": -1}, {"cost": "viel"}, {"cost": 1e300}, {"click": 1.5}, {"click": True}, {"impression": [1]},
     {"date": "2026-10-01"}, {"wInfoNameStatus": {"x": 1}}, {"wInfoNameStatus": "x" * 600}],
)  # fmt: skip
def test_a_row_that_cannot_be_costs_the_pull_and_not_the_days(told: dict[str, Any]) -> None:
    fake, store = FakeBaidu({"acme": []}), Store()
    row = keyword("2026-11-01") | told
    data = {"rows": [row], "rowCount": 1, "totalRowCount": 1}

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"header": {"status": 0}, "body": {"data": [data]}})

    fake.faults.append(answer)
    outcome = pull(fake, store)

    assert outcome.error.startswith("the platform tells a row")
    assert store.published == []


def test_a_busy_platform_is_asked_again_when_it_says() -> None:
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    fake.faults.extend([busy("7"), says("", 503)])
    app = fake.app()

    (outcome,) = pulled(app, accounts(ACME), store, until=ONE)

    assert (outcome.error, outcome.changed) == ("", 1)
    assert app[WAITS][0] >= 7
    fake.faults.append(busy("100000"))
    assert "asks to wait 100,000 seconds" in pull(fake, Store()).error


def test_a_system_error_may_pass_and_a_refusal_does_not() -> None:
    async def broken(_: web.Request) -> web.StreamResponse:
        return refusal("系统错误", status=3)

    fake, store = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    fake.faults.append(broken)
    assert pull(fake, store).error == ""
    other = accounts(Account("other", "other"), refresh=fake.refresh)
    (outcome,) = pulled(fake.app(), other, store, until=ONE)
    assert outcome.error == "Baidu refuses: 没有权限操作该账户 (code 8101)"


def test_one_broken_account_stops_no_other() -> None:
    fake, store = FakeBaidu({"acme": [keyword("2026-11-01")]}), Store()
    given = accounts(Account("closed", "closed"), ACME, Account("gone", "gone"))

    outcomes = pulled(fake.app(), given, store, until=ONE)

    assert [bool(outcome.error) for outcome in outcomes] == [True, False, True]
    assert store.cost() == 3.5


def test_a_login_that_ended_says_what_to_do() -> None:
    fake = FakeBaidu({"acme": []}, refresh="another")

    async def story(client: Web, url: str) -> None:
        fetch = refreshing(client, url, "app", "a secret of the app", "7")
        with pytest.raises(PullError, match="authorise the app anew") as told:
            await fetch("refresh-1")
        assert "refresh-1" not in str(told.value)

    asked(fake.app(), story)


def test_two_processes_may_exchange_one_refresh_token() -> None:
    fake, kept = FakeBaidu({"acme": []}), Kept()

    async def story(client: Web, url: str) -> None:
        fetch = refreshing(client, url, "app", "a secret of the app", "7")
        here, there = Tokens("refresh-1", fetch, kept), Tokens("refresh-1", fetch, kept)
        assert await here.access() == "token-2"
        assert await there.access() == "token-3"
        assert await here.after("token-2") == "token-4"

        async def late(refresh: str) -> Granted:
            if refresh == "refresh-4":  # and by now the other one has exchanged it
                await there.after("token-3")
            return await fetch(refresh)

        assert await Tokens("refresh-1", late, kept).access() == "token-6"

    asked(fake.app(), story)


def test_a_refresh_token_that_was_exchanged_is_kept_for_the_next_process() -> None:
    fake, kept = FakeBaidu({"acme": []}), Kept()

    async def story(client: Web, url: str) -> None:
        fetch = refreshing(client, url, "app", "a secret of the app", "7")
        assert await Tokens("refresh-1", fetch, kept).access() == "token-2"
        assert await Tokens("refresh-1", fetch, kept).access() == "token-3"
        with pytest.raises(PullError):  # another one was configured: what was kept is not its
            await Tokens("refresh-0", fetch, kept).access()

    asked(fake.app(), story)
    assert "refresh-1" not in kept
