"""People and deals made at random: visitors, leads, machines, our own people, buying groups."""

from collections.abc import Iterator
from datetime import UTC
from random import Random

import facts as f
from played import play

from attribution.policy import Policy
from schemas.envelope import Fact, record_version
from schemas.journey import Journey, Opportunity
from sinks.clickhouse import ClickHouse
from sinks.rows import COLUMNS, ad_performance_row, event_row, rows_of_journey, snapshot_row

SITE = "https://www.site.example"
SOURCES = (
    f"{SITE}/?utm_source=baidu&utm_medium=cpc&utm_campaign=brand&unit=core&bd_vid=1&keyword=lineage",
    f"{SITE}/?utm_source=baidu&utm_medium=cpc&utm_campaign=brand&unit=core&bd_vid=1&keyword=catalog",
    f"{SITE}/?utm_source=zhihu&utm_medium=article&utm_campaign=know&utm_content=guide&author=editor",
    f"{SITE}/prices",
)
CRAWLER = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
OURS = "own.example"
PEOPLE, DEALS = 60, 40


def somebody(random: Random, number: int) -> Iterator[Fact]:
    """A visitor, mostly known to the CRM: before the first visit, after it, or without any; or a machine."""
    browser, lead, email = f"anon:{number}", f"crm:hub:{number}", f"email:{number}"
    for _ in range(random.randrange(5)):
        agent = CRAWLER if random.random() < 0.2 else "Mozilla/5.0 (Macintosh) Safari/605.1"
        yield f.page(browser, random.randrange(60 * f.DAY), random.choice(SOURCES), user_agent=agent)
    if random.random() < 0.3:
        return
    yield f.form(browser, random.randrange(60 * f.DAY), email, url=f"{SITE}/demo")
    domain = random.choice(("a.example", "b.example", "c.example", "qq.com", OURS if number % 9 == 0 else ""))
    account = random.choice(("", "acc-1", "acc-2"))
    at = random.randrange(60 * f.DAY)
    created = {"created_at": f.START + at - random.randrange(20) * f.DAY}
    yield f.lead(lead, at, email, email_domain=domain, account_id=account, company="Company", **created)
    for word, chance in (("MQL", 0.6), ("SQL", 0.3), ("Nurture", 0.1)):
        if random.random() < chance:
            at += random.randrange(1, 20 * f.DAY)
            yield f.stage(lead, at, word)
    if random.random() < 0.4:
        yield f.follow_up(lead, at + f.HOUR, category="call")


def something_sold(random: Random, number: int) -> Iterator[Fact]:
    """A deal with up to three people, some of whom nobody knows; won, lost, opened again, or still open."""
    deal, at = f"deal:hub:{number}", random.randrange(80 * f.DAY)
    people = [f"crm:hub:{random.randrange(PEOPLE + 5)}" for _ in range(random.randrange(4))]
    more = {
        "currency": random.choice(("CNY", "CNY", "USD", "JPY", "")),
        "amount_minor": random.randrange(10**8),
    }
    more["account_id"] = random.choice(("", "acc-1", "acc-3"))
    yield f.deal(deal, at, "opportunity", *people, **more)
    for word in random.choice(
        ((), ("POC",), ("won",), ("POC", "won"), ("lost",), ("won", "Negotiation"), ("lost", "won"))
    ):
        at += random.randrange(1, 20 * f.DAY)
        yield f.deal(deal, at, word, reason="price")


def load(client: ClickHouse, policy: Policy, seed: int) -> tuple[list[Journey], list[Opportunity]]:
    """Put them into the tables of a database that is empty; returns what the core derives of them."""
    random = Random(seed)
    told = [fact for number in range(PEOPLE) for fact in somebody(random, number)]
    told += [fact for number in range(DEALS) for fact in something_sold(random, number)]
    own = policy.internal.model_copy(update={"email_domains": frozenset({OURS})})
    replay = play(policy.model_copy(update={"internal": own}), *told, batch=50)
    journeys = list(replay.living().values())
    deals = [deal for deal in replay.opportunities.values() if not deal.is_deleted]
    ads = [f.ad_day("2026-01-05", "lineage", 10), f.ad_day("2026-01-06", "", 5, currency="USD")]
    ads.append(f.ad_day("2026-01-05", "video", 7, platform="meta", currency="JPY"))
    client.insert("events", COLUMNS["events"], [event_row(fact, record_version(fact)) for fact in told])
    published_at = f.START + 365 * f.DAY
    rows = zip(*(rows_of_journey(each, published_at, UTC) for each in journeys), strict=True)
    for some in rows:
        table = some[0][0]
        client.insert(table, COLUMNS[table], [row for _, row in some])
    client.insert("opportunities", COLUMNS["opportunities"], [snapshot_row(deal) for deal in deals])
    client.insert("ad_performance", COLUMNS["ad_performance"], [ad_performance_row(ad, 1) for ad in ads])
    return journeys, deals
