"""An export is read as its own cells show that it is written, or refused with what to say."""

import pytest
from tokens import TOKENISER

from producers.crm.export import CrmOptions
from producers.crm.shipped import shipped_mapping
from producers.imports import Plan, plan_crm
from schemas.crm import DealRecorded, LeadRecorded

NOW = 1_795_300_000_000
DEALS = 'system="c"\nobject="deal"\ntimezone="UTC"\n[deal]\nid="ID"\ncreated_at="Opened"\namount="Amount"\n'


def imported(*lines: str, mapping: str = DEALS, **told: str) -> Plan:
    text = mapping if "\n" in mapping else shipped_mapping(mapping)
    data = "\n".join(lines).encode()
    return plan_crm(data, "crm.csv", text, CrmOptions(received_at=NOW, **told), TOKENISER)


def sums(plan: Plan) -> dict[str, tuple[int, str]]:
    return {
        fact.subject.rpartition(":")[2]: (fact.amount_minor, fact.currency)
        for fact in plan.facts
        if isinstance(fact, DealRecorded) and fact.amount_minor is not None
    }


def days(plan: Plan) -> dict[str, str]:
    return {
        f.subject.rpartition(":")[2]: f"{f.occurred_at // 86_400_000}"
        for f in plan.facts
        if isinstance(f, DealRecorded | LeadRecorded)
    }


def test_a_decimal_comma_anywhere_makes_points_thousands_everywhere() -> None:
    plan = imported(
        "ID;Opened;Amount",
        "1;2026-03-01;512,77 €",
        "2;2026-03-01;3.000 €",
        "3;2026-03-01;12.345",
        "4;2026-03-01;€ 3.000",
        "5;2026-03-01;1.250.000",
        "6;2026-03-01;-3.000,00 €",
    )
    assert sums(plan) == {
        "1": (51_277, "EUR"), "2": (300_000, "EUR"), "3": (1_234_500, ""), "4": (300_000, "EUR"),
        "5": (125_000_000, ""),
    }  # fmt: skip
    assert [(each.at, each.reason) for each in plan.rejects] == [(7, "is negative")]
    assert "numbers: 1.234,56, by the file's cells" in plan.understood


def test_what_nothing_tells_is_refused_with_an_option_that_the_command_has() -> None:
    rows = ("ID;Opened;Amount", "1;2026-03-01;3.000 €", "2;2026-03-01;12.500 €")
    refused = imported(*rows)
    assert refused.error.startswith("crm.csv, line 2, column Amount: ")
    assert "--numbers 1.234,56" in refused.error
    assert sums(imported(*rows, numbers="1.234,56")) == {"1": (300_000, "EUR"), "2": (1_250_000, "EUR")}
    assert sums(imported(*rows, mapping=f'numbers="1.234,56"\n{DEALS}')) == {
        "1": (300_000, "EUR"), "2": (1_250_000, "EUR"),
    }  # fmt: skip


