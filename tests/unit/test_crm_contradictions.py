"""A row that says two things is left out with both named; what says nothing says nothing."""

import pytest
from tokens import TOKENISER

from producers.crm.mapping import parse_mapping
from producers.crm.row import RowResult, facts_of_row
from producers.crm.shipped import shipped_mapping
from schemas.crm import DealRecorded

NOW = 1_795_300_000_000
DEALS = parse_mapping(shipped_mapping("generic-deals"))


def read(**cells: str) -> RowResult:
    row = {"Deal ID": "1", "Stage": "won", "Created At": "2026-11-09", "Close Date": "2026-11-10"}
    return facts_of_row(
        row | {name.replace("_", " "): cell for name, cell in cells.items()}, DEALS, TOKENISER, NOW
    )


def sums(result: RowResult) -> set[tuple[int, str]]:
    assert result.problems == ()
    return {
        (fact.amount_minor, fact.currency)
        for fact in result.facts
        if isinstance(fact, DealRecorded) and fact.amount_minor is not None
    }


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("$1,250.00", "EUR"), ("€1,250.00", "USD"), ("£900", "USD"), ("¥900", "USD"), ("HK$900", "USD")],
)
def test_a_sum_whose_sign_and_whose_column_name_two_currencies_is_left_out(
    amount: str, currency: str
) -> None:
    (problem,) = read(Amount=amount, Currency=currency).problems
    assert problem.without_line == "column Amount: names another currency than “Currency”"


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        *(("5000", "RMB", "CNY"), ("5000", "US Dollar", "USD"), ("5000", "Pound Sterling", "GBP")),
        *(
            ("$5,000", "CAD", "CAD"),
            ("¥5,000", "JPY", "JPY"),
            ("US$5,000", "USD", "USD"),
            ("$5,000", "MXN", "MXN"),
        ),
    ],
)
def test_a_currency_is_its_code_however_the_crm_calls_it(amount: str, currency: str, code: str) -> None:
    assert sums(read(Amount=amount, Currency=currency)) == {(500_000, code)}


@pytest.mark.parametrize(
    "nothing",
    ["0000-00-00", "0000-00-00 00:00:00", "00.00.0000", "0001-01-01T00:00:00", "1900-01-00", "01-01-0001"],
)
def test_what_a_database_writes_for_no_date_is_none(nothing: str) -> None:
    result = read(Amount="5000", Currency="USD", Close_Date=nothing)
    assert sums(result) == {(500_000, "USD")}


@pytest.mark.parametrize("cell", ["li@firm.cn wu@firm.cn", "li@firm.cn/wu@firm.cn", "li@firm.cn; wu@firm.cn"])
def test_each_address_of_a_cell_counts_however_they_are_parted(cell: str) -> None:
    (people,) = {
        fact.people
        for fact in read(Contact_Email=cell).facts
        if isinstance(fact, DealRecorded) and fact.people
    }
    assert people is not None
    assert set(people) == {TOKENISER.email("li@firm.cn"), TOKENISER.email("wu@firm.cn")}


def test_an_account_of_salesforce_is_one_in_a_report_and_in_the_api() -> None:
    deals = parse_mapping(shipped_mapping("salesforce-deals"))
    row = {"Opportunity ID": "006B0000001h2dD", "Stage": "Closed Won", "Created Date": "2026-11-09"}
    accounts = {
        fact.account_id
        for account in ("001B0000003h2cC", "001B0000003h2cCIAQ")
        for fact in facts_of_row(row | {"Account ID": account}, deals, TOKENISER, NOW).facts
        if isinstance(fact, DealRecorded)
    }
    assert accounts - {""} == {"001B0000003h2cCIAQ"}
