"""Any order, repetition, batching and interleaving of the same facts ends in the same journeys."""

from dataclasses import replace
from random import Random
from typing import Any

import facts as f
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.policy import Policy
from attribution.replay import Replay
from schemas.codec import Encoded
from schemas.envelope import Fact

DEVICES = ("anon:1", "anon:2", "anon:3")
NAMES = ("email:a", "email:b", "phone:c", "user:d")
LEADS = ("crm:crm:1", "crm:crm:2")
DEALS = ("deal:crm:7", "deal:crm:8", "deal:crm:9")
URLS = (
    "https://www.site.example/",
    "https://www.site.example/demo?utm_source=baidu&utm_medium=cpc&keyword=x&bd_vid=v1",
    "https://www.site.example/?gclid=g1",
    "https://www.site.example/?gclid=g2&utm_source=google",
    "https://www.site.example/?utm_source=baidu&utm_medium=cpc&plan=p&e_keywordid=k1&bd_vid=v2",
    "https://www.site.example/?utm_source=360&utm_medium=cpc&qh_unitid=u1&qh_keywordid=k1&qhclickid=q1",
)
REFERRERS = (
    "",
    "https://www.site.example/",
    "https://www.google.com/",
    "https://www.zhihu.com/",
    "https://sso.customer.example/",
    "https://www-site-example.cdn.ampproject.org/",
)
# Often so near that visits form, often days apart.
TIMES = st.integers(0, 40 * f.DAY) | st.integers(0, 2 * f.HOUR)
OTHERS = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)


@st.composite
def any_fact(draw: Any) -> Fact:
    at = draw(TIMES)
    device, lead = draw(st.sampled_from(DEVICES)), draw(st.sampled_from(LEADS))
    others = draw(OTHERS)
    url = draw(st.sampled_from(URLS)) + "#" * draw(st.sampled_from([0, 0, 1, 400, 1500]))
    pair = draw(st.lists(st.sampled_from(DEVICES + NAMES + LEADS), min_size=2, max_size=2, unique=True))
    referrer = draw(st.sampled_from(REFERRERS))
    dwell = draw(st.sampled_from([1000, 45 * f.MINUTE, f.DAY]))
    stage = draw(st.sampled_from(["MQL", "SQL", "won", "unheard of"]))
    deal, other_deal = draw(st.permutations(DEALS))[:2]
    people = draw(st.lists(st.sampled_from(LEADS), min_size=1, unique=True))
    makers = [
        lambda: f.page(device, at, url, referrer=referrer),
        lambda: f.tracked(device, at, "anything"),
        lambda: f.form(device, at, url=url, referrer=referrer),
        lambda: f.identified(device, at, *others, url=url),
        lambda: f.tracked(NAMES[-1], at, "anything", url=url),
        lambda: f.page(device, at, url, others=tuple(others)),
        lambda: f.dwell(device, at, url, dwell),
        lambda: f.form(device, at, *others),
        lambda: f.lead(lead, at, *others, device),
        lambda: f.lead(lead, at, *others),
        lambda: f.stage(lead, at, stage),
        lambda: f.merged(LEADS[0], at, LEADS[1]),
        lambda: f.deal("deal:crm:9", at, stage, *people, amount_minor=100, currency="CNY"),
        lambda: f.poc("deal:crm:9", at, started_at=f.START + at),
        lambda: f.deal(other_deal, at, stage, *people, amount_minor=70, currency="EUR"),
        lambda: f.deleted(deal, at),
        lambda: f.deleted(deal, at, other_deal, continued=draw(st.booleans())),
        lambda: f.restored(deal, at),
        lambda: f.joined(deal, at, *people),
        lambda: f.unlinked(deal, at, *people),
        lambda: f.converted(lead, at, draw(st.sampled_from([*DEALS, ""]))),
        lambda: f.deleted(lead, at),
        lambda: f.restored(lead, at),
        lambda: f.told(lead, at, landing_url=url),
        lambda: f.told(lead, at, which="first", tags={"gclid": "g1", "utm_campaign": stage}),
        lambda: f.click("g1", at, campaign="c", keyword="k"),
        lambda: f.listed("baidu", "k1", at, keyword="k", ad_group=stage),
        lambda: f.listed("360", "k1", at, keyword="k", ad_group=stage, ad_group_id="u1"),
        lambda: f.listed("360", "k1", at, keyword="k", ad_group=stage),
        lambda: f.link_click(device, at, url, *others),
        lambda: f.attended("email:a", at, "phone:c"),
        lambda: f.split(*pair),
        lambda: f.blocked(pair[0]),
        lambda: f.follow_up(lead, at, category="call"),
    ]
    return draw(st.sampled_from(makers))()


