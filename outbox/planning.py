"""From what is known of leads and deals to what is said in the log: orders, and why some can't go."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from outbox.allowed import Allowed
from outbox.known import OF_DEALS, OF_PEOPLE, Entry, KnownDeal, KnownLead
from outbox.ledger import TAKEN, UNTRIED, Event, Ledger, Line
from outbox.order_json import to_json
from outbox.orders import CONTACT_FACTS, Money, Occasion, Order, Touch, facts_of, order_key
from schemas.outbox import OrderAnswered, OrderPlanned

DAY_MS = 86_400_000
NO_CONSENT = "the lead's consent is not known"
DRY_RUN = "the account is told nothing: dry_run"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all orders have in common: when they are planned, where the cockpit is, what earns credit."""

    now: int
    cockpit: str = ""
    lookback_days: int = 0
    kinds: tuple[str, ...] = ()

    def link(self, person: str) -> str:
        """The address of a journey for people; "" if the cockpit has none."""
        return f"{self.cockpit}/leads/{person}" if self.cockpit else ""

    def touches(self, touches: Iterable[Touch], at: int) -> tuple[Touch, ...]:
        """Those before a time, each with whether it counts."""
        since = at - self.lookback_days * DAY_MS if self.lookback_days else 0
        return tuple(
            replace(each, counts=each.at >= since and (not self.kinds or each.kind in self.kinds))
            for each in sorted(touches, key=lambda touch: touch.at)
            if each.at <= at
        )


def events_of_lead(known: KnownLead, allowed: Allowed, ledger: Ledger, of: Surroundings) -> Iterator[Event]:
    """What is to be said of a lead for one account, given what was said before."""
    leads = _leads(ledger, known.names)
    if "stage" in allowed.occasions:
        for entry in known.entries:
            if entry.stage in OF_PEOPLE and _is_told(entry, allowed):
                draft = _draft(known, allowed, "stage", entry, of)
                yield from _planned(draft, leads, allowed, ledger, known, of)
    became = next((entry for entry in known.entries if entry.stage == "lead"), None)
    if "lead" in allowed.occasions and became is not None and became.at >= allowed.since:
        draft = _draft(known, allowed, "lead", became, of)
        yield from _changed(replace(draft, stage="", evidence=""), leads, allowed, ledger, known, of)
    invalid = _invalid(known)
    if "invalid" in allowed.occasions and invalid is not None and invalid.at >= allowed.since:
        draft = _draft(known, allowed, "invalid", invalid, of)
        yield from _planned(draft, leads, allowed, ledger, known, of)


def events_of_deal(known: KnownDeal, allowed: Allowed, ledger: Ledger, of: Surroundings) -> Iterator[Event]:
    """What is to be said of a deal for one account; of a deal without known people nothing leads anywhere."""
    if "stage" not in allowed.occasions or not known.people:
        return
    leads = _leads(ledger, known.names)
    for entry in known.entries:
        # A deal that was opened again counts as it stands.
        if (
            entry.stage in OF_DEALS
            and _is_told(entry, allowed)
            and entry.stage in (known.stage, "opportunity", "poc")
        ):
            person = known.people[0]
            merged = replace(
                person,
                touches=tuple(touch for each in known.people for touch in each.touches),
                identifiers=tuple(name for each in known.people for name in each.identifiers),
                owner=known.owner or person.owner,
            )
            draft = replace(_draft(merged, allowed, "stage", entry, of), deal=known.deal)
            if known.amount_minor and known.currency:
                draft = replace(draft, value=Money(minor=known.amount_minor, currency=known.currency))
            yield from _planned(draft, leads, allowed, ledger, known, of)


def _is_told(entry: Entry, allowed: Allowed) -> bool:
    rule = allowed.account.stages.get(entry.stage)
    return rule is not None and entry.at >= allowed.since and (entry.occurrence == 1 or rule.is_repeated)


def _leads(ledger: Ledger, names: tuple[str, ...]) -> list[str]:
    """The ids that the names have had, those of before a merge too; a new one made of the first name."""
    known = ledger.leads_of(names)
    return known or [hashlib.sha256(f"lead\n{names[0]}".encode()).hexdigest()[:32]]


def _draft(known: KnownLead, allowed: Allowed, occasion: Occasion, entry: Entry, of: Surroundings) -> Order:
    rule = allowed.account.stages.get(entry.stage) if occasion == "stage" else allowed.account.invalid
    worth = None
    if occasion == "stage" and rule is not None and rule.worth_minor is not None:
        worth = Money(minor=rule.worth_minor, currency=rule.currency)
    crm = tuple(each for each in known.identifiers if each.startswith("crm:"))
    return Order(
        key="",
        lead="",
        occasion=occasion,
        stage=entry.stage,
        occurrence=entry.occurrence,
        happened_at=entry.at,
        planned_at=of.now,
        destination=allowed.account.destination,
        account=allowed.name,
        person=known.person,
        evidence=entry.evidence,
        value=worth,
        touches=of.touches(known.touches, of.now if occasion == "lead" else entry.at),
        crm_ids=crm,
        identifiers=tuple(each for each in known.identifiers if not each.startswith("crm:")),
        company=known.company,
        owner=known.owner,
        stage_now=known.entries[-1].stage if known.entries else "",
        score=known.score,
        grade=known.grade,
        sales_grade=known.sales_grade,
        reason=entry.reason,
        invalid_tags=known.tags,
        journey_link=of.link(known.person),
    )


