"""What the lines above a report's header, and the file's name, say: period, devices, when it was made."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final

from producers.cells.dates import DateRules, day_of, moment_of
from producers.outcomes.left_out import CellError
from producers.sem.values import device_of

_MADE = re.compile(r"数据生成时间\s*[:：]\s*(.+)")
_OTHER_TIME = re.compile(r"(?i)date generated|generated|last completed|time zone|created")
_PERIOD = re.compile(
    r"(?i)(?:时间范围|日期范围|统计时间|时间段|显示以下时间范围内的[^:：]*|date range|report time|report "
    r"period|period)"
    r"\s*[:：]\s*(.+)"
)
_STARTS = re.compile(r"(?i)report starts?\s*[:：]\s*(.+?)(?:,?\s*report ends?|$)")
_ENDS = re.compile(r"(?i)report ends?\s*[:：]\s*(.+)")
_DEVICES = re.compile(r"(?:推广设备\s*[:：]\s*|显示以下时间范围内的)([^:：]+)")
_GRAIN = re.compile(
    r"(?i)(?:report aggregation|aggregation|time breakdown|时间单位|时间粒度|统计粒度)\s*[:：]\s*([^\s,，;]+)"
)
_ONE_DATE: Final = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|\d{4}年\s?\d{1,2}月\s?\d{1,2}日|(?<!\d)20\d{6}(?!\d)"
    r"|(?<!\d)\d{1,2}/\d{1,2}/\d{4}|(?<!\d)\d{1,2}\.\d{1,2}\.\d{4}"
    r"|[^\W\d_]{3,10}\.? \d{1,2}, \d{4}|\d{1,2}\.? (?:de )?[^\W\d_]{3,10}\.?,? (?:de )?\d{4})"
)
NUMERIC_DATE: Final = re.compile(r"(?<![\d/])\d{1,2}/\d{1,2}/\d{4}(?!\d)")
_DATE = re.compile(_ONE_DATE)
_RANGE = re.compile(rf"({_ONE_DATE})\s*(?:至|到|_to_|to|bis|au|al|a|～|~|[-–—_])\s*({_ONE_DATE})")
_ALL_TIME = re.compile(
    "(?i)all[ -]time|全部时间|所有时间|gesamter zeitraum|toute la période|todo el período|全期間"
)
DAILY: Final = frozenset({"daily", "day", "分日", "按日", "日", "按天", "天"})
HOURLY: Final = frozenset({"hourly", "hour", "分时", "分小时", "小时", "按小时", "hourofday"})
SUMMED: Final = frozenset({"summary", "合计", "汇总", "all"})


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a report covers, both included, and what says so: “the file's name says”."""

    first: date
    last: date
    said_in: str


@dataclass(frozen=True, slots=True)
class Preamble:
    """What stands above the header.

    `device` is "" for all devices; `made_at` is UTC milliseconds. `grain` is what a row covers, in the
    platform's word and small letters: "daily", "weekly", 分日. `is_all_time` is a report without limits.
    """

    text: str
    made_at: int | None
    period: Period | None
    device: str
    grain: str
    is_all_time: bool = False


def read_preamble(lines: Iterable[str], zone: tzinfo, order: str) -> Preamble:
    """Read the lines above the header; what isn't said is None or ""."""
    kept = [line.strip().strip(", \t\"'") for line in lines]
    grain = next((match[1].lower() for line in kept if (match := _GRAIN.search(line))), "")
    endless = any(_ALL_TIME.fullmatch(line) for line in kept)
    return Preamble(
        "\n".join(kept), _made_at(kept, zone), _period(kept, order), _device(kept), grain, endless
    )


def period_of_name(file_name: str) -> Period | None:
    """Return the days that a file's name tells: a range of dates, else its only date."""
    stem = file_name.rpartition(".")[0] or file_name
    if match := _RANGE.search(stem):
        return _between(match[1], match[2], "the file's name says", "")
    dates = set(_DATE.findall(stem))
    return _between(text := dates.pop(), text, "the file's name says", "") if len(dates) == 1 else None


def _made_at(lines: list[str], zone: tzinfo) -> int | None:
    for line in lines:
        if match := _MADE.match(line):
            try:
                return moment_of(match[1].strip(), DateRules(zone))
            except CellError:
                return None
    return None


def _period(lines: list[str], order: str) -> Period | None:
    said_in = "the lines above the header say"
    starts = next((match[1] for line in lines if (match := _STARTS.search(line))), "")
    ends = next((match[1] for line in lines if (match := _ENDS.search(line))), "")
    if (first := _DATE.search(starts)) and (last := _DATE.search(ends)):
        return _between(first[0], last[0], said_in, order)
    for line in lines:
        if _MADE.match(line) or _OTHER_TIME.search(line):
            continue
        match = _PERIOD.search(line)
        text = match[1] if match else line
        dates = _DATE.findall(text)
        # A line without a label counts only if it has a range, or is nothing but its dates.
        labelled = match or _RANGE.search(text) or not re.search(r"\w", _DATE.sub("", text).replace("至", ""))
        if dates and labelled and (period := _between(dates[0], dates[-1], said_in, order)) is not None:
            return period
    return None


def _between(first: str, last: str, said_in: str, order: str) -> Period | None:
    try:
        return Period(day_of(first, order), day_of(last, order), said_in)
    except CellError:
        return None


def _device(lines: list[str]) -> str:
    for line in lines:
        if match := _DEVICES.search(line):
            named = {device_of(part.strip()) for part in re.split("[,，|、;；]", match[1]) if part.strip()}
            return named.pop() if len(named) == 1 else ""
    return ""
