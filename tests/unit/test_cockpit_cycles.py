"""The page of proofs of concept and cycles: what runs over, how sure shares are, money by currency."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from cockpits import Stored, cockpit, result, text_of

from cockpit.pages.cycles import wins_of
from sinks.reports import Result

NOW = datetime(2026, 10, 1, tzinfo=UTC)
WINS = "value won lost open left_otherwise won_share revenue lost_amount open_amount currency"


def test_deals_of_several_currencies_are_counted_together_and_their_amounts_are_not_added() -> None:
    rows = [
        dict(zip(WINS.split(), row, strict=True))
        for row in (
            ("华东", 3, 1, 2, 0, 0.75, Decimal(30), Decimal(5), 0, "CNY"),
            ("华南", 9, 1, 0, 0, 0.9, Decimal(7), Decimal(0), 0, "CNY"),
            ("华东", 1, 0, 0, 0, 1.0, Decimal(4), Decimal(0), 0, "EUR"),
        )
    ]
    south, east = wins_of(rows)
    assert (south.value, east.value) == ("华南", "华东")
    assert (east.won, east.lost, east.open) == (4, 1, 2)
    assert east.revenue == ((30, "CNY"), (4, "EUR"))
    assert east.lost_amount == ((5, "CNY"),)
    assert east.interval is not None
    assert (round(east.interval[0], 2), east.interval[1], round(east.interval[2], 2)) == (0.38, 0.8, 0.96)


def test_who_is_neither_won_nor_lost_has_no_share() -> None:
    (told,) = wins_of([dict(zip(WINS.split(), ("x", 0, 0, 2, 0, None, 0, 0, 9, "CNY"), strict=True))])
    assert told.interval is None


def answer(**columns: object) -> Result:
    """An answer of one row."""
    return result(" ".join(columns), tuple(columns.values()))


def stored() -> Stored:
    running = {
        **{"name": "", "owner": "x", "region": "华东", "industry": "", "competitor": "", "started_at": NOW},
        **{"usual_days": 9.9, "usual_p90_days": 22.0, "amount": 5, "currency": "CNY", "channel": "direct"},
    }
    over = {**running, "deal": "deal:a:1", "company": "<b>公司", "running_days": 40.0, "is_over": 1}
    usual = {**running, "deal": "deal:a:2", "company": "乙", "running_days": 4.0, "is_over": 0}
    return Stored(
        {
            "running_pocs": result(" ".join(over), tuple(over.values()), tuple(usual.values())),
            "cycle_times": answer(
                **{"transition": "opportunity_to_won", "who": "deal", "value": "(all)", "cases": 64},
                **{"reached": 28, "ended": 10, "still_open": 26, "median_days": None, "p90_days": None},
                **{"arrived_median_days": 13.9, "arrived_p90_days": 22.9, "finished_median_days": 13.2},
                **{"reached_30_days": 0.4, "reached_90_days": 0.4},
            ),
            "poc": answer(value="华东", pocs=18, running=3, passed=5, failed=10, median_days=14.9),
            "poc_reasons": answer(value="华东", reason="security", failed=5, share=0.5),
            "survival": result("value days reached_share", ("华东", 1.0, 0.1), ("华东", 9.0, 0.4)),
        }
    )


def page(path: str, given: Stored, status: int = 200) -> str:
    async def run() -> str:
        async with cockpit(given) as client:
            return " ".join((await text_of(client, path, status)).split())

    return asyncio.run(run())


@pytest.mark.enable_socket
def test_it_says_which_proofs_of_concept_run_over_and_how_long_things_take() -> None:
    text = page("/cycles", stored())
    assert "2 proofs of concept are running, 1 of them for longer than nine of ten took" in text
    assert "&lt;b&gt;公司" in text
    assert '33% <span class="quiet">(15%–58%)</span>' in text
    assert "Security" in text
    assert "Share that has arrived, by days" in text
    assert "安全合规" in page("/cycles?lang=zh", stored())


@pytest.mark.enable_socket
def test_its_filters_go_to_every_report_that_takes_them() -> None:
    given = stored()
    page("/cycles?during=2026-Q3&owner=a&by=industry&transition=poc_to_won&mode=cohort", given)
    asked = {name: values for name, values in given.asked if name != "trust"}
    days = {"from": "2026-07-01", "to": "2026-09-30"}
    assert asked["survival"] == {"transition": "poc_to_won", "by": "industry", "owner": "a", **days}
    assert asked["poc"] == {"by": "industry", "owner": "a", **days}
    # What runs now runs whenever it began.
    assert asked["running_pocs"] == {"owner": "a", "limit": "200"}
    assert asked["win_loss"]["mode"] == "cohort"
    assert "must be all or" in page("/cycles?by=nothing", stored(), 400)


@pytest.mark.enable_socket
def test_without_any_it_says_so() -> None:
    assert "No proof of concept is running." in page(
        "/cycles", Stored({"survival": result("value days reached_share")})
    )
