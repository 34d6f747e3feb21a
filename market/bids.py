"""What the simulated company bids on: each keyword as its ad account holds it, and since when it does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from market.model import Keyword
from market.times import midnight

# Platform, campaign, ad group, keyword, price of a click in fen, weight.
_BIDS: tuple[tuple[str, str, str, str, int, float], ...] = (
    ("baidu", "功能-元数据管理", "G-元数据管理", "元数据管理", 2860, 6.0),
    ("baidu", "功能-元数据管理", "G-元数据管理", "元数据管理工具", 2410, 2.0),
    ("baidu", "功能-元数据管理", "G-元数据管理", "元数据管理平台", 2630, 2.0),
    ("baidu", "功能-元数据管理", "G-数据血缘", "数据血缘分析", 1980, 1.5),
    ("baidu", "功能-元数据管理", "G-数据血缘", "血缘分析工具", 1760, 1.0),
    ("baidu", "功能-数据质量", "G-数据质量", "数据质量管理", 2240, 2.0),
    ("baidu", "功能-数据质量", "G-数据质量", "数据质量监控平台", 2050, 1.0),
    ("baidu", "功能-数据质量", "G-数据标准", "数据标准管理", 1890, 1.0),
    ("baidu", "功能-数据质量", "G-数据标准", "数据标准落地", 1540, 0.6),
    ("baidu", "行业-金融", "H-银行", "银行数据治理方案", 3120, 1.2),
    ("baidu", "行业-金融", "H-银行", "监管报送数据治理", 2980, 0.8),
    ("baidu", "行业-金融", "H-保险", "保险数据中台", 2570, 0.6),
    ("baidu", "品牌词", "P-品牌", "元图数据", 320, 2.0),
    ("baidu", "品牌词", "P-品牌", "元图数据官网", 280, 1.0),
    ("360", "通用-数据治理", "T-数据治理", "数据治理平台", 1370, 2.0),
    ("360", "通用-数据治理", "T-数据治理", "数据治理工具", 1190, 1.2),
    ("360", "通用-数据治理", "T-数据目录", "数据资产目录", 980, 0.8),
    ("360", "通用-选型", "X-选型对比", "数据治理平台", 1480, 1.0),
    ("sogou", "通用-数据中台", "Z-数据中台", "数据中台建设", 860, 1.0),
    ("sogou", "通用-数据中台", "Z-数据中台", "企业数据中台", 910, 0.8),
    ("google", "APAC - Metadata", "Metadata management", "metadata management tool", 3840, 2.0),
    ("google", "APAC - Metadata", "Metadata management", "data catalog software", 3510, 1.4),
    ("google", "APAC - Metadata", "Data lineage", "data lineage tool", 3270, 1.0),
    ("google", "APAC - Governance", "Data governance", "data governance platform", 4120, 1.0),
)
# A Baidu unit that is given another name: its keywords keep their ids, which so have a history.
RENAMED_UNIT, FORMER_NAME, RENAMED_AFTER = "G-数据血缘", "G-血缘", 0.4
# A Baidu keyword that somebody deletes and enters again, under a new id.
RECREATED, RECREATED_AFTER = "元数据管理工具", 0.5
_FIRST_ID, _ID_STEP, _FIRST_GROUP_ID = 100_000_000_000, 7_919, 7_000_000_000


def keywords(start: date, days: int) -> tuple[Keyword, ...]:
    """Return every keyword that is bid on within `days` days from `start` on.

    Ids are as the platforms number them: one for each keyword, but on 360 one for each word, so that it is
    the same in all groups. A keyword whose id or unit changes is there once before and once after.
    """
    begin, end = midnight(start), midnight(start + timedelta(days=days))
    groups = sorted({bid[:3] for bid in _BIDS})
    words: dict[tuple[str, str], int] = {}
    bid_on: list[Keyword] = []
    for number, (platform, campaign, ad_group, text, fen, weight) in enumerate(_BIDS, start=1):
        own = _FIRST_ID + _ID_STEP * number
        keyword = Keyword(
            platform=platform,
            campaign=campaign,
            ad_group=ad_group,
            text=text,
            id=words.setdefault((platform, text), own) if platform == "360" else own,
            group_id=_FIRST_GROUP_ID + groups.index((platform, campaign, ad_group)),
            click_fen=fen,
            weight=weight,
            since=begin,
            until=end,
        )
        bid_on.extend(_eras(keyword, start, days))
    return tuple(bid_on)


def unkeyed(start: date, days: int) -> Keyword:
    """Return the ads that are bought without keywords: their cost belongs to none, and must not get lost."""
    return Keyword(
        platform="google",
        campaign="APAC - Performance Max",
        ad_group="",
        text="",
        id=1,
        group_id=1,
        click_fen=1430,
        weight=2.0,
        since=midnight(start),
        until=midnight(start + timedelta(days=days)),
    )


def _eras(keyword: Keyword, start: date, days: int) -> Iterator[Keyword]:
    if keyword.ad_group == RENAMED_UNIT:
        at = midnight(start + timedelta(days=int(days * RENAMED_AFTER)))
        yield replace(keyword, ad_group=FORMER_NAME, until=at, is_named=False)
        yield replace(keyword, since=at, is_named=False)
    elif keyword.text == RECREATED:
        at = midnight(start + timedelta(days=int(days * RECREATED_AFTER)))
        yield replace(keyword, until=at, is_named=False)
        yield replace(keyword, id=keyword.id + 1, since=at, is_named=False)
    else:
        yield keyword
