"""Who is who, accounts and stages in SQL, of facts that went through the pipeline; made on paper first."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import facts as f
import pytest
from played import play

from attribution.policy import Policy
from schemas.envelope import Fact, record_version
from schemas.terms import FUNNEL
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report
from sinks.rows import COLUMNS, event_row, snapshot_row
from sinks.view_texts import views

pytestmark = [pytest.mark.servers, pytest.mark.answers]

Store = Callable[..., None]
Show = Callable[[str], list[tuple[Any, ...]]]
AD = "https://www.site.example/?utm_source=baidu&utm_medium=cpc&utm_campaign=brand&utm_term=crm"
ADA, BEN, GUEST, NEIGHBOUR = "crm:hub:1", "crm:hub:2", "crm:hub:3", "crm:hub:5"
ACME, NEXT = "account:hub:acc-1", "account:hub:acc-2"
WON, LOST, NOBODYS = "deal:hub:9", "deal:hub:8", "deal:hub:7"


def day(number: int) -> datetime:
    """The time of what happened this many days after the start."""
    return datetime.fromtimestamp((f.START + number * f.DAY) / 1000, UTC)


@pytest.fixture
def store(client: ClickHouse, policy: Policy) -> Store:
    def put(*known: Fact) -> None:
        replay = play(policy, *known)
        rows = [event_row(fact, record_version(fact)) for fact in (*known, *replay.links.values())]
        journeys = [snapshot_row(journey) for journey in replay.journeys.values()]
        deals = [snapshot_row(deal) for deal in replay.opportunities.values()]
        for table, made in (("events", rows), ("journeys", journeys), ("opportunities", deals)):
            if made:
                client.insert(table, COLUMNS[table], made)

    return put


@pytest.fixture
def show(client: ClickHouse) -> Show:
    return lambda text: list(client.query(text).rows)


def test_the_links_of_a_person_say_why_it_is_one(store: Store, show: Show, client: ClickHouse) -> None:
    form = f.form("anon:1", 0, "email:a", "phone:1")
    lead = f.lead(ADA, f.DAY, "email:a", source="hub")
    by_hand = f.linked(ADA, "anon:7", 2 * f.DAY).model_copy(update={"source": "cli", "rule": "by hand"})
    store(form, lead, by_hand, f.page("anon:7", 0), f.page("anon:9", 0))
    formed = ("form_submitted", form.event_id, "test", day(0))
    recorded = ("lead_recorded", lead.event_id, "hub", day(1))
    said = ("by hand", by_hand.event_id, "cli", day(2))
    assert show(
        "SELECT person, identifier, kind, linked_to, rule, evidence, evidence_source, linked_at"
        " FROM identities ORDER BY person, identifier, linked_to"
    ) == [
        ("anon:9", "anon:9", "anon", "", "", "", "", None),
        (ADA, "anon:1", "anon", "email:a", *formed),
        (ADA, "anon:1", "anon", "phone:1", *formed),
        (ADA, "anon:7", "anon", ADA, *said),
        (ADA, ADA, "crm", "anon:7", *said),
        (ADA, ADA, "crm", "email:a", *recorded),
        (ADA, "email:a", "email", "anon:1", *formed),
        (ADA, "email:a", "email", ADA, *recorded),
        (ADA, "email:a", "email", "phone:1", *formed),
        (ADA, "phone:1", "phone", "anon:1", *formed),
        (ADA, "phone:1", "phone", "email:a", *formed),
    ]
    for who in (ADA, "phone:1"):
        assert len(run_report(client, "identities", {"person": who}).rows) == 10


def test_what_was_taken_apart_or_held_back_is_said_beside_the_identifier(store: Store, show: Show) -> None:
    store(
        f.form("anon:1", 0, "email:a"),
        f.form("anon:2", 0, "email:b"),
        f.split("anon:2", "email:b", f.DAY),
        f.split("anon:2", "email:a", f.DAY),
        f.form("anon:3", 0, "email:list"),
        f.blocked("email:list", f.DAY),
        f.form("anon:4", 0, "email:c"),
        f.form("anon:4", f.HOUR, "email:d"),
        f.form("anon:5", 0, "email:e", "phone:5"),
        f.linked("email:e", "anon:5"),
        f.split("anon:5", "email:e", f.DAY),  # the phone number still ties them together
    )
    assert show(
        "SELECT person, identifier, linked_to, blocked, splits, held_back FROM identities"
        " ORDER BY person, identifier, linked_to"
    ) == [
        ("anon:1", "anon:1", "email:a", False, "", ""),
        ("anon:1", "email:a", "anon:1", False, "anon:2", ""),
        ("anon:2", "anon:2", "", False, "email:a, email:b", ""),
        ("anon:3", "anon:3", "", False, "", ""),
        ("anon:5", "anon:5", "phone:5", False, "email:e", ""),
        ("anon:5", "email:e", "phone:5", False, "anon:5", ""),
        ("anon:5", "phone:5", "anon:5", False, "", ""),
        ("anon:5", "phone:5", "email:e", False, "", ""),
        ("email:c", "anon:4", "email:c", False, "", "shared_device"),
        ("email:c", "email:c", "anon:4", False, "", ""),
        ("email:d", "anon:4", "email:d", False, "", "shared_device"),
        ("email:d", "email:d", "anon:4", False, "", ""),
        ("email:list", "email:list", "", True, "", "blocked_identifier"),
    ]


def test_all_that_is_left_of_too_large_a_person_says_so(store: Store, show: Show) -> None:
    """The names that are certainly one person stay so; the browsers that make it too large are left out."""
    names = (ADA, "email:a", "user:a")
    devices = [(name, f"anon:{name}-{number}") for name in names for number in range(90)]
    store(f.linked(ADA, "email:a"), f.linked("email:a", "user:a"), *(f.linked(*pair) for pair in devices))
    held = show("SELECT person, identifier FROM identities WHERE held_back = 'over_person_cap' GROUP BY ALL")
    assert {pair for pair in held if pair[0] == ADA} == {(ADA, name) for name in names}
    assert len(held) == len(names) + len(devices)


def test_a_number_of_too_many_people_is_reported_and_is_nobody(store: Store, show: Show) -> None:
    store(*(f.lead(f"crm:hub:{number}", 0, "phone:switchboard") for number in range(7)))
    assert show("SELECT count(), countIf(person = 'phone:switchboard') FROM persons") == [(7, 0)]
    assert show("SELECT sum(leads), sum(visits) FROM funnel_by_period") == [(7, 0)]
    assert show("SELECT held_back FROM identities WHERE identifier = 'phone:switchboard'") == [
        ("over_degree_cap",)
    ]
    assert ("journeys", "over_degree_cap", 1, "phone:switchboard") in show("SELECT * FROM data_quality")


@pytest.fixture
def market(store: Store) -> None:
    """Two people of one account and a guest on its deal; a neighbour of another account is on it too."""
    store(
        f.page("anon:1", 0, AD),
        f.form("anon:1", f.HOUR // 6, "email:a"),
        f.lead(ADA, f.DAY, "email:a", account_id="acc-1", company="Acme"),
        f.lead(BEN, 2 * f.DAY, account_id="acc-1", company="Acme Ltd"),
        f.lead("crm:hub:4", 2 * f.DAY, account_id="acc-1", company="Acme Ltd"),
        f.lead(GUEST, 2 * f.DAY, company="Guest & Partners"),
        f.lead(NEIGHBOUR, 2 * f.DAY, account_id="acc-2", company="Next Door"),
        f.attended(BEN, 3 * f.DAY),
        f.link_click(GUEST, 4 * f.DAY, "https://www.site.example/?utm_source=mail&utm_medium=email"),
        f.follow_up(BEN, 5 * f.DAY, category="call", owner="sales-7"),
        f.deal(
            WON,
            10 * f.DAY,
            "opportunity",
            *(ADA, GUEST, NEIGHBOUR),
            **{"account_id": "acc-1", "amount_minor": 100_000_00, "currency": "CNY", "name": "Suite"},
        ),
        f.deal(LOST, 12 * f.DAY, "opportunity", *(BEN, "email:a", GUEST, NEIGHBOUR), owner="sales-8"),
        f.poc(LOST, 12 * f.DAY, started_at=f.START + 13 * f.DAY, result="failed", reason="too slow"),
        f.deal(LOST, 15 * f.DAY, "lost", reason="price"),
        f.deal(WON, 20 * f.DAY, "won"),
        f.deal(NOBODYS, 21 * f.DAY, "won", GUEST, amount_minor=700_00, currency="CNY"),
    )


@pytest.mark.usefixtures("market")
def test_a_deal_belongs_to_one_account_and_its_revenue_stands_there_once(show: Show) -> None:
    # Who says nothing of an account leaves the deal to the account of most of its people.
    assert show(
        "SELECT deal, account, account_by, company, people, stage, revenue, closed_at, reason, poc_at,"
        " poc_result, poc_reason FROM deals ORDER BY deal"
    ) == [
        (NOBODYS, "", "", "", 1, "won", Decimal(700), day(21), "", None, "", ""),
        (LOST, ACME, "people", "Acme Ltd", 4, "lost", 0, day(15), "price", day(13), "failed", "too slow"),
        (WON, ACME, "crm", "Acme Ltd", 3, "won", Decimal(100_000), day(20), "", None, "", ""),
    ]
    assert ("opportunities", "no_account", 1, NOBODYS) in show("SELECT * FROM data_quality")


@pytest.mark.usefixtures("market")
def test_the_people_of_an_account_are_its_own_and_those_on_its_deals(show: Show) -> None:
    assert show("SELECT * EXCEPT attributes FROM account_people ORDER BY account, person") == [
        (ACME, "Acme Ltd", ADA, True, "crm", True, 2),
        (ACME, "Acme Ltd", BEN, True, "crm", True, 1),
        (ACME, "Acme Ltd", GUEST, False, "deal", True, 2),
        (ACME, "Acme Ltd", "crm:hub:4", True, "crm", True, 0),
        (ACME, "Acme Ltd", NEIGHBOUR, False, "deal", True, 2),
        (NEXT, "Next Door", NEIGHBOUR, True, "crm", True, 0),
    ]


@pytest.mark.usefixtures("market")
def test_the_journey_of_an_account_is_the_union_of_its_peoples(show: Show, client: ClickHouse) -> None:
    rows = show(
        "SELECT position, at, person, kind, channel, keyword, content, author, deal, opportunities, won,"
        " revenue FROM account_journeys WHERE account = 'account:hub:acc-1' ORDER BY position"
    )
    none = (0, 0, Decimal(0))
    assert rows == [
        (1, day(0), ADA, "visit", "paid_search", "crm", "", "", "", *none),
        (2, day(3), BEN, "event", "offline_event", "", "salon", "", "", *none),
        (3, day(4), GUEST, "link_click", "email", "", "", "", "", *none),
        (4, day(5), BEN, "follow_up", "sales", "", "call", "sales-7", "", *none),
        (5, day(10), "", "deal_opened", "sales", "", "Suite", "", WON, 1, 0, Decimal(0)),
        (6, day(12), "", "deal_opened", "sales", "", "", "sales-8", LOST, 1, 0, Decimal(0)),
        (7, day(13), "", "deal_poc", "sales", "", "", "sales-8", LOST, *none),
        (8, day(15), "", "deal_lost", "sales", "", "", "sales-8", LOST, *none),
        (9, day(20), "", "deal_won", "sales", "", "Suite", "", WON, 0, 1, Decimal(100_000)),
    ]
    assert show("SELECT count() FROM account_journeys WHERE account != 'account:hub:acc-1'") == [(0,)]
    assert len(run_report(client, "account_journey", {"account": ACME}).rows) == 9


@pytest.mark.usefixtures("market")
def test_an_account_has_its_first_touch_and_its_revenue_once(show: Show, client: ClickHouse) -> None:
    assert show(
        "SELECT account, company, people, leads, touchpoints, first_touch_at, last_touch_at, first_person,"
        " first_channel, first_campaign, first_keyword, opportunities, pocs, won, lost, revenue, currency"
        " FROM accounts ORDER BY account"
    ) == [
        (
            *(ACME, "Acme Ltd", 5, 5, 3, day(0), day(4), ADA, "paid_search", "brand", "crm"),
            *(2, 1, 1, 1, Decimal(100_000), "CNY"),
        ),
        (NEXT, "Next Door", 1, 1, 0, None, None, "", "(none)", "", "", 0, 0, 0, 0, Decimal(0), ""),
    ]
    (first, _) = run_report(client, "accounts", {}).rows
    assert first[:2] == (ACME, "Acme Ltd")


def test_an_account_with_nobody_but_a_deal_is_one_and_mixed_money_is_said(store: Store, show: Show) -> None:
    won = {"account_id": "acc-3", "amount_minor": 100}
    store(
        f.deal("deal:hub:1", 0, "won", currency="CNY", **won),
        f.deal("deal:hub:2", 0, "won", currency="USD", **won),
    )
    wanted = "account, people, opportunities, won, revenue, currency, revenue_by_currency"
    assert show(f"SELECT {wanted} FROM accounts") == [
        ("account:hub:acc-3", 0, 2, 2, None, "(mixed)", "1.00 CNY, 1.00 USD")
    ]


def test_our_own_people_are_in_no_account(client: ClickHouse, show: Show, policy: Policy) -> None:
    for number, internal in ((1, False), (2, True)):
        known = play(policy, f.lead(f"crm:hub:{number}", 0, account_id="acc-1"), f.page("anon:1", 0))
        (journey,) = (each for each in known.living().values() if each.account)
        row = dict(zip(COLUMNS["journeys"], snapshot_row(journey), strict=True)) | {"is_internal": internal}
        client.insert("journeys", COLUMNS["journeys"], [tuple(row.values())])
    assert show("SELECT person FROM account_people") == [("crm:hub:1",)]
    for view in ("stage_history", "stage_durations"):
        assert show(f"SELECT DISTINCT person FROM {view}") == [("crm:hub:1",)]
    assert show("SELECT person, is_internal FROM persons ORDER BY person") == [
        ("crm:hub:1", False),
        ("crm:hub:2", True),
    ]


def test_what_else_the_crm_says_can_be_asked_by_its_name(store: Store, show: Show) -> None:
    store(
        f.lead(ADA, 0, attributes={"industry": "banking", "employees": "200"}),
        f.lead(BEN, 0),
        f.deal(WON, f.DAY, "won", ADA, attributes={"region": "east"}),
    )
    assert show("SELECT person, attributes['industry'] FROM persons ORDER BY person") == [
        (ADA, "banking"),
        (BEN, ""),
    ]
    assert show("SELECT attributes FROM persons WHERE attributes['employees'] = '200'") == [
        ({"employees": "200", "industry": "banking"},)
    ]
    assert show("SELECT deal FROM deals WHERE attributes['region'] = 'east'") == [(WON,)]


def test_an_account_has_of_each_attribute_the_value_that_most_of_its_people_have(
    store: Store, show: Show
) -> None:
    told = ({"industry": "banking", "size": "b"}, {"industry": "banking", "size": "a"}, {"industry": "other"})
    store(
        *(f.lead(f"crm:hub:{nth}", 0, account_id="acc-1", attributes=each) for nth, each in enumerate(told)),
        # A guest on its deal says nothing of the account.
        f.lead("crm:hub:8", 0, attributes={"industry": "guests", "region": "west"}),
        f.deal(WON, f.DAY, "won", "crm:hub:8", account_id="acc-1"),
    )
    assert show("SELECT account, attributes FROM accounts") == [(ACME, {"industry": "banking", "size": "a"})]
    assert show("SELECT account FROM accounts WHERE attributes['industry'] = 'banking'") == [(ACME,)]


def test_every_entry_into_a_stage_is_told_with_what_came_before(
    store: Store, show: Show, client: ClickHouse
) -> None:
    words = ("MQL", "SQL", "MQL", "SQL", "Nurture", "Lead", "MQL", "Invalid")
    store(
        f.page("anon:1", 0),
        f.lead(ADA, f.DAY, "anon:1", account_id="acc-1", company="Acme", owner="sales-1"),
        *(
            f.stage(ADA, (2 + nth) * f.DAY, word, owner="sales-2" if word == "SQL" else "", reason=f"r{nth}")
            for nth, word in enumerate(words)
        ),
        f.deal(WON, 20 * f.DAY, "Proposal", ADA, BEN, owner="sales-3"),
        f.deal(WON, 21 * f.DAY, "POC"),
        f.deal(WON, 22 * f.DAY, "Negotiation"),
        f.deal(WON, 23 * f.DAY, "Lost", owner="sales-4"),
        f.deal(WON, 24 * f.DAY, "Negotiation"),
    )
    entries = show(
        "SELECT stage, occurrence, at, previous_stage, is_regression, raw, reason, owner FROM stage_history"
        f" WHERE person = '{ADA}' ORDER BY at"
    )
    one, two = "sales-1", "sales-2"
    assert entries == [
        ("visitor", 1, day(0), "", False, "", "", one),
        ("lead", 1, day(1), "visitor", False, "", "", one),
        ("marketing_qualified", 1, day(2), "lead", False, "MQL", "r0", one),
        ("sales_qualified", 1, day(3), "marketing_qualified", False, "SQL", "r1", two),
        ("marketing_qualified", 2, day(4), "sales_qualified", True, "MQL", "r2", one),
        ("sales_qualified", 2, day(5), "marketing_qualified", False, "SQL", "r3", two),
        ("recycled", 1, day(6), "sales_qualified", False, "Nurture", "r4", one),
        ("lead", 2, day(7), "recycled", True, "Lead", "r5", one),
        ("marketing_qualified", 3, day(8), "lead", False, "MQL", "r6", one),
        ("disqualified", 1, day(9), "marketing_qualified", False, "Invalid", "r7", one),
    ]
    # Two people are on the deal, and its stages are told once.
    of_deal = show(
        "SELECT person, account, company, stage, occurrence, previous_stage, is_regression, system, owner"
        " FROM stage_history WHERE deal != '' ORDER BY at"
    )
    assert {row[:3] for row in of_deal} == {("", ACME, "Acme")}
    assert [row[3:] for row in of_deal] == [
        ("opportunity", 1, "", False, "crm", "sales-3"),
        ("poc", 1, "opportunity", False, "crm", "sales-4"),
        ("opportunity", 2, "poc", True, "crm", "sales-4"),
        ("lost", 1, "opportunity", False, "crm", "sales-4"),
        ("opportunity", 3, "lost", False, "crm", "sales-4"),
    ]
    for of, rows in ((ADA, 10), ("anon:1", 10), (WON, 5), (ACME, 15)):
        assert len(run_report(client, "stage_history", {"of": of}).rows) == rows


def test_the_funnel_of_the_view_is_that_of_the_policy() -> None:
    (view,) = (each for each in views("UTC") if each.name == "stage_entries")
    assert f"[{', '.join(repr(str(stage)) for stage in FUNNEL)}]" in view.text


def test_what_platforms_and_clocks_say_wrongly_is_counted(store: Store, show: Show) -> None:
    carried, missed = f.click("C1", f.DAY), f.click("C=2", f.DAY)
    early = f.page("anon:2", 0, received_at=f.START - f.DAY - 1)
    ancient = f.lead("crm:hub:8", 0, created_at=631_152_000_000)  # 1990
    coming = f.lead("crm:hub:9", 0, created_at=f.START + 365 * f.DAY)
    first = f.page("anon:3", 0, occurred_at=0)
    merge = f.merged("crm:hub:8", f.DAY, "crm:hub:9", "crm:hub:gone")
    store(
        f.page("anon:1", 0, "https://www.site.example/?gclid=C1"),
        f.page("anon:2", f.HOUR, received_at=f.START + f.HOUR - f.DAY),
        *(carried, missed, early, ancient, coming, first, merge),
        f.form("anon:4", 0, "email:a", received_at=f.START - 2 * f.DAY),
    )
    found = show("SELECT issue, rows, example FROM data_quality WHERE area = 'events' ORDER BY issue")
    ahead = [row for row in found if row[0] == "happened_after_received:form_submitted"]
    assert [row[1] for row in ahead] == [1]
    assert [row for row in found if row not in ahead] == [
        ("click_without_visit:google", 1, missed.event_id),
        ("happened_after_received:lead_created_at", 1, coming.event_id),
        ("happened_after_received:page_viewed", 1, early.event_id),
        ("happened_before_2000:lead_created_at", 1, ancient.event_id),
        ("happened_before_2000:page_viewed", 1, first.event_id),
        ("merged_record_never_seen", 1, merge.event_id),
    ]
