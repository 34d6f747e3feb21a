"""Microsoft Advertising's reports over HTTP (Submit, Poll, a zipped file): keywords and campaigns.

A report is asked for with complete data only, and without header and footer; where Success comes without the
file's address, there is nothing to report.
"""

import csv
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final

from producers.sem.amounts import Amounts
from producers.sem.places import placed
from producers.sem.pull.platform import Account, PulledRow, PullError, TellsNoClicks
from producers.sem.pull.tokens import Fetch, Granted, Tokens
from producers.sem.pull.told import count_in, day_in, mapping_in, micros_in, names_of, text_of
from producers.sem.pull.web import Answer, Web, words

_CAMPAIGN: Final = {"campaign": "CampaignName", "campaign_id": "CampaignId"}
_KEYWORD: Final = {
    **_CAMPAIGN,
    "ad_group": "AdGroupName",
    "ad_group_id": "AdGroupId",
    "keyword": "Keyword",
    "keyword_id": "KeywordId",
}
_MEASURES: Final = ("Impressions", "Clicks", "Spend", "CurrencyCode")
_ROWS_AT_ONCE: Final = 5_000
_MOST_UNPACKED: Final = 16 << 30
_MOST_POLLS: Final = 60
_FIRST_POLL, _LONGEST_POLL = 3.0, 120.0
# What the service says in words of its own: codes of https://learn.microsoft.com/advertising/guides/operation-error-codes
_TOKEN_ENDED: Final = frozenset({"105", "109", "AuthenticationTokenExpired", "InvalidCredentials"})
_TOO_MANY: Final = {"117": 60.0, "CallRateExceeded": 60.0, "207": 120.0, "ConcurrentRequestOverLimit": 120.0}
_NOT_READY: Final = frozenset({"2004", "NoCompleteDataAvaliable", "NoCompleteDataAvailable"})


@dataclass(frozen=True, slots=True)
class _Report:
    """A kind of report, and the columns that tell its rows apart, besides the day."""

    kind: str
    columns: Mapping[str, str]
    more: tuple[str, ...] = ()

    @property
    def asked(self) -> list[str]:
        return ["TimePeriod", *self.columns.values(), *self.more, *_MEASURES]


_KEYWORDS: Final = _Report("KeywordPerformanceReportRequest", _KEYWORD, ("BidMatchType",))
_CAMPAIGNS: Final = _Report("CampaignPerformanceReportRequest", _CAMPAIGN)


