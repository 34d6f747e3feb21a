"""The cells of one CRM row by the mapping's fields: texts without personal data, dates, ids, tokens, sums."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from producers.cells.currencies import NEVER
from producers.cells.dates import moment_of
from producers.cells.ids import id_of
from producers.cells.money import Money, currency_of, money_of, unit_of
from producers.cells.numbers import NOTHING
from producers.cells.tabular import clean, column_key
from producers.crm.mapping import CrmMapping, keyed
from producers.crm.written import Written
from producers.outcomes.left_out import CellError
from producers.privacy.contacts import user_of
from producers.privacy.identifiers import scrubbed_identifier, scrubbed_record_id
from producers.privacy.parameters import is_phone_name
from producers.privacy.personal_data import Tokeniser
from producers.privacy.regions import region_told
from schemas.crm import IDS_OF_THEIR_OWN
from schemas.terms import Identifier

_FIRST_MOMENT: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_YEAR_MS: Final = 366 * 86_400_000
_TEXT_LENGTH: Final = 512
# What databases and spreadsheets write where there is no date.
_NO_DATE = re.compile(
    r"(?:0{2,4}[-/.]0{2}[-/.]0{2,4}|01[-/.]01[-/.]0001|0001-01-01|1900-01-00|1899-12-30)(?!\d)"
)
_ZERO = re.compile(r"[0.,]*")
_SALESFORCE_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@dataclass(frozen=True, slots=True)
class RowCells:
    """One row, ready to be asked for fields; every method raises CellError with the column at fault."""

    cells: Mapping[str, str]
    mapping: CrmMapping
    written: Written
    tokeniser: Tokeniser
    received_at: int

    @classmethod
    def of(
        cls,
        row: Mapping[str, str],
        mapping: CrmMapping,
        tokeniser: Tokeniser,
        received_at: int,
        written: Written | None = None,
    ) -> "RowCells":
        """Take a row as column → cell; blanks around cells don't count."""
        cells = {name: clean(cell) for name, cell in keyed(row).items()}
        return cls(cells, mapping, written or Written.as_mapped(mapping), tokeniser, received_at)

    def raw(self, columns: Sequence[str]) -> tuple[str, str]:
        """Return the first cell that isn't empty, with its column; two "" if there is none."""
        for column in columns:
            if (cell := self.cells.get(column_key(column), "")) and cell not in NOTHING:
                return cell, column
        return "", columns[0] if columns else ""

    def text(self, columns: Sequence[str], values: Mapping[str, str] | None = None) -> str:
        """Return a text with addresses and phone numbers replaced, cut to what a fact may hold."""
        cell, _ = self.raw(columns)
        if values:
            cell = values.get(cell, cell)
        if cell.isdigit() and self.tokeniser.has_own_ids(self.mapping.system):
            return cell[:_TEXT_LENGTH]  # a stage or an owner may be an id of the CRM's
        return self.tokeniser.scrub_to(cell, _TEXT_LENGTH) if cell else ""

    def all_texts(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Return the parts of all cells of a list, without personal data."""
        return tuple(
            dict.fromkeys(self.tokeniser.scrub_to(part, _TEXT_LENGTH) for part, _ in self.parts(columns))
        )

    def parts(self, columns: Sequence[str]) -> Iterable[tuple[str, str]]:
        """Return each part of each cell, cut at the mapping's separators, with its column."""
        for column in columns:
            cell = self.cells.get(column_key(column), "")
            for part in re.split(f"[{re.escape(self.mapping.separators)}]", cell):
                if (part := part.strip()) and part not in NOTHING:
                    yield part, column

    def moment(self, columns: Sequence[str]) -> int | None:
        """Return a date as UTC milliseconds, None if the cell is empty."""
        cell, column = self.raw(columns)
        if not cell or _NO_DATE.match(cell):
            return None
        try:
            at = moment_of(cell, self.written.rules(column))
        except CellError as error:
            raise CellError(str(error), column) from None
        if not _FIRST_MOMENT <= at <= self.received_at + _YEAR_MS:
            raise CellError("is a date before 2000 or more than a year ahead", column)
        return at

    def not_before(self, at: int, created: int | None) -> int:
        """Return when something happened to a record: on the day of its creation, not before that.

        A date without a time is some time of that day.
        """
        is_that_day = created is not None and at < created < self._end_of_day(at)
        return created if created is not None and is_that_day else at

    def by_the_end(self, at: int) -> int:
        """Return by when something happened: if a date has no time, by the end of that day."""
        return max(at, self._end_of_day(at))

    def _end_of_day(self, at: int) -> int:
        """Return the last millisecond of a day that is told without a time; 0 for any other moment."""
        told = datetime.fromtimestamp(at / 1000, self.written.dates.zone)
        if told.time() != time():
            return 0
        return int((told + timedelta(days=1)).timestamp() * 1000) - 1

    def money(self, amount: Sequence[str], currency: Sequence[str]) -> Money | None:
        """Return a sum with its currency, None if the cell is empty.

        Of several columns the first counts that isn't 0: what was won is 0 while it is only expected.
        """
        cell, column = self.raw(
            [name for name in amount if not _ZERO.fullmatch(self.raw([name])[0])] or amount
        )
        if not cell:
            return None
        said, said_in = self.raw(currency)
        code = currency_of(said) or (said.upper() if re.fullmatch(r"[A-Za-z]{3}", said) else "")
        if said and not code:
            raise CellError("is not a currency that is known (CNY, USD, 人民币)", said_in)
        unit, header_currency = unit_of(column)
        try:
            known = code or header_currency or self.mapping.currency
            money = money_of(cell, unit, known, self.written.numbers)
        except CellError as error:
            raise CellError(str(error), column) from None
        if code and (money.currency != code or any(code in NEVER[sign] for sign in NEVER if sign in cell)):
            raise CellError(f"names another currency than “{said_in}”", column)
        return money

    def record_id(self, columns: Sequence[str], kind: str) -> Identifier | None:
        """Return "<kind>:<system>:<id>", None if the cell is empty or the id of no record, such as 0."""
        cell, column = self.raw(columns)
        return None if self._is_nobody(kind, cell) else self.identifier(cell, column, kind)

    def account_id(self, columns: Sequence[str]) -> str:
        """Return the CRM's id of an account, "" if there is none."""
        cell, column = self.raw(columns)
        if self._is_nobody("account", cell):
            return ""
        try:
            text = id_of(cell)
        except CellError as error:
            raise CellError(str(error), column) from None
        text = salesforce_id(text) if self.mapping.ids == "salesforce" else text
        return scrubbed_record_id(text[:_TEXT_LENGTH], self.mapping.system, self.tokeniser)[:_TEXT_LENGTH]

    def identifier(self, text: str, column: str, kind: str) -> Identifier:
        """Return an id of this CRM as an identifier."""
        try:
            text = id_of(text)
        except CellError as error:
            raise CellError(str(error), column) from None
        if self.mapping.ids == "salesforce":
            text = salesforce_id(text)
        system = self.mapping.system
        if is_phone_name(column) and system not in IDS_OF_THEIR_OWN:
            # A number that is written as one of the country is known as one by its column alone.
            text = self.tokeniser.id_token(text, region_told(self.cells)) or text
        return self._named(f"{kind}:{system}:{scrubbed_record_id(text, system, self.tokeniser)}", column)

    def plain_ids(self, columns: Sequence[str], kind: str) -> tuple[Identifier, ...]:
        """Return ids that no CRM gave: "anon:…" of visitors, "user:…" of accounts."""
        named = [self._named(f"{kind}:{part}", column) for part, column in self._named_in(columns, kind)]
        # Who signs in with an address is that address, as on the website.
        users = (user_of(name.partition(":")[2], self.tokeniser) for name in named if kind == "user")
        devices = (scrubbed_identifier(name, self.tokeniser) for name in named if kind != "user")
        return tuple(name for name in (*users, *devices) if name)

    def crm_ids(self, columns: Sequence[str]) -> tuple[Identifier, ...]:
        """Return ids of leads and contacts of this CRM."""
        return tuple(self.identifier(part, column, "crm") for part, column in self._named_in(columns, "crm"))

    def emails(self, columns: Sequence[str]) -> tuple[Identifier, ...]:
        """Return a token for each address; what is none is left out."""
        found = (self.tokeniser.email(each) for part, _ in self.parts(columns) for each in _addresses(part))
        return tuple(token for token in found if token)

    def phones(self, columns: Sequence[str]) -> tuple[Identifier, ...]:
        """Return a token for each phone number; what is none is left out.

        A number without a country code is one of the row's own country.
        """
        cells = (self.cells.get(column_key(column), "")[:_TEXT_LENGTH] for column in columns)
        region = region_told(self.cells)
        return tuple(token for cell in cells if cell for token in self.tokeniser.phones(cell, region))

    def email_domain(self, columns: Sequence[str]) -> str:
        """Return the domain of the first address, "" if there is none."""
        domains = (self.tokeniser.email_domain(part) for part, _ in self.parts(columns))
        return next(filter(None, domains), "")

    def _named_in(self, columns: Sequence[str], kind: str) -> Iterable[tuple[str, str]]:
        return ((part, column) for part, column in self.parts(columns) if not self._is_nobody(kind, part))

    def _is_nobody(self, kind: str, text: str) -> bool:
        return not text or self.tokeniser.names_nobody(kind, text)

    def _named(self, identifier: str, column: str) -> Identifier:
        if len(identifier) > 256 or not identifier.isprintable():
            raise CellError("is not an id: it is too long or holds characters that can't be printed", column)
        return identifier


def _addresses(text: str) -> Sequence[str]:
    """Cut a text apart in which several addresses stand, by blanks or strokes that no mapping names."""
    return re.split(r"[\s/]+", text) if text.count("@") > 1 else (text,)


def salesforce_id(text: str) -> str:
    """Return a Salesforce id in its form of 18 characters, so that reports and the API mean one record."""
    if len(text) != 15 or not text.isascii() or not text.isalnum():
        return text
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << at for at, char in enumerate(text[start : start + 5]) if "A" <= char <= "Z")
        suffix += _SALESFORCE_DIGITS[bits]
    return text + suffix
