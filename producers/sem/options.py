"""What the user says about a file of an ad platform."""

from dataclasses import dataclass

from producers.sem.mapping import ReportMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SemOptions:
    """What the user says about a file; "" is found out from it.

    `as_of` is when the file was made, unless it says so itself, 0 if nobody knows; both times are UTC
    milliseconds. `day` is the
    day of a report without dates (YYYY-MM-DD), and `daily` says that dates which look like weeks or months
    are single days. `date_order` is "mdy" or "dmy" for dates like 4/3/2017, and `numbers` a name of
    NUMBER_STYLES for numbers like 1.234. `mapping` says what the columns of another platform's report mean.
    """

    received_at: int
    as_of: int
    engine: str = ""
    account: str = ""
    currency: str = ""
    day: str = ""
    daily: bool = False
    timezone: str = "Asia/Shanghai"
    date_order: str = ""
    numbers: str = ""
    mapping: ReportMapping | None = None
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