@dataclass(frozen=True, slots=True)
class Microsoft(TellsNoClicks):
    """Some accounts of one customer; `time_zone` is Microsoft's name of the zone in which it cuts days."""

    web: Web
    tokens: Tokens
    accounts: Sequence[Account]
    developer_token: str = field(repr=False)
    customer: str
    time_zone: str
    url: str = "https://reporting.api.bingads.microsoft.com"
    name: str = "microsoft"
    days_at_once: int = 7
    covers_all: bool = True

    async def rows(self, account: Account, first: date, last: date, /) -> AsyncIterator[Sequence[PulledRow]]:
        """Yield keywords by day, and what their campaigns cost in all. Raises PullError."""
        for report in (_KEYWORDS, _CAMPAIGNS):
            with tempfile.TemporaryDirectory(prefix="leadtrace-") as folder:
                path = Path(folder, "report.zip")
                if not await self._fetched(account, report, first, last, path):
                    continue
                for rows in _read(path, report):
                    yield [self._row(account, report, row, first, last) for row in rows]

    def _row(
        self, account: Account, report: _Report, row: Mapping[str, str], first: date, last: date
    ) -> PulledRow:
        day, names = day_in(row, "TimePeriod", first, last), names_of(row, report.columns)
        place = placed(
            self.name,
            day,
            names,
            account=account.name,
            currency=text_of(row, "CurrencyCode"),
            match_type=text_of(row, "BidMatchType"),
        )
        told = (
            report.kind,
            day.isoformat(),
            *(row[column] for column in (*report.columns.values(), *report.more)),
        )
        amounts = Amounts(count_in(row, "Impressions"), count_in(row, "Clicks"), micros_in(row, "Spend"))
        return PulledRow("\x1f".join(told), place, amounts, is_whole=report is _CAMPAIGNS)

    async def _fetched(self, account: Account, report: _Report, first: date, last: date, path: Path) -> bool:
        """Write the file of a report to a path; whether there is anything to report."""
        submitted = await self._ask(
            account, "Submit", {"ReportRequest": self._request(account, report, first, last)}
        )
        told = {"ReportRequestId": text_of(submitted, "ReportRequestId")}
        if not told["ReportRequestId"]:
            raise PullError("Microsoft takes a report and gives it no number: pull again later")
        wait = _FIRST_POLL
        for _ in range(_MOST_POLLS):
            answer = await self._ask(account, "Poll", told)
            status = mapping_in(answer.get("ReportRequestStatus"), "ReportRequestStatus")
            match text_of(status, "Status"):
                case "Success":
                    # Its address lives for five minutes.
                    if url := text_of(status, "ReportDownloadUrl"):
                        await self.web.download(url, path)
                    return bool(url)
                case "Pending" | "InProgress":
                    await self.web.sleep(wait)
                    wait = min(wait * 1.5, _LONGEST_POLL)
                case other:
                    raise PullError(f"Microsoft can't make the report (status {words(other, 40) or 'none'})")
        raise PullError("Microsoft has not made the report for more than an hour: pull again later")

    def _request(self, account: Account, report: _Report, first: date, last: date) -> Mapping[str, Any]:
        return {
            "Type": report.kind,
            "ReportName": "leadtrace",
            "Format": "Csv",
            "FormatVersion": "2.0",
            "ExcludeColumnHeaders": False,
            "ExcludeReportHeader": True,
            "ExcludeReportFooter": True,
            "ReturnOnlyCompleteData": True,
            "Aggregation": "Daily",
            "Columns": report.asked,
            "Scope": {"AccountIds": [int(account.id) if account.id.isdigit() else account.id]},
            "Time": {
                "CustomDateRangeStart": _date(first),
                "CustomDateRangeEnd": _date(last),
                "ReportTimeZone": self.time_zone,
            },
        }

    async def _ask(self, account: Account, operation: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        token = await self.tokens.access()
        answer = await self._once(account, operation, document, token)
        if answer.status == 401 or _codes(answer) & _TOKEN_ENDED:
            renewed = await self.tokens.after(token)
            if renewed != token:
                answer = await self._once(account, operation, document, renewed)
        if _codes(answer) & _NOT_READY:
            raise PullError("Microsoft has not all of these days yet: pull again later")
        if answer.status != 200:
            raise PullError(f"Microsoft refuses (HTTP {answer.status}): {_failure(answer)}")
        return mapping_in(answer.body, "answer")

    async def _once(
        self, account: Account, operation: str, document: Mapping[str, Any], token: str
    ) -> Answer:
        return await self.web.ask(
            f"{self.url}/Reporting/v13/GenerateReport/{operation}",
            document=document,
            headers={
                "Authorization": f"Bearer {token}",
                "DeveloperToken": self.developer_token,
                "CustomerId": self.customer,
                "CustomerAccountId": account.id,
            },
            passing=lambda answer: max(
                (_TOO_MANY[code] for code in _codes(answer) & _TOO_MANY.keys()), default=None
            ),
        )


def refreshing(web: Web, url: str, client_id: str, client_secret: str) -> Fetch:
    """Return what fetches an access token of Microsoft with a refresh token, which is exchanged."""

    async def fetch(refresh: str) -> Granted:
        form = {
            "client_id": client_id,
            "refresh_token": refresh,
            "grant_type": "refresh_token",
            "scope": "https://ads.microsoft.com/msads.manage offline_access",
        }
        if client_secret:
            form["client_secret"] = client_secret
        answer = await web.ask(f"{url}/common/oauth2/v2.0/token", form=form)
        told = answer.body if isinstance(answer.body, dict) else {}
        if answer.status != 200 or not told.get("access_token"):
            why = words(told.get("error") or f"HTTP {answer.status}")
            raise PullError(f"Microsoft gives no access token ({why}): log in anew and set the refresh token")
        seconds = float(count_in(told, "expires_in") or 3_600)
        return Granted(text_of(told, "access_token"), seconds, text_of(told, "refresh_token"))

    return fetch


def _date(day: date) -> Mapping[str, int]:
    return {"Day": day.day, "Month": day.month, "Year": day.year}


def _errors(answer: Answer) -> list[Mapping[str, Any]]:
    """What the service says is wrong, wherever it says it."""
    body = answer.body if isinstance(answer.body, dict) else {}
    lists = [body.get(name) for name in ("Errors", "OperationErrors", "BatchErrors")]
    return [each for errors in lists if isinstance(errors, list) for each in errors if isinstance(each, dict)]


def _codes(answer: Answer) -> frozenset[str]:
    if answer.status == 200:
        return frozenset()
    return frozenset(str(error.get(name)) for error in _errors(answer) for name in ("Code", "ErrorCode"))


def _failure(answer: Answer) -> str:
    errors = _errors(answer)
    if not errors:
        return "it doesn't say why"
    code = errors[0].get("ErrorCode", errors[0].get("Code"))
    return f"{words(errors[0].get('Message', ''))} ({words(code, 60)})"


def _read(path: Path, report: _Report) -> Iterator[list[Mapping[str, str]]]:
    """Yield the rows of a zipped file, some at once; its only file is read as it is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            (entry,) = archive.infolist()
            if entry.file_size > _MOST_UNPACKED:
                raise PullError(f"a report unpacks to {entry.file_size >> 30} GB, which none does")
            with archive.open(entry) as packed, io.TextIOWrapper(packed, "utf-8-sig", newline="") as lines:
                table = csv.reader(lines)
                header = next(table, [])
                if missing := [name for name in report.asked if name not in header]:
                    raise PullError(f"Microsoft's report lacks the column {missing[0]}")
                while rows := list(islice(table, _ROWS_AT_ONCE)):
                    if any(len(row) != len(header) for row in rows):
                        raise PullError("Microsoft's report has a row of another width than its header")
                    yield [dict(zip(header, row, strict=True)) for row in rows]
    except (zipfile.BadZipFile, ValueError, EOFError, csv.Error, NotImplementedError, RuntimeError) as error:
        raise PullError(f"the file of Microsoft's report can't be read ({type(error).__name__})") from None
