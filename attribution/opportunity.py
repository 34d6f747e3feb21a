"""derive_opportunity(): the state of a deal as a pure function of its records and of the policy."""

from collections.abc import Iterable

from attribution.accounts import account_named
from attribution.lifecycle import of_last_poc, stages_of_deal
from attribution.policy import Policy
from attribution.profile import newest, newest_by_key
from attribution.standing import Deal, standing_deals
from schemas.crm import DealRecorded
from schemas.handover import AnyFact
from schemas.journey import Opportunity
from schemas.terms import Stage

# A deal that went back to an earlier stage is open again.
CLOSED = frozenset({Stage.WON, Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED})


def derive_opportunity(deal: str, facts: Iterable[AnyFact], version: int, policy: Policy) -> Opportunity:
    """Derive a deal from its records: of each field, the newest that says anything counts.

    A deal that the CRM deleted or merged into another one is a tombstone, and so is one without any record.
    """
    known = tuple(facts)
    known_at = max((fact.received_at for fact in known), default=0)
    standing = standing_deals(known).get(deal)
    if standing is None or not standing.is_recorded:
        return Opportunity(
            deal=deal, version=version, policy_version=policy.version, known_at=known_at, is_deleted=True
        )
    return opportunity_of(deal, standing, version, known_at, policy)


def opportunity_of(deal: str, standing: Deal, version: int, known_at: int, policy: Policy) -> Opportunity:
    """Derive a deal that stands; `known_at` is when the newest fact was received, UTC milliseconds."""
    ordered = standing.facts
    records = [fact for fact in ordered if isinstance(fact, DealRecorded)]
    pocs = of_last_poc(ordered)
    stages = stages_of_deal(deal, ordered, policy)
    last = stages.entries[-1] if stages.entries else None
    closing = last if last is not None and last.stage in CLOSED else None
    amount = newest(records, lambda record: record.amount_minor)
    currency = newest(records, lambda record: record.currency or None) or ""
    issues = set(stages.issues)
    if amount and not currency:
        issues.add("amount_without_currency")
    return Opportunity(
        deal=deal,
        version=version,
        policy_version=policy.version,
        known_at=known_at,
        name=newest(records, lambda record: record.name or None) or "",
        account=newest(records, lambda record: account_named(deal, record.account_id) or None) or "",
        owner=newest(records, lambda record: record.owner or None) or "",
        people=standing.people,
        stage=last.stage if last else "",
        amount_minor=amount or 0,
        currency=currency,
        opened_at=records[0].occurred_at,
        closed_at=closing.at if closing else None,
        reason=(newest(records, lambda record: record.reason or None) or "") if closing else "",
        poc_started_at=newest(pocs, lambda poc: poc.started_at),
        poc_ended_at=newest(pocs, lambda poc: poc.ended_at),
        poc_result=newest(pocs, lambda poc: poc.result or None) or "",
        poc_reason=newest(pocs, lambda poc: poc.reason or None) or "",
        attributes=newest_by_key(record.attributes for record in records),
        stages=stages.entries,
        issues=tuple(sorted(issues)),
    )