def _planned(
    draft: Order,
    leads: list[str],
    allowed: Allowed,
    ledger: Ledger,
    known: KnownLead | KnownDeal,
    of: Surroundings,
) -> Iterator[Event]:
    """An order of a stage or of an invalid lead: told once, whatever the lead is called by now."""
    account = allowed.account
    keys = [
        order_key(account.destination, account.name, lead, draft.occasion, draft.stage, draft.occurrence)
        if draft.occasion == "stage"
        else order_key(account.destination, account.name, lead, draft.occasion)
        for lead in leads
    ]
    chosen = next((nth for nth, key in enumerate(keys) if key in ledger.lines), 0)
    told = ledger.told(account.name, draft.occasion, draft.stage, draft.evidence)
    if told is not None and told != keys[chosen]:
        return
    order = replace(
        draft,
        key=keys[chosen],
        lead=leads[chosen],
        earlier=tuple(
            (line.stage, line.key)
            for line in ledger.of_lead(account.name, leads[chosen])
            if line.occasion == "stage" and line.state in TAKEN
        ),
    )
    yield from _said(order, ledger.lines.get(order.key), allowed, ledger, known, of)


def _changed(
    draft: Order, leads: list[str], allowed: Allowed, ledger: Ledger, known: KnownLead, of: Surroundings
) -> Iterator[Event]:
    """An order that tells how a lead stands, if anything is different from what was told last."""
    lead = leads[0]
    before = [line for line in ledger.of_lead(allowed.name, lead) if line.occasion == "lead"]
    revision = revision_of(draft, allowed)
    newest = before[-1] if before else None
    if newest is not None and newest.revision == revision and newest.state not in UNTRIED:
        return
    same = newest is not None and newest.state in UNTRIED
    key = (
        newest.key
        if newest is not None and same
        else order_key(draft.destination, allowed.name, lead, "lead", len(before) + 1)
    )
    order = replace(draft, key=key, lead=lead)
    for line in before:
        if line.key != key and (line.state in UNTRIED or line.state in ("later", "alone")):
            yield _answered(
                line.key, allowed, ledger, of, "superseded", "a later change tells more", line.attempt
            )
    yield from _said(order, ledger.lines.get(key), allowed, ledger, known, of, revision)


def revision_of(order: Order, allowed: Allowed) -> str:
    """Stands for what an account is told of a lead, without what changes by itself every day."""
    facts = {name: each for name, each in facts_of(order).items() if name not in ("score", *CONTACT_FACTS)}
    fields = allowed.account.fields
    told = {fact: facts.get(fact, "") for fact in fields.values()} if fields else facts
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _said(
    order: Order,
    line: Line | None,
    allowed: Allowed,
    ledger: Ledger,
    known: KnownLead | KnownDeal,
    of: Surroundings,
    revision: str = "",
) -> Iterator[Event]:
    if line is not None and line.state not in UNTRIED:
        return
    if line is not None:
        # Nothing was tried yet, so that it may say what is known by now.
        order = replace(order, planned_at=line.planned_at)
    told, why = to_json(order), _lacking(order, allowed, known, of)
    held = "" if why is None and not allowed.account.dry_run else "dry_run" if why is None else "unsendable"
    was = line.state if line is not None else ""
    is_new = line is None or line.told != told or (not held and was != "planned")
    if is_new:
        yield OrderPlanned(
            claim=ledger.claim,
            at=order.planned_at,
            key=order.key,
            destination=order.destination,
            account=order.account,
            lead=order.lead,
            occasion=order.occasion,
            stage=order.stage,
            occurrence=order.occurrence,
            person=order.person,
            deal=order.deal,
            evidence=order.evidence,
            happened_at=order.happened_at,
            revision=revision,
            names=known.names,
            told=told,
        )
    before = line.answer.why if line is not None and line.answer is not None else ""
    if held and (is_new or (was, before) != (held, why or DRY_RUN)):
        yield _answered(order.key, allowed, ledger, of, held, why or DRY_RUN)


def _lacking(order: Order, allowed: Allowed, known: KnownLead | KnownDeal, of: Surroundings) -> str | None:
    people = known.people if isinstance(known, KnownDeal) else (known,)
    if allowed.consent and not any(
        each.attributes.get(allowed.consent, "").strip().casefold() in allowed.consents for each in people
    ):
        return NO_CONSENT
    return allowed.destination.unsendable(order, allowed.account, of.now)


def _answered(
    key: str, allowed: Allowed, ledger: Ledger, of: Surroundings, state: str, why: str, attempt: int = 0
) -> OrderAnswered:
    return OrderAnswered.model_validate(
        {
            "claim": ledger.claim,
            "at": of.now,
            "key": key,
            "destination": allowed.account.destination,
            "account": allowed.name,
            "attempt": attempt,
            "state": state,
            "why": why[:512],
        }
    )


def _invalid(known: KnownLead) -> Entry | None:
    """Since when sales finds a lead invalid, and why; None: it doesn't, as far as is known."""
    last = next((entry for entry in reversed(known.entries) if entry.stage == "disqualified"), None)
    is_last = bool(known.entries) and known.entries[-1].stage == "disqualified"
    if known.sales_grade == "invalid" and known.graded_at is not None:
        reason = last.reason if last is not None else ""
        return Entry(stage="invalid", at=known.graded_at, occurrence=1, evidence="", reason=reason)
    return replace(last, stage="invalid", occurrence=1) if last is not None and is_last else None
