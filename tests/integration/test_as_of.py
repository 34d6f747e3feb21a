"""What was known then: as of now what is known now, as of then what was shown then, in every report."""

import secrets
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC

import facts as f
import pytest
from databases import drop_database
from people_at_random import load

from attribution.policy import Policy
from schemas.journey import Journey
from schemas.sem import AdPerformanceReported
from settings import Settings
from sinks.clickhouse import ClickHouse, connect_server
from sinks.migrations import migrate
from sinks.report_files import list_reports
from sinks.reports import run
from sinks.rows import COLUMNS, ad_performance_row, event_row, rows_of_journey

pytestmark = [pytest.mark.servers, pytest.mark.answers]

# What must be told whose it is, or which time it is about, is another question.
KNOWN_THEN = [
    report
    for report in list_reports()
    if any(each.name == "as_of" for each in report.parameters)
    and all(each.default is not None for each in report.parameters)
]
NOW, BETWEEN, LATER = "2099-01-01 00:00:00", "2027-01-06 00:00:00", f.START + 375 * f.DAY
Rows = tuple[tuple[object, ...], ...]


@pytest.fixture(scope="module")
def known(servers: Settings, policy: Policy) -> Iterator[tuple[ClickHouse, list[Journey]]]:
    """People and deals at random, and ads; all of it known on 2027-01-01."""
    name = f"leadtrace_{secrets.token_hex(4)}"
    mine = servers.model_copy(update={"clickhouse_database": name, "bi_refresh": 0})
    client = connect_server(mine, timeout=120)
    migrate(client, mine)
    journeys, _ = load(client, policy, 3)
    report_ads(client, f.ad_day("2026-01-05", "lineage", 10), f.ad_day("2026-01-07", "metadata", 3))
    yield client, journeys
    client.close()
    drop_database(mine)


def report_ads(client: ClickHouse, *ads: AdPerformanceReported) -> None:
    """Store what a platform reported, as the loader does."""
    client.insert("events", COLUMNS["events"], [event_row(ad, 1) for ad in ads])
    client.insert("ad_performance", COLUMNS["ad_performance"], [ad_performance_row(ad, 1) for ad in ads])


def answers(client: ClickHouse, as_of: str = "", names: Collection[str] = ()) -> dict[str, Rows]:
    """What each report says that can tell what was known at a time; or only some of them."""
    asked = [report for report in KNOWN_THEN if not names or report.name in names]
    return {report.name: run(client, report, {"as_of": as_of}).rows for report in asked}


def test_as_of_then_is_what_was_shown_then_and_as_of_now_is_now(
    known: tuple[ClickHouse, list[Journey]],
) -> None:
    client, journeys = known
    shown = answers(client)
    assert all(shown.values())
    # Later half of them turn out to have come otherwise, a lead is gone, and a platform corrects its report.
    for number, journey in enumerate(journeys[::2]):
        then = journey.touchpoints
        corrected = replace(
            journey, version=journey.version + 1, touchpoints=then[1:], is_deleted=number == 0
        )
        for table, row in rows_of_journey(corrected, LATER, UTC):
            client.insert(table, COLUMNS[table], [row])
    said = {"reported_at": LATER, "received_at": LATER, "event_id": "00000000-0000-0000-0000-000000000001"}
    report_ads(client, f.ad_day("2026-01-05", "lineage", 99, **said))
    now = answers(client)
    others = {name for name, rows in now.items() if rows != shown[name]}
    assert others >= {"attribution", "content", "deals", "drop_off", "funnel", "keywords", "money", "stages"}
    assert answers(client, BETWEEN) == shown
    # The text is the same for any time, and takes long: these read all that the others do.
    cheap = {"deals", "keywords", "stages"}
    assert answers(client, NOW, cheap) == {name: now[name] for name in cheap}
