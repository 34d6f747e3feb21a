"""Sessions by OAuth 2: a refresh token, or the credentials of an app, become an access token for an hour."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from outbox.destination import Account, Answer, Option, Outcome, Request, Session
from outbox.destinations.bodies import code_of, from_json, mapping

TOKEN_URL: Final = Option(
    name="token_url",
    words="where access tokens come from, if it isn't the platform's own address",
    is_required=False,
)
REFRESHED: Final = (
    Option(name="client_id", words="the id of the OAuth client"),
    Option(name="client_secret", words="the secret of the OAuth client"),
    Option(name="refresh_token", words="what the account's owner got after he agreed, offline"),
)
_EARLIER: Final = 120_000  # milliseconds: a token is not used up to its last moment
_USUAL: Final = 3600


def asking(account: Account, usual: str, fields: Mapping[str, str]) -> Request:
    """The request for an access token."""
    return Request(
        method="POST",
        url=account.options.get("token_url") or usual,
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(fields).encode(),
        step="login",
    )


def refreshing(account: Account, usual: str, **more: str) -> Request:
    """The request that makes an access token of a refresh token."""
    names = ("client_id", "client_secret", "refresh_token")
    fields = {"grant_type": "refresh_token", **{each: account.secrets[each] for each in names}, **more}
    return asking(account, usual, fields)


def session_of(answer: Answer, title: str) -> Session | Outcome:
    """The session that an answer gives; nothing that it says is passed on but the error's own word."""
    told = mapping(from_json(answer))
    token = told.get("access_token")
    if answer.status == 200 and isinstance(token, str) and token:
        seconds = told.get("expires_in")
        lives = seconds if isinstance(seconds, int) and seconds > 0 else _USUAL
        values = {
            each: told[each] for each in ("instance_url",) if isinstance(told.get(each), str) and told[each]
        }
        return Session(token=token, values=values, ends_at=answer.at + lives * 1000 - _EARLIER)
    code = code_of(told.get("error")) or str(answer.status)
    if answer.status in (400, 401, 403):
        why = f"{title} gives no access token ({code}): see to the client's secret and the refresh token"
        return Outcome(state="later", code=code, why=why, closes=True)
    return Outcome(state="later", code=code, why=f"{title} gives no access token now ({code})")
