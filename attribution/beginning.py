"""What is known of a visitor before the first page view, so that the first step can go on from that."""

from collections.abc import Mapping, Sequence
from typing import Any

from attribution.advance import Arrival
from attribution.fact_records import Loose
from attribution.facts import by_time
from attribution.going_on import Open
from attribution.identity import DEVICE
from attribution.layout import OWN, Layout, Log, Memo
from attribution.policy import Policy
from attribution.state import Span
from schemas.terms import Stage, kind_of
from schemas.website import PageViewed, WebsiteFact


def begun(key: str, applied: Mapping[str, int], arrivals: Sequence[Arrival], policy: Policy) -> Open | None:
    """Return what `go_on` can go on from when these are the first facts of a browser, and the first of them
    is a page view; else None. `applied` are the offsets that a state begins with."""
    facts = [arrival.value for arrival in arrivals if isinstance(arrival.value, WebsiteFact)]
    if kind_of(key) != DEVICE or len(facts) < len(arrivals):
        return None
    first = min(facts, key=by_time)
    if not isinstance(first, PageViewed):
        return None
    entry = {"stage": Stage.VISITOR, "at": first.occurred_at, "occurrence": 1, "id": first.event_id}
    told: dict[str, Any] = {
        "person": key,
        "policy_version": policy.version,
        "first_at": first.occurred_at,
        "identifiers": (key,),
        "stages": [entry],
    }
    if key in policy.internal.identifiers:
        told["is_internal"] = True
    heard = min(fact.received_at for fact in facts)
    layout = Layout(
        applied=applied,
        spans=(Span(heard, heard),),
        current=OWN,
        logs={OWN: Log(start=by_time(first))},
        memo=Memo(policy.version, told, goes_on=True),
    )
    return Open(layout, Loose())
