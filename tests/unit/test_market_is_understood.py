"""The product's parsers and its core, fed with what the market writes, come to the market's own truth.

Neither knows the other: whatever differs is a mistake on one side.
"""

from datetime import date
from pathlib import Path

import pytest
from understood import RECEIVED_AT, as_called, as_written, understand

import market
from market.known import KnownDeal, KnownPerson, KnownTouch
from market.manners import WRONG_CLOCK
from market.model import Market
from schemas.journey import Journey, Touchpoint


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
    return [market.stories(), *(market.simulate(seed, 250, date(2026, 3, 2), 90) for seed in (4, 6))]


@pytest.mark.parametrize("simulated", markets(), ids=["stories", "seed 4", "seed 6"])
def test_journeys_and_deals_are_those_of_the_truth(simulated: Market, tmp_path: Path) -> None:
    told = understand(simulated, tmp_path)
    known = told.known

    journeys = {journey.identifiers: journey for journey in told.journeys.values() if journey.facts}
    people = {tuple(sorted(map(as_written, one.identifiers))): one for one in known.people}
    assert journeys.keys() == people.keys()
    for identifiers, person in people.items():
        journey = journeys[identifiers]
        assert journey.person == as_called(person)
        if any(touch.visit and touch.visit.manner == WRONG_CLOCK for touch in person.touches):
            assert journey.is_bot
            assert {touch.at for touch in journey.touchpoints} == {RECEIVED_AT}
            assert journey.issues == ("clock_not_believed",)
            continue
        assert [seen(touch) for touch in journey.touchpoints] == [
            happened(touch, simulated.seed) for touch in person.touches
        ]
        assert stages_in(journey) == stages_of(person, known.deals)
        # Some ads have a broken template, and the CRM has a stage and grades that nobody explained.
        assert {issue.partition(":")[0] for issue in journey.issues} <= {
            "unexpanded_macro",
            "unmapped_stage",
            "unmapped_grade",
        }
    standing = {deal for deal, told_of in told.deals.items() if not told_of.is_deleted}
    assert standing == {deal.id for deal in known.deals}
    for deal in known.deals:
        opportunity = told.deals[deal.id]
        assert (opportunity.amount_minor, opportunity.currency) == (deal.amount, deal.last.currency)
        assert opportunity.reason == deal.last.reason
        assert opportunity.poc_result == deal.last.poc_result
        assert [(entry.at, entry.stage) for entry in opportunity.stages] == [
            (entry.at, entry.stage) for entry in deal.entries
        ]
