"""The words of lists of calls, downloads and business cards: columns, and whether a call was answered."""

from collections.abc import Sequence
from typing import Final, Literal

from producers.attendance.words import FIELDS
from producers.cells.headers import column_key

Kind = Literal["calls", "downloads", "cards"]
_CAME_BY: Final[dict[str, tuple[str, ...]]] = {
    "utm_source": (
        "来源", "来源渠道", "渠道", "推广渠道", "流量来源", "媒体", "source", "utm_source", "traffic source",
    ),
    "utm_medium": ("媒介", "medium", "utm_medium", "来源类型"),
    "utm_campaign": (
        "推广计划", "计划", "计划名称", "推广活动", "营销活动", "campaign", "campaign name", "utm_campaign",
    ),
    "utm_adgroup": ("推广单元", "单元", "单元名称", "ad group", "adgroup", "utm_adgroup"),
    "utm_term": ("关键词", "来电关键词", "触发关键词", "keyword", "utm_term"),
    "utm_content": ("创意", "content", "utm_content", "creative"),
    "url": (
        "落地页", "着陆页", "来电页面", "访问页面", "下载页面", "页面地址", "url", "landing page",
        "landing page url",
        "page url",
    ),
    "referrer": ("来路", "来源网址", "来源页面", "referrer", "referer", "referring url"),
}  # fmt: skip
_CALLS: Final[dict[str, tuple[str, ...]]] = {
    "phone": (
        "主叫号码", "主叫", "来电号码", "主叫电话", "来电", "客户号码", "客户电话", "呼入号码", "caller",
        "caller id",
        "caller number", "calling number", "from", "from number", "customer phone number", "customer number",
        "phone number", "phone",
    ),
    "about": (
        "被叫号码", "被叫", "被叫电话", "400号码", "热线号码", "中继号码", "接入号", "called",
        "called number", "to",
        "to number", "tracking number", "dialed number", "destination",
    ),
    "at": (
        "呼叫时间", "来电时间", "呼入时间", "通话时间", "开始时间", "通话开始时间", "呼叫开始时间",
        "拨打时间",
        "start time", "call time", "call start", "call start time", "started at", "date/time", "date",
        "time of call",
    ),
    "direction": (
        "呼叫类型", "呼叫方向", "通话类型", "通话方向", "呼叫方式", "direction", "call direction",
        "call type",
    ),
    "status": (
        "接听状态", "通话状态", "是否接听", "接通状态", "是否接通", "呼叫结果", "通话结果", "呼叫状态",
        "状态", "status",
        "call status", "disposition", "answered", "result", "outcome",
    ),
    "seconds": (
        "通话时长", "通话时长(秒)", "通话时长（s）", "时长", "时长(秒)", "接听时长", "talk time", "duration",
        "duration (seconds)", "call duration", "billsec",
    ),
    "id": (
        "通话id", "呼叫id", "录音流水号", "流水号", "通话流水号", "会话id", "call id", "callid", "call sid",
        "sid",
        "uniqueid", "unique id",
    ),
    "city": (
        "城市", "归属地", "来电归属地", "号码归属地", "主叫归属地", "城市/地区", "city", "caller city",
        "location",
    ),
}  # fmt: skip
_DOWNLOADS: Final[dict[str, tuple[str, ...]]] = {
    "about": (
        "资料名称", "资料", "白皮书", "白皮书名称", "下载内容", "下载资料", "文件名称", "文件名", "内容名称",
        "文档名称",
        "标题", "document", "document name", "asset", "asset name", "asset title", "content title",
        "resource",
        "whitepaper", "white paper", "file name", "title of content",
    ),
    "at": (
        "下载时间", "下载日期", "提交时间", "填写时间", "创建时间", "日期", "时间", "download time",
        "download date",
        "downloaded at", "submitted at", "submission date", "created at", "date", "timestamp",
    ),
    "id": ("下载id", "提交id", "lead id", "submission id", "response id"),
}  # fmt: skip
_CARDS: Final[dict[str, tuple[str, ...]]] = {
    "event": ("活动", "活动名称", "展会", "展会名称", "event", "event name", "exhibition", "trade show"),
    "at": (
        "扫描时间", "扫描日期", "拍摄时间", "识别时间", "添加时间", "创建时间", "创建日期", "保存时间",
        "日期", "scan time",
        "scanned at", "scan date", "date added", "created time", "created at", "date",
    ),
}  # fmt: skip
# Of a card, the switchboard and the fax are no way to tell its owner.
_PERSON: Final = {
    "email": (*FIELDS["email"], "邮箱1", "邮箱2", "电子邮件1", "电子邮件2", "e-mail 1", "email 1", "email 2"),
    "phone": (
        *FIELDS["phone"], "手机1", "手机2", "手机号1", "手机号2", "移动电话1", "移动电话2", "mobile 1",
        "mobile 2", "mobile phone 1", "cell phone",
    ),
    "company": (*FIELDS["company"], "公司1", "公司名", "company 1"),
    "city": FIELDS["city"],
}  # fmt: skip
_OF: Final[dict[Kind, dict[str, tuple[str, ...]]]] = {
    "calls": {**_CAME_BY, "company": FIELDS["company"], **_CALLS},
    "downloads": {**_CAME_BY, **_PERSON, **_DOWNLOADS},
    "cards": {**_PERSON, **_CARDS, "utm_campaign": _CAME_BY["utm_campaign"]},
}
_KEYS: Final = {
    kind: {field: tuple(map(column_key, names)) for field, names in fields.items()}
    for kind, fields in _OF.items()
}
TAGS: Final = tuple(name for name in _CAME_BY if name.startswith("utm_"))

INCOMING: Final = frozenset({
    "呼入", "来电", "入", "被叫", "呼入电话", "inbound", "incoming", "in", "呼入接听", "呼入未接",
})  # fmt: skip
OUTGOING: Final = frozenset({
    "呼出", "去电", "外呼", "出", "主叫", "点击外呼", "outbound", "outgoing", "out", "click to call",
    "预测外呼",
})  # fmt: skip
ANSWERED: Final = frozenset({
    "已接", "已接听", "接听", "接通", "已接通", "成功", "呼叫成功", "通话成功", "人工接听", "座席接听",
    "坐席接听", "是",
    "answered", "answer", "completed", "connected", "yes", "true", "1", "success",
})  # fmt: skip
MISSED: Final = frozenset({
    "未接", "未接听", "未接通", "漏接", "无应答", "无人接听", "忙", "遇忙", "占线", "放弃", "排队放弃",
    "失败", "呼叫失败",
    "振铃未接", "留言", "拒接", "挂断", "否", "missed", "no answer", "no-answer", "noanswer", "busy",
    "abandoned",
    "failed", "unanswered", "voicemail", "canceled", "cancelled", "rejected", "no", "false", "0",
})  # fmt: skip


def known_names(kind: Kind) -> frozenset[str]:
    """Return the keys of all names of columns that a list of this kind may have."""
    return frozenset().union(*_KEYS[kind].values())


def contact_columns(kind: Kind, cells: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of each field that a row of names has, the likeliest first."""
    names = [column_key(cell) for cell in cells]
    found = {
        field: tuple(at for synonym in synonyms for at, name in enumerate(names) if name == synonym)
        for field, synonyms in _KEYS[kind].items()
    }
    return {field: places for field, places in found.items() if places}
