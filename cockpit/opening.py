"""What asks the server for the pages: as whom, within which limits, and where reports are read."""

from datetime import date, datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from attribution.policy import parse_policy
from cockpit.asker import Asker
from settings import Settings, policy_text
from sinks.clickhouse import ClickHouse
from sinks.reading import Limits, connect_to_read
from sinks.report_source import LIVE, Source, source
from sinks.report_values import ReportError

# Of one question: as long as pages wait for an answer, and more rows than any list of them has.
LIMITS: Final = Limits(seconds=60, rows=5_000_000)


def asker(given: Settings, reader: Settings) -> Asker:
    """What asks the server, as the user of `reader`, who is held to reading. Raises SettingsError and
    PolicyError.
    """
    policy = parse_policy(policy_text(given))
    connect = partial(connect_to_read, reader, LIMITS)
    return Asker(connect, partial(chosen, given), partial(today, given), policy)


def chosen(given: Settings, client: ClickHouse) -> Source:
    """What is kept for BI where anything is, since pages must come at once; else what is stored."""
    try:
        return source(client, given, kept=bool(given.bi_refresh))
    except ReportError:
        return LIVE


def today(given: Settings) -> date:
    """This day where the reports are read."""
    return datetime.now(ZoneInfo(given.timezone)).date()
