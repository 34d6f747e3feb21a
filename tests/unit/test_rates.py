"""Exchange rates are read as their files tell them; what may mean two things is refused."""

import pytest

from producers.imports import Plan, plan_rates
from producers.rates.files import RateOptions
from schemas.codec import decode, encode
from schemas.sem import ExchangeRateReported
from schemas.topics import SEM

NOW = 1_741_305_600_000  # 7 March 2025
ECB = (
    "Date,USD,JPY,BGN,CYP,CZK,DKK,GBP,HUF,PLN,SEK,CHF,NOK,HRK,AUD,CAD,CNY,\n"
    "2025-03-04,1.0557,157.2,1.9558,N/A,25.036,7.4594,0.83035,398.9,4.1605,10.96,0.9401,11.7915,N/A,1.6942,1.5235,7.6781,\n"
    "2025-03-03,1.0465,157.59,1.9558,N/A,25.022,7.4589,0.82603,398.83,4.1645,11.006,0.9430,11.7475,N/A,1.6781,1.5113,7.6284,\n"
)


def read(text: str | bytes, made: int = NOW, **options: object) -> Plan:
    data = text.encode() if isinstance(text, str) else text
    given: dict[str, object] = {"received_at": NOW, "as_of": made} | options
    return plan_rates(data, "rates.csv", RateOptions(**given))  # type: ignore[arg-type] - options by name


def told(plan: Plan) -> dict[tuple[str, str, str], str]:
    """What was understood: (one unit of, on this day, is so many units of) → rate."""
    assert plan.error == ""
    facts = [fact for fact in plan.facts if isinstance(fact, ExchangeRateReported)]
    return {(fact.currency, fact.day, fact.in_currency): fact.rate for fact in facts}


def test_one_unit_of_from_is_rate_units_of_to() -> None:
    plan = read("day,from,to,rate\n2025-03-03,USD,CNY,7.1745\n2025-03-03,美元,€,0.9556\n")
    assert told(plan) == {("USD", "2025-03-03", "CNY"): "7.1745", ("USD", "2025-03-03", "EUR"): "0.9556"}
    assert plan.summary == "2 rates of 2 pairs of currencies, 2025-03-03 to 2025-03-03"


def test_the_file_of_the_european_central_bank_tells_what_one_euro_is() -> None:
    plan = read(ECB)
    rates = told(plan)
    assert len(rates) == 28
    assert rates["EUR", "2025-03-04", "JPY"] == "157.2"
    assert rates["EUR", "2025-03-03", "CHF"] == "0.943"
    assert plan.notes == ("2 cells hold no rate",)
    assert any("“CYP”" in line for line in plan.understood)


def test_a_column_that_names_its_pair_says_for_how_many_units_and_which_way_round() -> None:
    text = "日期,USD/CNY,100JPY/CNY,CNY/KRW\n2025-03-04,7.1739,4.8099,201.55\n"
    assert told(read(text.encode("gb18030"))) == {
        ("USD", "2025-03-04", "CNY"): "7.1739",
        ("JPY", "2025-03-04", "CNY"): "0.048099",
        ("CNY", "2025-03-04", "KRW"): "201.55",
    }


