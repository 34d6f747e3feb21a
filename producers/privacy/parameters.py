"""What parameters of URLs and fields of forms hold, by their names: a phone number, a name, an id."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Named(StrEnum):
    """What the name of a parameter or field says of its value.

    In an ID mere digits are no phone number. CAMPAIGN may be a name or an id: it is an id beside the ids of
    an ad platform. In all that is FREE, digits that make a phone number are one.
    """

    PHONE = "phone"
    PERSON = "person"
    ID = "id"
    CAMPAIGN = "campaign"
    FREE = "free"


_PHONE: Final = re.compile(
    r"phone|mobile|msisdn|whatsapp|cellphone|手机|手機|电话|電話|shouji|dianhua|(?:^|[^a-z])(?:tel|mob|cell)(?:$|[^a-z])",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(
    r"(?:.*[^a-z])?(?:first|last|full|real|true|given|family|middle|sur|contact|your|f|l)[_\- ]?name"
    r"|xingming|(?:您的|你的|客户|联系人)?(?:姓名|名字)|联系人|姓氏?",
    re.IGNORECASE,
)
# Ids of ads, clicks, campaigns, orders: eleven digits there are no phone.
_ID: Final = re.compile(
    r"(?:(?:hsa|e|qh|gad|bd|gdt|qz|li|mc|hm|ga|fb)?_\w*"
    r"|(?!(?:u|user|member|customer|login|wechat|open)_?id$)\w*(?:id|ids|vid|编号|单号|序号)\d?"
    r"|(?:\w*_)?(?:campaign_?id|ad_?group|ad_?set|keyword_?id|creative|placement|target|plan|unit|network|logid"
    r"|spm|order|invoice|contract|tax)\w*"
    r"|(?:order|invoice|contract|tax|serial|account|register|registration)[_ -]?(?:no|nr|num|number|code)\.?"
    r"|(?:订单|合同|发票|统一社会信用|税)\w*"
    r"|v|ver|version|nonce|random|rand|cb)",
    re.IGNORECASE,
)
_LONGEST_NAME: Final = 100  # of one that is compared with more than single words
_CAMPAIGN: Final = re.compile(r"(?:\w+[_ -])?campaign", re.IGNORECASE)
# What only an ad platform puts into a URL, with an id or a click behind it.
_OF_AN_AD: Final = re.compile(
    r"(?:^|[?&#;\s]|%(?:25)*(?:3[Ff]|26))(?:gclid|gbraid|wbraid|dclid|gad_campaignid|msclkid|bd_vid|qhclickid|sg_vid"
    r"|uctrackid|ttclid|twclid|yclid|li_fat_id|campaign_?id|ad_?group_?id|hsa_[a-z]+|e_(?:keywordid|creative))"
    r"(?:=|%(?:25)*3[Dd]|\s|$)",
    re.IGNORECASE,
)


def named(name: str) -> Named:
    """Return what a parameter or field of this name holds."""
    if len(name) > _LONGEST_NAME:
        return Named.PHONE if _PHONE.search(name) else Named.FREE
    return _named(name)


@lru_cache(maxsize=8192)
def _named(name: str) -> Named:
    name = name.strip(" []\"'")
    if _PHONE.search(name):
        return Named.PHONE
    if _PERSON.fullmatch(name):
        return Named.PERSON
    if _CAMPAIGN.fullmatch(name):
        return Named.CAMPAIGN
    return Named.ID if _ID.fullmatch(name) else Named.FREE


def is_phone_name(name: str) -> bool:
    """Tell whether a field of this name holds a phone number."""
    return named(name) is Named.PHONE


def is_of_an_ad(text: str) -> bool:
    """Tell whether a URL, or names of parameters with blanks between them, have an id of an ad platform."""
    return _OF_AN_AD.search(text) is not None
