"""A pull of a million keyword days: how long it takes, and how much memory, whatever the account's size.

`python -m bench.pulling [--days 7] [--keywords 142858]` pulls them page by page over HTTP from a process that
plays Baidu's report service, then once more when all of it is known and a hundredth has changed.
"""

import argparse
import asyncio
import multiprocessing
import resource
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
from aiohttp import web

from producers.privacy.facts import record_of
from producers.privacy.personal_data import Tokeniser
from producers.sem.amounts import Amounts
from producers.sem.facts import Place
from producers.sem.pull.accounts import Means, Outcome, Wishes, pull_all
from producers.sem.pull.baidu import Baidu
from producers.sem.pull.platform import Account, PullError
from producers.sem.pull.tokens import Granted, Nowhere, Tokens
from producers.sem.pull.web import Web
from schemas.envelope import Fact
from schemas.topics import SEM

FIRST = date(2026, 11, 1)
KEYWORDS_REPORT = 2602783
ACCOUNT = Account("acme", "acme")


def main() -> None:
    """Print what both pulls took."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--days", type=int, default=7)
    arguments.add_argument("--keywords", type=int, default=142_858)
    given = arguments.parse_args()
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(theirs, given.keywords), daemon=True
    )
    server.start()
    port = mine.recv()
    before = peak()
    print(f"{given.days * given.keywords:,} keyword days, resident before: {before:,.0f} MB", flush=True)
    for store in (Counting(given.keywords, known=False), Counting(given.keywords, known=True)):
        began, worked = time.monotonic(), time.process_time()
        (outcome,) = asyncio.run(pull(port, given.days, store))
        seconds, worked = time.monotonic() - began, time.process_time() - worked
        print(
            f"{'known already' if store.known else 'new':<14} {seconds:>6.0f} s, "
            f"{worked:>6.0f} s of a processor, "
            f"{outcome.rows / seconds:>8,.0f} rows/s, "
            f"{store.published:>9,} facts told, peak {peak():>5,.0f} MB {outcome.error}",
            flush=True,
        )
    server.terminate()


class Counting:
    """Publishes to nowhere, and knows either nothing or all but each hundredth keyword's cost."""

    def __init__(self, keywords: int, *, known: bool) -> None:
        self.known = known
        self.published = 0
        self._keywords = keywords
        self._tokeniser = Tokeniser("a key of this measurement")

    def publish(self, facts: Iterable[Fact]) -> None:
        """Make the records, as for a broker."""
        for fact in facts:
            record_of(fact, SEM.name, self._tokeniser)
            self.published += 1

    def newest_day(self, _platform: str, _account: str) -> date | None:
        """Nothing: the days are named."""
        return None

    def rows(self, platform: str, account: str, first: date, last: date) -> Iterator[tuple[Place, Amounts]]:
        """Yield what is known, as ClickHouse does: row by row."""
        day = first
        while self.known and day <= last:
            for number in range(self._keywords):
                told = row_of(number)
                place = Place(
                    platform=platform, day=day, account=account, campaign=told["campaignNameStatus"],
                    ad_group=told["adGroupNameStatus"], keyword=told["wInfoNameStatus"],
                    keyword_id=str(told["wInfoId"]), match_type="phrase", currency="CNY",
                )  # fmt: skip
                yield place, Amounts(told["impression"], told["click"], 3_500_000 + (number % 100 == 0))
            day += timedelta(days=1)

    def unnamed(self, _platform: str, _first: date, _last: date) -> int:
        """None."""
        return 0


async def pull(port: int, days: int, store: Counting) -> list[Outcome]:
    """Pull all days at once, the largest span that there may be."""

    async def fetch(_: str) -> Granted:
        raise PullError("nobody logs in here")

    means = Means(
        known=store, publish=store.publish, clean=Tokeniser("a key of this measurement").scrub,
        now=lambda: time.time_ns() // 1_000_000, zone=UTC,
    )  # fmt: skip
    async with aiohttp.ClientSession() as session:
        tokens = Tokens("", fetch, Nowhere(), "token")
        baidu = Baidu(Web(session), tokens, [ACCOUNT], f"http://127.0.0.1:{port}", days_at_once=days)
        return await pull_all([baidu], Wishes(since=FIRST, until=FIRST + timedelta(days=days - 1)), means)


def row_of(number: int) -> dict[str, Any]:
    """A keyword of a large account."""
    return {
        "campaignNameStatus": f"计划-{number // 5_000}", "campaignId": 1 + number // 5_000,
        "adGroupNameStatus": f"单元-{number // 50}", "adGroupId": 1 + number // 50,
        "wInfoNameStatus": f"元数据管理 {number}", "wInfoId": 10**10 + number, "mixWmatchEnum": "短语匹配",
        "winfoIdTypeEnum": "关键词", "impression": 100, "click": 4, "cost": 3.5,
    }  # fmt: skip


def serve(told: Connection, keywords: int) -> None:
    """Answer as Baidu's report service does, on any port."""
    asyncio.run(_serve(told, keywords))


async def _serve(told: Connection, keywords: int) -> None:
    async def report(request: web.Request) -> web.Response:
        body = (await request.json())["body"]
        first, last = (date.fromisoformat(body[name]) for name in ("startDate", "endDate"))
        days = (last - first).days + 1
        of_keywords = body["reportType"] == KEYWORDS_REPORT
        total = days * keywords if of_keywords else 0
        numbers = range(body["startRow"], min(body["startRow"] + body["rowCount"], total))
        rows = [
            {"date": (first + timedelta(days=n // keywords)).isoformat()} | row_of(n % keywords)
            for n in numbers
        ]
        data = {"rows": rows, "rowCount": len(rows), "totalRowCount": total}
        return web.json_response({"header": {"status": 0}, "body": {"data": [data]}})

    app = web.Application()
    app.router.add_post("/json/sms/service/OpenApiReportService/getReportData", report)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.send(runner.addresses[0][1])
    await asyncio.Event().wait()


def peak() -> float:
    """The most memory that this process had resident, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
