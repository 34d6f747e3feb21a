"""Stages: every entry of a person or a deal into one, in order and counted, from the CRM's own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from attribution.facts import by_time
from attribution.policy import Policy
from attribution.standing import Deal
from schemas.crm import DealRecorded, LeadRecorded, PocRecorded, StageChanged
from schemas.handover import AnyFact
from schemas.journey import StageEntry
from schemas.terms import Stage, kind_of
from schemas.utm import EventAttended, OfflineContact
from schemas.website import FormSubmitted, VisitorIdentified

CONTACT_KINDS = frozenset({"email", "phone"})
_ROUNDED_TO = (60_000, 1_000)  # milliseconds
_RANK = {stage: rank for rank, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Stages:
    """The entries, in the order of time and of the funnel, and what couldn't be understood."""

    entries: tuple[StageEntry, ...]
    issues: tuple[str, ...]


def stages_of_person(
    facts: Iterable[AnyFact], first_touch: StageEntry | None, deals: Mapping[str, Deal], policy: Policy
) -> Stages:
    """Derive the stages of a person, those of the deals the person is on included."""
    leads: list[StageEntry] = []
    said: list[StageEntry] = []
    issues: set[str] = set()
    for fact in facts:
        if isinstance(fact, StageChanged):
            _append_mapped(said, issues, fact, fact.system, fact.stage, fact.reason, "", policy)
        else:
            at = became_lead_at(fact)
            if at is not None:
                leads.append(StageEntry(stage=Stage.LEAD, at=at, occurrence=1, id=fact.event_id))
    if leads:
        said.append(min(leads, key=lambda entry: (entry.at, entry.id)))
    if first_touch is not None:
        said.append(first_touch)
    entries = collapse(said)
    for deal in sorted(deals):
        of_deal = stages_of_deal(deal, deals[deal].facts, policy)
        entries += of_deal.entries
        issues.update(of_deal.issues)
    return Stages(numbered(entries), tuple(sorted(issues)))


def became_lead_at(fact: AnyFact) -> int | None:
    """Say when this fact makes somebody a lead: a way to be contacted was left, or the CRM has a record."""
    match fact:
        case LeadRecorded():
            return fact.created_at if fact.created_at is not None else fact.occurred_at
        case FormSubmitted() | VisitorIdentified() | EventAttended() | OfflineContact():
            names = (fact.subject, *fact.others)
            return fact.occurred_at if any(kind_of(name) in CONTACT_KINDS for name in names) else None
        case _:
            return None


def stages_of_deal(deal: str, facts: Iterable[AnyFact], policy: Policy) -> Stages:
    """Derive the stages of one deal: it is an opportunity from its first record on."""
    said: list[StageEntry] = []
    issues: set[str] = set()
    ordered = sorted(facts, key=by_time)
    for fact in ordered:
        if isinstance(fact, DealRecorded) and fact.stage:
            _append_mapped(said, issues, fact, fact.system, fact.stage, fact.reason, deal, policy)
        elif isinstance(fact, PocRecorded) and fact.started_at is not None:
            entry = StageEntry(stage=Stage.POC, at=fact.started_at, occurrence=1, id=fact.event_id, deal=deal)
            said.append(entry)
    opened = next((fact for fact in ordered if isinstance(fact, DealRecorded)), None)
    if opened is not None:
        entry = StageEntry(
            stage=Stage.OPPORTUNITY, at=opened.occurred_at, occurrence=1, id=opened.event_id, deal=deal
        )
        said.append(entry)
    return Stages(numbered(collapse(said)), tuple(sorted(issues)))


def of_last_poc(facts: Iterable[AnyFact]) -> list[PocRecorded]:
    """Return the records about the proof of concept that began last; `facts` are in order of (time, id).

    How an earlier one ended is not how this one did.
    """
    pocs = [fact for fact in facts if isinstance(fact, PocRecorded)]
    began = next((poc.started_at for poc in reversed(pocs) if poc.started_at is not None), None)
    if began is None:
        return pocs
    return [poc for poc in pocs if poc.started_at == began or (poc.ended_at or poc.occurred_at) >= began]


def collapse(entries: Iterable[StageEntry]) -> tuple[StageEntry, ...]:
    """Put entries in order; of consecutive entries into one stage, only the first is an entry."""
    kept: list[StageEntry] = []
    for entry in sorted(_without_rounded(entries), key=_order):
        if not kept or kept[-1].stage is not entry.stage:
            kept.append(entry)
    return tuple(kept)


def _without_rounded(entries: Iterable[StageEntry]) -> list[StageEntry]:
    """Leave out what an export says to the minute or second and another record says more exactly.

    Else two stages of one minute, told by both, would look like a way back.
    """
    kept = list(entries)
    for unit in _ROUNDED_TO:
        exact = {(entry.stage, entry.system, entry.at // unit) for entry in kept if entry.at % unit}
        kept = [
            entry
            for entry in kept
            if entry.at % unit or (entry.stage, entry.system, entry.at // unit) not in exact
        ]
    return kept


def numbered(entries: Iterable[StageEntry]) -> tuple[StageEntry, ...]:
    """Put entries in order and count them: the second time in a stage has occurrence 2."""
    seen: dict[tuple[str, Stage], int] = {}
    counted = []
    for entry in sorted(entries, key=_order):
        key = (entry.deal, entry.stage)
        seen[key] = seen.get(key, 0) + 1
        counted.append(entry if seen[key] == entry.occurrence else replace(entry, occurrence=seen[key]))
    return tuple(counted)


def _order(entry: StageEntry) -> tuple[int, int, str, str]:
    # Systems that stamp several stages with one time still tell a story that goes forward.
    return entry.at, _RANK[entry.stage], entry.deal, entry.id


def _append_mapped(
    said: list[StageEntry],
    issues: set[str],
    fact: AnyFact,
    system: str,
    raw: str,
    reason: str,
    deal: str,
    policy: Policy,
) -> None:
    stage = policy.stages.stage_of(system, raw)
    if not stage:
        issues.add(f"unmapped_stage:{system}:{raw}")
        return
    entry = StageEntry(
        stage=Stage(stage),
        at=fact.occurred_at,
        occurrence=1,
        id=fact.event_id,
        system=system,
        raw=raw,
        reason=reason,
        deal=deal,
    )
    said.append(entry)
