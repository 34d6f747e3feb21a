"""What names of columns mean: as the mappings that come with Leadtrace use them, else by words in them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from producers.cells.headers import column_key
from producers.crm.mapping import CrmMapping, parse_mapping
from producers.crm.shipped import shipped_mapping, shipped_mappings

GENERIC: Final = "crm"  # the system of the mappings that are for any CRM
Object = Literal["lead", "deal"]
# What a column must hold for the words in its name to count; "" asks for nothing.
Needs = Literal["", "emails", "phones", "dates", "sums", "unique", "words"]
# Columns of whoever works on a record are no way to reach the lead.
OF_SALES = re.compile(
    r"负责人|所有人|归属|跟进人|销售|创建人|修改人|录入人|owner|assigned|salesrep|createdby|modifiedby|besitzer"
)
HOW_HEARD = re.compile(
    r"hear(?:d)?(?:about|of|from)|howdidyou|self-?reported|了解(?:到)?(?:我们|渠道)|得知|自述"
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A mapping that comes with Leadtrace, with the fields that each of its columns has, by column key."""

    name: str
    mapping: CrmMapping
    fields: dict[str, tuple[str, ...]]

    def knows(self, keys: Iterable[str]) -> list[str]:
        """Return those of the columns that it reads."""
        return [key for key in keys if key in self.fields]

    def has_id(self, keys: Iterable[str]) -> bool:
        """Whether one of the columns is the id of its records."""
        return not {*keys}.isdisjoint(column_key(name) for name in self.mapping.id_columns)


@dataclass(frozen=True, slots=True)
class Hint:
    """Words that the name of a column may hold, the field that it is then, and what its cells must be.

    `sure` says that name and cells together leave no doubt.
    """

    field: str
    words: re.Pattern[str]
    needs: Needs = ""
    sure: bool = True


def _hint(field: str, words: str, needs: Needs = "", sure: bool = True) -> Hint:
    return Hint(field, re.compile(words), needs, sure)


_CREATED: Final = r"创建|建立|新建|录入(?:时间|日期)|created|creation|erstell|dateadded|submitted"
_UPDATED: Final = r"更新|修改|modified|updated|lastchange|geändert"
_STAGE: Final = r"阶段|状态|stage|status|phase"
_ATTRIBUTES: Final = (
    r"行业|industry|branche|^省|省份|^市$|城市|city|country|国家|区域|地区|region|职[务位称]|title|规模|employees|产品"
    r"|product"
)
_ID: Final = r"(?:id|编号|编码|单号|number|nr\.?|key)$"
LIKE_ID = re.compile(_ID)
# In this order: the first that fits counts.
_LEAD: Final = (
    _hint("lead.emails", r"e-?mail|邮箱|邮件", "emails"),
    _hint("lead.phones", r"phone|mobile|^tel|handy|手机|电话|联系方式|whatsapp", "phones"),
    _hint("lead.follow_up.at", r"(?:跟进|联系|回访|沟通)(?:时间|日期)|lastcontact|lastactivity", "dates"),
    _hint("lead.created_at", _CREATED, "dates"),
    _hint("lead.updated_at", _UPDATED, "dates"),
    _hint("lead.stage", _STAGE, "words", sure=False),
    _hint("lead.stage_reason", r"(?:无效|退回|关闭|丢弃|作废).*原因|disqualif|reason", "words"),
    _hint("lead.follow_up.grade", r"等级|级别|评级|grade|rating", "words", sure=False),
    _hint("lead.follow_up.tags", r"标签|^tags?$", ""),
    _hint("lead.company", r"(?:公司|企业|单位)(?:名称)?$|客户名称|company|organi[sz]ation|firma"),
    _hint("lead.website", r"网址|官网|website|homepage"),
    _hint("lead.source", r"来源|渠道|source|herkunft|origin"),
    _hint("lead.attributes", _ATTRIBUTES),
    _hint("lead.owner", r"负责人|所有人|归属人?$|跟进人|销售$|owner|assignedto|salesrep|besitzer"),
    _hint("lead.id", _ID, "unique", sure=False),
)  # fmt: skip
_DEAL: Final = (
    _hint("deal.people_emails", r"e-?mail|邮箱|邮件", "emails"),
    _hint("deal.people_phones", r"phone|mobile|^tel|handy|手机|电话|联系方式", "phones"),
    _hint("deal.created_at", _CREATED, "dates"),
    _hint("deal.updated_at", _UPDATED, "dates"),
    _hint("deal.closed_at", r"结单|成交(?:时间|日期)|签约|close|abschluss", "dates"),
    _hint("deal.reason", r"(?:输单|丢单|失败|流失|关闭).*原因|reason", "words"),
    _hint("deal.stage", _STAGE, "words", sure=False),
    _hint("deal.currency", r"币种|币别|currency|währung", "words"),
    _hint("deal.amount", r"金额|amount|合同额|revenue|betrag|报价|总价", "sums", sure=False),
    _hint("deal.people", r"(?:contact|lead|person|联系人|线索).*(?:id|编号)$"),
    _hint("deal.account_id", r"(?:account|company|organi[sz]ation|客户|公司).*(?:id|编号)$"),
    _hint("deal.name", r"(?:商机|项目|机会|deal|opportunity).*(?:名称|name|title)$"),
    _hint("deal.attributes", _ATTRIBUTES + r"|竞品|竞争对手|competitor|类型|type"),
    _hint("deal.owner", r"负责人|所有人|归属人?$|跟进人|销售$|owner|assignedto|salesrep|besitzer"),
    _hint("deal.id", _ID, "unique", sure=False),
)  # fmt: skip
HINTS: Final[dict[Object, tuple[Hint, ...]]] = {"lead": _LEAD, "deal": _DEAL}
# Names that tell which kind of record has this id; others, such as ID alone, don't.
IDS: Final[dict[Object, re.Pattern[str]]] = {
    "lead": re.compile(r"(?:lead|contact|person|线索|联系人).*(?:id|编号)$"),
    "deal": re.compile(r"(?:deal|opportunity|商机|项目|机会).*(?:id|编号)$"),
}
OF_LEADS = re.compile(r"e-?mail|邮箱|邮件|手机|电话|phone|mobile|lifecycle|leadstatus|线索(?:状态|阶段)")
OF_DEALS = re.compile(
    r"金额|amount|结单|成交日期|closedate|probability|赢率|商机(?:阶段|名称)|dealstage|dealname"
)
CLOSED = re.compile(r"won|lost|赢单|输单|丢单|成交|已签约|签约|gewonnen|verloren", re.IGNORECASE)


@cache
def shipped() -> tuple[Shipped, ...]:
    """Return every mapping that comes with Leadtrace, by its name."""
    found = []
    for name in shipped_mappings():
        mapping = parse_mapping(shipped_mapping(name))
        fields: dict[str, tuple[str, ...]] = {}
        for field, columns in mapping.fields():
            for column in columns:
                fields[column_key(column)] = (*fields.get(column_key(column), ()), field)
        found.append(Shipped(name, mapping, fields))
    return tuple(found)


@cache
def known_words() -> frozenset[str]:
    """Return the keys of all columns that a mapping which comes with Leadtrace reads."""
    return frozenset(key for each in shipped() for key in each.fields)


def of_object(kind: Object) -> Sequence[Shipped]:
    """Return the mappings whose rows are of this kind, those for any CRM first."""
    return sorted(
        (each for each in shipped() if each.mapping.object == kind),
        key=lambda each: (each.mapping.system != GENERIC, each.name),
    )
