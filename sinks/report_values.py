"""What may be asked of a report: a value of its kind for each parameter, or a sentence that says which."""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from sinks.periods import EXAMPLES, days_of
from sinks.report_files import Parameter, Report

# The days that all lie between.
FIRST_DAY, LAST_DAY = "1970-01-01", "2099-12-31"
_WHOLE: Final = re.compile(r"(U?)Int(8|16|32|64)")
_LONGEST_SHOWN: Final = 60


class ReportError(ValueError):
    """There is no such report, or a parameter of it is wrong; the text is a sentence."""


def check(report: Report, given: Mapping[str, str], today: date | None = None) -> dict[str, str]:
    """Return a value for each parameter of a report; ReportError if one is missing, unknown or wrong.

    Days may be said as in `sinks.periods`; `today` is what they are counted from, by default that in UTC.
    """
    known = {parameter.name: parameter for parameter in report.parameters}
    for name in given:
        if name not in known:
            raise ReportError(
                f"the report '{report.name}' has no parameter '{name}'{meant(name, known)}; "
                f"it has {', '.join(known) or 'none'}"
            )
    values = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        if value is None:
            raise ReportError(f"the report '{report.name}' needs the parameter '{name}': {parameter.help}")
        values[name] = _value(parameter, value, today or datetime.now(UTC).date())
    if {"from", "to"} <= values.keys() and values["from"] > values["to"]:
        raise ReportError(f"the first day, {values['from']}, lies after the last, {values['to']}")
    if values.get("by") == "attribute" and not values.get("attribute", "by another name"):
        raise ReportError("by=attribute needs the name of one: --attribute NAME")
    return values


def find(reports: Iterable[Report], name: str) -> Report:
    """The report of this name. Raises ReportError, which names the nearest one."""
    by_name = {report.name: report for report in reports}
    if name not in by_name:
        raise ReportError(
            f"there is no report '{_short(name)}'{meant(name, by_name)}; the reports are {', '.join(by_name)}"
        )
    return by_name[name]


def meant(word: str, known: Iterable[str]) -> str:
    """`: did you mean 'funnel'?` of what comes near; nothing if nothing does."""
    plain = {each.casefold().replace("-", "_"): each for each in known}
    near = difflib.get_close_matches(word.casefold().replace("-", "_"), plain, n=1, cutoff=0.6)
    return f" (did you mean '{plain[near[0]]}'?)" if near else ""


def _value(parameter: Parameter, value: str, today: date) -> str:
    """The value as the server takes it. Raises ReportError."""
    if parameter.choices:
        if value not in parameter.choices:
            wanted = " or ".join(parameter.choices)
            raise _wrong(parameter, wanted, value, meant(value, parameter.choices))
        return value
    if parameter.kind in ("Date", "Date32"):
        return _day(parameter, value, today)
    if parameter.name == "as_of" and value:
        return _moment(parameter, value)
    if (whole := _WHOLE.fullmatch(parameter.kind)) or parameter.kind.startswith(("Float", "Decimal")):
        _check_number(parameter, value, whole)
    return value


def _day(parameter: Parameter, value: str, today: date) -> str:
    try:
        first, last = days_of(value, today)
    except ValueError:
        raise _wrong(parameter, EXAMPLES, value) from None
    day = last if parameter.name in ("to", "until") else first
    if not FIRST_DAY <= f"{day:%Y-%m-%d}" <= LAST_DAY:
        raise _wrong(parameter, f"a day from {FIRST_DAY} to {LAST_DAY}", value)
    return f"{day:%Y-%m-%d}"


def _moment(parameter: Parameter, value: str) -> str:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"):
        try:
            return f"{datetime.strptime(value, form):%Y-%m-%d %H:%M:%S}"
        except ValueError:
            continue
    raise _wrong(parameter, "a time like 2026-10-05 09:00:00", value)


def _check_number(parameter: Parameter, value: str, whole: re.Match[str] | None) -> None:
    """Raise ReportError unless the value is a number of the kind, within the bounds that the report says."""
    least, most = parameter.least, parameter.most
    if whole:
        bits = int(whole[2])
        lowest, highest = (0, 2**bits - 1) if whole[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        is_number = re.fullmatch(r"-?[0-9]{1,20}", value) is not None
        if not is_number or not lowest <= int(value) <= highest:
            wanted = f"a number from {lowest} to {highest}" if is_number else "a number"
            raise _wrong(parameter, wanted if least is None else _between(least, most), value)
    else:
        try:
            is_number = math.isfinite(float(value)) and re.fullmatch(r"[-+.eE0-9]+", value) is not None
        except ValueError:
            is_number = False
        if not is_number:
            raise _wrong(parameter, "a number like 0.5" if least is None else _between(least, most), value)
    if (least is not None and float(value) < least) or (most is not None and float(value) > most):
        raise _wrong(parameter, _between(least, most), value)


def _between(least: float | None, most: float | None) -> str:
    return f"a number from {least:g} to {most:g}"


def _wrong(parameter: Parameter, wanted: str, value: str, hint: str = "") -> ReportError:
    return ReportError(f"the parameter '{parameter.name}' must be {wanted}, not '{_short(value)}'{hint}")


def _short(text: str) -> str:
    """What was given, on one line that ends."""
    shown = "".join(each if each.isprintable() else "�" for each in text)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"
