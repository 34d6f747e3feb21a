"""The levels of ad accounts whose words mean other things elsewhere: which column is the campaign.

Ocean Engine (巨量引擎) called its levels 广告组 > 广告计划, and calls them 项目 > 广告, or 单元: what
is an ad group at Google was its campaign. Tencent (腾讯广告) had 推广计划 > 广告组, and has 广告 alone since
its version 3. The words are those of public code that reads such reports. No export of Zhihu (知乎) was seen:
it is read with the words that all consoles share.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from producers.sem.columns import Layout, folded

_Level = tuple[str, ...]
# From the uppermost to the lowest, in each the names of one level; what is below them tells rows apart.
_LEVELS: Final[dict[str, tuple[_Level, ...]]] = {
    "oceanengine": (
        ("项目名称", "项目"),
        ("广告组名称", "广告组"),
        ("广告计划名称", "广告计划", "计划名称", "单元名称", "单元", "广告名称", "广告"),
    ),
    "tencent": (
        ("推广计划名称", "推广计划", "计划名称"),
        ("广告组名称", "广告组", "广告名称", "广告"),
    ),
}


def levelled(layout: Layout, *engines: str) -> Layout:
    """Return a layout in which campaign and ad group are the two uppermost levels that the file has.

    They are those of the first of the engines that has levels of its own.
    """
    engine = next((name for name in engines if name in _LEVELS), "")
    if not engine:
        return layout
    names = [folded(name) for name in layout.header]
    found = [at for level in _LEVELS[engine] if (at := _column(names, level)) is not None]
    columns = {
        field: at
        for field, at in layout.columns.items()
        if at not in found and field not in ("campaign", "campaign_id", "ad_group", "ad_group_id")
    }
    for field, at in zip(("campaign", "ad_group"), found, strict=False):
        columns[field] = at
        if (id_at := _column(names, _id_names(names[at]))) is not None:
            columns[f"{field}_id"] = id_at
    return replace(layout, columns=columns)


def _column(names: Sequence[str], of: Sequence[str]) -> int | None:
    return next((names.index(name) for name in map(folded, of) if name in names), None)


def _id_names(name: str) -> tuple[str, ...]:
    return (f"{name.removesuffix('名称')}id",)
