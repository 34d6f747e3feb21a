"""What the columns of ad platforms' reports are called, and which row of a file is the header."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from producers.cells.numbers import plain
from producers.cells.tabular import Row, header_of

HEADER_WITHIN: Final = 60  # rows; no preamble is longer

# Of several columns for one field, the name that stands first here counts.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "day": ("日期", "天", "时间", "统计日期", "投放日期", "day", "date", "gregorian date", "time period",
        "timeperiod",
            "segments.date"),
    "account": ("账户", "帐户", "账号", "帐号", "推广账户", "推广帐户", "账户名称", "帐户名称",
        "推广账户名称", "account",
                "account name", "customer.descriptive_name"),
    "account_id": ("账户id", "帐户id", "客户 id", "customer id", "account id", "account number",
        "customer.id"),
    "campaign": ("推广计划", "推广计划名称", "计划", "计划名称", "广告系列", "广告系列名称", "广告计划",
        "广告计划名称",
                 "campaign", "campaign name", "campaign.name"),
    "campaign_id": ("推广计划id", "计划id", "广告系列 id", "广告计划id", "campaign id", "campaign.id"),
    "ad_group": ("推广单元", "推广单元名称", "推广组", "推广组名称", "单元", "单元名称", "广告组",
        "广告组名称", "ad group",
                 "ad group name", "ad_group.name"),
    "ad_group_id": ("推广单元id", "推广组id", "单元id", "广告组 id", "ad group id", "ad_group.id"),
    "keyword": ("关键词", "关键词名称", "关键字", "搜索关键字", "search keyword", "keyword", "keyword text",
                "ad_group_criterion.keyword.text"),
    "keyword_id": ("关键词id", "关键字 id", "keyword id", "criterion id",
        "ad_group_criterion.criterion_id"),
    "match_type": ("匹配模式", "匹配方式", "关键词匹配模式", "关键词匹配方式", "关键字匹配类型",
        "搜索关键字匹配类型",
                   "匹配类型", "bid match type", "search keyword match type", "keyword match type",
                   "match type",
                   "ad_group_criterion.keyword.match_type"),
    "device": ("设备", "推广设备", "设备类型", "device", "device type", "segments.device"),
    "impressions": ("展现", "展现量", "展示", "展示数", "展示量", "展示次数", "展现次数", "曝光量",
        "impr.", "impressions",
                    "metrics.impressions"),
    "clicks": ("点击", "点击量", "点击数", "点击次数", "clicks", "metrics.clicks"),
    "cost": ("消费", "消耗", "总费用", "费用", "花费", "总花费", "总消费", "cost", "spend", "metrics.cost"),
    "cost_micros": ("metrics.cost_micros", "cost micros"),
    "currency": ("货币代码", "货币", "currency code", "currency", "customer.currency_code"),
}  # fmt: skip
# A row of such a report is a part of a keyword's day; the parts are added up.
_PART_NAMES: Final = (
    "小时", "时段", "hour", "hour of day", "搜索词", "搜索字词", "搜索关键词", "search term",
    "search query", "创意", "创意id",
    "创意标题", "创意描述1", "创意描述2", "创意访问URL", "创意展示URL", "显示URL", "广告", "ad", "ad id",
    "ad name", "省", "市",
    "省级地域", "市级地域", "地域", "省份", "城市", "region", "city", "country/territory", "产品线",
    "触发模式", "投放网络", "网络",
    "network", "network (with search partners)", "top vs. other", "delivered match type",
    "search term match type",
    "最终到达网址", "final url", "访问url", "移动访问url", "关键词访问url", "关键词移动访问url",
)  # fmt: skip
METRICS: Final = ("impressions", "clicks", "cost", "cost_micros")
PLACES: Final = ("campaign", "ad_group", "keyword", "account")
_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]$")


@dataclass(frozen=True, slots=True)
class Layout:
    """The header of a report: its line, its cells, the column of each field, the columns that make parts."""

    line: int
    header: tuple[str, ...]
    columns: dict[str, int]
    parts: tuple[int, ...]

    def name(self, field: str) -> str:
        """Return the header of a field's column, "" if the report has none."""
        return self.header[self.columns[field]] if field in self.columns else ""


def folded(header: str) -> str:
    """Return a column's name as it is compared: without blanks, underscores, case and trailing brackets."""
    bare = plain(header).strip("\"'").replace(" ", "")
    return _BRACKETS.sub("", bare) or bare


def find_header(rows: Sequence[Row]) -> tuple[int, Layout] | None:
    """Return the index of the header row and what it says; None if no row is one.

    It is the first that names a metric and, with it, at least two more columns of a report.
    """
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        if row.problem:
            continue
        layout = _layout(row)
        known = layout.columns.keys()
        if any(metric in known for metric in METRICS) and len(known) >= 3:
            return index, layout
    return None


def nearest_to_header(rows: Sequence[Row]) -> Row | None:
    """Return the row that names the most columns of a report, to say what is missing."""
    named = [(len(_layout(row).columns), -row.line, row) for row in rows[:HEADER_WITHIN] if not row.problem]
    best = max(named, key=lambda entry: entry[:2], default=None)
    return best[2] if best and best[0] else None


def _layout(row: Row) -> Layout:
    cells = header_of(row)
    names = [folded(cell) for cell in cells]
    columns = columns_of(names, _FOLDED)
    taken = set(columns.values())
    parts = tuple(at for at, name in enumerate(names) if name in _PARTS and at not in taken)
    return Layout(row.line, cells, columns, parts)


def columns_of(names: Sequence[str], fields: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """Return where the column of each field is; `names` and the names in `fields` are folded."""
    found: dict[str, int] = {}
    for field, synonyms in fields.items():
        for synonym in synonyms:
            if synonym in names:
                found[field] = names.index(synonym)
                break
    return found


def folded_fields(fields: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return a table of synonyms with every name folded."""
    return {field: tuple(folded(name) for name in names) for field, names in fields.items()}


_FOLDED: Final = folded_fields(FIELDS)
_PARTS: Final = frozenset(folded(name) for name in _PART_NAMES)
# The words of headers, which tell the encoding of a file.
KNOWN: Final = _PARTS.union(*_FOLDED.values())
