"""The CRM's work as exports and webhook bodies, with the mappings that say what its columns mean."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import orjson

from market.belonging import told_of_deal, told_of_lead, why_failed
from market.contacts import address_typed, as_typed
from market.hubspot_events import hubspot_webhooks
from market.model import (
    CRM,
    OVERSEAS_CRM,
    DealChange,
    FollowUp,
    Lead,
    Market,
    Merge,
    Origin,
    StageChange,
    TakenBack,
    system_of,
)
from market.tables import csv_bytes, european, money
from market.times import wall_clock

Record = dict[str, str]
UTM_COLUMNS = ("UTM Source", "UTM Medium", "UTM Campaign", "UTM Content")

LEADS_MAPPING = f"""\
system = "{CRM}"
object = "lead"
description = "线索：一行一次阶段变更"
timezone = "Asia/Shanghai"

[lead]
id = "线索编号"
created_at = "创建时间"
updated_at = "更新时间"
stage = "线索阶段"
stage_at = "进入阶段时间"
stage_reason = "阶段原因"
emails = "邮箱"
phones = "手机"
visitor_ids = "访客标识"
crm_ids = "已合并线索"
deleted = "已删除"
account_id = "公司编号"
company = "公司名称"
owner = "负责人"
source = "线索来源"
attributes = ["地区", "行业"]
"""
FOLLOW_UPS_MAPPING = f"""\
system = "{CRM}"
object = "lead"
description = "跟进记录：一行一次跟进"
timezone = "Asia/Shanghai"

[lead]
id = "线索编号"
created_at = "创建时间"
updated_at = "更新时间"

[lead.follow_up]
at = "跟进时间"
category = "跟进方式"
grade = "评级"
tags = "标签"
owner = "跟进部门"
"""
DEALS_MAPPING = f"""\
system = "{CRM}"
object = "deal"
description = "商机：一行一次变更"
timezone = "Asia/Shanghai"
currency = "CNY"

[deal]
id = "商机编号"
name = "商机名称"
created_at = "创建时间"
updated_at = "更新时间"
stage = "商机阶段"
stage_at = "进入阶段时间"
amount = "金额"
currency = "币种"
people = "关联线索"
account_id = "公司编号"
reason = "输单原因"
owner = "负责人"
attributes = ["地区", "竞争对手"]
deleted = "已删除"

[deal.poc]
started_at = "POC开始时间"
ended_at = "POC结束时间"
result = "POC结果"
reason = "POC失败原因"
"""


def crm_files(market: Market) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file: exports of a part of the records, webhooks of the others."""
    leads = {lead.id: lead for lead in market.leads}
    opened = {change.deal: change.at for change in reversed(market.deals)}
    stages = [
        (change.at, _lead_row(leads[change.lead], change), leads[change.lead])
        for change in market.stages
        if system_of(change.lead) == CRM
    ]
    stages += [
        (merge.at, _merged_row(leads[merge.into], merge), leads[merge.into])
        for merge in market.merges
        if system_of(merge.into) == CRM
    ]
    stages += [
        (word.at, _deleted_row(leads[word.record], word), leads[word.record])
        for word in market.taken_back
        if not word.is_deal and system_of(word.record) == CRM
    ]
    calls = [(call.at, _call_row(leads[call.lead], call), leads[call.lead]) for call in market.follow_ups]
    deals = [
        (change.at, _deal_row(change, opened[change.deal]), change)
        for change in market.deals
        if system_of(change.deal) == CRM
    ]
    deals += _deleted_deals(market, opened)
    yield "leads.toml", LEADS_MAPPING.encode()
    yield "follow_ups.toml", FOLLOW_UPS_MAPPING.encode()
    yield "deals.toml", DEALS_MAPPING.encode()
    yield "leads.csv", _export((row for _, row, lead in stages if not lead.by_webhook), "utf-8-sig")
    yield "follow_ups.csv", _export((row for _, row, lead in calls if not lead.by_webhook), "utf-8-sig")
    exported = (row | {"金额": european(row["金额"])} for _, row, change in deals if not change.by_webhook)
    yield "deals.csv", _export(exported, "gb18030")
    sent = [(at, row) for at, row, lead in (*stages, *calls) if lead.by_webhook]
    sent += [(at, row) for at, row, change in deals if change.by_webhook]
    yield "webhooks.jsonl", b"".join(_webhooks(sent, market))


