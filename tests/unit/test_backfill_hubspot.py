"""HubSpot is read since a day: all that changed, once, however it is interrupted, and as webhooks tell it."""

import json
from typing import Any

import pytest
from aiohttp import web
from backfilled import Run
from fake_hubspot import TOKEN, FakeHubSpot, iso
from tokens import TOKENISER

from attribution.journey import Known, derive
from attribution.policy import parse_policy
from producers.crm.backfill.asking import Asker, BackfillError
from producers.crm.export import CrmOptions
from producers.crm.history import HistoryOptions
from producers.crm.hubspot.backfill import HubSpotRecords, hopeless
from producers.crm.shipped import shipped_mapping
from producers.crm.webhook import facts_of_webhook
from producers.imports import plan_crm, plan_history
from schemas.codec import decode
from schemas.crm import DealRecorded, DeletionRecorded, StageChanged
from schemas.terms import MINUTE_MS
from settings import Settings, policy_text

pytestmark = pytest.mark.enable_socket

POLICY = parse_policy(policy_text(Settings()))
NOW = 1_795_300_000_000
START = 1_793_500_000_000
HOUR = 3_600_000


def once(fake: FakeHubSpot, run: Run, since: int | None = START, until: int = NOW, token: str = TOKEN) -> Any:
    def made(asker: Asker) -> HubSpotRecords:
        asker.hopeless = hopeless
        return HubSpotRecords(asker, TOKENISER, NOW)

    return run.once(fake.app(), made, since, until, Authorization=f"Bearer {token}")


def account() -> FakeHubSpot:
    fake = FakeHubSpot()
    fake.add(
        "contacts", "101", START, START + 3 * HOUR,
        lifecyclestage=[("lead", START + HOUR), ("marketingqualifiedlead", START + 2 * HOUR)],
        email="a@data-co.cn", hs_analytics_source="PAID_SEARCH",
        how_did_you_hear_about_us=[("A friend", START + HOUR)],
    )  # fmt: skip
    fake.add("contacts", "102", START, START + HOUR, email="b@steel-co.cn")
    fake.add(
        "deals", "501", START + HOUR, START + 5 * HOUR, dealname="Metadata",
        amount=[("1200.50", START + 2 * HOUR)],
        dealstage=[("appointmentscheduled", START + 2 * HOUR), ("closedwon", START + 4 * HOUR)],
    )  # fmt: skip
    fake.people["501"] = ["101", "102", "103"]
    return fake


def webhooks_of(fake: FakeHubSpot) -> list[dict[str, Any]]:
    """The events that HubSpot's webhooks posted while all of this happened."""
    events: list[dict[str, Any]] = []
    for part, kind in (("contacts", "contact"), ("deals", "deal")):
        for record in fake.records[part].values():
            events.append(
                {
                    "subscriptionType": f"{kind}.creation",
                    "objectId": int(record.id),
                    "occurredAt": record.created,
                }
            )
            events += [
                {
                    "subscriptionType": f"{kind}.propertyChange",
                    "objectId": int(record.id), "occurredAt": at,
                    "propertyName": name, "propertyValue": value,
                }
                for name, values in record.history.items()
                for value, at in values
            ]  # fmt: skip
    return events


def test_what_webhooks_told_is_the_same_facts_when_it_is_read() -> None:
    fake, run = account(), Run()
    told = once(fake, run)
    posted = facts_of_webhook("hubspot", webhooks_of(fake), {}, TOKENISER, NOW)
    by_webhook = {fact.event_id: fact for fact in (decode(each.topic, each.value) for each in posted.records)}
    assert (posted.rejected, told.faults) == ((), [])
    assert by_webhook.keys() <= run.facts.keys()
    assert all(run.facts[own].model_dump() == fact.model_dump() for own, fact in by_webhook.items())
    # The source is read whole, and associations as they stand; webhooks tell each change of them.
    source, people = [fact for own, fact in run.facts.items() if own not in by_webhook]
    assert source.type == "source_told"
    assert isinstance(people, DealRecorded)
    assert people.people == ("crm:hubspot:101", "crm:hubspot:102", "crm:hubspot:103")


