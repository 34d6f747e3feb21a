"""Google Ads over HTTP (googleAds:search): keywords by day with their campaigns, and clicks with their ids.

Pages of `search` fit into memory, where an answer of `searchStream` need not; asking for a page's size is an
error there. What keywords don't account for (Performance Max, display) stands with its campaign.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from producers.cells.dates import midnight
from producers.sem.amounts import Amounts
from producers.sem.clicks import click_fact
from producers.sem.places import placed
from producers.sem.pull.platform import Account, PulledRow, PullError
from producers.sem.pull.tokens import Fetch, Granted, Tokens
from producers.sem.pull.told import count_in, day_in, mapping_in, names_of, rows_in, text_of
from producers.sem.pull.web import Answer, Web, words
from schemas.sem import AdClicked
from schemas.terms import Millis

_KEYWORDS: Final = (
    "SELECT segments.date, campaign.id, campaign.name, ad_group.id, ad_group.name, "
    "ad_group_criterion.criterion_id, ad_group_criterion.keyword.text, "
    "ad_group_criterion.keyword.match_type, metrics.impressions, metrics.clicks, metrics.cost_micros, "
    "customer.currency_code FROM keyword_view WHERE segments.date BETWEEN '{first}' AND '{last}'"
)
_CAMPAIGNS: Final = (
    "SELECT segments.date, campaign.id, campaign.name, metrics.impressions, metrics.clicks, "
    "metrics.cost_micros, customer.currency_code FROM campaign "
    "WHERE segments.date BETWEEN '{first}' AND '{last}'"
)
_CLICKS: Final = (
    "SELECT click_view.gclid, click_view.keyword, click_view.keyword_info.text, "
    "click_view.keyword_info.match_type, campaign.id, campaign.name, ad_group.id, ad_group.name, "
    "segments.date FROM click_view WHERE segments.date = '{day}'"
)
_PLACES: Final = {
    "campaign": "campaign.name",
    "campaign_id": "campaign.id",
    "ad_group": "adGroup.name",
    "ad_group_id": "adGroup.id",
    "keyword": "adGroupCriterion.keyword.text",
    "keyword_id": "adGroupCriterion.criterionId",
}
_OF_CAMPAIGN: Final = {name: _PLACES[name] for name in ("campaign", "campaign_id")}
_OF_CLICK: Final = {**_PLACES, "keyword": "clickView.keywordInfo.text"}
_CLICKS_KEPT: Final = timedelta(days=90)
_CLICK_ID: Final = re.compile(r"[!-~]{1,250}")
_MOST_PAGES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Google:
    """Some accounts below one login. `manager` is the account through which the login sees them, "" for none.

    `zone` is that of the days of clicks, of which Google tells no more.
    """

    web: Web
    tokens: Tokens
    accounts: Sequence[Account]
    developer_token: str = field(repr=False)
    manager: str
    zone: tzinfo
    url: str = "https://googleads.googleapis.com"
    version: str = "v26"
    has_clicks: bool = True
    name: str = "google"
    days_at_once: int = 7
    covers_all: bool = True

    async def rows(self, account: Account, first: date, last: date, /) -> AsyncIterator[Sequence[PulledRow]]:
        """Yield keywords by day, and what their campaigns cost in all. Raises PullError, UnsettledError."""
        for is_whole, query, columns in ((False, _KEYWORDS, _PLACES), (True, _CAMPAIGNS, _OF_CAMPAIGN)):
            async for page in self._pages(account, query.format(first=first, last=last)):
                flat = [_flat(result) for result in page]
                yield [self._row(account, columns, row, first, last, is_whole=is_whole) for row in flat]

    async def clicks(
        self, account: Account, day: date, received_at: Millis, /
    ) -> AsyncIterator[Sequence[AdClicked]]:
        """Yield the clicks of a day that Google still knows. Raises PullError."""
        kept_since = datetime.fromtimestamp(received_at / 1000, UTC).date() - _CLICKS_KEPT
        if not self.has_clicks or day <= kept_since:
            return
        async for page in self._pages(account, _CLICKS.format(day=day)):
            told = (self._click(account, _flat(result), day, received_at) for result in page)
            yield [click for click in told if click is not None]

    def _row(
        self,
        account: Account,
        columns: Mapping[str, str],
        row: Mapping[str, Any],
        first: date,
        last: date,
        *,
        is_whole: bool,
    ) -> PulledRow:
        day, names = day_in(row, "segments.date", first, last), names_of(row, columns)
        place = placed(
            self.name,
            day,
            names,
            account=account.name,
            currency=text_of(row, "customer.currencyCode"),
            match_type=text_of(row, "adGroupCriterion.keyword.matchType"),
        )
        parts = (str(is_whole), day.isoformat(), *(text_of(row, column) for column in columns.values()))
        amounts = Amounts(
            count_in(row, "metrics.impressions"),
            count_in(row, "metrics.clicks"),
            count_in(row, "metrics.costMicros"),
        )
        return PulledRow("\x1f".join(parts), place, amounts, is_whole)

    def _click(
        self, account: Account, row: Mapping[str, Any], day: date, received_at: Millis
    ) -> AdClicked | None:
        click_id = text_of(row, "clickView.gclid")
        if not click_id:
            return None
        if not _CLICK_ID.fullmatch(click_id):
            raise PullError("Google tells a click whose id is none that can be")
        names = names_of(row, _OF_CLICK)
        # The keyword is told as customers/1/adGroupCriteria/<ad group>~<keyword>.
        names["keyword_id"] = text_of(row, "clickView.keyword").rpartition("~")[2]
        return click_fact(
            self.name,
            click_id,
            {**names, "account": account.name, "search_term": ""},
            at=midnight(day, self.zone),
            received_at=received_at,
            match_type=text_of(row, "clickView.keywordInfo.matchType"),
            device="",
        )

    async def _pages(self, account: Account, query: str) -> AsyncIterator[list[Mapping[str, Any]]]:
        token = ""
        for _ in range(_MOST_PAGES):
            body = await self._ask(account, {"query": query} | ({"pageToken": token} if token else {}))
            yield rows_in(body.get("results"), "results")
            following = text_of(body, "nextPageToken")
            if not following:
                return
            if following == token:
                raise PullError("Google tells the same page again and again: pull again later")
            token = following
        raise PullError(f"Google has told {_MOST_PAGES:,} pages, and more: pull fewer days")

    async def _ask(self, account: Account, document: Mapping[str, Any]) -> Mapping[str, Any]:
        token = await self.tokens.access()
        answer = await self._once(account, document, token)
        if answer.status == 401 and (renewed := await self.tokens.after(token)) != token:
            answer = await self._once(account, document, renewed)
        if answer.status != 200:
            raise PullError(f"Google refuses (HTTP {answer.status}): {_failure(answer)}")
        return mapping_in(answer.body, "results")

    async def _once(self, account: Account, document: Mapping[str, Any], token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "developer-token": self.developer_token}
        if self.manager:
            headers["login-customer-id"] = self.manager.replace("-", "")
        customer = account.id.replace("-", "")
        return await self.web.ask(
            f"{self.url}/{self.version}/customers/{customer}/googleAds:search",
            document=document,
            headers=headers,
            passing=_passing,
        )


def refreshing(web: Web, url: str, client_id: str, client_secret: str) -> Fetch:
    """Return what fetches an access token of Google with a refresh token, which stays the same."""

    async def fetch(refresh: str) -> Granted:
        form = {
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": refresh,
            "grant_type": "refresh_token",
        }
        answer = await web.ask(f"{url}/token", form=form)
        told = answer.body if isinstance(answer.body, dict) else {}
        if answer.status != 200 or not told.get("access_token"):
            why = words(told.get("error_description") or told.get("error") or f"HTTP {answer.status}")
            raise PullError(f"Google gives no access token ({why}): log in anew and set the refresh token")
        return Granted(text_of(told, "access_token"), float(count_in(told, "expires_in") or 3_600))

    return fetch


def _flat(result: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Name values by their way through the objects: campaign.name; deeper than four there is none."""
    flat: dict[str, Any] = {}
    for name, value in result.items():
        if isinstance(value, dict) and above.count(".") < 4:
            flat |= _flat(value, f"{above}{name}.")
        else:
            flat[f"{above}{name}"] = value
    return flat


