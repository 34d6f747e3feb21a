"""Answers of reports made by hand, and cells that want to be obeyed."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

from sinks.headings import heading
from sinks.reports import Result

HOSTILE = ["<script>alert(1)</script>", "=cmd|' /C calc'!A1", "one\ntwo | three", "\u202eabc", "x" * 10_000]
KNOWN = datetime(2026, 10, 5, 1, 30, tzinfo=UTC)
TRUST = ("area", "what", "concerned", "of_all", "share", "newest_at", "learnt_at", "says")


class Stored:
    """A server that answers anything with one row, and knows until when facts are known."""

    def query(self, text: str, _: object = None) -> Result:
        if "FROM known_state" in text:
            return Result((), (), ((KNOWN, "abc123"),))
        return (
            trust() if "AS area" in text else Result(("channel", "won"), ("Channel", "Won"), (("email", 2),))
        )

    def table(
        self, text: str, values: object
    ) -> tuple[tuple[str, ...], Generator[tuple[Any, ...], None, None]]:
        answer = self.query(text, values)
        return answer.columns, (row for row in answer.rows)

    def close(self) -> None:
        """Nothing is open."""


def result(columns: tuple[str, ...], *rows: tuple[Any, ...], **values: str) -> Result:
    return Result(columns, tuple(map(heading, columns)), rows, tuple(values.items()))


def trust() -> Result:
    heard = datetime(2026, 10, 4, 20, tzinfo=UTC)
    return result(
        TRUST,
        ("freshness", "website: collector", None, None, None, heard, heard, "last heard of 0 days ago"),
        ("freshness", "ad_costs: baidu/a", None, None, None, heard, KNOWN, ""),
        ("freshness", "ad_costs: google", None, None, None, KNOWN, KNOWN, ""),
        ("completeness", "leads_direct", 3, 12, 0.25, None, None, ""),
        ("completeness", "leads_unattributed", 0, 12, 0.0, None, None, ""),
        ("maturity", "leads_too_young", 6, 12, 0.5, None, None, ""),
        ("currencies", "deals in CNY", 4, 5, 0.8, None, None, ""),
        ("currencies", "deals in EUR", 1, 5, 0.2, None, None, ""),
        ("currencies", "costs in CNY", 9, 9, 1.0, None, None, ""),
        ("waiting", "dead letters", 2, None, None, None, None, ""),
        ("missing", "CRM", None, None, None, None, None, "no CRM: leadtrace import crm FILE"),
    )
