"""Microsoft's reports are asked for, waited for, fetched and read, and nothing is believed without a look."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fake_baidu import never_ends, says
from fake_microsoft import FakeMicrosoft, keyword, refuses, sends, zipped
from pulled import HURRIED, IMPATIENT, WAITS, Kept, Store, pulled
from samples.expected import RECEIVED_AT

from producers.imports import plan_sem
from producers.sem.options import SemOptions
from producers.sem.pull.accounts import Outcome
from producers.sem.pull.microsoft import Microsoft, refreshing
from producers.sem.pull.platform import Account
from producers.sem.pull.tokens import Tokens
from producers.sem.pull.web import Patience, Web

pytestmark = pytest.mark.enable_socket
ONE = date(2026, 11, 2)
WEST = Account("42", "West")
FILE = (
    "Gregorian date,Account name,Campaign name,Campaign ID,Ad group,Ad group ID,Keyword,Keyword ID,"
    "Bid match type,Currency code,Impressions,Clicks,Spend\n"
    "2026-11-01,West,Brand,11,Core,22,pump,{id},Phrase,USD,100,4,3.50\n"
)
HEADER = (
    "TimePeriod,CampaignName,CampaignId,AdGroupName,AdGroupId,Keyword,KeywordId,BidMatchType,Impressions,Clicks,"
    "Spend,CurrencyCode\n"
)


def accounts(*given: Account, kept: Kept | None = None) -> Callable[[Web, str], Microsoft]:
    held = Kept() if kept is None else kept

    def made(client: Web, url: str) -> Microsoft:
        tokens = Tokens("refresh-1", refreshing(client, url, "client", ""), held)
        return Microsoft(client, tokens, given, "developer", "7", "BeijingChongqingHongKongUrumqi", url)

    return made


def pull(
    fake: FakeMicrosoft, store: Store, until: date = ONE, patience: Patience = HURRIED, **wishes: Any
) -> Outcome:
    fake.refresh = "refresh-1"
    (outcome,) = pulled(fake.app(), accounts(WEST), store, patience, until=until, **wishes)
    return outcome


def test_reports_are_waited_for_fetched_and_read() -> None:
    fake = FakeMicrosoft({"42": [keyword("2026-11-01", f"k{n}") for n in range(3)]}, polls=3)
    fake.beyond["42"] = [keyword("2026-11-01", spend="1.25")]
    store, app = Store(), fake.app()

    (outcome,) = pulled(app, accounts(WEST), store, until=ONE, since=date(2026, 11, 1))

    assert (outcome.error, outcome.rows, outcome.changed) == ("", 4, 4)
    assert store.cost(account="West", currency="USD") == 11.75
    assert store.cost(keyword="", campaign="Brand") == 1.25
    assert app[WAITS][:3] == [3.0, 4.5, 6.75]
    asked = fake.submitted[0]
    assert asked["Time"]["CustomDateRangeStart"] == {"Day": 1, "Month": 11, "Year": 2026}
    assert asked["ReturnOnlyCompleteData"] is True


def test_an_imported_export_and_a_pull_of_the_same_day_are_the_same_facts() -> None:
    fake, only_pulled = FakeMicrosoft({"42": [keyword("2026-11-01")]}), Store()
    pull(fake, only_pulled)
    (by_pull,) = only_pulled.days.values()
    options = SemOptions(received_at=RECEIVED_AT, as_of=by_pull.reported_at, timezone="UTC")
    imported = plan_sem(FILE.format(id=keyword("x")["KeywordId"]).encode(), "microsoft.csv", options)
    assert imported.error == ""

    assert [fact.event_id for fact in imported.facts] == [by_pull.event_id]
    store = Store()
    store.publish(imported.facts)
    assert pull(fake, store).changed == 0
    assert store.cost() == 3.5


def test_success_without_a_file_is_no_data_and_takes_nothing_back_unasked() -> None:
    fake, store = FakeMicrosoft({"42": []}), Store()
    assert (pull(fake, store).error, store.published) == ("", [])

    fake.rows["42"] = [keyword("2026-11-01")]
    pull(fake, store)
    fake.rows["42"] = []
    outcome = pull(fake, store)

    assert (outcome.error, outcome.gone, len(outcome.notes)) == ("", 0, 1)
    assert store.cost() == 3.5
    assert pull(fake, store, trust_silence=True).gone == 1
    assert store.cost() == 0


def test_days_that_are_not_complete_yet_are_left_for_later() -> None:
    fake, store = FakeMicrosoft({"42": [keyword("2026-11-01")]}, not_before="2026-11-02"), Store()

    assert "has not all of these days yet" in pull(fake, store).error
    assert pull(fake, store, until=date(2026, 11, 1)).changed == 1


def test_a_token_that_ends_while_a_report_is_made_is_renewed_and_the_next_is_kept() -> None:
    fake, kept = FakeMicrosoft({"42": [keyword("2026-11-01")]}, renewed_for=2), Kept()

    (outcome,) = pulled(fake.app(), accounts(WEST, kept=kept), Store(), until=ONE, since=ONE)
    assert outcome.error == ""
    assert list(kept.values()) == [fake.refresh]
    (outcome,) = pulled(fake.app(), accounts(WEST, kept=kept), Store(), until=ONE)
    assert outcome.error == ""


def test_limits_are_waited_for_and_refusals_are_not() -> None:
    fake, store = FakeMicrosoft({"42": [keyword("2026-11-01")]}), Store()
    fake.faults.append(refuses(117, "CallRateExceeded"))
    app = fake.app()
    (outcome,) = pulled(app, accounts(WEST), store, until=ONE, since=ONE)
    assert outcome.error == ""
    assert app[WAITS][0] >= 60
    fake.refresh = "refresh-1"
    other, west = pulled(fake.app(), accounts(Account("9", "Other"), WEST), store, until=ONE)
    assert (
        other.error
        == "Microsoft refuses (HTTP 400): You may not ask for this account. (AccountNotAuthorized)"
    )
    assert west.error == ""


@pytest.mark.parametrize(
    ("fault", "says_"),
    [
        (says("[]"), "has no answer"),
        (says("{}"), "gives it no number"),
        (says('{"ReportRequestId": {"a": 1}}'), "ReportRequestId"),
        (says("<html>"), "is no JSON"),
        (never_ends, "didn't end its answer"),
    ],
)
def test_nonsense_is_no_answer(fault: Any, says_: str) -> None:
    fake, store = FakeMicrosoft({"42": [keyword("2026-11-01")]}), Store()
    fake.faults.extend([fault] * 3)

    assert says_ in pull(fake, store, patience=IMPATIENT if fault is never_ends else HURRIED).error
    assert store.published == []


@pytest.mark.parametrize(
    ("file", "says_"),
    [
        (sends(b"no archive"), "can't be read (BadZipFile)"),
        (sends(zipped(b"")), "lacks the column TimePeriod"),
        (sends(zipped(b"a,b\n1,2\n")), "lacks the column TimePeriod"),
        (sends(zipped((HEADER + "2026-11-01,Brand\n").encode())), "another width than its header"),
        (sends(zipped((HEADER + "2026-11-01,B,11,C,22,k,1,Phrase,9,x,1,USD\n").encode())), "whose Clicks is"),
        (sends(zipped((HEADER + "2026-12-01,B,11,C,22,k,1,Phrase,9,1,1,USD\n").encode())), "was asked for"),
        (sends(zipped(HEADER.encode() + b"\xff\xfe")), "can't be read (UnicodeDecodeError)"),
        (sends(b"", 403), "can't be fetched (HTTP 403)"),
        (never_ends, "can't be fetched (TimeoutError)"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_is_no_report(file: Any, says_: str) -> None:
    fake, store = FakeMicrosoft({"42": [keyword("2026-11-01")]}), Store()
    pull(fake, store)
    before = list(store.published)
    fake.of_files.extend([file] * 3)

    assert says_ in pull(fake, store, patience=IMPATIENT if file is never_ends else HURRIED).error
    assert store.published == before


def test_a_report_that_is_never_made_or_fails_ends() -> None:
    fake, store = FakeMicrosoft({"42": [keyword("2026-11-01")]}, polls=1_000), Store()
    assert "for more than an hour" in pull(fake, store).error
    fake.polls, fake.status = 0, "Error"
    assert "can't make the report (status Error)" in pull(fake, store).error


def test_a_file_is_fetched_over_https_or_from_this_machine_only() -> None:
    fake, store = FakeMicrosoft({"42": [keyword("2026-11-01")]}), Store()
    submitted = says('{"ReportRequestId": "0"}')
    status = (
        '{"ReportRequestStatus": {"Status": "Success", "ReportDownloadUrl": "http://files.example/r.zip"}}'
    )
    fake.faults.extend([submitted, says(status)])

    assert "an address that isn't https" in pull(fake, store).error
