"""Baidu's report service (OpenApiReportService): keywords of search ads by day, with their campaigns.

Its envelope, columns and kinds of reports are those of the vendor's documentation (dev2.baidu.com). That
spend is told in yuan, and that a failure about the token is one whose message names it, is not said there.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from producers.sem.amounts import Amounts
from producers.sem.places import placed
from producers.sem.pull.platform import Account, PulledRow, PullError, TellsNoClicks, UnsettledError
from producers.sem.pull.tokens import Fetch, Granted, Tokens
from producers.sem.pull.told import count_in, day_in, mapping_in, micros_in, names_of, rows_in, text_of
from producers.sem.pull.web import Answer, Web, words

PAGE: Final = 1_000
_CAMPAIGN: Final = {"campaign": "campaignNameStatus", "campaign_id": "campaignId"}
_KEYWORD: Final = {
    **_CAMPAIGN,
    "ad_group": "adGroupNameStatus",
    "ad_group_id": "adGroupId",
    "keyword": "wInfoNameStatus",
    "keyword_id": "wInfoId",
}
_KINDS: Final = ("mixWmatchEnum", "winfoIdTypeEnum")
_MEASURES: Final = ("impression", "click", "cost")
_MOST_ROWS: Final = 20_000_000
_PASSING: Final = frozenset({3, 4})
_ABOUT_TOKENS: Final = re.compile("(?i)token|授权|令牌")


@dataclass(frozen=True, slots=True)
class _Report:
    """A kind of report: its number, and the columns that tell its rows apart, besides the day."""

    number: int
    columns: Mapping[str, str]
    kinds: tuple[str, ...] = ()

    @property
    def asked(self) -> list[str]:
        return ["date", *self.columns.values(), *self.kinds, *_MEASURES]

    @property
    def sorted_by(self) -> str:
        return self.columns.get("keyword_id", "campaignId")


_KEYWORDS: Final = _Report(2602783, _KEYWORD, _KINDS)
_CAMPAIGNS: Final = _Report(2290316, _CAMPAIGN)
_FEED: Final = _Report(2276038, {"campaign": "campaignName", "campaign_id": "campaignId"})


@dataclass(frozen=True, slots=True)
class Baidu(TellsNoClicks):
    """The search ads of some accounts, and what their feed ads (信息流) cost by campaign if wanted."""

    web: Web
    tokens: Tokens
    accounts: Sequence[Account]
    url: str = "https://api.baidu.com"
    has_feed: bool = False
    name: str = "baidu"
    days_at_once: int = 7

    @property
    def covers_all(self) -> bool:
        """Without feed ads, files may have told of campaigns that are none of search."""
        return self.has_feed

    async def rows(self, account: Account, first: date, last: date) -> AsyncIterator[Sequence[PulledRow]]:
        """Yield keywords by day, and what their campaigns cost in all. Raises PullError, UnsettledError."""
        for report in (_KEYWORDS, _CAMPAIGNS, *((_FEED,) if self.has_feed else ())):
            async for page in self._pages(account, report, first, last):
                yield [self._row(account, report, row, first, last) for row in page]

    def _row(
        self, account: Account, report: _Report, row: Mapping[str, Any], first: date, last: date
    ) -> PulledRow:
        day, names = day_in(row, "date", first, last), names_of(row, report.columns)
        place = placed(
            self.name,
            day,
            names,
            account=account.name,
            currency="CNY",
            match_type=text_of(row, "mixWmatchEnum"),
        )
        told = (
            str(report.number),
            day.isoformat(),
            *(text_of(row, name) for name in report.columns.values()),
        )
        part = "\x1f".join((*told, *(text_of(row, kind) for kind in report.kinds)))
        amounts = Amounts(count_in(row, "impression"), count_in(row, "click"), micros_in(row, "cost"))
        return PulledRow(part, place, amounts, is_whole=report is not _KEYWORDS)

    async def _pages(
        self, account: Account, report: _Report, first: date, last: date
    ) -> AsyncIterator[list[Mapping[str, Any]]]:
        """Yield the rows page by page; a total that changes, or too few rows, is told anew."""
        told, expected = 0, None
        while expected is None or told < expected:
            document = {
                "reportType": report.number,
                "timeUnit": "DAY",
                "startDate": first.isoformat(),
                "endDate": last.isoformat(),
                "columns": report.asked,
                "sorts": [
                    {"column": "date", "sortRule": "ASC"},
                    {"column": report.sorted_by, "sortRule": "ASC"},
                ],
                "filters": [],
                "startRow": told,
                "rowCount": PAGE,
                "needSum": False,
            }
            data = _data_in(await self._ask(account, document))
            rows, total = rows_in(data.get("rows"), "rows"), count_in(data, "totalRowCount")
            if total > _MOST_ROWS:
                raise PullError(f"the platform says that there are {total:,} rows, which can't be")
            if expected is not None and total != expected:
                raise UnsettledError("the number of rows changed while they were told")
            expected = total
            if told + len(rows) > total or (not rows and told < total):
                raise UnsettledError(f"the platform tells {told + len(rows):,} rows of {total:,}")
            told += len(rows)
            yield rows

    async def _ask(self, account: Account, document: Mapping[str, Any]) -> Mapping[str, Any]:
        token = await self.tokens.access()
        answer = await self._once(account, document, token)
        if _refuses_token(answer):
            renewed = await self.tokens.after(token)
            if renewed != token:
                answer = await self._once(account, document, renewed)
        if answer.status >= 400 and not isinstance(answer.body, dict):
            raise PullError(f"Baidu refuses (HTTP {answer.status})")
        envelope = mapping_in(answer.body, "header")
        if count_in(mapping_in(envelope.get("header"), "header"), "status") != 0:
            raise PullError(f"Baidu refuses: {_failure(answer)}")
        return mapping_in(envelope.get("body"), "body")

    async def _once(self, account: Account, document: Mapping[str, Any], token: str) -> Answer:
        return await self.web.ask(
            f"{self.url}/json/sms/service/OpenApiReportService/getReportData",
            document={"header": {"userName": account.id, "accessToken": token}, "body": document},
            passing=_passing,
        )


def refreshing(web: Web, url: str, app_id: str, secret: str, user_id: str) -> Fetch:
    """Return what fetches an access token of Baidu with a refresh token, which it exchanges for another."""

    async def fetch(refresh: str) -> Granted:
        document = {
            "appId": app_id,
            "refreshToken": refresh,
            "secretKey": secret,
            "userId": int(user_id) if user_id.isdigit() else user_id,
        }
        answer = await web.ask(f"{url}/oauth/refreshToken", document=document)
        told = answer.body if isinstance(answer.body, dict) else {}
        data = told.get("data")
        if told.get("code") != 0 or not isinstance(data, dict) or not data.get("accessToken"):
            why = words(told.get("message") or f"HTTP {answer.status}")
            raise PullError(
                f"Baidu gives no access token ({why}): authorise the app anew and set what it gives"
            )
        seconds = count_in(data, "expiresIn") or 3_600
        return Granted(text_of(data, "accessToken"), float(seconds), text_of(data, "refreshToken"))

    return fetch


def _header(answer: Answer) -> Mapping[str, Any]:
    header = answer.body.get("header") if isinstance(answer.body, dict) else None
    return header if isinstance(header, dict) else {}


def _passing(answer: Answer) -> float | None:
    """A system error may pass; what is refused stays so."""
    return 0.0 if _header(answer).get("status") in _PASSING and not _refuses_token(answer) else None


def _refuses_token(answer: Answer) -> bool:
    if answer.status == 401:
        return True
    return _header(answer).get("status") not in (None, 0) and bool(_ABOUT_TOKENS.search(_failure(answer)))


def _failure(answer: Answer) -> str:
    header = _header(answer)
    failures = header.get("failures") or header.get("errors")
    first = failures[0] if isinstance(failures, list) and failures and isinstance(failures[0], dict) else {}
    said = first.get("message") or header.get("desc") or f"HTTP {answer.status}"
    code = f" (code {words(first['code'], 20)})" if first.get("code") is not None else ""
    return f"{words(said)}{code}"


def _data_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the only report of an answer: a list of one, or itself."""
    data = body.get("data")
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    return mapping_in(data, "data")
