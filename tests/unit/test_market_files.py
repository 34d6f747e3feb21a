"""The files of a simulated market, read with nothing of the product."""

import csv
import io
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

import market
from market.crm_files import UTM_COLUMNS
from market.model import Market

START = date(2026, 3, 2)
Key = tuple[str, ...]


@pytest.fixture(scope="module")
def simulated() -> Market:
    return market.simulate(11, 400, START, 90)


@pytest.fixture(scope="module")
def folder(simulated: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("market")
    market.write(simulated, written)
    return written


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(path: Path, encoding: str, skip: int = 0, between: str = ",") -> list[dict[str, str]]:
    text = path.read_bytes().decode(encoding).splitlines(keepends=True)
    return list(csv.DictReader(io.StringIO("".join(text[skip:]), newline=""), delimiter=between))


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def truth(folder: Path, name: str) -> Any:
    return json.loads((folder / "truth" / f"{name}.json").read_text(encoding="utf-8"))


def test_requests_stand_in_the_order_of_time(folder: Path) -> None:
    requests = lines(folder / "requests.jsonl")

    assert [request["at"] for request in requests] == sorted(request["at"] for request in requests)
    assert {(request["method"], request["path"]) for request in requests} == {
        ("POST", "/v1/batch"),
        ("POST", "/v1/events"),
    }


def test_segment_batches_say_when_each_call_happened_and_nothing_of_the_sender_s_clock(folder: Path) -> None:
    batches = [
        json.loads(request["body"])
        for request in lines(folder / "requests.jsonl")
        if request["path"] == "/v1/batch"
    ]
    calls = [call for batch in batches for call in batch["batch"]]

    assert all("sentAt" not in batch for batch in batches)
    assert {call["type"] for call in calls} == {"page", "track", "identify"}
    assert {call["event"] for call in calls if call["type"] == "track"} == {
        "Page Engaged",
        "Form Submitted",
        "Video Played",
        "Trial Reminder Sent",
    }
    for call in calls:
        assert call["timestamp"].endswith("Z")
        assert call["anonymousId"]
        if call["context"]["library"]["name"] == "analytics.js":
            assert re.match(r"https://(www|docs)\.metagraph\.example/", call["context"]["page"]["url"])
        else:
            assert call["type"] != "page", "a back end sees no pages"
            assert "page" not in call["context"]


def test_some_requests_come_twice_and_nothing_else_does(folder: Path) -> None:
    bodies = [request["body"] for request in lines(folder / "requests.jsonl")]
    ids = [
        event.get("messageId") or event["id"]
        for body in set(bodies)
        for content in [json.loads(body)]
        for event in (content.get("batch", [content]) if isinstance(content, dict) else content)
    ]

    assert len(bodies) > len(set(bodies))
    assert len(ids) == len(set(ids))


def baidu_reports(folder: Path) -> list[Path]:
    return sorted((folder / "sem").glob("baidu_keywords_*.csv"))


def test_a_baidu_report_adds_up_to_its_total_row(folder: Path) -> None:
    for path in baidu_reports(folder):
        *days, total = rows(path, "gbk", skip=8)

        assert path.read_bytes().decode("gbk").startswith("数据生成时间：")
        assert total["日期"] == "合计"
        for column in ("展现", "点击", "消费"):
            assert sum(number(day[column]) for day in days) == number(total[column])
        assert any("," in day["展现"] for day in (*days, total))


def test_the_newer_baidu_report_restates_the_last_days_of_the_older(folder: Path) -> None:
    older, newer = (
        {(row["日期"], row["关键词"]): number(row["消费"]) for row in rows(path, "gbk", skip=8)}
        for path in baidu_reports(folder)
    )
    both = (older.keys() & newer.keys()) - {("合计", "-")}

    assert len({day for day, _ in both}) == 3
    assert any(older[key] < newer[key] for key in both)
    assert all(older[key] <= newer[key] for key in both)


def performance(folder: Path) -> dict[Key, list[Decimal]]:
    """Add up the reports of all platforms by keyword, the newest report of a day alone."""
    days: dict[Key, tuple[str, str, str]] = {}
    for path in baidu_reports(folder):
        for row in rows(path, "gbk", skip=8)[:-1]:
            key: Key = ("baidu", row["推广计划"], row["推广单元"], row["关键词"], row["日期"])
            days[key] = (row["展现"], row["点击"], row["消费"])
    (of_360,) = (folder / "sem").glob("360_*.csv")
    for row in rows(of_360, "gbk"):
        key = ("360", row["推广计划"], row["推广组"], row["关键词"], row["日期"])
        days[key] = (row["展示次数"], row["点击次数"], row["总费用"])
    for row in in_workbook(folder)[1:]:
        key = ("sogou", row["推广计划"], row["推广组"], row["关键词"], row["日期"])
        days[key] = (str(row["展示数"]), str(row["点击数"]), f"{row['消耗']:.2f}")
    sums: dict[Key, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for key, cells in (*days.items(), *overseas(folder)):
        sums[key[:4]] = [known + number(cell) for known, cell in zip(sums[key[:4]], cells, strict=True)]
    return dict(sums)


def in_workbook(folder: Path) -> list[dict[str, Any]]:
    (sogou,) = (folder / "sem").glob("sogou_*.xlsx")
    header, *lines = CalamineWorkbook.from_path(sogou).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, header), line, strict=True)) for line in lines]


