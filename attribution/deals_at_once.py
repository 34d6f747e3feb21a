"""All deals from all of their facts at once, and what they tell the people on them."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from attribution.deals import advance_deal, tell_deals
from attribution.opportunity import derive_opportunity
from attribution.policy import Policy
from attribution.state import State, indexed, settle
from schemas.handover import AnyFact, FactsShared
from schemas.journey import Opportunity
from schemas.terms import kind_of


@dataclass(frozen=True, slots=True)
class DealsAtOnce:
    """Every deal, tombstones included, and all that deals have told each identifier."""

    opportunities: tuple[Opportunity, ...]
    told: tuple[FactsShared, ...]


def deals_at_once(facts: Iterable[AnyFact], policy: Policy, version: int) -> DealsAtOnce:
    """Derive every deal from facts of deals, and from those of leads that tie them to deals.

    Deals and leads tell one another, by the steps that a worker takes, until nobody has any news.
    """
    talk = _Talk(policy)
    for fact in facts:
        talk.first.setdefault(fact.subject, []).append(fact)
    talk.go_on()
    opportunities = (
        derive_opportunity(deal, talk.deals[deal].own, version, policy) for deal in sorted(talk.deals)
    )
    return DealsAtOnce(tuple(opportunities), tuple(talk.told()))


@dataclass(slots=True)
class _Talk:
    """Who knows what by now; `first` are the facts of each key, `waiting` what it has not heard yet."""

    policy: Policy
    first: dict[str, list[AnyFact]] = field(default_factory=dict)
    deals: dict[str, State] = field(default_factory=dict)
    people: dict[str, tuple[AnyFact, ...]] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)

    def go_on(self) -> None:
        waiting = deque(FactsShared(identifier=key, facts=tuple(some)) for key, some in self.first.items())
        while waiting:
            news = waiting.popleft()
            hear = self._deal if kind_of(news.identifier) == "deal" else self._person
            waiting.extend(hear(news))

    def told(self) -> Iterator[FactsShared]:
        for name, known in sorted(self.people.items()):
            of_deals = tuple(fact for fact in known if kind_of(fact.subject) == "deal")
            if of_deals or name in self.cut:
                yield FactsShared(identifier=name, facts=of_deals, truncated=name in self.cut)

    def _deal(self, news: FactsShared) -> Iterable[FactsShared]:
        key = news.identifier
        before = self.deals.get(key, State())
        self.deals[key], sent = advance_deal(key, before, news.facts, self.policy, 0)
        return [each for each in sent if isinstance(each, FactsShared)]

    def _person(self, news: FactsShared) -> Sequence[FactsShared]:
        key = news.identifier
        known = indexed(self.people.get(key, ()))
        fresh = [fact for fact in news.facts if known.get(fact.event_id) != fact]
        self.people[key], _ = settle(known, news.facts, self.policy.bounds.room)
        if news.truncated:
            self.cut.add(key)
        return tell_deals(key, self.people[key], fresh) if kind_of(key) == "crm" else []