def test_what_a_table_of_single_currencies_leaves_out_the_options_say() -> None:
    text = "日期;美元;日元\n04.03.2025;717,39;4,8099\n"
    assert told(read(text, told_in="CNY", units=100, numbers="1.234,56")) == {
        ("USD", "2025-03-04", "CNY"): "7.1739",
        ("JPY", "2025-03-04", "CNY"): "0.048099",
    }
    assert told(read("day,USD,CNY\n2025-03-04,1.0557,7.6781\n", of="EUR")) == {
        ("EUR", "2025-03-04", "USD"): "1.0557",
        ("EUR", "2025-03-04", "CNY"): "7.6781",
    }
    assert told(read("day,currency,rate\n2025-03-04,USD,717.39\n", told_in="CNY", units=100)) == {
        ("USD", "2025-03-04", "CNY"): "7.1739"
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("day,USD,EUR\n2025-03-03,7.1745,7.6\n", "nothing says whether one unit of the columns' currencies"),
        ("day,currency,base,rate\n2025-03-03,USD,CNY,7.17\n", "call the columns from and to"),
        ("day,currency,rate\n2025-03-03,USD,7.17\n", "--in CNY"),
        ("day,from,to,rate\n2025-03-03,USD,CNY,7.174\n", "may mean thousands or a fraction"),
        ("day,USD/CNY,USD/CNY\n2025-03-03,7.1745,7.6\n", "two columns tell of USD in CNY"),
        ("day,from,to,rate\n", "no rows below it"),
        ("flour,eggs\n1,2\n", "no row is the header of exchange rates"),
        ("day,from,to,rate\n04/03/2025,USD,CNY,7.1745\n", "--date-order"),
    ],
)
def test_what_may_mean_two_things_is_refused_with_the_way_to_say_it(text: str, sentence: str) -> None:
    plan = read(text)
    assert plan.facts == ()
    assert plan.error.startswith("rates.csv, line ")
    assert sentence in plan.error


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("2025-03-04,USD,CNY,0", "rate", "is 0: a rate is more than 0"),
        ("2025-03-04,USD,CNY,-7.1", "rate", "is negative: a rate is more than 0"),
        ("2025-03-04,USD,CNY,", "rate", "is empty"),
        ("2025-03-04,USD,CNY,seven", "rate", "is not a number (1234567.89 and 1,234,567.89 are)"),
        ("2025-03-04,QQQ,CNY,7.1", "from", "is not the code of a currency (CNY, USD)"),
        ("2025-03-04,USD,,7.1", "to", "is not the code of a currency (CNY, USD)"),
        ("2025-03-04,USD,USD,1", "", "both currencies are USD"),
        (
            "2025-03-03,USD,CNY,7.2",
            "rate",
            "says another rate than a row before it, of the same day and currencies",
        ),
        ("2025-13-04,USD,CNY,7.1", "day", "is not a date (2017-10-22 and 2017年10月22日 are)"),
        ("2026-03-04,USD,CNY,7.1", "day", "is before 1970 or after the file was made"),
        ("2025-03-04,USD,CNY", "", "has 3 cells where the header has 4"),
        ("2025-03-04,USD,CNY,0.0000000000000000001", "rate", "has more than 18 decimal places"),
        ("2025-03-04,USD,CNY,9000000000000", "rate", "is too large to be true"),
    ],
)
def test_a_row_that_is_wrong_by_itself_is_left_out_and_named(row: str, column: str, reason: str) -> None:
    plan = read(f"day,from,to,rate\n2025-03-03,USD,CNY,7.1745\n{row}\n")
    assert told(plan) == {("USD", "2025-03-03", "CNY"): "7.1745"}
    assert [(each.at, each.column, each.reason) for each in plan.rejects] == [(3, column, reason)]


def test_a_bad_cell_of_a_wide_row_costs_that_rate_alone() -> None:
    plan = read("day,USD/CNY,EUR/CNY\n2025-03-03,0,7.4530\n")
    assert told(plan) == {("EUR", "2025-03-03", "CNY"): "7.453"}
    assert [str(each) for each in plan.rejects] == ["line 2, column USD/CNY: is 0: a rate is more than 0"]


def test_the_same_file_again_is_the_same_facts_and_a_newer_one_others() -> None:
    first, again = read(ECB), read(ECB, received_at=NOW + 5)
    assert [fact.event_id for fact in first.facts] == [fact.event_id for fact in again.facts]
    newer = read(ECB, made=NOW - 1)
    assert not {fact.event_id for fact in first.facts} & {fact.event_id for fact in newer.facts}


def test_only_what_is_wanted_of_a_long_history_is_taken() -> None:
    plan = read(ECB, since="2025-03-04")
    assert {day for _, day, _ in told(plan)} == {"2025-03-04"}
    assert "1 row of before 2025-03-04 left out, as --since says" in plan.notes


def test_a_fact_of_a_rate_is_what_its_topic_holds() -> None:
    for fact in read(ECB).facts:
        assert decode(SEM.name, encode(fact)) == fact


def test_without_a_time_it_was_made_nothing_says_which_rate_is_newer() -> None:
    assert "--as-of" in read(ECB, made=0).error


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"told_in": "RMB"}, "--in RMB is not the code of a currency"),
        ({"of": "EUR", "units": 7}, "--units 7 is not 1, 10, 100, 1000 or 10000"),
    ],
)
def test_options_that_make_no_sense_are_named(options: dict[str, object], sentence: str) -> None:
    assert sentence in read("day,USD\n2025-03-03,7.1745\n", **options).error
