"""The two stories that every market tells, told always in the same way."""

import uuid
from typing import Any

from market.catalog import Catalog
from market.deals import OPENED, PASSED, QUOTED, TRIED, WON
from market.model import Contact, DealChange, FollowUp, Lead, Source, StageChange, Visit
from market.reading import told_at
from market.sales import ACCEPTED, NEW, QUALIFIED, account_of, at_work
from market.times import DAY_MS, HOUR_MS, MINUTE_MS

NANJING = 9_000_001
READER = 9_000_002
STORIES = (("nanjing", NANJING), ("reader", READER))
SHORTEST_DAYS = 60
NANJING_CONTACT = Contact(
    email="u9000001@corp-9000001.example", phone="19909000001", company="南京示例装备公司9000001"
)
READER_CONTACT = Contact(email="u9000002@corp-9000002.example", company="苏州示例软件公司9000002")
NANJING_LEAD, READER_LEAD, NANJING_DEAL = "L900001", "L900002", "D90001"
ARTICLE = "metadata-ten-questions"
KEYWORD = "元数据管理"
NANJING_COOKIE, READER_PHONE_COOKIE, READER_DESK_COOKIE = (
    str(uuid.UUID(int=(0x5107 << 112) + number, version=4)) for number in (1, 2, 3)
)


def story_visits(catalog: Catalog, start_ms: int) -> tuple[Visit, ...]:
    """Return the visits of both stories; their numbers lie above all others."""
    return (
        _visit(
            1,
            NANJING,
            _at(start_ms, 5, 10, 12, 41_137),
            _ad(catalog),
            plan=(("/product/metadata", 96_000), ("/product/lineage", 61_000), ("/pricing", 34_000)),
        ),
        _visit(
            2,
            READER,
            _at(start_ms, 6, 20, 31, 5_219),
            _article(catalog),
            anon=READER_PHONE_COOKIE,
            plan=((f"/blog/{ARTICLE}", 184_000), ("/subscribe", 26_000)),
            form="newsletter",
            contact=Contact(email=READER_CONTACT.email),
        ),
        _visit(
            3,
            NANJING,
            _at(start_ms, 8, 15, 3, 9_481),
            catalog.direct,
            plan=(("/pricing", 73_000), ("/cases/manufacturing", 141_000)),
        ),
        _visit(
            4,
            NANJING,
            _at(start_ms, 12, 9, 40, 22_613),
            next(source for source in catalog.organic if source.name == "baidu"),
            plan=(("/", 18_000), ("/product/metadata", 95_000), ("/demo", 48_000)),
            form="demo",
            contact=NANJING_CONTACT,
        ),
        _visit(
            5,
            READER,
            _at(start_ms, 30, 11, 17, 33_871),
            catalog.direct,
            anon=READER_DESK_COOKIE,
            plan=(("/", 22_000), ("/register", 41_000)),
            form="register",
            contact=READER_CONTACT,
            user="user-9000002",
            sdk="own",
        ),
    )


def story_leads(visits: tuple[Visit, ...], seed: int) -> tuple[Lead, ...]:
    """Return the CRM leads of both stories, entered soon after the forms."""
    demo, registration = visits[3], visits[4]
    return (
        Lead(
            id=NANJING_LEAD,
            person=NANJING,
            created_at=at_work(told_at(demo, seed) + 20 * MINUTE_MS),
            contact=NANJING_CONTACT,
            account=account_of(NANJING_CONTACT.company),
            owner="销售一组",
            said_source="官网-演示申请",
            visitor=NANJING_COOKIE,
        ),
        Lead(
            id=READER_LEAD,
            person=READER,
            created_at=at_work(told_at(registration, seed) + 35 * MINUTE_MS),
            contact=READER_CONTACT,
            account=account_of(READER_CONTACT.company),
            owner="销售二组",
            said_source="官网-注册",
            by_webhook=True,
        ),
    )


def story_stages(leads: tuple[Lead, ...], start_ms: int) -> tuple[StageChange, ...]:
    """Return the stages that sales took both leads through."""
    nanjing, reader = leads
    return (
        StageChange(lead=nanjing.id, at=nanjing.created_at, stage=NEW),
        StageChange(lead=nanjing.id, at=_at(start_ms, 13, 10, 30, 0), stage=QUALIFIED),
        StageChange(lead=nanjing.id, at=_at(start_ms, 15, 16, 5, 0), stage=ACCEPTED),
        StageChange(lead=reader.id, at=reader.created_at, stage=NEW),
        StageChange(lead=reader.id, at=_at(start_ms, 31, 9, 20, 0), stage=QUALIFIED),
    )


def story_follow_ups(start_ms: int) -> tuple[FollowUp, ...]:
    """Return the two calls to the company in Nanjing; the reader is never called."""
    return (
        FollowUp(
            lead=NANJING_LEAD,
            at=_at(start_ms, 14, 14, 0, 0),
            category="电话",
            grade="A",
            tags=("决策人", "有预算"),
            owner="销售一组",
        ),
        FollowUp(
            lead=NANJING_LEAD,
            at=_at(start_ms, 18, 10, 0, 0),
            category="拜访",
            grade="A",
            tags=("需演示",),
            owner="销售一组",
        ),
    )


def story_deal(start_ms: int) -> tuple[DealChange, ...]:
    """Return the deal of the company in Nanjing: an offer, a trial that goes well, and a signature."""
    common: dict[str, Any] = {
        "deal": NANJING_DEAL,
        "name": f"{NANJING_CONTACT.company}-数据治理平台",
        "account": account_of(NANJING_CONTACT.company),
        "owner": "销售一组",
        "people": (NANJING_LEAD,),
    }
    trial = _at(start_ms, 27, 9, 0, 0)
    return (
        DealChange(**common, at=_at(start_ms, 20, 11, 0, 0), stage=OPENED, amount=30_000_000),
        DealChange(**common, at=_at(start_ms, 23, 17, 30, 0), stage=QUOTED, amount=28_000_000),
        DealChange(**common, at=trial, stage=TRIED, amount=28_000_000, poc_started_at=trial),
        DealChange(
            **common,
            at=_at(start_ms, 44, 15, 45, 0),
            stage=WON,
            amount=26_800_000,
            poc_started_at=trial,
            poc_ended_at=_at(start_ms, 39, 18, 0, 0),
            poc_result=PASSED,
        ),
    )


def _visit(
    number: int,
    person: int,
    at: int,
    source: Source,
    plan: tuple[tuple[str, int], ...],
    anon: str = NANJING_COOKIE,
    form: str = "",
    contact: Contact | None = None,
    user: str = "",
    sdk: str = "segment",
) -> Visit:
    return Visit(
        number=9_000_000 + number,
        person=person,
        anon=anon,
        at=at,
        source=source,
        shape="plan" if source.keyword else "",
        origin=source.cause,
        pages=len(plan),
        sdk=sdk,
        form=form,
        contact=contact,
        user=user,
        plan=plan,
    )


def _ad(catalog: Catalog) -> Source:
    return next(
        source for source in catalog.ads["baidu"] if source.keyword and source.keyword.text == KEYWORD
    )


def _article(catalog: Catalog) -> Source:
    return next(article.source for article in catalog.articles if article.slug == ARTICLE)


def _at(start_ms: int, day: int, hour: int, minute: int, ms: int) -> int:
    return start_ms + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + ms
