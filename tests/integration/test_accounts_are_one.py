"""Which people are one account: stories, and random markets whose accounts are worked out once more here."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from schemas.journey import Journey, Opportunity, StageEntry, Touchpoint
from schemas.terms import Stage, TouchKind
from sinks.clickhouse import ClickHouse
from sinks.lookups import journey_of
from sinks.reports import run_report
from sinks.rows import COLUMNS, snapshot_row

pytestmark = [pytest.mark.servers, pytest.mark.answers]

Store = Callable[..., None]
Show = Callable[[str], list[tuple[Any, ...]]]
DAY = 86_400_000
START = 1_770_000_000_000
BIG, SMALL, OTHER = "account:sales:1", "account:sales:2", "account:hub:7"


def person(number: int, account: str = "", domain: str = "", **more: Any) -> Journey:
    """A lead with one visit on the day of this number; without an account in the CRM, the domain is it."""
    name, at = f"crm:sales:{number:02}", START + number * DAY
    visit = Touchpoint(
        id=f"t{number}", kind=TouchKind.VISIT, at=at, ended_at=at, identifier=name, channel="direct"
    )
    given: dict[str, Any] = {
        "identifiers": (f"email:{number}", name),
        "touchpoints": (visit,),
        "is_lead": True,
    } | more
    return Journey(
        **{"person": name, "version": 1, "policy_version": "p", "known_at": 1, "facts": 1},
        **{"account": account or domain, "domain": domain, **given},
        stages=(StageEntry(stage=Stage.LEAD, at=at, occurrence=1, id=f"s{number}"),),
    )


def deal(number: int, account: str, *people: Journey, won: int = 0) -> Opportunity:
    """A deal that names these people by all their identifiers, won for so many hundredths, else open."""
    at = START + 100 * DAY
    return Opportunity(
        **{"deal": f"deal:sales:{number:02}", "version": 1, "policy_version": "p", "known_at": 1},
        **{"account": account, "opened_at": at},
        **{"stage": Stage.WON, "closed_at": at + DAY} if won else {"stage": Stage.OPPORTUNITY},
        **{"amount_minor": won or 99_00, "currency": "CNY"},
        people=tuple(identifier for each in people for identifier in each.identifiers),
        stages=(StageEntry(stage=Stage.OPPORTUNITY, at=at, occurrence=1, id=f"o{number}"),),
    )


@pytest.fixture
def store(client: ClickHouse) -> Store:
    def put(*snapshots: Journey | Opportunity) -> None:
        for table, kind in (("journeys", Journey), ("opportunities", Opportunity)):
            rows = [snapshot_row(snapshot) for snapshot in snapshots if isinstance(snapshot, kind)]
            if rows:
                client.insert(table, COLUMNS[table], rows)

    return put


@pytest.fixture
def show(client: ClickHouse) -> Show:
    return lambda text: list(client.query(text).rows)


def test_who_is_known_by_domain_alone_belongs_to_the_account_of_most_colleagues(
    store: Store, show: Show
) -> None:
    subsidiaries = [
        *(person(number, BIG, "firm.cn", company="Firm") for number in (1, 2, 3)),
        *(person(number, SMALL, "firm.cn", company="Firm West") for number in (4, 5)),
    ]
    store(*subsidiaries, person(6, "", "firm.cn", company="firm"), person(7, "", "alone.cn"), person(8))
    assert show("SELECT account, account_by, domain, count() FROM persons GROUP BY ALL ORDER BY ALL") == [
        ("", "", "", 1),
        (BIG, "crm", "firm.cn", 3),
        (BIG, "domain", "firm.cn", 1),
        (SMALL, "crm", "firm.cn", 2),
        ("alone.cn", "domain", "alone.cn", 1),
    ]
    # Whoever asks why finds that three of six decided, and that there is a second account to choose from.
    assert show("SELECT * FROM account_names ORDER BY name") == [
        (BIG, BIG, "crm", "Firm", "firm.cn", 3, 3, 2),
        (SMALL, SMALL, "crm", "Firm West", "firm.cn", 2, 2, 2),
        ("alone.cn", "alone.cn", "domain", "", "alone.cn", 1, 0, 0),
        ("firm.cn", BIG, "most_people", "Firm", "firm.cn", 6, 3, 2),
    ]
    assert ("accounts", "domain_of_several_accounts", 1, "firm.cn") in show("SELECT * FROM data_quality")
    # One more in the smaller one: at the same number the smallest id decides. And one more: most people do.
    store(person(9, SMALL, "firm.cn"))
    assert show("SELECT account FROM account_names WHERE name = 'firm.cn'") == [(BIG,)]
    store(person(10, SMALL, "firm.cn"))
    assert show("SELECT account FROM account_names WHERE name = 'firm.cn'") == [(SMALL,)]


def test_an_account_may_have_several_domains_and_who_has_none_stays_apart(store: Store, show: Show) -> None:
    store(
        *(person(1, BIG, "firm.cn"), person(2, BIG, "firm.cn"), person(3, BIG, "firm-labs.com")),
        *(person(4, "", "firm-labs.com"), person(5, "", "firm.cn")),
        *(person(6, BIG), person(7, SMALL)),
    )
    assert show("SELECT account, people FROM accounts ORDER BY account") == [(BIG, 6), (SMALL, 1)]
    assert show("SELECT name, domain FROM account_names WHERE rule = 'crm' ORDER BY name") == [
        (BIG, "firm.cn"),
        (SMALL, ""),
    ]


def test_our_own_people_have_no_vote(store: Store, show: Show) -> None:
    own = (person(number, SMALL, "firm.cn", is_internal=True) for number in (1, 2))
    store(*own, person(3, BIG, "firm.cn"), person(4, "", "firm.cn"))
    assert show("SELECT DISTINCT account FROM account_people") == [(BIG,)]
    assert show("SELECT account FROM persons WHERE is_internal") == [(SMALL,)] * 2


def test_two_systems_that_know_one_company_by_one_domain_have_one_account(
    store: Store, show: Show, client: ClickHouse
) -> None:
    ours, theirs = person(1, OTHER, "firm.cn", company="Firm"), person(2, BIG, "firm.cn", company="Firm")
    store(ours, theirs, person(3, BIG), person(4, "", "firm.cn"), deal(1, BIG, ours, won=500))
    assert show("SELECT person, account, account_by FROM persons ORDER BY person") == [
        ("crm:sales:01", OTHER, "crm"),
        ("crm:sales:02", OTHER, "shared_domain"),
        ("crm:sales:03", OTHER, "shared_domain"),
        ("crm:sales:04", OTHER, "domain"),
    ]
    assert show("SELECT account, company, people, revenue FROM accounts") == [(OTHER, "Firm", 4, 5)]
    assert show("SELECT account, account_by FROM deals") == [(OTHER, "crm")]
    for view in ("account_people", "account_journeys", "stage_history"):
        assert show(f"SELECT DISTINCT account FROM {view}") == [(OTHER,)]
    # Each name of the account finds it.
    steps = run_report(client, "account_journey", {"account": OTHER}).rows
    assert len(steps) == 6
    for name in (BIG, "firm.cn"):
        assert run_report(client, "account_journey", {"account": name}).rows == steps
        assert len(run_report(client, "stage_history", {"of": name}).rows) == 5
    assert (journey_of(client, "crm:sales:04") or {})["account"] == OTHER
    assert ("accounts", "domain_of_several_accounts", 1, "firm.cn") not in show("SELECT * FROM data_quality")


@pytest.mark.parametrize(
    "doubt",
    [
        (person(8, SMALL, "firm.cn"),),
        (person(8, OTHER, "firm-labs.com"), person(9, OTHER, "firm-labs.com")),
    ],
    ids=["another account of one of the systems has the domain", "one of them mainly has another domain"],
)
def test_in_doubt_accounts_of_two_systems_stay_two(
    store: Store, show: Show, doubt: tuple[Journey, ...]
) -> None:
    store(person(1, OTHER, "firm.cn"), person(2, BIG, "firm.cn"), *doubt)
    assert {account for (account,) in show("SELECT account FROM accounts")} >= {OTHER, BIG}
    assert ("accounts", "domain_of_several_accounts", 1, "firm.cn") in show("SELECT * FROM data_quality")


def test_a_deal_of_an_account_that_nobody_belongs_to_is_reported(store: Store, show: Show) -> None:
    one = person(1, "", "firm.cn")
    store(one, deal(1, BIG, one, won=700), deal(2, "", one, won=300))
    assert show("SELECT account, account_by, company FROM deals ORDER BY deal") == [
        (BIG, "crm", ""),
        ("firm.cn", "people", ""),
    ]
    assert show("SELECT account, people, revenue FROM accounts ORDER BY account") == [
        (BIG, 1, 7),
        ("firm.cn", 1, 3),
    ]
    assert ("opportunities", "account_of_nobody", 1, "deal:sales:01") in show("SELECT * FROM data_quality")


def test_rows_from_before_there_were_domains_are_read_as_they_are(store: Store, show: Show) -> None:
    old = replace(person(1, "A-310"), domain="")
    domain_only = replace(person(2, "", "firm.cn"), domain="")
    store(old, domain_only, person(3, BIG, "firm.cn"))
    assert show("SELECT account, people FROM accounts ORDER BY account") == [("A-310", 1), (BIG, 2)]


def random_market(dice: Random) -> tuple[list[Journey], list[Opportunity]]:
    """People and deals over so few accounts and domains that they get in each other's way."""
    accounts = ["", "", *(f"account:{system}:{number}" for system in ("a", "b", "c") for number in (1, 2))]
    domains = ["", *(f"{name}.cn" for name in "wxyz")]
    # Some markets know most companies by one id and one domain, others mix them all.
    fits = dice.random()
    people = []
    for number in range(30):
        account, domain = dice.choice(accounts), dice.choice(domains)
        if account and dice.random() < fits:
            domain = domains[1 + sum(map(ord, account[-1:])) % 4]
        people.append(person(number, account, domain, is_internal=dice.random() < 0.05))
    deals = [
        deal(
            number,
            dice.choice([*accounts, "account:a:nobody"]),
            *dice.sample(people, dice.randint(0, 4)),
            won=dice.choice([0, dice.randint(1, 10**6)]),
        )
        for number in range(15)
    ]
    return people, deals


