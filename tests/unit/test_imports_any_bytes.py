"""Importing anything never raises, and never says two things of one file."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.attendance.contact_rows import ContactOptions
from producers.attendance.rows import AttendanceOptions
from producers.crm.export import CrmOptions
from producers.crm.history import HistoryOptions
from producers.crm.mapping import parse_mapping
from producers.crm.shipped import shipped_mapping
from producers.crm.suggest.reading import SuggestOptions
from producers.imports import (
    Plan,
    plan_attendance,
    plan_contacts,
    plan_crm,
    plan_history,
    plan_rates,
    plan_sem,
    reject_file,
    suggest_crm,
)
from producers.outcomes.left_out import NotUnderstoodError
from producers.privacy.facts import scrubbed
from producers.privacy.personal_data import Tokeniser
from producers.rates.files import RateOptions
from producers.sem.options import SemOptions
from schemas.codec import decode

NOW = 1508810400000
TOKENS = Tokeniser("a key for tests only")
HISTORY = HistoryOptions(received_at=NOW)
SEM = SemOptions(received_at=NOW, as_of=NOW)
MAPPING = shipped_mapping("generic")
SUGGEST = SuggestOptions(file_name="f.csv", timezone="Asia/Shanghai", system="x")


def _by_a_suggestion(data: bytes) -> Plan:
    """Import a file by the mapping that is suggested for it, as somebody would who agrees with each guess."""
    try:
        suggestion = suggest_crm(
            data, SuggestOptions(file_name="f.csv", timezone="Asia/Shanghai", system="x")
        )
    except NotUnderstoodError as error:
        return Plan("crm.events", error=str(error))
    mapping = re.sub(r"(?ms)^\[undecided\].*?(?=^\[)", "", suggestion.text)
    parse_mapping(mapping)
    return plan_crm(data, "f.csv", mapping, CrmOptions(received_at=NOW), TOKENS)


PLANS: dict[str, tuple[bytes, Callable[[bytes], Plan]]] = {
    "keywords": (
        '日期,推广计划,推广单元,关键词,展现,点击,消费,网页转化\n2017-10-23,a,b,c,"1,000",2,3.5,0\n'.encode(),
        lambda data: plan_sem(data, "f.csv", SEM),
    ),
    "clicks": (
        b"gclid,Date/Time,Keyword\nabc,2017-10-23 10:00,k\n",
        lambda data: plan_sem(data, "f.csv", SEM, kind="clicks"),
    ),
    "dictionary": (
        "关键词ID,推广计划名称,推广单元名称,关键词名称,生效时间\n7,a,b,c,2017-10-01\n".encode(),
        lambda data: plan_sem(data, "f.csv", SEM, kind="dictionary"),
    ),
    "rates": (
        "日期,from,to,rate\n2017-10-23,USD,CNY,6.6205\n2017-10-24,欧元,CNY,7.79\n".encode(),
        lambda data: plan_rates(data, "f.csv", RateOptions(received_at=NOW, as_of=NOW)),
    ),
    "crm": (
        "Lead ID,Created At,Stage,Email,Phone,Deal ID,Deal Created At,Amount\n"
        "1,2017-10-01,MQL,a@example.org,13800138000,7,2017-10-02,¥1\n".encode(),
        lambda data: plan_crm(data, "f.csv", MAPPING, CrmOptions(received_at=NOW), TOKENS),
    ),
    "changes": (
        b'{"payload":{"ChangeEventHeader":{"entityName":"Lead","recordIds":["00Q5g00000AbCdEEAV"],'
        b'"changeType":"UPDATE","commitTimestamp":1506816000000},"Status":"MQL"}}\n',
        lambda data: plan_history(data, "f.json", HISTORY, TOKENS),
    ),
    "properties": (
        b'{"results":[{"id":"7","propertiesWithHistory":{"lifecyclestage":[{"value":"lead",'
        b'"timestamp":"2017-10-01T00:00:00Z"}]}}]}',
        lambda data: plan_history(data, "f.json", HISTORY, TOKENS),
    ),
    "field history": (
        b"LeadId,Field,OldValue,NewValue,CreatedDate\n00Q5g00000AbCdE,Status,New,MQL,2017-10-01\n",
        lambda data: plan_history(data, "f.csv", HISTORY, TOKENS),
    ),
    "attendance": (
        b"Email,Phone,City,Event,Date\na@example.org,13800138000,x,Fair,2017-10-01\n",
        lambda data: plan_attendance(data, "f.csv", AttendanceOptions(received_at=NOW), TOKENS),
    ),
    "calls": (
        "主叫号码,呼叫时间,呼叫类型,接听状态,通话时长,关键词,落地页\n"
        "13800138000,2017-10-01 10:00,呼入,已接听,95,元数据,https://a.example/?utm_source=x\n".encode(),
        lambda data: plan_contacts(data, "f.csv", ContactOptions(kind="calls", received_at=NOW), TOKENS),
    ),
    "downloads": (
        b"Email,Asset,Downloaded at,Source,Company\na@example.org,Guide,2017-10-01,zhihu,X\n",
        lambda data: plan_contacts(data, "f.csv", ContactOptions(kind="downloads", received_at=NOW), TOKENS),
    ),
    "cards": (
        "手机,邮箱,展会,扫描时间\n13800138000,a@example.org,Fair,2017-10-01\n".encode(),
        lambda data: plan_contacts(data, "f.csv", ContactOptions(kind="cards", received_at=NOW), TOKENS),
    ),
    "suggested": (
        "线索ID,录入时间,邮箱,手机,线索状态,您是怎么得知的,MQL日期\n"
        "1,2017-10-01,a@example.org,13800138000,MQL,x,2017-10-02\n".encode(),
        _by_a_suggestion,
    ),
}
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "--", "1e400", "NaN", "-1", "2017-10-23", "2017-13-45", "9999-12-31", "0001-01-01", "=1+1",
            "总计", '"', "\x00",
         "1.2E+17", "a@example.org", "13800138000", "1,234", "99999999999999999999", "\ud7ff", "٣",
         "2017-10-23T10:00+99:99"]
    ),
)  # fmt: skip


def is_sound(plan: Plan) -> None:
    """A plan is an error, or facts and rejects; its records can be read again; its rejects can be written."""
    assert not (plan.error and (plan.facts or plan.rejects))
    for record, fact in zip(plan.records(TOKENS), plan.facts, strict=True):
        # A cell that holds an address where nobody expects one is a fact like any other, but for the address.
        assert decode(record.topic, record.value) == scrubbed(fact, TOKENS)
    assert reject_file(plan)


@pytest.mark.parametrize("kind", PLANS)
def test_the_example_is_understood(kind: str) -> None:
    example, plan_of = PLANS[kind]
    plan = plan_of(example)

    assert (plan.error, plan.rejects) == ("", ())
    assert plan.facts


@pytest.mark.parametrize("kind", PLANS)
@given(data=st.binary(max_size=400))
def test_any_bytes(kind: str, data: bytes) -> None:
    is_sound(PLANS[kind][1](data))


@pytest.mark.parametrize("kind", PLANS)
@given(data=st.data())
def test_a_good_file_with_bytes_put_in_cut_out_or_cut_off(kind: str, data: st.DataObject) -> None:
    example, plan_of = PLANS[kind]
    at = data.draw(st.integers(0, len(example)))
    skipped = data.draw(st.integers(0, 9))
    damaged = example[:at] + data.draw(st.binary(max_size=9)) + example[at + skipped :]

    is_sound(plan_of(damaged))


@pytest.mark.parametrize("kind", PLANS)
@given(data=st.data())
def test_any_cells_below_a_good_header(kind: str, data: st.DataObject) -> None:
    example, plan_of = PLANS[kind]
    header = example.split(b"\n")[0]
    width = header.count(b",") + 1
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width - 1, max_size=width + 1), max_size=5))
    body = "\n".join(",".join(cells) for cells in rows).encode("utf-8", "replace")
    plan = plan_of(header + b"\n" + body)

    is_sound(plan)
    again = plan_of(header + b"\n" + body)
    assert [fact.event_id for fact in plan.facts] == [fact.event_id for fact in again.facts]
    assert len({fact.event_id for fact in plan.facts}) == len(plan.facts)
