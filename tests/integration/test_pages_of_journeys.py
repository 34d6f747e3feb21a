"""The pages of a journey, made again of facts in ClickHouse: those of its visits, and of nobody else's."""

import facts as f
import pytest
from played import people
from snapshots import put

from attribution.policy import Policy
from schemas.envelope import Fact, record_version
from sinks.clickhouse import ClickHouse
from sinks.lookups import journey_of
from sinks.pages import with_pages
from sinks.rows import COLUMNS, event_row

pytestmark = pytest.mark.servers

SITE = "https://www.site.example"
LAPTOP, LEAD_A, LEAD_B = "anon:laptop", "crm:crm:1", "crm:crm:2"
STORY = (
    f.page(LAPTOP, 0, f"{SITE}/article", title="An article"),
    f.dwell(LAPTOP, f.MINUTE, f"{SITE}/article", 40_000),
    f.form(LAPTOP, 2 * f.MINUTE, "email:a"),
    f.page(LAPTOP, 10 * f.MINUTE, f"{SITE}/demo"),
    f.page(LAPTOP, 12 * f.MINUTE, f"{SITE}/prices"),
    f.page("anon:other", 0, f"{SITE}/jobs"),
    f.lead(LEAD_A, f.DAY, "email:a"),
)


def pages(client: ClickHouse, policy: Policy, *told: Fact, of: str) -> list[tuple[str, int]]:
    """Store what is known, and return the pages of one person with the milliseconds on each."""
    rows = [event_row(fact, record_version(fact)) for fact in told]
    client.insert("events", COLUMNS["events"], rows)
    put(client, *people(policy, *told).values())
    found = journey_of(client, of)
    assert found is not None
    return [(page["url"], page["dwell_ms"]) for page in with_pages(client, found, policy)["page_visits"]]


def test_pages_follow_from_the_facts_of_a_visit(client: ClickHouse, policy: Policy) -> None:
    assert pages(client, policy, *STORY, of=LEAD_A) == [
        (f"{SITE}/article", 40_000),
        (f"{SITE}/demo", 2 * f.MINUTE),
        (f"{SITE}/prices", 0),
    ]


def test_on_a_shared_device_everybody_has_their_own(client: ClickHouse, policy: Policy) -> None:
    second = f.form(LAPTOP, 11 * f.MINUTE, "email:b")
    both = (*STORY, second, f.lead(LEAD_B, f.DAY, "email:b"))
    assert pages(client, policy, *both, of=LEAD_A) == [(f"{SITE}/article", 40_000), (f"{SITE}/demo", 0)]
    assert pages(client, policy, of=LEAD_B) == [(f"{SITE}/prices", 0)]


def test_what_came_after_the_journey_was_known_is_no_page_of_it(client: ClickHouse, policy: Policy) -> None:
    pages(client, policy, *STORY, of=LEAD_A)
    late = f.page(LAPTOP, 13 * f.MINUTE, f"{SITE}/late", received_at=f.START + 2 * f.DAY)
    client.insert("events", COLUMNS["events"], [event_row(late, record_version(late))])
    assert len(with_pages(client, journey_of(client, LEAD_A) or {}, policy)["page_visits"]) == 3