def test_tracked_and_told_sources_are_both_kept() -> None:
    run = Run()
    once(account(), run)
    said = [fact for fact in run.facts.values() if fact.type == "lead_recorded"]
    assert {fact.lead_source for fact in said} == {"", "Paid Search"}  # type: ignore[attr-defined] # LeadRecorded
    assert {"How did you hear about us?": "A friend"} in [fact.attributes for fact in said]  # type: ignore[attr-defined] # LeadRecorded


def test_more_than_a_search_can_page_is_read_also_what_changed_in_one_millisecond() -> None:
    fake, run = FakeHubSpot(most=200), Run()
    for number in range(1, 261):
        fake.add("contacts", str(number), START, START + HOUR, email=f"p{number}@data-co.cn")
    for number in range(261, 521):
        fake.add("contacts", str(number), START, START + HOUR + number, email=f"p{number}@data-co.cn")
    told = once(fake, run)
    assert {fact.subject for fact in run.facts.values()} == {
        f"crm:hubspot:{number}" for number in range(1, 521)
    }
    assert told.records["contacts"] >= 520


def test_a_killed_run_goes_on_where_it_stopped_and_loses_nothing() -> None:
    fake, run = FakeHubSpot(), Run(kill_after=3)
    for number in range(1, 401):
        fake.add("contacts", str(number), START, START + number * 60_000, email=f"p{number}@data-co.cn")
    with pytest.raises(ConnectionError):
        once(fake, run)
    reads = sum(path.endswith("batch/read") for path in fake.asked)
    fake.asked.clear()
    run.kill_after = -1
    told = once(fake, run)
    assert told.went_on == ("contacts",)
    assert {fact.subject for fact in run.facts.values()} == {
        f"crm:hubspot:{number}" for number in range(1, 401)
    }
    assert sum(path.endswith("contacts/batch/read") for path in fake.asked) < 400 / 50 + 1 - (reads - 3)


def test_without_since_a_run_goes_on_from_the_last_one_and_what_changed_meanwhile_is_told() -> None:
    fake, run = account(), Run()

    def changes_while_it_is_read(path: str) -> None:
        if path.endswith("contacts/batch/read"):
            record = fake.records["contacts"]["102"]
            record.history["lifecyclestage"] = [("customer", NOW + 1000)]
            record.updated = NOW + 1000

    fake.before = changes_while_it_is_read
    once(fake, run)
    fake.before = lambda _: None
    fake.asked.clear()
    told = once(fake, run, since=None, until=NOW + HOUR)
    assert told.records == {"contacts": 1}
    assert any(isinstance(fact, StageChanged) and fact.stage == "customer" for fact in run.facts.values())


def test_the_first_run_must_say_since_when() -> None:
    with pytest.raises(BackfillError, match="say since when with --since"):
        once(account(), Run(), since=None)


def test_what_was_archived_since_is_deleted() -> None:
    fake, run = account(), Run()
    fake.records["deals"]["501"].archived = NOW - HOUR
    fake.add("contacts", "90", START - 9 * HOUR, START - 9 * HOUR).archived = START - HOUR
    once(fake, run)
    gone = [fact for fact in run.facts.values() if isinstance(fact, DeletionRecorded)]
    assert [(fact.subject, fact.occurred_at) for fact in gone] == [("deal:hubspot:501", NOW - HOUR)]


async def _busy(_: web.Request) -> web.StreamResponse:
    return web.json_response({"policyName": "TEN_SECONDLY_ROLLING"}, status=429, headers={"Retry-After": "7"})


async def _spent(_: web.Request) -> web.StreamResponse:
    return web.json_response({"policyName": "DAILY"}, status=429)


async def _broken(_: web.Request) -> web.StreamResponse:
    return web.Response(status=503, text="<html>")


async def _nonsense(_: web.Request) -> web.StreamResponse:
    return web.Response(text="ok")


