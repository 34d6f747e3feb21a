"""The two stories that are always told: the company in Nanjing, and the reader of an article."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import market
from market.model import Market

ARTICLE = "metadata-ten-questions"


def truth(told: Market, folder: Path) -> dict[str, Any]:
    market.write(told, folder)
    return {path.stem: json.loads(path.read_text()) for path in (folder / "truth").glob("*.json")}


def markets() -> list[Market]:
    drawn = [market.simulate(seed, 50, date(2025, 9, 1), 75) for seed in (1, 2, 3)]
    return [market.stories(), *drawn]


@pytest.mark.parametrize("told", markets(), ids=["alone", "seed 1", "seed 2", "seed 3"])
def test_the_company_in_nanjing_comes_by_its_keyword_and_signs(told: Market, tmp_path: Path) -> None:
    written = truth(told, tmp_path)
    story = next(row for row in written["stories"] if row["story"] == "nanjing")
    (person,) = story["people"]
    (deal,) = story["deals"]
    first, second, third = person["touchpoints"]
    days = [row for row in written["keyword_performance"] if row["keyword"] == "元数据管理"]
    keyword = {name: sum(row[name] for row in days) for name in ("cost", "leads_first", "revenue_first")}

    assert person["person"] == "crm:sales:L900001"
    assert (first["campaign"], first["ad_group"], first["keyword"]) == (
        "功能-元数据管理",
        "G-元数据管理",
        "元数据管理",
    )
    assert (first["channel"], second["channel"], third["channel"]) == (
        "paid_search",
        "direct",
        "organic_search",
    )
    assert [page["dwell_ms"] for page in first["page_visits"]] == [96_000, 61_000, 34_000]
    assert third["page_visits"][-1]["url"].endswith("/demo")
    assert [entry["stage"] for entry in person["stages"]] == [
        "visitor",
        "lead",
        "marketing_qualified",
        "sales_qualified",
    ]
    assert [entry["stage"] for entry in deal["stages"]] == ["opportunity", "poc", "won"]
    assert (deal["amount"], deal["currency"]) == (268_000.0, "CNY")
    assert keyword["cost"] > 0
    assert keyword["leads_first"] >= 1
    assert keyword["revenue_first"] >= 268_000.0


@pytest.mark.parametrize("told", markets(), ids=["alone", "seed 1", "seed 2", "seed 3"])
def test_the_article_and_its_author_get_the_reader_s_lead(told: Market, tmp_path: Path) -> None:
    written = truth(told, tmp_path)
    story = next(row for row in written["stories"] if row["story"] == "reader")
    (person,) = story["people"]
    reading, registration = person["touchpoints"]
    lead = next(entry for entry in person["stages"] if entry["stage"] == "lead")
    content = next(
        row for row in written["content_performance"] if row["content"] == ARTICLE and row["leads_first"]
    )

    assert person["person"] == "crm:sales:L900002"
    assert sum(name.startswith("anon:") for name in person["identifiers"]) == 2
    assert (reading["content"], reading["author"]) == (ARTICLE, "数据治理编辑部")
    assert reading["published"] < str(datetime.fromtimestamp(reading["at"] / 1000, UTC).date())
    assert registration["at"] - reading["at"] > 14 * 86_400_000
    assert reading["at"] < lead["at"] < registration["at"]
    assert content["author"] == "数据治理编辑部"
    assert content["leads_first"] >= 1


def test_alone_they_are_all_there_is(tmp_path: Path) -> None:
    written = truth(market.stories(), tmp_path)

    assert len(written["leads"]) == 2
    assert len(written["deals"]) == 1
    assert {row["keyword"] for row in written["keyword_performance"]} == {"元数据管理"}
    sums = {
        name: sum(row[name] for row in written["keyword_performance"])
        for name in ("leads_first", "won_first", "revenue_first", "leads_last", "won_last")
    }
    assert (sums["leads_first"], sums["won_first"], sums["revenue_first"]) == (1, 1, 268_000.0)
    assert (sums["leads_last"], sums["won_last"]) == (0, 0), "the last touch was a search"
    (content,) = written["content_performance"]
    assert (content["leads_first"], content["leads_last"], content["won_first"]) == (1, 1, 0)
    assert len((tmp_path / "requests.jsonl").read_text().splitlines()) < 20
