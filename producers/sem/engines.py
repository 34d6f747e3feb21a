"""Which ad platform made a file, told by its layout: every console has words that no other uses."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from producers.cells.tabular import NotUnderstoodError
from producers.outcomes.of_files import listed
from producers.sem.columns import Layout, folded

ENGINES: Final = (
    "baidu", "360", "sogou", "shenma", "google", "microsoft", "meta", "linkedin", "oceanengine", "tencent",
    "zhihu",
)  # fmt: skip
CHINESE: Final = frozenset({"baidu", "360", "sogou", "shenma", "oceanengine", "tencent", "zhihu"})
# No export of these was seen, and no column is known to be theirs alone: the user says whose it is.
UNSEEN: Final = frozenset({"zhihu"})
_Marks = tuple[tuple[int, tuple[str, ...]], ...]
# Columns and how much they tell; several in one mark tell it only together.
_COLUMNS: Final[dict[str, _Marks]] = {
    "baidu": (
        (2, ("展现",)), (2, ("网页转化",)), (3, ("商桥转化",)), (2, ("千次展现消费",)),
        (2, ("推广计划名称", "关键词名称")), (2, ("计算机质量度",)), (2, ("当前单元的添加状态",)),
        (2, ("移动营销页浏览量",)), (2, ("bd_vid",)), (2, ("bdvid",)),
    ),
    "360": (
        (3, ("总费用",)), (3, ("产品线",)), (2, ("推广账户",)), (2, ("平均每次点击费用",)),
        (2, ("展示", "推广组")), (2, ("展示次数", "推广计划")), (1, ("推广组",)), (1, ("平均点击率",)),
        (2, ("qhclickid",)), (3, ("推广组名称",)), (2, ("推广组id",)), (3, ("关键词计算机排名",)),
    ),
    "sogou": (
        (2, ("消耗",)), (2, ("点击数",)), (2, ("展示数",)), (2, ("点击均价",)), (1, ("编号",)),
        (1, ("推广组",)), (1, ("推广计划",)),
    ),
    "shenma": (
        (3, ("展示", "推广单元")), (3, ("当前单元添加状态",)), (2, ("创意", "展现量", "推广单元")),
        (2, ("uctrackid",)),
    ),
    "google": (
        (3, ("广告系列", "费用")), (3, ("广告系列", "点击次数")), (3, ("广告系列", "关键字")),
        (2, ("广告系列",)), (1, ("货币代码",)), (2, ("关键字",)), (3, ("impr.",)),
        (2, ("search keyword",)), (1, ("广告组",)), (2, ("keyword status",)),
        (2, ("campaign", "ad group", "cost")), (2, ("campaign", "cost", "clicks")),
        (2, ("campaign", "cost", "interactions")), (1, ("campaign", "cost")), (2, ("customer id",)),
        (3, ("gclid",)), (3, ("click_view.gclid",)), (3, ("ad_group_criterion.criterion_id",)),
        (3, ("ad group criterion criterion id",)), (3, ("google click id",)), (3, ("metrics.clicks",)),
        (3, ("metrics.cost_micros",)), (3, ("cost_micros",)), (3, ("segments.date",)),
        (3, ("metrics_clicks",)), (3, ("metrics_cost_micros",)), (3, ("segments_date",)),
        (3, ("kampagne", "kosten")), (3, ("kampagne", "klicks")), (3, ("campagne", "coût")),
        (3, ("campagne", "clics")), (3, ("campaña", "coste")), (3, ("campaña", "costo")),
        (3, ("campanha", "custo")), (3, ("campagna", "costo")), (3, ("campagne", "kosten")),
        (3, ("キャンペーン", "費用")), (3, ("キャンペーン", "クリック数")), (3, ("廣告活動", "費用")),
    ),
    "microsoft": (
        (3, ("gregorian date",)), (3, ("time period",)), (3, ("spend", "campaign name")),
        (3, ("spend", "keyword")), (2, ("spend",)), (2, ("account number",)), (1, ("campaign name",)),
        (2, ("delivered match type",)), (2, ("bid match type",)), (3, ("msclkid",)),
        (2, ("microsoft click id",)), (3, ("type", "parent id", "keyword")),
    ),
    "meta": (
        (4, ("amount spent",)), (4, ("花费金额",)), (4, ("已花费金额",)), (3, ("ad set name",)),
        (3, ("adset name",)), (3, ("reporting starts",)), (3, ("报告开始日期",)), (2, ("link clicks",)),
        (3, ("链接点击量",)), (4, ("montant dépensé",)), (3, ("début des rapports",)),
        (4, ("ausgegebener betrag",)), (4, ("importe gastado",)), (4, ("valor usado",)),
        (4, ("importo speso",)), (4, ("besteed bedrag",)), (4, ("消化金額",)), (4, ("花費金額",)),
    ),
    "linkedin": (
        (4, ("total spent",)), (4, ("campaign group name",)), (3, ("start date (in utc)",)),
        (3, ("clicks to landing page",)),
    ),
    # The first three stand in Sogou's reports as well.
    "oceanengine": (
        (2, ("消耗",)), (2, ("点击数",)), (2, ("展示数",)),
        (5, ("平均千次展现费用",)), (5, ("平均点击单价",)), (8, ("项目名称", "单元名称")),
        (8, ("项目名称", "广告名称")), (8, ("广告组", "广告计划")), (8, ("广告组名称", "广告计划名称")),
    ),
    "tencent": (
        (5, ("千次展现均价",)), (5, ("深度目标转化量",)), (4, ("目标转化量", "曝光量")),
        (4, ("目标转化量", "曝光次数")),
    ),
    "zhihu": (),
}  # fmt: skip
# What others export looks alike; nothing of it may be taken for a platform that is read.
_OTHERS: Final[dict[str, _Marks]] = {
    "TikTok Ads": (
        (5, ("clicks (destination)",)), (5, ("ctr (destination)",)), (5, ("cpc (destination)",)),
        (5, ("adgroup name", "cost", "impression")),
    ),
    "Amazon Ads": (
        (5, ("acos",)), (5, ("customer search term",)), (5, ("advertised asin",)),
        (5, ("advertised sku",)),
    ),
    "Xiaohongshu (小红书)": ((5, ("笔记id",)), (5, ("互动量", "消费")), (5, ("笔记/素材id",))),
    "Reddit Ads": ((6, ("amount spent", "ad group name")),),
    "Pinterest Ads": ((5, ("pin clicks",)), (5, ("spend in account currency",))),
    "Snapchat Ads": ((5, ("swipe ups",)), (5, ("paid impressions",))),
    "Apple Search Ads": ((5, ("taps", "spend")), (5, ("ttr", "spend"))),
    "X Ads": ((5, ("promoted tweet id",)), (5, ("funding source name",))),
}  # fmt: skip
_PREAMBLES: Final = {
    "baidu": re.compile("数据生成时间|数据生成条件|百度"),
    "360": re.compile("360(?:搜索|点睛|推广)|奇虎"),
    "sogou": re.compile("显示以下时间范围内的|搜狗"),
    "shenma": re.compile("神马|卧龙"),
    "google": re.compile(
        r"(?m)[A-Z]+_PERFORMANCE_REPORT|(?i:(?:search )?keyword(?:s)? report|搜索关键字报告|关键字报告"
        r"|google ads|^search terms report|keyword-bericht|キーワード レポート)"
    ),
    "microsoft": re.compile('(?i)^"?report name:|microsoft|bing ads', re.MULTILINE),
    "meta": re.compile("(?i)facebook|meta ads"),
    "linkedin": re.compile(r"(?i)performance report \(in utc\)|linkedin"),
    "oceanengine": re.compile("(?i)巨量|oceanengine"),
    "tencent": re.compile("腾讯广告|广点通"),
    "zhihu": re.compile("知乎|知\\+"),
}
_FILE_NAMES: Final = {
    "baidu": re.compile("(?i)baidu|百度"),
    "360": re.compile("(?i)效果评估报告|(?<!\\d)360(?!\\d)|qihoo|好搜"),
    "sogou": re.compile("(?i)sogou|搜狗"),
    "shenma": re.compile("(?i)shenma|神马"),
    "google": re.compile("(?i)google|adwords|谷歌"),
    "microsoft": re.compile("(?i)microsoft|bing|必应"),
    "meta": re.compile("(?i)facebook|(?<![a-z])meta(?![a-z])"),
    "linkedin": re.compile("(?i)linkedin|领英"),
    "oceanengine": re.compile("(?i)巨量|ocean[-_ ]?engine|juliang"),
    "tencent": re.compile("(?i)腾讯广告|广点通|tencent"),
    "zhihu": re.compile("(?i)知乎|zhihu"),
}
_SURE: Final = 2
_BEYOND_DOUBT: Final = 4
_TRAILING = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]$")


def scores(layout: Layout, preamble: str, file_name: str) -> dict[str, int]:
    """Return how much speaks for each engine; the file's name tips the scale, but never makes it."""
    told = _by_columns(layout, _FOLDED)
    for engine in ENGINES:
        told[engine] += 3 * bool(_PREAMBLES[engine].search(preamble))
        told[engine] += 2 * bool(_FILE_NAMES[engine].search(file_name))
    return told


