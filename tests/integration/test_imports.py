"""Imports on real servers: a file imported twice changes nothing, a newer report replaces the older."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence

import pytest

from cli.topic_plan import wanted_topics
from producers.attendance.rows import AttendanceOptions
from producers.crm.export import CrmOptions
from producers.crm.shipped import shipped_mapping
from producers.imports import Plan, plan_attendance, plan_crm, plan_sem
from producers.privacy.personal_data import Tokeniser
from producers.publishing.lag import lag_of
from producers.publishing.publisher import Publisher
from producers.publishing.topics import create_topics
from producers.sem.options import SemOptions
from schemas.topics import CRM, SEM, UTM
from settings import Settings
from sinks.broker import GROUP
from sinks.clickhouse import ClickHouse, connect, connect_server
from sinks.loader import Loader
from sinks.migrations import migrate
from sinks.proof import content_hash

pytestmark = pytest.mark.servers

TOKENS = Tokeniser("a key for tests only")
NOW = 1717200000000  # 2024-06-01 08:00 in Shanghai
REPORT = """数据生成时间：{made}
数据生成条件：
1. 时间范围：20240301
2. 推广设备：移动设备，计算机

日期,账户,推广计划,推广单元,关键词,展现,点击,消费,网页转化
2024-03-01,账户A,功能-元数据管理,G-元数据管理,元数据管理,"1,200",30,"{cost}",1
2024-03-01,账户A,品牌,品牌词,某品牌,80,20,10.50,0
2024-03-01,账户A,品牌,品牌词,坏行,many,20,10.50,0
"""
CLICKS = "bd_vid,点击时间,推广单元,关键词\nvid-1,2024-03-01 09:30,G-元数据管理,元数据管理\n"
CRM_EXPORT = (
    "线索ID,创建时间,最后修改时间,邮箱,手机,MQL时间,商机ID,商机创建时间,商机阶段,商机金额,赢单时间\n"
    "L1,2024-03-01 10:00,2024-05-01,a@example-co.cn,13800138017,2024-03-03,D1,2024-03-10,赢单,120万,"
    "2024-04-30\n"
)
ATTENDANCE = "邮箱,公司\na@example-co.cn,某公司\nb@example-co.cn,某公司\n"


def plans(received_at: int, made: str = "2024-03-02 08:00", cost: str = "1,234.56") -> Iterable[Plan]:
    """What the four kinds of files would import."""
    report = REPORT.format(made=made, cost=cost).encode("gbk")
    options = SemOptions(received_at=received_at, as_of=NOW)
    mapping = shipped_mapping("fxiaoke-export")
    salon = AttendanceOptions(received_at=received_at, event="南京沙龙", day="2024-03-20")
    yield plan_sem(report, "report.csv", options)
    yield plan_sem(CLICKS.encode(), "clicks.csv", options, kind="clicks")
    yield plan_crm(CRM_EXPORT.encode(), "crm.csv", mapping, CrmOptions(received_at=received_at), TOKENS)
    yield plan_attendance(ATTENDANCE.encode(), "salon.csv", salon, TOKENS)


class Desk:
    """A publisher, a loader that runs, and the tables it fills."""

    def __init__(self, site: Settings) -> None:
        self.site = site
        self.publisher = Publisher(site)
        self.client: ClickHouse = connect(site)

    def import_all(self, made: Sequence[Plan]) -> None:
        """Publish what the plans say, and return when the loader has written it."""
        for plan in made:
            assert plan.error == ""
            self.publisher.publish(plan.records(TOKENS))
        topics = [self.site.topic_prefix + topic.name for topic in (SEM, CRM, UTM)]
        deadline = time.monotonic() + 60
        while any(lag_of(self.site, {self.site.topic_prefix + GROUP: topics}).values()):
            assert time.monotonic() < deadline, "the loader did not get through"
            time.sleep(0.3)

    def costs(self) -> Sequence[object]:
        """Keyword, impressions, clicks and cost of every row, as a BI tool sees them."""
        found = self.client.query(
            "SELECT keyword, impressions, clicks, cost_micros FROM ad_performance FINAL ORDER BY keyword"
        )
        return list(found.rows)

    def hashes(self) -> Sequence[object]:
        return [content_hash(self.client, table) for table in ("events", "ad_performance", "dead_letters")]


@pytest.fixture
def desk(site: Settings) -> Iterator[Desk]:
    create_topics(site, wanted_topics(site))
    owner = connect_server(site)
    migrate(owner, site)
    owner.close()
    stop = threading.Event()
    loader = threading.Thread(target=Loader(site, stop).run)
    loader.start()
    made = Desk(site)
    yield made
    made.publisher.close()
    made.client.close()
    stop.set()
    loader.join(30)


def test_a_second_run_of_every_import_changes_nothing(desk: Desk) -> None:
    first = list(plans(NOW))
    desk.import_all(first)
    before = desk.hashes()
    facts = sum(len(plan.facts) for plan in first)
    assert desk.client.query("SELECT count() FROM events FINAL").rows[0] == (facts,)
    assert desk.client.query("SELECT count() FROM dead_letters FINAL").rows[0] == (0,)

    desk.import_all(list(plans(NOW + 3_600_000)))

    assert desk.hashes() == before


def test_a_newer_report_replaces_the_cost_and_an_older_one_does_not(desk: Desk) -> None:
    bad_row_left_out = [("元数据管理", 1200, 30, 1_234_560_000), ("某品牌", 80, 20, 10_500_000)]
    desk.import_all(list(plans(NOW)))
    assert desk.costs() == bad_row_left_out

    desk.import_all(list(plans(NOW + 1, made="2024-03-05 08:00", cost="1,300.00")))
    restated = [("元数据管理", 1200, 30, 1_300_000_000), ("某品牌", 80, 20, 10_500_000)]
    assert desk.costs() == restated

    desk.import_all(list(plans(NOW + 2)))
    assert desk.costs() == restated
