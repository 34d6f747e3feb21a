"""Which ad platform made a report, told by its layout: every console has words that no other uses."""

import re
from collections.abc import Sequence
from typing import Final

from producers.cells.tabular import NotUnderstoodError
from producers.outcomes.of_files import listed
from producers.sem.columns import Layout, folded

ENGINES: Final = ("baidu", "360", "sogou", "shenma", "google", "microsoft")
CHINESE: Final = frozenset({"baidu", "360", "sogou", "shenma"})
# Columns and how much they tell; several in one mark tell it only together.
_COLUMNS: Final[dict[str, tuple[tuple[int, tuple[str, ...]], ...]]] = {
    "baidu": (
        (2, ("展现",)), (2, ("网页转化",)), (3, ("商桥转化",)), (2, ("千次展现消费",)), (2,
            ("推广计划名称", "关键词名称")),
        (2, ("计算机质量度",)), (2, ("当前单元的添加状态",)), (2, ("移动营销页浏览量",)), (2,
            ("bd_vid",)), (2, ("bdvid",)),
    ),
    "360": (
        (3, ("总费用",)), (3, ("产品线",)), (2, ("推广账户",)), (2, ("平均每次点击费用",)), (2, ("展示",
            "推广组")),
        (2, ("展示次数", "推广计划")), (1, ("推广组",)), (1, ("平均点击率",)), (2, ("qhclickid",)),
    ),
    "sogou": (
        (2, ("消耗",)), (2, ("点击数",)), (2, ("展示数",)), (2, ("点击均价",)), (1, ("编号",)), (1,
            ("推广组",)),
    ),
    "shenma": (
        (3, ("展示", "推广单元")), (3, ("当前单元添加状态",)), (2, ("创意", "展现量", "推广单元")), (2,
            ("uctrackid",)),
    ),
    "google": (
        (3, ("广告系列",)), (1, ("货币代码",)), (2, ("关键字",)), (3, ("impr.",)), (2,
            ("searchkeyword",)), (1, ("广告组",)),
        (2, ("keywordstatus",)), (2, ("campaign", "adgroup", "cost")), (2, ("campaign", "cost", "clicks")),
        (2, ("customerid",)), (3, ("gclid",)), (3, ("click_view.gclid",)),
        (3, ("ad_group_criterion.criterion_id",)),
        (3, ("googleclickid",)),
        (3, ("metrics.clicks",)), (3, ("metrics.cost_micros",)), (3, ("segments.date",)),
    ),
    "microsoft": (
        (3, ("gregoriandate",)), (3, ("timeperiod",)), (3, ("spend",)), (2, ("accountnumber",)), (1,
            ("campaignname",)),
        (2, ("deliveredmatchtype",)), (2, ("bidmatchtype",)), (3, ("msclkid",)), (2, ("microsoftclickid",)),
    ),
}  # fmt: skip
_PREAMBLES: Final = {
    "baidu": re.compile("数据生成时间|数据生成条件|百度"),
    "360": re.compile("360(?:搜索|点睛|推广)|奇虎"),
    "sogou": re.compile("显示以下时间范围内的|搜狗"),
    "shenma": re.compile("神马|卧龙"),
    "google": re.compile("(?i)(?:search )?keyword(?:s)? report|搜索关键字报告|关键字报告|google ads"),
    "microsoft": re.compile('(?i)^"?report name:|microsoft|bing ads', re.MULTILINE),
}
_FILE_NAMES: Final = {
    "baidu": re.compile("(?i)baidu|百度"),
    "360": re.compile("(?i)效果评估报告|(?<!\\d)360(?!\\d)|qihoo|好搜"),
    "sogou": re.compile("(?i)sogou|搜狗"),
    "shenma": re.compile("(?i)shenma|神马"),
    "google": re.compile("(?i)google|adwords|谷歌"),
    "microsoft": re.compile("(?i)microsoft|bing|必应"),
}
_SURE = 2


def scores(layout: Layout, preamble: str, file_name: str) -> dict[str, int]:
    """Return how much speaks for each engine; the file's name tips the scale, but never makes it."""
    names = {folded(cell) for cell in layout.header}
    told = {
        engine: sum(points for points, marks in _COLUMNS[engine] if names.issuperset(marks))
        + (3 if _PREAMBLES[engine].search(preamble) else 0)
        for engine in ENGINES
    }
    return {engine: told[engine] + (2 if _FILE_NAMES[engine].search(file_name) else 0) for engine in ENGINES}


def engine_of(layout: Layout, preamble: str, file_name: str, given: str) -> str:
    """Return the engine of a report; `given` is what the user says, "" for nothing.

    Raises NotUnderstoodError if the layout is another engine's,
        or could be of several and nobody says which.
    """
    if given and given not in ENGINES:
        raise NotUnderstoodError(f"{given!r} is not an engine that is known; those are {', '.join(ENGINES)}")
    told = scores(layout, preamble, "" if given else file_name)
    order = sorted(ENGINES, key=lambda engine: -told[engine])
    best, second = order[0], order[1]
    if given:
        if told[best] >= told[given] + _SURE:
            raise NotUnderstoodError(
                f"wrong engine: the layout is that of {best}, not of {given}; "
                f"the header is {listed(layout.header)}",
                line=layout.line,
            )
        return given
    if told[best] < _SURE or told[best] == told[second]:
        raise NotUnderstoodError(
            "the layout doesn't tell which engine made the report; say it with --engine "
            f"({', '.join(sorted(_possible(told, order)))})",
            line=layout.line,
        )
    return best


def _possible(told: dict[str, int], order: Sequence[str]) -> Sequence[str]:
    best = told[order[0]]
    return [engine for engine in order if told[engine] == best and best > 0] or ENGINES
