"""`leadtrace pull` on real servers: what was imported and what is pulled are the same days."""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner
from fake_baidu import FakeBaidu, keyword

from cli.main import main
from cli.topic_plan import wanted_topics
from cli.variables import environment
from producers.imports import plan_sem
from producers.privacy.personal_data import Tokeniser
from producers.publishing.publisher import Publisher
from producers.publishing.topics import create_topics
from producers.sem.options import SemOptions
from settings import Settings
from sinks.clickhouse import connect, connect_server
from sinks.loader import Loader
from sinks.migrations import migrate

pytestmark = pytest.mark.servers

DAYS = ("2026-03-01", "2026-03-02")
FILE = "日期,账户,推广计划,推广单元,关键词,展现,点击,消费\n" + "".join(
    f"{day},北方,品牌,核心,水泵,100,4,3.50\n" for day in DAYS
)

BY_DAY = "SELECT day, count(), toFloat64(sum(cost)) FROM ad_costs GROUP BY day ORDER BY day"


@pytest.fixture
def fake() -> Iterator[tuple[FakeBaidu, str]]:
    """Baidu, and its address."""
    made, ready, stop = (
        FakeBaidu({"acme": [keyword(day) for day in DAYS]}),
        threading.Event(),
        threading.Event(),
    )
    told: list[str] = []

    def serve() -> None:
        async def run() -> None:
            runner = web.AppRunner(made.app())
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            told.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
            ready.set()
            while not stop.is_set():
                await asyncio.sleep(0.05)
            await runner.cleanup()

        asyncio.run(run())

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait(10)
    yield made, told[0]
    stop.set()
    thread.join(10)


def test_a_day_that_a_file_told_is_replaced_as_a_whole_and_costs_what_it_costs(
    site: Settings, fake: tuple[FakeBaidu, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    create_topics(site, wanted_topics(site))
    owner = connect_server(site)
    migrate(owner, site)
    owner.close()
    stop = threading.Event()
    loader = threading.Thread(target=Loader(site, stop).run)
    loader.start()
    baidu, url = fake
    variables = environment(site) | {
        "LEADTRACE_DATA_DIR": str(tmp_path),
        "LEADTRACE_PULL_BAIDU_ACCOUNTS": "acme=北方",
        "LEADTRACE_PULL_BAIDU_ACCESS_TOKEN": baidu.token,
        "LEADTRACE_PULL_BAIDU_URL": url,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def pull(*words: str) -> str:
        done = CliRunner().invoke(main, ["pull", "baidu", "--until", DAYS[1], *words], prog_name="leadtrace")
        assert done.exit_code == 0, done.output
        return done.stdout

    try:
        publisher, client = Publisher(site), connect(site)
        options = SemOptions(received_at=1_772_500_000_000, as_of=1_772_500_000_000, engine="baidu")
        imported = plan_sem(FILE.encode(), "baidu.csv", options)
        publisher.publish(imported.records(Tokeniser(site.token_key.get_secret_value())))

        def loaded(*rows_and_cost: tuple[int, float]) -> None:
            """Wait until each day has so many rows, and costs that."""
            wanted = [(date.fromisoformat(day), *told) for day, told in zip(DAYS, rows_and_cost, strict=True)]
            deadline = time.monotonic() + 60
            while (told := client.query(BY_DAY).rows) != tuple(wanted):
                assert time.monotonic() < deadline, told
                time.sleep(0.1)

        loaded((1, 3.5), (1, 3.5))
        assert "would change 2, took back 2" in pull("--dry-run")
        assert "baidu 北方: 2026-02-24 to 2026-03-02, 4 rows; changed 2, took back 2" in pull()
        loaded((2, 3.5), (2, 3.5))
        assert "changed 0, took back 0" in pull()
        baidu.rows["acme"] = [keyword(DAYS[0], cost="2.75"), keyword(DAYS[1], "阀门")]
        assert "changed 2, took back 1" in pull()
        loaded((2, 2.75), (3, 3.5))
        publisher.close()
        client.close()
    finally:
        stop.set()
        loader.join(30)
