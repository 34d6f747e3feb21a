"""Asks reports what rules want to know: each question once in a look."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from notices.cases import (
    Case,
    data_quality,
    dead_letters,
    digest,
    missing_costs,
    silent_sources,
    unanswered,
)
from notices.digest import EVERY, rows_of
from notices.wishes import (
    AnyRule,
    DataQuality,
    DeadLetters,
    Digest,
    MissingCosts,
    SilentSources,
    Unanswered,
)
from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseAwayError, ClickHouseError
from sinks.policy_values import values_of_reports
from sinks.report_files import list_reports
from sinks.report_source import source
from sinks.report_values import ReportError, find
from sinks.reports import Result, run

log = logging.getLogger(__name__)

_OF_ALL: Final = frozenset({"kind", "targets", "remind_days"})


class Questions:
    """Answers of reports at one moment."""

    def __init__(self, client: ClickHouse, given: Settings, now: datetime) -> None:
        """`now` in UTC. Raises ClickHouseError, and SettingsError or PolicyError for the policy."""
        self._client, self._now = client, now
        self._timezone = given.timezone
        self._local = now.astimezone(ZoneInfo(given.timezone))
        self._source = source(client, given)
        self._limit = values_of_reports(given).response.unanswered_days
        self._answers: dict[tuple[str, tuple[tuple[str, str], ...]], Result] = {}
        self._reports = list_reports()

    def ask(self, name: str, parameters: Mapping[str, str]) -> Result:
        """The answer of a report. Raises ReportError and ClickHouseError."""
        key = (name, tuple(sorted(parameters.items())))
        if key not in self._answers:
            report = find(self._reports, name)
            self._answers[key] = run(self._client, report, parameters, self._local.date(), self._source)
        return self._answers[key]

    def cases(self, rule: AnyRule) -> list[Case] | None:
        """What the rule is about at this moment; None if it could not be answered.

        Raises ClickHouseAwayError: then nothing can be.
        """
        try:
            return self._cases(rule)
        except ClickHouseAwayError:
            raise
        except (ClickHouseError, ReportError) as error:
            log.warning("a rule of kind %s can't be answered: %s", rule.kind, error)
            return None

    def limit(self, rule: AnyRule) -> int:
        """After how many days a lead is unanswered: those of the rule, else those of the policy."""
        return (rule.days or self._limit) if isinstance(rule, Unanswered) else 0

    def _cases(self, rule: AnyRule) -> list[Case]:
        match rule:
            case Unanswered():
                return unanswered(rows_of(self.ask("unanswered", _asked(rule))))
            case SilentSources():
                rows = rows_of(self.ask("trust", {}))
                kept = self._source.kept_at
                return silent_sources(rule, rows, self._now, kept and kept.astimezone(UTC))
            case MissingCosts():
                rows = rows_of(self.ask("trust", {}))
                return missing_costs(rule, rows, self._local.date(), self._timezone)
            case DeadLetters():
                return dead_letters(rule, rows_of(self.ask("dead_letters_waiting", {})))
            case DataQuality():
                return data_quality(rule, rows_of(self.ask("data_quality", {})))
            case Digest():
                return digest(rule, self._local)


def _asked(rule: Unanswered) -> dict[str, Any]:
    """The parameters of the report unanswered: those who wait, of whom the rule speaks."""
    filters = {name: str(value) for name, value in rule.model_dump().items() if name not in _OF_ALL}
    return filters | {"state": "waiting", "limit": EVERY}
