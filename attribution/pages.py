"""The pages of visits: no journey carries them, they follow from the facts that visits are cut from."""

from collections.abc import Collection, Iterable, Mapping

from attribution.ad_records import NO_RECORDS
from attribution.facts import by_time
from attribution.policy import Policy
from attribution.shared_devices import facts_by_person
from attribution.visits import visits_of
from schemas.handover import AnyFact
from schemas.journey import PageVisit
from schemas.website import WebsiteFact


def pages_of(
    visits: Collection[str],
    facts: Iterable[AnyFact],
    shared: Mapping[str, Mapping[str, str]],
    policy: Policy,
) -> tuple[PageVisit, ...]:
    """Return the pages of the visits with these ids, in the order of (time, URL).

    `facts` are all website facts of those who were seen in these visits. `shared` are the devices among them
    that several persons use: who they are, by what identifies them.
    """
    told: dict[str, dict[str, AnyFact]] = {}
    for fact in facts:
        told.setdefault(fact.subject, {})[fact.event_id] = fact
    pages = [
        page
        for subject, own in told.items()
        for share in _shares(sorted(own.values(), key=by_time), shared.get(subject, {}))
        for visit in visits_of(share, subject, NO_RECORDS, policy)
        if visit.touchpoint.id in visits
        for page in visit.pages
    ]
    return tuple(sorted(pages, key=lambda page: (page.at, page.url)))


def _shares(facts: list[AnyFact], users: Mapping[str, str]) -> Iterable[list[WebsiteFact]]:
    parts = facts_by_person(facts, tuple(users.items())).values() if users else [tuple(facts)]
    return ([fact for fact in part if isinstance(fact, WebsiteFact)] for part in parts)