MANY_FACTS = st.lists(any_fact(), max_size=25)


def outcome(policy: Policy, fed: list[Encoded], batch: int = 1, pause: int = 0) -> tuple[object, object]:
    """What the pipeline ends in; `pause` records in between each drain, or all at once."""
    replay = Replay(policy)
    for start in range(0, len(fed), pause or len(fed) or 1):
        replay.feed(fed[start : start + (pause or len(fed))])
        replay.drain(batch)
    journeys = {person: replace(journey, version=0) for person, journey in replay.living().items()}
    deals = {deal: replace(snapshot, version=0) for deal, snapshot in replay.opportunities.items()}
    return journeys, deals


@settings(max_examples=150)
@given(known=MANY_FACTS, seed=st.integers(0, 1 << 30), batch=st.integers(1, 12), pause=st.integers(0, 7))
def test_order_repetition_and_batches_change_nothing(
    policy: Policy, known: list[Fact], seed: int, batch: int, pause: int
) -> None:
    fed = f.records(*known)
    chaos = Random(seed)
    disturbed = fed + chaos.choices(fed, k=len(fed)) if fed else []
    chaos.shuffle(disturbed)
    assert outcome(policy, disturbed, batch, pause) == outcome(policy, fed)


BOUNDS = st.sampled_from(
    [
        {"first_facts": 2, "last_facts": 1},
        {"first_bytes": 1, "last_bytes": 700},
        {"first_facts": 3, "last_facts": 5, "first_bytes": 1500, "last_bytes": 2500},
    ]
)


@settings(max_examples=150)
@given(known=MANY_FACTS, bounds=BOUNDS, seed=st.integers(0, 1 << 30), batch=st.integers(1, 12))
def test_bounded_state_ends_the_same_too(
    policy: Policy, known: list[Fact], bounds: dict[str, int], seed: int, batch: int
) -> None:
    tight = policy.model_copy(update={"bounds": policy.bounds.model_copy(update=bounds)})
    fed = f.records(*known)
    chaos = Random(seed)
    disturbed = fed + chaos.choices(fed, k=len(fed)) if fed else []
    chaos.shuffle(disturbed)
    assert outcome(tight, disturbed, batch) == outcome(tight, fed)


@settings(max_examples=60)
@given(known=MANY_FACTS)
def test_every_fact_is_in_exactly_one_journey(policy: Policy, known: list[Fact]) -> None:
    """Nothing is lost and nothing is doubled: each device's page views are touchpoints of one person only."""
    replay = Replay(policy)
    replay.feed(f.records(*known))
    replay.drain()
    touchpoints = [touch.id for journey in replay.living().values() for touch in journey.touchpoints]
    assert len(touchpoints) == len(set(touchpoints))
    visits = sum(touch.pages for journey in replay.living().values() for touch in journey.touchpoints)
    assert visits == len({fact.event_id for fact in known if fact.type == "page_viewed"})


@settings(max_examples=40)
@given(known=MANY_FACTS, seed=st.integers(0, 1 << 30))
def test_a_full_replay_on_top_of_what_is_known_changes_nothing(
    policy: Policy, known: list[Fact], seed: int
) -> None:
    fed = f.records(*known)
    again = list(fed)
    Random(seed).shuffle(again)
    assert outcome(policy, fed + again, 3, len(fed)) == outcome(policy, fed)
