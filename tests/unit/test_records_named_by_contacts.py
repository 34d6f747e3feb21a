"""Records whose id is an address or a number: one token by every way that they come."""

import json
import re
from pathlib import Path

import pytest
from tokens import KEY, TOKENISER

from producers.crm.export import CrmOptions
from producers.crm.history import HistoryOptions
from producers.crm.mapping import parse_mapping
from producers.crm.shipped import shipped_mapping
from producers.crm.webhook import facts_of_webhook
from producers.imports import plan_crm, plan_history
from producers.privacy.personal_data import Tokeniser
from schemas import terms
from schemas.codec import Encoded

NOW = 1_795_200_000_000
MAIL = "wang.li@acme.cn"
OURS = """
system = "{system}"
object = "lead"
[lead]
id = "手机"
updated_at = "Changed"
stage = "Stage"
"""


def keys(records: list[Encoded]) -> set[str]:
    return {record.key.decode() for record in records}


def webhook(system: str, body: object, *mappings: str, tokens: Tokeniser = TOKENISER) -> list[Encoded]:
    known = {system: [parse_mapping(each) for each in mappings]}
    told = facts_of_webhook(system, body, known, tokens, NOW)
    assert not told.rejected
    return list(told.records)


def export(mapping: str, text: str, tokens: Tokeniser = TOKENISER) -> list[Encoded]:
    plan = plan_crm(text.encode(), "export.csv", mapping, CrmOptions(received_at=NOW), tokens)
    assert (plan.error, plan.rejects) == ("", ())
    return list(plan.records(tokens))


def history(record: object) -> list[Encoded]:
    plan = plan_history(json.dumps(record).encode(), "h.json", HistoryOptions(received_at=NOW), TOKENISER)
    assert (plan.error, plan.rejects) == ("", ())
    return list(plan.records(TOKENISER))


def test_an_address_names_one_record_in_webhook_export_and_history() -> None:
    event = {"subscriptionType": "contact.creation", "objectId": "Wang.Li@ACME.cn", "occurredAt": NOW - 1}
    told = history({"id": MAIL, "updatedAt": NOW - 1, "properties": {"lastname": "x", "city": "Nanjing"}})
    columns = "Record ID,Email,Lifecycle Stage,Create Date\n"
    sold = export(shipped_mapping("hubspot-export"), f"{columns}{MAIL},,lead,2026-11-01 10:00\n")
    named = keys(webhook("hubspot", [event])) | keys(told) | keys(sold)
    assert len(named) == 1
    assert re.fullmatch("crm:hubspot:email:[0-9a-f]{64}", named.pop())


@pytest.mark.parametrize("number", ["13912345678", "139 1234 5678", "+86 139-1234-5678"])
def test_a_number_names_one_record_however_it_is_written(number: str) -> None:
    mapping = OURS.format(system="our")
    row = {"手机": number, "Changed": "2026-11-01 10:00:00", "Stage": "MQL"}
    sold = export(mapping, f"手机,Changed,Stage\n{number},2026-11-01 10:00:00,MQL\n")
    named = keys(webhook("our", row, mapping)) | keys(sold)
    assert named == {f"crm:our:{TOKENISER.phone('13912345678')}"}


def test_a_column_of_phone_numbers_makes_a_number_of_its_country_one() -> None:
    american = Tokeniser(KEY, region="US")
    sold = export(OURS.format(system="our"), "手机,Changed\n4155552671,2026-11-01 10:00:00\n", american)
    assert keys(sold) == {f"crm:our:{american.phone('4155552671')}"}


def test_ids_of_a_vendors_own_making_stay_though_they_look_like_a_number() -> None:
    event = {"subscriptionType": "contact.creation", "objectId": "13912345678", "occurredAt": NOW - 1}
    assert keys(webhook("hubspot", [event])) == {"crm:hubspot:13912345678"}
    mapping = OURS.format(system="our").replace("手机", "Id")
    row = {"Id": "13912345678", "Changed": "2026-11-01 10:00:00", "Stage": "MQL"}
    told = Tokeniser(KEY, numbers_are_ids=("crm:our",))
    assert keys(webhook("our", row, mapping, tokens=told)) == {"crm:our:13912345678"}


def test_two_records_that_only_hold_one_number_stay_two() -> None:
    mapping = OURS.format(system="our").replace("手机", "Id")
    rows = [
        {"Id": f"{kind}-139-1234-5678", "Changed": "2026-11-01 10:00:00", "Stage": "MQL"}
        for kind in ("联系", "公司")
    ]
    assert len(keys(webhook("our", rows, mapping))) == 2


def test_the_page_about_personal_data_lists_the_names_that_stay_readable() -> None:
    text = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text("utf-8")
    for name, why, may_be_token in readable():
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert why.split(":")[0] in row
        assert f"`{name}`" in row if may_be_token else "| no |" in row


def readable() -> set[tuple[str, str, bool]]:
    """Every mark of the schemas that a field stays readable."""
    marks = [mark for hint in vars(terms).values() for mark in getattr(hint, "__metadata__", ())]
    return {(mark.name, mark.why, mark.may_be_token) for mark in marks if isinstance(mark, terms.Readable)}