async def _timeless(_: web.Request) -> web.StreamResponse:
    return web.json_response({"results": [{"id": "7", "properties": {"lastmodifieddate": "soon"}}]})


async def _scopeless(_: web.Request) -> web.StreamResponse:
    return web.json_response({"category": "MISSING_SCOPES", "message": "no"}, status=403)


def test_a_busy_server_is_waited_for_as_long_as_it_says() -> None:
    fake, run = account(), Run()
    fake.faults.extend([_busy, _broken])
    assert once(fake, run).records == {"contacts": 2, "deals": 1}
    assert run.waits[0] >= 7


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        ([_spent], "requests of today are spent"),
        ([_broken] * 3, r"is busy \(HTTP 503\): it was asked 3 times"),
        ([_nonsense], "holds no results"),
        ([_timeless], "without its id or time of change"),
        ([_scopeless], "crm.objects.contacts.read"),
    ],
)
def test_a_server_that_refuses_or_answers_nonsense_ends_the_run_by_a_sentence(
    faults: list[Any], sentence: str
) -> None:
    fake, run = account(), Run()
    fake.faults.extend(faults)
    with pytest.raises(BackfillError, match=sentence) as caught:
        once(fake, run)
    assert TOKEN not in str(caught.value)
    assert run.facts == {}


def test_a_wrong_token_is_refused_and_not_told() -> None:
    with pytest.raises(BackfillError, match="refuses the token") as caught:
        once(account(), Run(), token="pat-wrong-0002")
    assert "pat-wrong" not in str(caught.value)
    assert "pat-wrong" not in repr(Asker(None, "https://api.example.com", {"Authorization": "pat-wrong"}))  # type: ignore[arg-type] # never asked


def test_a_history_that_was_exported_is_the_same_facts() -> None:
    """The page that the interface answers with, imported as a file, adds nothing."""

    fake, run = account(), Run()
    once(fake, run)
    contact = fake.records["contacts"]["101"]
    history = {
        name: [{"value": value, "timestamp": iso(at)} for value, at in values]
        for name, values in contact.history.items()
    }
    page = {
        "results": [
            {
                "id": "101",
                "createdAt": iso(contact.created),
                "properties": {"email": "a@data-co.cn"},
                "propertiesWithHistory": history,
            }
        ]
    }
    plan = plan_history(
        json.dumps(page).encode(), "contacts.json", HistoryOptions(received_at=NOW), TOKENISER
    )
    assert {fact.event_id for fact in plan.facts} <= run.facts.keys()


def test_an_export_beside_what_was_read_makes_no_stage_twice() -> None:
    """It says stages in other words and to the minute, so its facts differ; the journey doesn't."""
    fake, run = account(), Run()
    once(fake, run)
    lead = "crm:hubspot:101"
    read = tuple(fact for fact in run.facts.values() if fact.subject == lead)
    header = (
        "Record ID,Email,Create Date,Last Modified Date,Lifecycle Stage,Became a Lead Date,"
        "Became a Marketing Qualified Lead Date"
    )
    times = [START, START + 3 * HOUR, START + HOUR, START + 2 * HOUR]
    made, changed, as_lead, as_mql = (iso(at + 8 * HOUR)[:16].replace("T", " ") for at in times)
    row = f"101,a@data-co.cn,{made},{changed},Marketing Qualified Lead,{as_lead},{as_mql}"
    mapping, options = shipped_mapping("hubspot-export"), CrmOptions(received_at=NOW)
    plan = plan_crm(f"{header}\n{row}\n".encode(), "x.csv", mapping, options, TOKENISER)
    assert (plan.error, plan.rejects) == ("", ())
    both = (*read, *plan.facts)

    def stages(facts: Any) -> list[tuple[str, int]]:
        journey = derive(lead, Known({lead: tuple(facts)}), 1, POLICY)
        return [(entry.stage, entry.at // MINUTE_MS) for entry in journey.stages]

    assert stages(read) == stages(both)
    assert [stage for stage, _ in stages(both)] == ["lead", "marketing_qualified"]
