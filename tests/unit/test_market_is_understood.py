"""The product's parsers and its core, fed with what the market writes, come to the market's own truth.

Neither knows the other: whatever differs is a mistake on one side.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import market
from attribution.policy import Policy, parse_policy
from attribution.replay import Replay
from cli.demo_feed import corrections_in, sem_kind
from cli.privacy import token_of
from market.knowable import know
from market.known import KnownDeal, KnownPerson, KnownTouch
from market.model import Market
from producers.answers import record
from producers.attendance import AttendanceOptions
from producers.crm_export import CrmOptions
from producers.crm_mapping import CrmMapping, parse_mapping
from producers.crm_webhook import facts_of_webhook
from producers.imports import Plan, plan_attendance, plan_crm, plan_sem
from producers.native import fact_of_event
from producers.personal_data import Tokeniser
from producers.segment import fact_of_call
from producers.sem_reading import SemOptions
from producers.website_facts import Reception
from schemas.codec import Encoded
from schemas.journey import Journey, Touchpoint

RECEIVED_AT = 1_790_000_000_000
POLICY: Policy = parse_policy(
    (Path(__file__).parents[2] / "attribution/policies/default.toml").read_text(encoding="utf-8")
)
TOKENISER = Tokeniser("a key that only tests use", "CN", POLICY.identity.blocks)


def records(folder: Path) -> Iterator[Encoded]:
    """Yield what the product makes of each file of a market; everything must be understood."""
    yield from requested(folder / "requests.jsonl")
    for path in sorted((folder / "sem").iterdir()):
        options = SemOptions(received_at=RECEIVED_AT, as_of=RECEIVED_AT)
        yield from understood(plan_sem(path.read_bytes(), path.name, options, sem_kind(path.name)))
    for path in sorted(folder.glob("attendance/*.csv")):
        attended = AttendanceOptions(received_at=RECEIVED_AT)
        yield from understood(plan_attendance(path.read_bytes(), path.name, attended, TOKENISER))
    for name in ("leads", "follow_ups", "deals"):
        data, text = (folder / f"crm/{name}.csv").read_bytes(), (folder / f"crm/{name}.toml").read_text()
        yield from understood(plan_crm(data, name, text, CrmOptions(received_at=RECEIVED_AT), TOKENISER))
    yield from hooked(folder / "crm")
    yield from corrections_in(folder, TOKENISER)


def requested(path: Path) -> Iterator[Encoded]:
    reception = Reception(TOKENISER, RECEIVED_AT)
    for line in path.read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        body = json.loads(request["body"])
        if request["path"] == "/v1/batch":
            yield from (record(fact_of_call(call, reception)) for call in body["batch"])
        else:
            events = body if isinstance(body, list) else [body]
            yield from (record(fact_of_event(event, reception)) for event in events)


def hooked(folder: Path) -> Iterator[Encoded]:
    mappings: list[CrmMapping] = [parse_mapping(path.read_text()) for path in folder.glob("*.toml")]
    for line in (folder / "webhooks.jsonl").read_text(encoding="utf-8").splitlines():
        hook = json.loads(line)
        system = hook["path"].rpartition("/")[2]
        told = facts_of_webhook(system, json.loads(hook["body"]), {system: mappings}, TOKENISER, RECEIVED_AT)
        assert not told.rejected
        yield from told.records


def understood(plan: Plan) -> tuple[Encoded, ...]:
    assert not plan.error
    assert not plan.rejects
    assert not [note for note in plan.notes if note.startswith("WARNING")]
    return plan.records


def as_written(name: str) -> str:
    """Return an identifier as the product writes it: without personal data."""
    return token_of(name, TOKENISER)


def seen(touch: Touchpoint) -> tuple[object, ...]:
    return (
        touch.at, touch.kind.value, touch.channel, touch.platform, touch.campaign, touch.ad_group,
        touch.keyword, touch.content, touch.author, touch.published, touch.pages, touch.dwell_ms,
    )  # fmt: skip


def happened(touch: KnownTouch, seed: int) -> tuple[object, ...]:
    origin, pages = touch.origin, touch.pages(seed)
    return (
        touch.at, touch.kind, origin.channel, origin.platform, origin.campaign, origin.ad_group,
        origin.keyword, origin.content, origin.author, origin.published, len(pages),
        sum(page.dwell for page in pages),
    )  # fmt: skip


def stages_of(person: KnownPerson, deals: tuple[KnownDeal, ...]) -> list[tuple[object, ...]]:
    entries = [entry for deal in deals if person in deal.people for entry in deal.entries]
    told = [*person.entries, *entries]
    return sorted((entry.deal, entry.at, entry.stage.value, entry.occurrence) for entry in told)


def stages_in(journey: Journey) -> list[tuple[object, ...]]:
    return sorted((entry.deal, entry.at, entry.stage.value, entry.occurrence) for entry in journey.stages)


def markets() -> list[Market]:
    return [market.stories(), *(market.simulate(seed, 250, date(2026, 3, 2), 90) for seed in (4, 5))]


@pytest.mark.parametrize("simulated", markets(), ids=["stories", "seed 4", "seed 5"])
def test_journeys_and_deals_are_those_of_the_truth(simulated: Market, tmp_path: Path) -> None:
    market.write(simulated, tmp_path)
    known = know(simulated)

    replay = Replay(POLICY)
    replay.feed(records(tmp_path))
    replay.drain(50)

    journeys = {journey.identifiers: journey for journey in replay.living().values() if journey.facts}
    people = {tuple(sorted(map(as_written, one.identifiers))): one for one in known.people}
    assert journeys.keys() == people.keys()
    for identifiers, person in people.items():
        journey = journeys[identifiers]
        assert journey.person == as_written(person.id)
        assert [seen(touch) for touch in journey.touchpoints] == [
            happened(touch, simulated.seed) for touch in person.touches
        ]
        assert stages_in(journey) == stages_of(person, known.deals)
        # Some ads have a broken template, a CRM has a stage of its own, and what a letter means is the company's.
        assert {issue.partition(":")[0] for issue in journey.issues} <= {
            "unexpanded_macro",
            "unmapped_stage",
            "unmapped_grade",
        }
    assert replay.opportunities.keys() == {deal.id for deal in known.deals}
    for deal in known.deals:
        opportunity = replay.opportunities[deal.id]
        assert (opportunity.amount_minor, opportunity.currency) == (deal.amount, "CNY")
        assert opportunity.reason == deal.last.reason
        assert opportunity.poc_result == deal.last.poc_result
        assert [(entry.at, entry.stage) for entry in opportunity.stages] == [
            (entry.at, entry.stage) for entry in deal.entries
        ]