def meanings(people: Sequence[Journey]) -> dict[str, str]:
    """The account that each name means, by the rules as they are written down."""
    voters = [each for each in people if not each.is_internal]
    in_crm = [each for each in voters if each.account.startswith("account:")]
    domains = {each.domain for each in voters if each.domain}
    ids = {name: {each.account for each in in_crm if each.domain == name} for name in domains}
    means = {each.account: each.account for each in in_crm}
    for domain in domains:
        systems = {each.split(":")[1] for each in ids[domain]}
        homes = {_most(each.domain for each in in_crm if each.account == one) for one in ids[domain]}
        if len(systems) == len(ids[domain]) and homes == {domain}:
            means |= dict.fromkeys(ids[domain], min(ids[domain]))
    own = {
        domain: _most(means[each.account] for each in in_crm if each.domain == domain) for domain in domains
    }
    return means | {domain: account or domain for domain, account in own.items()}


def _most(names: Any) -> str:
    """The most frequent name, at the same number the smallest; '' if there is none."""
    found = Counter(filter(None, names))
    return min(found, key=lambda name: (-found[name], name), default="")


@pytest.mark.parametrize("seed", range(12))
def test_in_any_market_people_have_one_account_and_no_revenue_counts_twice(
    store: Store, show: Show, seed: int
) -> None:
    people, deals = random_market(Random(seed))
    store(*people, *deals)
    means = meanings(people)
    account_of = {each.person: means.get(each.account, each.account) for each in people}
    assert dict(show("SELECT person, account FROM persons")) == account_of
    assert dict(show("SELECT name, account FROM account_names")) == means
    public = {each.person for each in people if not each.is_internal}

    on = {each.deal: public.intersection(each.people) for each in deals}
    deal_of = {
        each.deal: means.get(each.account, each.account) or _most(account_of[name] for name in on[each.deal])
        for each in deals
    }
    assert dict(show("SELECT deal, account FROM deals")) == deal_of
    assert dict(show("SELECT deal, people FROM deals")) == {name: len(known) for name, known in on.items()}

    revenue: Counter[str] = Counter()
    for each in deals:
        revenue[deal_of[each.deal]] += each.amount_minor if each.stage == Stage.WON else 0
    assert show("SELECT sum(revenue) FROM deals") == [(Decimal(revenue.total()) / 100,)]
    del revenue[""]
    for view in ("accounts", "account_journeys"):
        found = show(f"SELECT account, sum(revenue) AS all FROM {view} GROUP BY account HAVING all > 0")
        assert {name: round(all_of_it * 100) for name, all_of_it in found} == dict(+revenue), view

    members = {(account_of[name], name) for name in public if account_of[name]}
    buying = {(deal_of[name], one) for name, known in on.items() for one in known}
    together = members | {pair for pair in buying if pair[0]}
    assert set(show("SELECT account, person FROM account_people WHERE is_member")) == members
    assert set(show("SELECT account, person FROM account_people")) == together
    # The account's journey is the union of its people's: each has one visit here.
    assert set(show("SELECT account, person FROM account_journeys WHERE deal = ''")) == together
    assert sum(number for (number,) in show("SELECT touchpoints FROM accounts")) == len(together)
    assert set(show("SELECT person, account FROM stage_history WHERE deal = ''")) == {
        (name, account_of[name]) for name in public
    }
    assert set(show("SELECT deal, account FROM stage_history WHERE deal != ''")) == set(deal_of.items())
