"""The words of attendance lists: their columns, who came, who is of the house, and what a section holds."""

import re
from collections.abc import Sequence
from typing import Final

from producers.cells.headers import column_key

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "email": (
        "邮箱", "电子邮箱", "邮件", "电子邮件", "邮箱地址", "电子邮件地址", "工作邮箱", "企业邮箱",
        "公司邮箱",
        "email", "e-mail", "mail", "email address", "e-mail address", "work email", "business email",
        "user email",
        "attendee email", "participant email", "email id", "e-mail-adresse", "endereço de email",
        "adresse e-mail", "correo electrónico", "メールアドレス", "participant id (upn)",
        "id do participante (upn)",
    ),
    "phone": (
        "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式", "移动电话", "phone",
        "phone number", "mobile", "mobile phone", "telephone", "tel", "cell",
    ),
    "company": (
        "公司", "公司名称", "单位", "单位名称", "企业", "企业名称", "工作单位", "所在公司", "company",
        "company name", "organization", "organisation", "account",
    ),
    "event": (
        "活动", "活动名称", "会议", "会议名称", "沙龙", "展会", "展会名称", "exhibition", "trade show",
        "event", "event name", "webinar", "webinar name",
        "meeting name",
    ),
    "city": ("城市", "所在城市", "活动城市", "举办城市", "city", "event city"),
    "campaign": ("推广活动", "营销活动", "campaign", "campaign name", "utm_campaign"),
    "at": (
        "checked in at",
        "签到时间", "扫码时间", "到访时间", "参观时间", "入场时间", "scanned at", "scan time", "visited at",
        "参会时间", "到场时间", "入会时间", "首次入会时间", "加入时间", "活动日期", "会议日期",
        "活动时间",
        "日期", "check-in time", "checkin time", "attended at", "join time", "first join", "joined at",
        "first join time", "event date", "date", "primeiro ingresso", "hora de entrada", "erster beitritt",
        "beitrittszeit", "première connexion", "primera unión",
    ),
    "attended": (
        "签到", "是否签到", "签到状态", "是否到场", "是否参会", "参会状态", "到场", "attended",
        "checked in", "check-in status", "attendance", "attendance status", "attendee status",
        "member status", "check in", "checkin", "check-in", "arrived", "签到情况", "参会情况",
        "出席", "是否出席", "出席状态",
        "teilgenommen", "anwesend", "présent", "présence", "asistió", "asistencia", "presente", "compareceu",
    ),
    "registered": ("registration time", "registered at", "registration date", "报名时间", "注册时间"),
    "approval": ("approval status", "审核状态", "报名状态"),
    "role": (
        "身份", "角色", "参会角色", "role", "função", "rolle", "rôle", "rol", "ruolo", "役割",
    ),
    "guest": ("guest", "is guest", "是否访客", "访客"),
    "waiting": ("in waiting room", "等候室"),
    "name": (
        "姓名", "用户名", "昵称", "用户昵称(入会昵称)", "用户昵称", "name", "user name",
        "user name (original name)", "name (original name)", "display name", "nome", "nom", "full name",
    ),
}  # fmt: skip
# A time of arrival that is empty says that somebody did not come; an empty day of the event doesn't.
_DAYS: Final = frozenset(map(column_key, (
    "活动日期", "会议日期", "活动时间", "日期", "event date", "date", "参会时间",
)))  # fmt: skip
_SYNONYMS: Final = {field: tuple(map(column_key, names)) for field, names in FIELDS.items()}
KNOWN: Final = frozenset().union(*_SYNONYMS.values())

CAME: Final = frozenset({
    "是", "已签到", "签到", "已到场", "到场", "已参会", "参会", "√", "✓", "✔", "y", "yes", "true", "1",
    "attended", "checked in", "checked-in", "present", "arrived", "joined", "出席",
    "已出席", "ja", "oui", "sí", "sim",
})  # fmt: skip
DECLINED: Final = frozenset(
    {"declined", "denied", "cancelled", "canceled", "refunded", "rejected", "已拒绝", "取消"}
)
STAYED_AWAY: Final = frozenset({
    "", "否", "未签到", "未到场", "未参会", "缺席", "×", "✗", "n", "no", "false", "0", "absent", "no show",
    "no-show", "registered", "not attended", "已报名", "-", "--", "attending", "not attending",
    "did not attend",
    "not checked in", "invited", "approved", "pending", "waitlist", "waitlisted", "nein", "non", "não",
    "未出席",
    "未到", "待签到", "已取消",
}) | DECLINED  # fmt: skip

# Whoever runs or gives the event is of the house or a speaker: nobody whom it brought.
_HOST: Final = re.compile(
    r"host|organi[sz]|presenter|panelist|speaker|moderator|referent|veranstalter|apresentador|présentateur|animateur"
    r"|ponente|主持|主办|嘉宾|讲师|讲者|演讲|联席|管理员|工作人员|ホスト|パネリスト"
)
_ATTENDEES: Final = re.compile(
    r"attendee|participant|teilnehm|besucher|participante|asistente|partecipant|参会|与会|到会|观众|出席|参加者"
)
_SOMETHING_ELSE: Final = re.compile(
    r"activit|aktivität|atividade|summary|zusammenfassung|resum|question|poll|survey|registra|会中|问答|投票|概要|报名"
)
TOPICS: Final = frozenset(map(column_key, (
    "topic", "meeting title", "webinar name", "event name", "会议主题", "会议名称", "活动名称", "主题",
    "título da reunião", "besprechungstitel", "titre de la réunion", "título de la reunión",
    "attendee report",
)))  # fmt: skip
STARTS: Final = frozenset(map(column_key, (
    "actual start time", "start time", "meeting start time", "actual start date/time", "start date/time",
    "预定开始时间", "会议开始时间", "开始时间", "hora de início", "startzeit", "heure de début",
)))  # fmt: skip


def columns_of(cells: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of each field that a row of names has, the likeliest first."""
    names = [column_key(cell) for cell in cells]
    found = {
        field: tuple(at for synonym in synonyms for at, name in enumerate(names) if name == synonym)
        for field, synonyms in _SYNONYMS.items()
    }
    return {field: places for field, places in found.items() if places}


def is_host(role: str) -> bool:
    """Tell whether a role, or the title of a section, is that of those who run or give the event."""
    return _HOST.search(role.casefold()) is not None


def is_of_attendees(title: str) -> bool:
    """Tell whether a section of this title lists those who came."""
    return _ATTENDEES.search(title.casefold()) is not None and not is_of_something_else(title)


def is_of_something_else(title: str) -> bool:
    """Tell whether a section of this title lists hosts, or what people did, or is a summary."""
    return is_host(title) or _SOMETHING_ELSE.search(title.casefold()) is not None


def is_arrival(header: str) -> bool:
    """Tell whether a column of times says when each person came, and not when the event was."""
    return column_key(header) in set(_SYNONYMS["at"]) - _DAYS
