"""An answer as it is shown: what was asked, the rows, and how far they can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from answers.trust import brief_lines, trust_lines, where_more_is_told
from sinks.clickhouse import ClickHouse
from sinks.report_files import Report, list_reports
from sinks.report_source import LIVE, Source
from sinks.report_values import FIRST_DAY, LAST_DAY, find
from sinks.reports import Result, run


@dataclass(frozen=True, slots=True)
class Answer:
    """A report that was run; `trust` is the report of that name for the same days.

    `is_told`: it was asked on what it stands, that is known_until, policy_version and trust; `in_full`: below
    tables stands all of trust, also what concerns other questions.
    """

    report: Report
    result: Result
    timezone: str
    is_told: bool = False
    known_until: datetime | None = None
    policy_version: str = ""
    trust: Result | None = None
    kept_at: datetime | None = None
    in_full: bool = False

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The parameters in words, without those that say nothing: name and value."""
        return [each for each in self.result.values if each[1] not in ("", FIRST_DAY, LAST_DAY)]

    @property
    def stands_on(self) -> str:
        """Until when facts are known, and by which policy; empty if that was not asked."""
        if not self.is_told:
            return ""
        if self.known_until is None:
            return "nothing is known yet"
        local = self.known_until.astimezone(self._zone)
        policy = f", policy {self.policy_version}" if self.policy_version else ""
        return f"known until {local:%Y-%m-%d %H:%M} ({self.timezone}){policy}"

    @property
    def trusted(self) -> list[str]:
        """How far it can be trusted, a sentence each."""
        return [] if self.trust is None else trust_lines(self.trust, self._zone)

    @property
    def concerns(self) -> list[str]:
        """Of how far it can be trusted, what concerns the question, a sentence each."""
        return [] if self.trust is None else brief_lines(self.trust, self._zone, self.result.columns)

    @property
    def notes(self) -> list[str]:
        """What stands below a table, a line each: what concerns the question, or all."""
        trusted = self.trusted
        if self.trust is not None and not self.in_full:
            trusted = [*self.concerns, where_more_is_told(self.trust)]
        return [note for note in (self.cut, self.stands_on, *trusted) if note]

    @property
    def cut(self) -> str:
        """A sentence if a limit may have cut rows off."""
        limit = dict(self.result.values).get("limit", "")
        if not limit.isdecimal() or len(self.result.rows) < int(limit):
            return ""
        return f"cut at limit {int(limit):,}: a larger one may show more"

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Answers:
    """Runs reports over one connection, and says once for the same days how far they can be trusted."""

    def __init__(self, client: ClickHouse, timezone: str, today: date, source: Source = LIVE) -> None:
        self._client, self._timezone, self._today, self._source = client, timezone, today, source
        self._trust: dict[tuple[tuple[str, str], ...], Result] = {}
        self._known: tuple[datetime | None, str] | None = None

    def of(
        self, report: Report, parameters: Mapping[str, str], with_trust: bool, in_full: bool = False
    ) -> Answer:
        """Run a report, and say on what it stands. Raises ReportError and ClickHouseError."""
        result = run(self._client, report, parameters, self._today, self._source)
        if not with_trust:
            return Answer(report, result, self._timezone)
        until, policy = self._known_state()
        trust = None
        if then := _known_then(report, result, ZoneInfo(self._timezone)):
            # Neither the shares nor the policy of now are those of then.
            until, policy = until and min(until, then), ""
        elif report.name != "trust" and not is_of_one(report):
            # Of one lead or one account, shares of all leads say nothing.
            trust = self._trust_of(result.values)
        kept_at = self._source.kept_at
        return Answer(report, result, self._timezone, True, until, policy, trust, kept_at, in_full)

    def _known_state(self) -> tuple[datetime | None, str]:
        if self._known is None:
            rows = self._client.query("SELECT known_until, policy_version FROM known_state").rows
            until, policy = rows[0] if rows else (None, "")
            if until is not None and self._source.kept_at is not None:
                until = min(until, self._source.kept_at)
            self._known = (until, policy)
        return self._known

    def _trust_of(self, values: tuple[tuple[str, str], ...]) -> Result:
        days = tuple(each for each in values if each[0] in ("from", "to"))
        if days not in self._trust:
            report = find(list_reports(), "trust")
            self._trust[days] = run(self._client, report, dict(days), self._today, self._source)
        return self._trust[days]


def _known_then(report: Report, result: Result, zone: ZoneInfo) -> datetime | None:
    """The time that all of an answer is as of; None if any of it is as known now, as in a comparison."""
    can_tell = any(each.name == "as_of" and each.default is not None for each in report.parameters)
    told = dict(result.values).get("as_of") if can_tell else None
    return datetime.fromisoformat(told).replace(tzinfo=zone) if told else None


def is_of_one(report: Report) -> bool:
    """Whether a report is about one person, deal or account, which has to be named."""
    return any(each.default is None and each.name != "as_of" for each in report.parameters)