def overseas(folder: Path) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Yield each row of Google, Meta and LinkedIn, with numbers as the consoles at home write them."""
    for row in rows(folder / "sem" / "google_keywords.csv", "utf-8-sig", skip=2)[:-1]:
        names = (row["Campaign"], row["Ad group"], row["Keyword"])
        key: Key = ("google", *("" if name == " --" else name for name in names))
        yield key, (row["Impr."], row["Clicks"], row["Cost"])
    for row in rows(folder / "sem" / "google_suchkeywords.csv", "utf-16", skip=2, between="\t")[:-1]:
        names = (row["Kampagne"], row["Anzeigengruppe"], row["Suchkeyword"])
        key = ("google", *("" if name == " --" else name for name in names))
        yield key, tuple(at_home(row[name]) for name in ("Impr.", "Klicks", "Kosten"))
    for row in rows(folder / "sem" / "meta_anzeigengruppen.csv", "cp1252", between=";"):
        cells = (row["Impressionen"], row["Klicks (alle)"], row["Ausgegebener Betrag (EUR)"])
        yield ("meta", row["Kampagnenname"], row["Anzeigengruppenname"], ""), tuple(map(at_home, cells))
    for row in rows(folder / "sem" / "linkedin_campaigns.csv", "utf-16", skip=4, between="\t"):
        cells = (row["Impressions"], row["Clicks"], row["Total Spent"].lstrip("$"))
        yield ("linkedin", row["Campaign Name"], "", ""), cells


def at_home(german: str) -> str:
    return german.translate(str.maketrans(".,", ",."))


def test_consoles_write_as_in_the_country_of_whoever_exports(folder: Path) -> None:
    parts = rows(folder / "sem" / "meta_anzeigengruppen.csv", "cp1252", between=";")
    *german, total = rows(folder / "sem" / "google_suchkeywords.csv", "utf-16", skip=2, between="\t")
    dollars = rows(folder / "sem" / "linkedin_campaigns.csv", "utf-16", skip=4, between="\t")

    assert {row["Alter"] for row in parts} == {"18-24", "25-34", "35-44"}
    assert any(re.fullmatch(r"\d\.\d{3}", row["Impressionen"]) for row in parts)
    assert all(re.fullmatch(r"\d\d\.\d\d\.\d{4}", row["Tag"]) for row in parts)
    assert "ü" in parts[0]["Kampagnenname"]
    assert total["Tag"] == "Gesamt: Konto"
    assert sum(number(at_home(row["Kosten"])) for row in german) == number(at_home(total["Kosten"]))
    assert any(re.fullmatch(r"\$[\d,]+\.\d\d", row["Total Spent"]) for row in dollars)


def test_the_reports_add_up_to_the_truth_about_each_keyword(folder: Path) -> None:
    expected: dict[Key, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for row in truth(folder, "keyword_performance"):
        if row["currency"]:
            keyword = row["keyword"].replace("(unallocated)", "")
            key = (row["platform"], row["campaign"], row["ad_group"], keyword)
            cells = (Decimal(str(row[name])) for name in ("impressions", "clicks", "cost"))
            expected[key] = [known + cell for known, cell in zip(expected[key], cells, strict=True)]

    assert performance(folder) == {key: sums for key, sums in expected.items() if any(sums)}


def test_clicks_by_their_id_alone_are_found_in_google_s_list_but_for_a_few(
    folder: Path, simulated: Market
) -> None:
    listed = {row["GCLID"] for row in rows(folder / "sem" / "google_clicks.csv", "utf-8-sig")}
    landed = {
        call["properties"]["url"].rpartition("gclid=")[2]
        for request in lines(folder / "requests.jsonl")
        if request["path"] == "/v1/batch"
        for call in json.loads(request["body"])["batch"]
        if call["type"] == "page" and "gclid=" in call["properties"]["url"]
    }
    unlisted = sum(visit.shape == "unlisted" for visit in simulated.visits)

    assert len(landed & listed) > 10
    assert unlisted
    assert len(landed - listed) <= unlisted


def test_landing_urls_come_in_the_shapes_of_the_wild(folder: Path) -> None:
    text = (folder / "requests.jsonl").read_text(encoding="utf-8")

    assert "plan=%B9%A6%C4%DC-%D4%AA" in text, "GBK"
    assert "plan=%E5%8A%9F%E8%83%BD-" in text, "UTF-8"
    assert "plan=%u529F%u80FD-" in text, "escape()"
    assert "&amp;unit=" in text
    assert "utm_term=%7Bkeyword%7D" in text
    assert "http://www.baidu.com/s?wd=%D4%AA" in text


def test_the_crm_s_files_hold_every_change_once(folder: Path, simulated: Market) -> None:
    leads = rows(folder / "crm" / "leads.csv", "utf-8-sig")
    deals = rows(folder / "crm" / "deals.csv", "gb18030")
    calls = rows(folder / "crm" / "follow_ups.csv", "utf-8-sig")
    hooks = [(hook["path"], json.loads(hook["body"])) for hook in lines(folder / "crm" / "webhooks.jsonl")]
    sent = [body for path, body in hooks if path == "/webhooks/crm/sales"]
    events = [event for path, body in hooks if path == "/webhooks/crm/hubspot" for event in body]
    staged = [(row["线索编号"], row["线索阶段"]) for row in leads if row["线索阶段"]]
    staged += [(row["线索编号"], row["线索阶段"]) for row in sent if "线索阶段" in row]
    staged += [
        (str(event["objectId"]), event["propertyValue"])
        for event in events
        if event.get("propertyName") == "lifecyclestage"
    ]
    merged = [(row["线索编号"], row["已合并线索"]) for row in (*leads, *sent) if row.get("已合并线索")]
    merged += [
        (str(event["newObjectId"]), "；".join(map(str, event["mergedObjectIds"])))
        for event in events
        if event["subscriptionType"] == "contact.merge"
    ]

    assert sorted(staged) == sorted((change.lead, change.stage) for change in simulated.stages)
    assert sorted(merged) == sorted((merge.into, "；".join(merge.gone)) for merge in simulated.merges)
    assert len(calls) + sum("跟进时间" in row for row in sent) == len(simulated.follow_ups)
    of_deals = [one.deal for one in simulated.deals] + [
        word.record for word in simulated.taken_back if word.is_deal
    ]
    assert len(deals) + sum("商机编号" in row for row in sent) == sum(deal[0] == "D" for deal in of_deals)
    assert len(sent) + sum(path == "/webhooks/crm/hubspot" for path, _ in hooks) == len(hooks)


def test_the_mappings_name_the_columns_that_the_exports_have(folder: Path) -> None:
    def named(section: dict[str, Any]) -> set[str]:
        told: set[str] = set()
        for value in section.values():
            told |= (
                named(value) if isinstance(value, dict) else {value} if isinstance(value, str) else set(value)
            )
        return told

    for name, encoding, part in (
        ("leads", "utf-8-sig", "lead"),
        ("follow_ups", "utf-8-sig", "lead"),
        ("deals", "gb18030", "deal"),
    ):
        columns = set(rows(folder / "crm" / f"{name}.csv", encoding)[0])
        mapping = tomllib.loads((folder / "crm" / f"{name}.toml").read_text(encoding="utf-8"))
        assert mapping["system"] == "sales"
        assert named(mapping[part]) == columns - set(UTM_COLUMNS)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_smallest_market_exports_no_list_without_a_row(seed: int, tmp_path: Path) -> None:
    """An importer takes a list with nothing below its header for a mistake."""
    market.write(market.simulate(seed, 5, START, 60), tmp_path)
    exported = [*(tmp_path / "sem").iterdir(), *(tmp_path / "crm").glob("*.csv")]

    assert exported
    for path in exported:
        assert len(path.read_bytes().splitlines()) > 1, path.name


def test_attendance_lists_name_a_way_to_reach_everybody(folder: Path, simulated: Market) -> None:
    attended = [row for path in (folder / "attendance").glob("*.csv") for row in rows(path, "utf-8-sig")]

    assert len(attended) == len(simulated.attendances) > 0
    assert all(row["邮箱"] or row["手机"] for row in attended)
