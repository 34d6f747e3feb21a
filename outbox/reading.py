"""Reads from ClickHouse what is known of leads and deals, and of which of them something is new."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from outbox.known import Entry, KnownDeal, KnownLead
from outbox.orders import Touch
from sinks.clickhouse import ClickHouse
from sinks.lookups import ask

AT_ONCE: Final = 500
Versions = Mapping[tuple[str, str], int]

_TOUCH: Final = (
    *("at", "kind", "channel", "platform", "source", "medium", "campaign", "campaign_id", "ad_group"),
    *("ad_group_id", "keyword", "keyword_id", "search_term", "content", "landing_url", "click_network"),
    "click_ids",
)


def changed(client: ClickHouse, since: int, seen: Versions) -> dict[tuple[str, str], int]:
    """The leads and deals with a stage since then (ms) whose version is another one than was seen."""
    rows = ask(client, "outbox_changed", {"since": since}).rows
    return {(what, name): version for what, name, version in rows if seen.get((what, name)) != version}


def deleted(client: ClickHouse) -> dict[str, int]:
    """Tokens that deleted records of a CRM told, and when these were deleted (ms). Raises ClickHouseError."""
    return dict(ask(client, "outbox_deleted").rows)


def leads_of(client: ClickHouse, people: Iterable[str]) -> Iterator[KnownLead]:
    """What is known of these leads, in parts; who is none any more is left out. Raises ClickHouseError."""
    for some in _parts(people):
        wanted = {"people": "\n".join(some)}
        scored = ask(client, "outbox_scores", wanted).rows
        scores = {person: (score, grade) for person, score, grade in scored}
        for row in ask(client, "outbox_leads", wanted).rows:
            yield _lead(row, scores.get(row[0]))


def deals_of(client: ClickHouse, deals: Iterable[str]) -> Iterator[KnownDeal]:
    """What is known of these deals and the leads on them, in parts. Raises ClickHouseError."""
    for some in _parts(deals):
        rows = ask(client, "outbox_deals", {"deals": "\n".join(some)}).rows
        people = {person for row in rows for person in row[4]}
        known = {lead.person: lead for lead in leads_of(client, sorted(people))}
        for deal, version, stage, entries, on_deal, owner, amount, currency in rows:
            yield KnownDeal(
                deal=deal,
                version=version,
                stage=stage,
                entries=_entries(entries),
                people=tuple(known[person] for person in on_deal if person in known),
                owner=owner,
                amount_minor=amount,
                currency=currency,
            )


def _lead(row: Sequence[Any], scored: tuple[float, str] | None) -> KnownLead:
    person, version, identifiers, company, owner, attributes, grade, graded_at, tags, entries, touches = row
    return KnownLead(
        person=person,
        version=version,
        identifiers=tuple(identifiers),
        entries=_entries(entries),
        touches=tuple(_touch(each[1:]) for each in touches),
        company=company,
        owner=owner,
        attributes=attributes,
        sales_grade=grade,
        graded_at=None if graded_at is None else _millis(graded_at),
        tags=tuple(tags),
        score=None if scored is None else round(scored[0], 1),
        grade=scored[1] if scored else "",
    )


def _entries(rows: Iterable[Sequence[Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(stage=stage, at=_millis(at), occurrence=occurrence, evidence=evidence, reason=reason)
        for stage, at, occurrence, evidence, reason in rows
    )


def _touch(values: Sequence[Any]) -> Touch:
    told = dict(zip(_TOUCH, values, strict=True))
    return Touch(**{**told, "at": _millis(told["at"]), "click_ids": tuple(told["click_ids"])})


def _millis(at: datetime) -> int:
    known = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return round(known.timestamp() * 1000)


def _parts(names: Iterable[str]) -> Iterator[list[str]]:
    left = iter(names)
    while some := list(islice(left, AT_ONCE)):
        yield some
