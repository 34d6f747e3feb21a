"""What sales deletes in its CRM: useless leads, and deals that should not be there; some come back."""

import random
from collections.abc import Iterable, Iterator, Sequence

from market.model import DealChange, Merge, TakenBack
from market.sales import FIRST_LISTED, LISTED, REJECTED, Worked, at_work
from market.times import DAY_MS

_ONE_LEAD_IN, _ONE_DEAL_IN = 4, 6


def delete_records(
    worked: Iterable[Worked],
    merges: Iterable[Merge],
    deals: Sequence[DealChange],
    end_ms: int,
    seed: int,
) -> tuple[TakenBack, ...]:
    """Delete some of the rejected leads and some of the deals, and give every other deal back."""
    rng = random.Random(seed * 104_395_301 + 11)
    merged = {lead for merge in merges for lead in (merge.into, *merge.gone)}
    rejected = [
        one
        for one in worked
        if one.stages[-1].stage == REJECTED
        and one.lead.id not in merged
        # Those of the directory stay: all of them together show that one number is no person's.
        and not FIRST_LISTED <= one.lead.person < FIRST_LISTED + LISTED
    ]
    last = {change.deal: change.at for change in deals}
    words = [
        *_of_leads(rejected[::_ONE_LEAD_IN], rng),
        *_of_deals(sorted(last)[3::_ONE_DEAL_IN], last, rng),
    ]
    return tuple(word for word in words if word.at < end_ms)


def _of_leads(rejected: Iterable[Worked], rng: random.Random) -> Iterator[TakenBack]:
    for one in rejected:
        at = max(one.stages[-1].at, *(call.at for call in one.follow_ups), one.lead.created_at)
        at = at_work(at + rng.randint(DAY_MS, 5 * DAY_MS))
        yield TakenBack(at=at, kind="deleted", record=one.lead.id, is_deal=False)


def _of_deals(deals: Iterable[str], last: dict[str, int], rng: random.Random) -> Iterator[TakenBack]:
    for number, deal in enumerate(deals):
        at = at_work(last[deal] + rng.randint(DAY_MS, 3 * DAY_MS))
        yield TakenBack(at=at, kind="deleted", record=deal)
        if number % 2:
            yield TakenBack(at=at_work(at + rng.randint(DAY_MS, 3 * DAY_MS)), kind="restored", record=deal)
