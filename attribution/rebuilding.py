"""Makes the records by which a damaged state is rebuilt from the facts that are stored of its key.

A state is a function of facts, so they are told again: those of its own first, in records that say that the
state begins anew if it is damaged; then, when that is done, what others told it. Everything here may be done
twice, and with a state that is not damaged it changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from attribution.advance import FACTS_PER_MESSAGE
from attribution.linking import IdentityFact, ends_of
from attribution.links import mentioned
from attribution.policy import Policy
from schemas.codec import Encoded, message_record, record_of
from schemas.handover import AnyFact, ClickMentioned, FactsShared, FactsWanted
from schemas.identity import LINKS_KEY
from schemas.rebuilding import Anew
from schemas.sem import AdClicked, AdKeywordListed
from schemas.terms import kind_of
from schemas.topics import LINKS, SEM

# Keys of what platforms tell of; all others are identifiers, persons and deals.
CLICK_KINDS = ("click", "keyword")


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of a key.

    `own`: the facts that were recorded under it. `naming`: other facts in which it stands. `said`: what was
    said about who it is, and about who that says it is tied to, and so on. `members`: the identifiers that
    ever were on the journey of this person, `holders`: the persons on whose journeys it ever was. `floor`:
    the last offset of each topic in its partition.
    """

    own: Sequence[AnyFact] = ()
    naming: Sequence[AnyFact] = ()
    said: Sequence[IdentityFact] = ()
    members: Sequence[str] = ()
    holders: Sequence[str] = ()
    floor: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """`first` must have been worked on before `then` is sent: otherwise answers meet the damaged state."""

    first: tuple[Encoded, ...]
    then: tuple[Encoded, ...]


def rebuild(key: str, stored: Stored, policy: Policy) -> Rebuilding:
    """Return what has to be sent so that the states of a key are what they would be undamaged."""
    # Whom it has told that it is theirs shows on no journey as long as there are no facts to tell.
    holders = tuple(sorted({*stored.holders} | _tied(stored)))
    anew = Anew(key=key, floor=stored.floor, holders=holders).header()
    if kind_of(key) in CLICK_KINDS:
        return Rebuilding(tuple(_marked(anew, _of_click(key, stored, policy))), ())
    own = tuple(fact for fact in stored.own if fact.subject == key)
    shared = (
        message_record(FactsShared(identifier=key, facts=own[start : start + FACTS_PER_MESSAGE]))
        for start in range(0, max(len(own), 1), FACTS_PER_MESSAGE)
    )
    # What ties others to it may have been put aside as well.
    said = (record_of(fact, LINKS.name) for fact in stored.said)
    wanted = [
        message_record(FactsWanted(identifier=each, person=key)) for each in sorted(_asked(key, stored))
    ]
    return Rebuilding(tuple(_marked(anew, shared)), (*_marked(anew, said), *wanted))


def _asked(key: str, stored: Stored) -> set[str]:
    """Who may have told this key something: its members, also those without a journey to be seen on, and the
    deals and leads that name one another."""
    of_deals = ("deal", "crm") if kind_of(key) == "deal" else ("deal",)
    named = {fact.subject for fact in stored.naming if kind_of(fact.subject) in of_deals}
    return ({*stored.members} | named | _tied(stored)) - {key, LINKS_KEY}


def _tied(stored: Stored) -> set[str]:
    return {name for fact in stored.said for name in ends_of(fact)} - {LINKS_KEY}


def _of_click(key: str, stored: Stored, policy: Policy) -> Iterable[Encoded]:
    for fact in stored.own:
        if isinstance(fact, AdClicked | AdKeywordListed) and fact.subject == key:
            yield record_of(fact, SEM.name)
    carriers = {fact.subject for fact in stored.naming if key in mentioned((fact,), policy)}
    for carrier in sorted(carriers):
        yield message_record(ClickMentioned(key=key, identifier=carrier))


def _marked(header: tuple[str, bytes], records: Iterable[Encoded]) -> Iterable[Encoded]:
    return (Encoded(each.topic, each.key, each.value, (header,)) for each in records)
