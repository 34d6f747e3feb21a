"""Which row of a file is the header of its table, and which column of it holds what."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from producers.cells.headers import column_key
from producers.cells.numbers import plain
from producers.cells.tabular import Row, header_of

HEADER_WITHIN: Final = 60  # rows; no preamble is longer
METRICS: Final = ("impressions", "clicks", "cost", "cost_micros")
PLACES: Final = ("campaign", "ad_group", "keyword")
_BRACKETS = re.compile(r"[(（\[](?![^()（）\[\]]*(?:convert|转换))[^()（）\[\]]*[)）\]]$")
# A platform counts people and repeats what it measured in rows that tell such a thing apart.
_OVERLAPPING = re.compile(
    r""
    r""
    r""
    r"clicktype|点击类型|klicktyp|typedeclic|conversion(?:action|name|category|source|type)|转化操作|asset|素材资源|"
    r"audience|受众|userlist|extension|sitelink|附加链接|附加信息|affinity|in-market"
)
_DIMENSION = re.compile(
    r""
    r""
    r""
    r"(?:type|action|category|name|ids?|code|page|level|方式|模式|类型|状态|名称|编码|邮编)$|source|status|network|device|url|"
    r"segment|quer(?:y|ies)|terms?$|词$|标题|描述|创意|地域|渠道|位置"
)
_MEASURE = re.compile(
    r""
    r""
    r""
    r"率|均价|平均|单价|价格|占比|排名|转化|消费|费用|消耗|花费|金额|次数|[数量]$|ctr|cpc|cpm|cpa|roas|acos|\broi|avg|average|"
    r""
    r""
    r""
    r"\brate|\bshare|conv|cost|spen[dt]|value|revenue|interactions?|engagements?|\bleads?$|^results?$|reach|frequency|impr|"
    r"clicks|views?$|sales|orders|purchases|installs|%|durchschn|anteil|moyen|coût|medio|média|単価|率"
)
_SEARCH_TERMS: Final = frozenset({
    "searchterm", "searchquery", "searchtermview.searchterm", "suchbegriff", "termederecherche",
    "términodebúsqueda", "termodepesquisa", "terminediricerca", "zoekterm", "検索語句", "搜尋字詞",
    "搜索字词", "搜索关键词",
})  # fmt: skip
_SERIAL: Final = frozenset({"编号", "序号", "no.", "no", "#", "row", "index", "unnamed:0", ""})


_RANK = re.compile(r"排名\s*\((计算机|电脑|pc|移动端?|无线|手机)\)")


@dataclass(frozen=True)  # without slots, so that what is asked of every row is found out once
class Layout:
    """The header of a table: its line, its cells, and the column of each field."""

    line: int
    header: tuple[str, ...]
    columns: dict[str, int]

    def name(self, field: str) -> str:
        """Return the header of a field's column, "" if the table has none."""
        return self.header[self.columns[field]] if field in self.columns else ""

    def cell(self, row: Row, field: str) -> str:
        """Return a row's cell of a field, "" if the table has no such column or the row ends before it."""
        at = self.columns.get(field)
        return row.cells[at] if at is not None and at < len(row.cells) else ""

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The columns of campaigns, ad groups and keywords, as far as the table has them."""
        return tuple(self.columns[place] for place in PLACES if place in self.columns)

    @cached_property
    def ranked_device(self) -> str:
        """The word for the only device that a column of ranks names; "" for none or several.

        360 exports keywords once for computers and once for mobile phones, and says so nowhere else.
        """
        named = {match[1] for name in self.header if (match := _RANK.search(plain(name)))}
        return named.pop() if len(named) == 1 else ""

    @cached_property
    def others(self) -> tuple[int, ...]:
        """The columns that no field was found for."""
        taken = set(self.columns.values())
        return tuple(at for at, name in enumerate(self.header) if at not in taken and name)

    @cached_property
    def telling(self) -> tuple[int, ...]:
        """Those of the others that may tell rows apart: all that hold no measure and no running number."""
        return tuple(at for at in self.others if _tells(folded(self.header[at])))

    @cached_property
    def overlapping(self) -> frozenset[int]:
        """Those that may tell rows apart in which the platform counts the same thing several times."""
        return frozenset(at for at in self.telling if _OVERLAPPING.search(folded(self.header[at])))

    @cached_property
    def has_search_terms(self) -> bool:
        """Whether its rows are what people typed, and not what was bid on."""
        return any(_is_search_term(folded(self.header[at])) for at in self.others)


Vocabulary = Mapping[str, tuple[str, ...]]


def folded(header: str) -> str:
    """Return a column's name as it is compared: without case, blanks and underscores."""
    return column_key(header.strip("\"'"))


def vocabulary(fields: Mapping[str, tuple[str, ...]]) -> Vocabulary:
    """Return a table of names with every name folded; metrics.clicks is called metrics_clicks as well."""
    return {
        field: tuple(
            dict.fromkeys(variant for name in map(folded, names) for variant in (name, name.replace(".", "")))
        )
        for field, names in fields.items()
    }


def layout_of(row: Row, fields: Vocabulary) -> Layout:
    """Read a row as a header."""
    cells = header_of(row)
    whole = [folded(cell) for cell in cells]
    bare = [_BRACKETS.sub("", name) or name for name in whole]
    found: dict[str, int] = {}
    for field, synonyms in fields.items():
        for names in (whole, bare):
            at = next((names.index(name) for name in synonyms if name in names), None)
            if at is not None:
                found[field] = at
                break
    return Layout(row.line, cells, found)


def find_header(
    rows: Sequence[Row], fields: Vocabulary, is_header: Callable[[Layout], bool]
) -> tuple[int, Layout] | None:
    """Return the index of the header row and what it says; None if no row is one."""
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        layout = layout_of(row, fields)
        if not row.problem and is_header(layout):
            return index, layout
    return None


def nearest_to_header(rows: Sequence[Row], fields: Vocabulary) -> Row | None:
    """Return the row that names the most columns, to say what is missing."""
    named = [
        (len(layout_of(row, fields).columns), -row.line, row)
        for row in rows[:HEADER_WITHIN]
        if not row.problem
    ]
    best = max(named, key=lambda entry: entry[:2], default=None)
    return best[2] if best and best[0] else None


def named_twice(layout: Layout, fields: Iterable[str]) -> str:
    """Return the name of a field's column that another column has as well, "" if there is none."""
    whole = [folded(name) for name in layout.header]
    bare = [_BRACKETS.sub("", name) or name for name in whole]
    for field in fields:
        name = folded(layout.name(field))
        # Cost (EUR) beside Cost (USD) is one name; Clicks beside Clicks (all) are two.
        if name and (whole.count(name) > 1 or (name not in bare and bare.count(_BRACKETS.sub("", name)) > 1)):
            return layout.name(field)
    return ""


def is_dimension(header: str) -> bool:
    """Whether the name of a column says that it tells rows apart."""
    name = folded(header)
    return bool(_OVERLAPPING.search(name) or _DIMENSION.search(name))


def is_measure(header: str) -> bool:
    """Whether the name of a column says that it holds an amount, a rate or a count."""
    name = folded(header)
    return bool(_MEASURE.search(name)) and not _DIMENSION.search(name)


def _tells(name: str) -> bool:
    return name not in _SERIAL and bool(
        _OVERLAPPING.search(name) or _DIMENSION.search(name) or not _MEASURE.search(name)
    )


def _is_search_term(name: str) -> bool:
    return name in _SEARCH_TERMS or name.startswith("搜索词")
