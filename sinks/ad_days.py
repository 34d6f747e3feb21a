"""What is known of the days of an ad account, for those who pull them anew."""

from collections.abc import Iterator
from datetime import date
from importlib import resources

from sinks.clickhouse import ClickHouse, Parameter, Row
from sinks.lookups import ask


def newest_day(client: ClickHouse, platform: str, account: str) -> date | None:
    """Return the last day of which anything is known of an account. Raises ClickHouseError."""
    newest, rows = ask(client, "ad_newest_day", {"platform": platform, "account": account}).rows[0]
    return newest if rows else None


def unnamed_rows(client: ClickHouse, platform: str, first: date, last: date) -> int:
    """Return how many rows cost something without that an account is named. Raises ClickHouseError."""
    told: dict[str, Parameter] = {"platform": platform, "first": first, "last": last}
    return int(ask(client, "ad_days_unnamed", told).rows[0][0])


def known_days(client: ClickHouse, platform: str, account: str, first: date, last: date) -> Iterator[Row]:
    """Yield what each place cost on some days: day, names and ids, match type, device, currency, and sums.

    Texts are those that are stored; rows come as they are read, however many there are. Raises
    ClickHouseError.
    """
    text = resources.files("sinks.sql").joinpath("lookups", "ad_days_known.sql").read_text(encoding="utf-8")
    told: dict[str, Parameter] = {"platform": platform, "account": account, "first": first, "last": last}
    _, rows = client.table(text, told)
    yield from rows