def _lead_row(lead: Lead, change: StageChange) -> Record:
    contact = lead.contact
    return {
        "线索编号": lead.id,
        "创建时间": wall_clock(lead.created_at),
        "更新时间": wall_clock(change.at),
        "线索阶段": change.stage,
        "进入阶段时间": wall_clock(change.at),
        "阶段原因": change.reason,
        "邮箱": "；".join(filter(None, (address_typed(contact.email, 2), lead.wrong_email))),
        "手机": lead.cut_phone or as_typed(contact.phone),
        "访客标识": lead.visitor,
        "公司编号": lead.account,
        "公司名称": contact.company,
        "负责人": lead.owner,
        "线索来源": lead.said_source,
        "已合并线索": "",
        **_tags(lead.came_by),
        **told_of_lead(lead),
        "已删除": "",
    }


def _deleted_row(lead: Lead, word: TakenBack) -> Record:
    """Write a record once more, when it was deleted."""
    row = _lead_row(lead, StageChange(lead=lead.id, at=word.at, stage=""))
    return {**row, "进入阶段时间": "", "已删除": "是"}


def _deleted_deals(market: Market, opened: Mapping[str, int]) -> Iterator[tuple[int, Record, DealChange]]:
    """Write deals once more, as they were, when they were deleted or restored."""
    last = {change.deal: change for change in market.deals}
    for word in market.taken_back:
        if word.is_deal and system_of(word.record) == CRM:
            change = last[word.record]
            said = {"更新时间": wall_clock(word.at), "已删除": "是" if word.kind == "deleted" else "否"}
            yield word.at, {**_deal_row(change, opened[change.deal]), **said}, change


def _tags(came_by: Origin | None) -> Record:
    """Write how a lead came, in columns that no mapping names: their own names say what they hold."""
    told = came_by or Origin(channel="")
    cells = (told.source, told.medium, told.campaign, told.content)
    return dict(zip(UTM_COLUMNS, cells, strict=True))


def _merged_row(lead: Lead, merge: Merge) -> Record:
    """Write the record that others were merged into: it names them, and stays in its stage."""
    row = _lead_row(lead, StageChange(lead=lead.id, at=merge.at, stage=""))
    return {**row, "进入阶段时间": "", "已合并线索": "；".join(merge.gone)}


def _call_row(lead: Lead, call: FollowUp) -> Record:
    return {
        "线索编号": lead.id,
        "创建时间": wall_clock(lead.created_at),
        "更新时间": wall_clock(call.at),
        "跟进时间": wall_clock(call.at),
        "跟进方式": call.category,
        "评级": call.grade,
        "标签": "；".join(call.tags),
        "跟进部门": call.owner,
    }


def _deal_row(change: DealChange, opened_at: int) -> Record:
    return {
        "商机编号": change.deal,
        "商机名称": change.name,
        "创建时间": wall_clock(opened_at),
        "更新时间": wall_clock(change.at),
        "商机阶段": change.stage,
        "进入阶段时间": wall_clock(change.at),
        "金额": money(change.amount),
        "币种": "CNY",
        "关联线索": ";".join(change.people),
        "公司编号": change.account,
        "输单原因": change.reason,
        "负责人": change.owner,
        "POC开始时间": _maybe(change.poc_started_at),
        "POC结束时间": _maybe(change.poc_ended_at),
        "POC结果": change.poc_result,
        "POC失败原因": why_failed(change),
        **told_of_deal(change.deal),
        "已删除": "",
    }


def _maybe(at: int | None) -> str:
    return wall_clock(at) if at is not None else ""


def _export(records: Iterable[Record], encoding: str) -> bytes:
    rows = list(records)
    return csv_bytes([list(rows[0]), *(list(row.values()) for row in rows)], encoding) if rows else b""


def _webhooks(sent: Iterable[tuple[int, Record]], market: Market) -> Iterator[bytes]:
    """Write the requests of both CRMs in the order of time."""
    rows = ((at, CRM, {name: cell for name, cell in row.items() if cell}) for at, row in sent)
    events = ((at, OVERSEAS_CRM, body) for at, body in hubspot_webhooks(market))
    bodies = [(at, system, orjson.dumps(body).decode()) for at, system, body in chain(rows, events)]
    for at, system, body in sorted(bodies):
        told: dict[str, Any] = {"at": at, "path": f"/webhooks/crm/{system}", "body": body}
        yield orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
