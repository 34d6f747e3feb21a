"""What the consoles of Baidu, 360, Sogou and Google export: keyword reports, lists of keywords and clicks."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import chain

from market.landing import gclid_of
from market.model import AdDay, Keyword, Market, Visit
from market.social_ads import parts_of, social_files
from market.tables import count, csv_bytes, european, money, price, share, workbook_bytes
from market.times import wall_clock

ACCOUNT = "元图数据-SEM"
# So many of the newest days in a report are not fully counted yet; a later report restates them.
UNCOUNTED_DAYS = 3
_BAIDU = "日期,账户,推广计划,推广单元,关键词,展现,点击,消费,点击率,平均点击价格,网页转化,商桥转化"
_360 = "日期,推广账户,产品线,推广计划,推广组,关键词,展示次数,点击次数,点击率,总费用,平均每次点击费用"
_SOGOU = "编号,日期,账户,推广计划,推广组,关键词,消耗,点击数,展示数,点击率,点击均价"
# Since when an entry holds is a column that whoever keeps the list adds.
_LISTS = {
    "baidu": "关键词ID,推广计划名称,推广单元名称,关键词名称,生效时间",
    "360": "关键词ID,推广计划,推广组ID,推广组,关键词,生效时间",
}
_GOOGLE = "Day,Campaign,Ad group,Keyword,Match type,Age,Currency code,Impr.,Clicks,Cost"
_AGES = ("25 - 34", "35 - 44", "Unknown")
_GERMAN = "Tag,Kampagne,Anzeigengruppe,Suchkeyword,Suchkeyword-Option,Währungscode,Impr.,Klicks,Kosten"
_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"),
    *("August", "September", "Oktober", "November", "Dezember"),
)


def sem_files(market: Market) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each report; the older Baidu report overlaps the newer one."""
    by_platform: dict[str, list[AdDay]] = {}
    for day in market.ad_days:
        by_platform.setdefault(day.platform, []).append(day)
    for reported in by_platform.values():
        reported.sort(key=lambda day: (day.day, day.campaign, day.ad_group, day.keyword))
    first, last = market.start, market.start + timedelta(days=market.days - 1)
    middle = market.start + timedelta(days=market.days // 2)
    if baidu := by_platform.get("baidu"):
        yield _baidu(baidu, first, middle, restated=True)
        yield _baidu(baidu, middle - timedelta(days=UNCOUNTED_DAYS - 1), last, restated=False)
    if days := by_platform.get("360"):
        yield f"360_{first}_{last}.csv", _of_360(days)
    if days := by_platform.get("sogou"):
        yield f"sogou_{first}_{last}.xlsx", _sogou(days)
    if days := by_platform.get("google"):
        # A colleague in Germany exports the second half.
        yield "google_keywords.csv", _google(days, first, middle, market.seed)
        yield "google_suchkeywords.csv", _german_google(days, middle + timedelta(days=1), last)
    if any(visit.shape == "listed" for visit in market.visits):
        yield "google_clicks.csv", _clicks(market)
    yield from social_files(market)
    for platform in sorted(_LISTS.keys() & {keyword.platform for keyword in market.keywords}):
        listed = [keyword for keyword in market.keywords if keyword.platform == platform]
        yield f"keyword_list_{platform}.csv", _keyword_list(platform, listed)


def _baidu(days: Sequence[AdDay], first: date, last: date, restated: bool) -> tuple[str, bytes]:
    """Export a part of the days; the newest ones of a report that is restated later are counted too low."""
    uncounted = {(last - timedelta(days=ago)).isoformat() for ago in range(UNCOUNTED_DAYS)}
    rows: list[list[object]] = []
    impressions = clicks = cost = 0
    for day in days:
        if not first.isoformat() <= day.day <= last.isoformat():
            continue
        early = restated and day.day in uncounted
        clicked, spent = (day.early_clicks, day.early_cost) if early else (day.clicks, day.cost)
        impressions, clicks, cost = impressions + day.impressions, clicks + clicked, cost + spent
        place = [day.day, ACCOUNT, day.campaign, day.ad_group, day.keyword]
        rows.append([*place, *_baidu_numbers(day.impressions, clicked, spent), 0, 0])
    total = ["合计", "-", "-", "-", "-", *_baidu_numbers(impressions, clicks, cost), 0, 0]
    preamble = (
        f"数据生成时间：{last} 23:5{5 if restated else 8}",
        "数据生成条件：",
        f"1. 时间范围：{first:%Y%m%d} 至 {last:%Y%m%d}",
        "2. 时间单位：分日",
        "3. 推广设备：移动设备，计算机",
        "4. 投放网络：全部",
        "5. 投放物料：全部",
        "",
    )
    content = csv_bytes([_BAIDU.split(","), *rows, total], "gbk", preamble)
    return f"baidu_keywords_{first}_{last}.csv", content


def _baidu_numbers(impressions: int, clicks: int, cost: int) -> list[str]:
    return [count(impressions), count(clicks), money(cost), share(clicks, impressions), price(cost, clicks)]


def _of_360(days: Sequence[AdDay]) -> bytes:
    rows = [
        [
            day.day,
            ACCOUNT,
            "搜索推广",
            day.campaign,
            day.ad_group,
            day.keyword,
            day.impressions,
            day.clicks,
            share(day.clicks, day.impressions),
            money(day.cost),
            price(day.cost, day.clicks),
        ]
        for day in days
    ]
    return csv_bytes([_360.split(","), *rows], "gbk")


def _sogou(days: Sequence[AdDay]) -> bytes:
    """Export as a workbook, with the total row on top, dashes where it has nothing to say."""
    rows: list[list[str | float]] = [
        [
            number,
            day.day,
            ACCOUNT,
            day.campaign,
            day.ad_group,
            day.keyword,
            *_sogou_numbers(day.cost, day.clicks, day.impressions),
        ]
        for number, day in enumerate(days, start=1)
    ]
    impressions, clicks, cost = _sums(days)
    total: list[str | float] = [
        "总计",
        "--",
        "--",
        "--",
        "--",
        "--",
        *_sogou_numbers(cost, clicks, impressions),
    ]
    return workbook_bytes([_SOGOU.split(","), total, *rows])


def _sogou_numbers(cost: int, clicks: int, impressions: int) -> list[str | float]:
    return [cost / 100, clicks, impressions, share(clicks, impressions), price(cost, clicks)]


def _google(days: Sequence[AdDay], first: date, last: date, seed: int) -> bytes:
    """Export as the English console does: a title, the dates, two dashes for nothing, totals below.

    Somebody added the ages of those who saw the ads, so that each day stands there in parts.
    """
    rng = random.Random(seed * 198_491_317)
    within = [day for day in days if first.isoformat() <= day.day <= last.isoformat()]
    rows: list[list[object]] = [
        [
            part.day,
            part.campaign,
            part.ad_group or " --",
            part.keyword or " --",
            "Phrase match" if part.keyword else " --",
            age,
            "CNY",
            count(part.impressions),
            count(part.clicks),
            money(part.cost),
        ]
        for day in within
        for age, part in zip(_AGES, parts_of(day, len(_AGES), rng), strict=True)
    ]
    impressions, clicks, cost = _sums(within)
    numbers = [count(impressions), count(clicks), money(cost)]
    dashes = [" --"] * 5
    total: list[object] = ["Total: Account", *dashes, "CNY", *numbers]
    title = (
        "Search keyword report",
        f'"{first:%B} {first.day}, {first.year} - {last:%B} {last.day}, {last.year}"',
    )
    return csv_bytes([_GOOGLE.split(","), *rows, total], "utf-8-sig", title, "\n")


def _german_google(days: Sequence[AdDay], first: date, last: date) -> bytes:
    """Export as the German console does for Excel: tabs, UTF-16, and decimal commas."""
    within = [day for day in days if first.isoformat() <= day.day <= last.isoformat()]
    rows: list[list[object]] = [
        [
            day.day,
            day.campaign,
            day.ad_group or " --",
            day.keyword or " --",
            "Passende Wortgruppe" if day.keyword else " --",
            "CNY",
            european(count(day.impressions)),
            european(count(day.clicks)),
            european(money(day.cost)),
        ]
        for day in within
    ]
    impressions, clicks, cost = _sums(within)
    numbers = [european(count(impressions)), european(count(clicks)), european(money(cost))]
    total: list[object] = ["Gesamt: Konto", *[" --"] * 4, "CNY", *numbers]
    title = ("Bericht zu Suchkeywords", f"{_in_german(first)} - {_in_german(last)}")
    return csv_bytes([_GERMAN.split(","), *rows, total], "utf-16", title, "\n", "\t")


def _in_german(day: date) -> str:
    return f"{day.day}. {_MONTHS[day.month - 1]} {day.year}"


def _keyword_list(platform: str, listed: Sequence[Keyword]) -> bytes:
    """Export every keyword with its id, once for each time that it was given another id or place."""
    rows: list[list[object]] = [[*_LISTS[platform].split(",")]]
    for keyword in listed:
        group = [keyword.group_id, keyword.ad_group] if platform == "360" else [keyword.ad_group]
        rows.append([keyword.id, keyword.campaign, *group, keyword.text, wall_clock(keyword.since)])
    return csv_bytes(rows, "gbk")


def _clicks(market: Market) -> bytes:
    """Export the clicks that Google still knows, each with its keyword."""
    listed = [visit for visit in market.visits if visit.shape == "listed"]
    rows = chain(
        [["GCLID", "Campaign", "Ad group", "Keyword", "Click time"]],
        (_click(visit, market.seed) for visit in listed),
    )
    return csv_bytes(rows, "utf-8-sig", line_end="\n")


def _click(visit: Visit, seed: int) -> list[str]:
    cause = visit.source.cause
    clicked = wall_clock(visit.at - 2_000)
    return [gclid_of(visit, seed), cause.campaign, cause.ad_group, cause.keyword, clicked]


def _sums(days: Sequence[AdDay]) -> tuple[int, int, int]:
    return (
        sum(day.impressions for day in days),
        sum(day.clicks for day in days),
        sum(day.cost for day in days),
    )