def engine_of(layout: Layout, preamble: str, file_name: str, given: str = "") -> str:
    """Return the engine that made a file; raise NotUnderstoodError if it can't be told or contradicts."""
    if given and given not in ENGINES:
        raise NotUnderstoodError(f"{given!r} is not an engine that is known; those are {', '.join(ENGINES)}")
    told = scores(layout, preamble, "" if given else file_name)
    order = sorted(ENGINES, key=lambda engine: -told[engine])
    best, second = order[0], order[1]
    refuse_others(layout)
    if given:
        # Words that many consoles use may stand in a layout that nobody has seen.
        if told[best] >= told[given] + (_BEYOND_DOUBT if given in UNSEEN else _SURE):
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


def likely_engine(layout: Layout) -> str:
    """Return the engine that the columns speak for most, "" if they speak for none."""
    told = _by_columns(layout, _FOLDED)
    best = max(told, key=lambda engine: told[engine])
    return best if told[best] else ""


def refuse_others(layout: Layout) -> None:
    """Raise NotUnderstoodError for a file of a platform that isn't read."""
    known = max(_by_columns(layout, _FOLDED).values())
    others = _by_columns(layout, _FOLDED_OTHERS)
    foreign = max(others, key=lambda name: others[name])
    if others[foreign] > 0 and others[foreign] > known - 1:
        raise NotUnderstoodError(
            f"the layout is that of {foreign}, which isn't read; those that are read are "
            f"{', '.join(ENGINES)}; others are read with a file that says what the columns mean: --suggest "
            "writes it, --mapping reads it",
            line=layout.line,
        )


def _by_columns(layout: Layout, marks: Mapping[str, _Marks]) -> dict[str, int]:
    whole = {folded(name) for name in layout.header}
    names = whole | {_TRAILING.sub("", name) for name in whole}
    return {
        name: sum(weight for weight, columns in known if names.issuperset(columns))
        for name, known in marks.items()
    }


def _folded(marks: Mapping[str, _Marks]) -> dict[str, _Marks]:
    return {
        name: tuple((weight, tuple(folded(column) for column in columns)) for weight, columns in known)
        for name, known in marks.items()
    }


def _possible(told: dict[str, int], order: Sequence[str]) -> Sequence[str]:
    best = told[order[0]]
    return [engine for engine in order if told[engine] == best and best > 0] or ENGINES


_FOLDED: Final = _folded(_COLUMNS)
_FOLDED_OTHERS: Final = _folded(_OTHERS)
