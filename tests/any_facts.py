"""Facts of any kind about a few identifiers, as hypothesis makes them up, and bounds that these exceed."""

from typing import Any

import facts as f
from hypothesis import strategies as st

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
# Clicks on tagged links that redirect, and the addresses that they lead to.
TOUCHES = tuple(
    f.link_click(device, at, URLS[4]) for device in DEVICES[:2] for at in (0, 30 * f.MINUTE, 3 * f.DAY)
)
ARRIVALS = tuple(f"{URLS[4]}&lt_click={touch.event_id.replace('-', '')}" for touch in TOUCHES)
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
    url = draw(st.sampled_from(URLS + ARRIVALS)) + "#" * draw(st.sampled_from([0, 0, 1, 400, 1500]))
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
        lambda: draw(st.sampled_from(TOUCHES)),
        lambda: f.attended("email:a", at, "phone:c"),
        lambda: f.contacted("phone:c", at, draw(st.sampled_from(["call", "download"])), *others, url=url),
        lambda: f.split(*pair),
        lambda: f.blocked(pair[0]),
        lambda: f.follow_up(lead, at, category="call"),
    ]
    return draw(st.sampled_from(makers))()


MANY_FACTS = st.lists(any_fact(), max_size=25)

BOUNDS = st.sampled_from(
    [
        {"first_facts": 2, "last_facts": 1},
        {"first_bytes": 1, "last_bytes": 700},
        {"first_facts": 3, "last_facts": 5, "first_bytes": 1500, "last_bytes": 2500},
    ]
)