def _errors(answer: Answer) -> list[Mapping[str, Any]]:
    """What Google says is wrong: the error of HTTP, then those of its own kinds."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return []
    details = error.get("details")
    told = (
        [each.get("errors") for each in details if isinstance(each, dict)]
        if isinstance(details, list)
        else []
    )
    return [
        error,
        *(each for errors in told if isinstance(errors, list) for each in errors if isinstance(each, dict)),
    ]


def _failure(answer: Answer) -> str:
    errors = _errors(answer)
    if not errors:
        return "it doesn't say why"
    own = errors[-1]
    codes = own.get("errorCode")
    code = next(iter(codes.values()), "") if isinstance(codes, dict) else own.get("status", "")
    return f"{words(own.get('message', ''))} ({words(code, 60)})"


def _passing(answer: Answer) -> float | None:
    """Wait for as long as Google says, where it says so; a quota of the day is not waited for."""
    if answer.status != 429:
        return None
    for error in _errors(answer):
        details = error.get("details")
        quota = details.get("quotaErrorDetails") if isinstance(details, dict) else None
        delay = quota.get("retryDelay") if isinstance(quota, dict) else None
        if isinstance(delay, str) and delay.removesuffix("s").replace(".", "", 1).isdigit():
            return float(delay.removesuffix("s"))
    return 0.0
