"""The tools over reports: which there are, what one can be asked, and its answer."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Final

from answers.asked import check_known_then, days_during
from answers.described import described
from answers.identifiers import KINDS, IdentifierError, identifier_of, named
from assistants.arguments import LONGEST, ArgumentError, OfReport, Run, Words
from assistants.desk import Desk, Seat, today_in
from assistants.told import Told, told_answer
from producers.privacy.masking import masked
from producers.privacy.tokenisers import tokeniser_of
from settings import Settings
from sinks.explained import explanations, view_columns
from sinks.policy_values import values_of_reports
from sinks.report_files import Parameter, Report, list_reports
from sinks.report_values import check, find
from sinks.view_texts import views

# Parameters that name a person, whom somebody may know by an address or a number.
_OF_PEOPLE: Final = ("lead", "person", "of")
_OF_RECORDS: Final = ("deal", "account")
# What is searched for may be a person among others.
_SEARCHED: Final = "text"


async def listed(_: Desk, asked: Words) -> Told:
    """The reports with their questions."""
    reports = [each for each in list_reports() if _is_about(each, asked.about.casefold().strip())]
    lines = [f"- {each.name}: {each.title}" for each in reports]
    text = (
        "\n".join(lines) or f"no report is about '{asked.about[:60]}': list_reports without `about` lists all"
    )
    names = [{"name": each.name, "question": each.title} for each in reports]
    return Told(text, {"reports": names})


async def described_one(desk: Desk, asked: OfReport) -> Told:
    """A report with its parameters and columns. Raises ReportError, SettingsError and PolicyError."""
    report = find(list_reports(), asked.name)
    columns = meanings(report, desk.given)
    lines = [f"## {report.name}", report.title, *report.notes]
    lines += ["", "Parameters:", *(_line(each) for each in report.parameters)]
    lines += ["", "Columns:", *(f"- {name}: {text}" for name, text in columns.items())]
    return Told("\n".join(lines), described(report) | {"columns": columns})


async def run_one(desk: Desk, asked: Run) -> Told:
    """The answer of a report. Raises ReportError, IdentifierError, SettingsError and ClickHouseError."""
    report = find(list_reports(), asked.name)
    said = {name: _text(name, value) for name, value in asked.parameters.items() if value is not None}

    def work(seat: Seat) -> Told:
        parameters = {name: without_people(name, text, seat.given) for name, text in said.items()}
        given = with_period(report, parameters, seat.today)
        answer = seat.answers().of(report, given, with_trust=True)
        return told_answer(answer, meanings(report, seat.given), asked.rows)

    # What is wrong with the question is said before anybody is asked.
    today = today_in(desk.given)
    check(report, with_period(report, said, today), today)
    return await desk.ask(work)


def with_period(report: Report, parameters: Mapping[str, str], today: date) -> dict[str, str]:
    """The parameters with the days of `during` in its place. Raises ReportError and ArgumentError."""
    given = dict(parameters)
    if "during" in given and not any(each.name == "during" for each in report.parameters):
        if {"from", "to"} & given.keys():
            raise ArgumentError("during says the first and the last day: leave out from and to")
        given |= days_during(given.pop("during"), today, "during")
    check_known_then(report, given)
    return given


def without_people(name: str, text: str, given: Settings) -> str:
    """A parameter without e-mail addresses and phone numbers. Raises IdentifierError and SettingsError."""
    is_contact, kind = masked(text) != text, text.partition(":")[0]
    if is_contact and kind in _OF_RECORDS:
        return named(text, given)
    if name in _OF_PEOPLE and (is_contact or kind in KINDS):
        return identifier_of(text, given, f"the parameter '{name}'")
    if name == _SEARCHED and is_contact:
        with suppress(IdentifierError):
            return identifier_of(text, given)
    # As it was replaced in what is stored.
    return tokeniser_of(given).scrub(text) if is_contact else text


def meanings(report: Report, given: Settings) -> dict[str, str]:
    """What the columns of a report say. Raises SettingsError and PolicyError."""
    return explanations(report, view_columns(views(given.timezone, values_of_reports(given))))


def _is_about(report: Report, word: str) -> bool:
    texts = (report.name, report.title, *report.notes, *(each.name for each in report.parameters))
    return any(
        word in text.casefold() for text in (*texts, *(" | ".join(p.choices) for p in report.parameters))
    )


def _line(each: Parameter) -> str:
    default = "must be given" if each.default is None else f"default: {each.default or 'empty'}"
    choices = f"; one of {', '.join(each.choices)}" if each.choices else ""
    bounds = "" if each.least is None else f"; from {each.least:g} to {each.most:g}"
    return f"- {each.name} ({each.kind}; {default}{choices}{bounds}): {each.help}"


def _text(name: str, value: object) -> str:
    """A value as the command line would give it. Raises ArgumentError."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > LONGEST or "\0" in text:
        raise ArgumentError(f"the parameter '{name[:60]}' must be a text of at most {LONGEST} characters")
    return text
