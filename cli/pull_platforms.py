"""The platforms that can be pulled from, as the settings say: which accounts, and how to log in there."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import aiohttp

from producers.sem.pull import baidu, google, microsoft
from producers.sem.pull.baidu import Baidu
from producers.sem.pull.google import Google
from producers.sem.pull.microsoft import Microsoft
from producers.sem.pull.platform import Account, Platform
from producers.sem.pull.tokens import Kept, Tokens
from producers.sem.pull.web import Web
from settings import PREFIX, Settings, SettingsError
from stack import folder

Maker = Callable[[Settings, Web, Kept, Sequence[Account]], Platform]


def _baidu(given: Settings, web: Web, kept: Kept, accounts: Sequence[Account]) -> Platform:
    fixed, refresh = given.pull_baidu_access_token, given.pull_baidu_refresh_token
    app = (given.pull_baidu_app_id, given.pull_baidu_secret_key.get_secret_value(), given.pull_baidu_user_id)
    if not fixed.get_secret_value():
        names = ("REFRESH_TOKEN", "APP_ID", "SECRET_KEY", "USER_ID")
        _demand("baidu", dict(zip(names, (refresh.get_secret_value(), *app), strict=True)))
    tokens = Tokens(
        refresh.get_secret_value(),
        baidu.refreshing(web, given.pull_baidu_login_url, *app),
        kept,
        fixed.get_secret_value(),
    )
    return Baidu(web, tokens, accounts, given.pull_baidu_url, has_feed=given.pull_baidu_feed)


def _google(given: Settings, web: Web, kept: Kept, accounts: Sequence[Account]) -> Platform:
    login = (given.pull_google_client_id, given.pull_google_client_secret.get_secret_value())
    refresh = given.pull_google_refresh_token.get_secret_value()
    developer_token = given.pull_google_developer_token.get_secret_value()
    names = ("DEVELOPER_TOKEN", "REFRESH_TOKEN", "CLIENT_ID", "CLIENT_SECRET")
    _demand("google", dict(zip(names, (developer_token, refresh, *login), strict=True)))
    return Google(
        web,
        Tokens(refresh, google.refreshing(web, given.pull_google_login_url, *login), kept),
        accounts,
        developer_token,
        given.pull_google_manager,
        ZoneInfo(given.timezone),
        given.pull_google_url,
        given.pull_google_version,
        given.pull_google_clicks,
    )


def _microsoft(given: Settings, web: Web, kept: Kept, accounts: Sequence[Account]) -> Platform:
    login = (given.pull_microsoft_client_id, given.pull_microsoft_client_secret.get_secret_value())
    refresh = given.pull_microsoft_refresh_token.get_secret_value()
    developer_token = given.pull_microsoft_developer_token.get_secret_value()
    names = ("DEVELOPER_TOKEN", "REFRESH_TOKEN", "CLIENT_ID", "CUSTOMER")
    needed = (developer_token, refresh, login[0], given.pull_microsoft_customer)
    _demand("microsoft", dict(zip(names, needed, strict=True)))
    return Microsoft(
        web,
        Tokens(refresh, microsoft.refreshing(web, given.pull_microsoft_login_url, *login), kept),
        accounts,
        developer_token,
        given.pull_microsoft_customer,
        given.pull_microsoft_time_zone,
        given.pull_microsoft_url,
    )


_MAKERS: Final[dict[str, Maker]] = {"baidu": _baidu, "google": _google, "microsoft": _microsoft}
PLATFORMS: Final = tuple(_MAKERS)


def configured(given: Settings) -> tuple[str, ...]:
    """Return the platforms of which accounts are given."""
    return tuple(name for name in PLATFORMS if getattr(given, f"pull_{name}_accounts"))


def chosen(
    given: Settings, session: aiohttp.ClientSession, names: Sequence[str], only: Sequence[str]
) -> list[Platform]:
    """Return the platforms of these names, or all that are configured, with these accounts alone, or all.

    Raises SettingsError for one that isn't configured, or an account that there isn't.
    """
    if missing := [name for name in names if name not in configured(given)]:
        raise SettingsError(
            f"no account of {missing[0]} is given: set {PREFIX}PULL_{missing[0].upper()}_ACCOUNTS"
        )
    wanted = tuple(names) or configured(given)
    if not wanted:
        variables = ", ".join(f"{PREFIX}PULL_{name.upper()}_ACCOUNTS" for name in PLATFORMS)
        raise SettingsError(f"no accounts are given: set one of {variables}")
    accounts = {name: accounts_of(given, name) for name in wanted}
    known = {
        each for listed in accounts.values() for account in listed for each in (account.id, account.name)
    }
    if unknown := [each for each in only if each not in known]:
        raise SettingsError(
            f"there is no account {unknown[0]}; those given are {', '.join(sorted(filter(None, known)))}"
        )
    web = Web(session)
    return [
        _MAKERS[name](
            given,
            web,
            KeptFile(given.data_dir / "pull", name),
            [each for each in accounts[name] if not only or {each.id, each.name} & set(only)],
        )
        for name in wanted
    ]


def accounts_of(given: Settings, platform: str) -> list[Account]:
    """Return the accounts of a platform; one without a name is called as its platform knows it."""
    told = (each.partition("=") for each in getattr(given, f"pull_{platform}_accounts"))
    return [Account(id_, name if is_named else id_) for id_, is_named, name in told]


def _demand(platform: str, values: dict[str, str]) -> None:
    if missing := [name for name, value in values.items() if not value]:
        variable = f"{PREFIX}PULL_{platform.upper()}_{missing[0]}"
        raise SettingsError(f"{variable} is not set, and without it nobody can log in there")


class KeptFile:
    """Refresh tokens that a platform exchanged, in a file that only the folder's owner can read."""

    def __init__(self, directory: Path, platform: str) -> None:
        self._path = directory / f"{platform}.json"

    def read(self, name: str) -> str:
        """Return what is kept, "" if nothing is, or it can't be read."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        return str(told[name]) if isinstance(told, dict) and isinstance(told.get(name), str) else ""

    def write(self, name: str, token: str) -> None:
        """Keep a token in place of all that were kept. Raises StackError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        folder.write_private(self._path, json.dumps({name: token}))
