"""What the CRM alone says: its own sources, owners and months, without any website."""

from decimal import Decimal
from typing import Any

import pytest
from snapshots import deal, entry, journey, put, rows_of, visit

from schemas.terms import Stage
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report

pytestmark = [pytest.mark.servers, pytest.mark.answers]


def lead(number: int, source: str, owner: str, since: str, **more: Any) -> Any:
    stages = (entry(Stage.LEAD, since), *more.pop("stages", ()))
    return journey(f"crm:hub:{number}", lead_source=source, owner=owner, stages=stages, **more)


@pytest.fixture
def client(client: ClickHouse) -> ClickHouse:
    """Two leads of a fair, one of a form: the latter is on the deal of the fair's first lead, too."""
    put(
        client,
        lead(
            1,
            "fair",
            "Li",
            "2026-01-05 10:00",
            stages=(entry(Stage.MARKETING_QUALIFIED, "2026-01-09 10:00"),),
        ),
        lead(2, "fair", "Wu", "2026-02-01 10:00"),
        lead(3, "form", "Wu", "2026-01-20 10:00"),
        lead(4, "", "", "2026-02-10 10:00"),
        journey("anon:5", visit("t5", "2026-01-02 10:00"), stages=(entry(Stage.LEAD, "2026-01-02 11:00"),)),
        lead(6, "fair", "Li", "2026-01-05 10:00", is_internal=True),
        deal("deal:hub:1", "2026-02-15 10:00", "crm:hub:3", "crm:hub:1", won="2026-03-06 10:00", owner="Li"),
        deal(
            "deal:hub:2", "2026-02-20 10:00", "crm:hub:3", won="2026-02-25 10:00", owner="Wu", currency="EUR"
        ),
        deal("deal:hub:3", "2026-02-21 10:00", "crm:hub:2", owner="Wu"),
        deal("deal:hub:4", "2026-02-22 10:00", won="2026-02-24 10:00", owner="Wu"),
    )
    return client


def ask(client: ClickHouse, **parameters: str) -> dict[str, dict[str, Any]]:
    return {row["part"]: row for row in rows_of(run_report(client, "crm_sources", parameters))}


def counts(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("leads", "mqls", "opportunities", "won", "revenue", "currency"))


def test_a_deal_counts_for_the_source_of_its_first_lead(client: ClickHouse) -> None:
    rows = ask(client)
    assert {part: counts(row) for part, row in rows.items()} == {
        "fair": (2, 1, 2, 1, Decimal(100_000), "CNY"),
        "form": (1, 0, 1, 1, Decimal(100_000), "EUR"),
        "(none)": (1, 0, 1, 1, Decimal(100_000), "CNY"),
    }
    # From the fair to the contract: 5 January to 6 March.
    assert (rows["fair"]["median_days"], rows["fair"]["win_rate"]) == (60.0, 0.5)
    assert rows["(none)"]["lead_to_opportunity"] == 1.0


def test_owners_have_leads_and_deals_of_their_own(client: ClickHouse) -> None:
    rows = ask(client, by="owner")
    assert counts(rows["Li"]) == (1, 1, 1, 1, Decimal(100_000), "CNY")
    assert counts(rows["Wu"]) == (2, 0, 3, 2, None, "(mixed)")
    assert rows["Wu"]["revenue_by_currency"] == "100000.00 CNY, 100000.00 EUR"
    assert list(ask(client, by="source_and_owner", owner="Li")) == ["fair › Li"]


def test_a_month_is_that_of_the_cohort_or_of_what_happened(client: ClickHouse) -> None:
    assert {part: (row["leads"], row["won"]) for part, row in ask(client, by="month").items()} == {
        "2026-01": (2, 2),
        "2026-02": (2, 1),
    }
    by_period = ask(client, by="month", mode="period")
    assert {part: (row["leads"], row["won"]) for part, row in by_period.items()} == {
        "2026-01": (2, 0),
        "2026-02": (2, 2),
        "2026-03": (0, 1),
    }
    assert ask(client, **{"from": "2026-03-01", "mode": "period"}).keys() == {"fair"}