def test_each_column_of_dates_tells_its_order_and_the_mapping_s_gives_way() -> None:
    american = 'date_order="mdy"\n' + DEALS
    german = imported("ID;Opened;Amount", "1;09.11.2026;1", "2;20.11.2026;1", mapping=american)
    british = imported("ID,Opened,Amount", "1,9/11/2026,1", "2,13/11/2026,1", mapping=american)
    november_9 = str(1_794_182_400_000 // 86_400_000)
    assert days(german)["1"] == days(british)["1"] == november_9
    untold = imported("ID,Opened,Amount", "1,11/9/2026,1", mapping=american)
    assert days(untold)["1"] == november_9
    assert "dates like 4/3/2026 of other columns: month first, as the mapping says" in untold.understood


def test_dates_that_may_be_either_are_told_by_the_option_that_the_refusal_names() -> None:
    rows = ("ID,Opened,Amount", "1,11/9/2026,1")
    (reject,) = imported(*rows).rejects
    assert "--date-order" in reject.reason
    assert days(imported(*rows, date_order="dmy")) != days(imported(*rows, date_order="mdy"))


def test_a_file_of_an_american_user_with_seconds_and_half_days() -> None:
    plan = imported(
        "Lead ID,Email,Stage,Created At",
        'A,a@werk-nord.example,MQL,"11/9/2026, 3:22:10 PM"',
        'B,b@werk-nord.example,MQL,"11/20/2026, 3:22:10 PM"',
        mapping="generic",
    )
    (first, _) = [fact for fact in plan.facts if isinstance(fact, LeadRecorded)]
    assert first.created_at == 1_794_208_930_000  # 3:22:10 p.m. in Shanghai


def test_columns_that_look_like_something_are_named_and_nothing_of_them_is_quoted() -> None:
    plan = imported(
        "ID,Opened,Amount,Work mail,Contact no,First page,Volume,utm_campaign,Colour,IsDeleted",
        "1,2026-03-01,1,wang@acme.cn,13912345678,https://x.cn/?utm_source=a,€ 1200.50,q4,red,false",
        "2,2026-03-01,1,li@acme.cn,13912345679,https://x.cn/?utm_source=b,€ 900.50,q4,blue,false",
    )
    told = [line for line in plan.understood if "nobody mapped" in line]
    assert told == [
        "columns that nobody mapped, but that look like an e-mail address: “Work mail”",
        "columns that nobody mapped, but that look like a phone number: “Contact no”",
        "columns that nobody mapped, but that look like a campaign: “First page”, “utm_campaign”",
        "columns that nobody mapped, but that look like an amount: “Volume”",
        "columns that nobody mapped, but that look like a deletion: “IsDeleted”",
    ]
    assert not [line for line in plan.understood if "acme" in line or "139123" in line]
    assert "Colour" not in " ".join(told)


def test_a_column_is_listed_once_and_rows_are_counted_not_facts() -> None:
    closing = 'closed_at="Closed"\nclosed_stages=["Won", "Lost"]\nstage=["Stage", "stage"]\n'
    plan = imported(
        "ID,Opened,Closed,Stage,Amount", "1,2024-01-02,2024-02-03,Won,10", "2,2024-01-02,2024-02-04,Lost,0",
        mapping=DEALS + closing,
    )  # fmt: skip
    assert "deal.stage: column “Stage”" in plan.understood
    assert "stage of a deal: “Won”, in 1 row" in plan.understood
    assert plan.summary == "c: 2 rows, 2 deals"


def test_contact_data_that_ties_nobody_is_counted() -> None:
    plan = imported(
        "Lead ID,Created At,Email,Phone",
        "A,2026-03-01,,5554002",
        "B,2026-03-01,nobody,13912345678",
        "C,2026-03-01,,",
        mapping="generic",
    )
    assert plan.notes == (
        "1 row with something in “Email” that is no e-mail address which can be used: it ties nobody",
        "1 row with something in “Phone” that is no phone number which can be used: it ties nobody",
    )


def test_stages_that_can_only_count_since_the_creation_are_said_to() -> None:
    plan = imported("Lead ID,Created At,Stage", "A,2026-03-01,customer", mapping="generic")
    assert "each stage counts since the creation, which is too early" in plan.notes[0]


def test_a_sum_in_one_s_own_currency_is_not_one_in_the_deal_s() -> None:
    header = "Record ID,Create Date,Amount,Amount in company currency,Currency"
    home = 'currency = "USD"\n' + shipped_mapping("hubspot-deals")
    rows = ("1,2026-03-01,100,118,EUR", "2,2026-03-01,,236,EUR")
    assert sums(imported(header, *rows, mapping=home)) == {"1": (10_000, "EUR"), "2": (23_600, "USD")}
    assert sums(imported(header, *rows, mapping="hubspot-deals"))["2"] == (23_600, "")


@pytest.mark.parametrize(
    ("cell", "minor"), [("1.234,567", None), ("12.500,50 €", 1_250_050), ("EUR 1.000", 100_000)]
)
def test_amounts_of_a_german_file(cell: str, minor: int | None) -> None:
    plan = imported("ID;Opened;Amount", "1;31.12.2026;12.500,50 €", f"2;2026-11-30;{cell}")
    assert sums(plan).get("2", (None, ""))[0] == minor
