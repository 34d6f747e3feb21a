"""Every field of every fact is scrubbed on its one way into a record, whoever filled it."""

import ast
import re
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import facts as f
import pytest
from pydantic import create_model
from tokens import KEY, TOKENISER

from producers.privacy.facts import record_of, scrubbed, treatment_of
from producers.privacy.personal_data import Tokeniser
from schemas.contents import UNIONS
from schemas.envelope import Fact, natural_id
from schemas.handover import MemberJoined
from schemas.json_schema import types_of
from schemas.sem import AdPerformanceReported
from schemas.terms import Holds, Readable
from schemas.utm import EventAttended
from settings import Settings

FACTS = [
    (topic, kind)
    for topic in UNIONS
    for kind in types_of(topic).values()
    if issubclass(kind, Fact) and not issubclass(kind, MemberJoined)
]
SECRET = ("canary", "13912345678", "139 1234", "11010519491231002X")
CANARY = "canary@acme.cn 139 1234 5678"
ADDRESS = "canary@acme.cn"
CLOSED = {
    "event_id": natural_id("x"), "evidence": natural_id("y"), "day": "2026-11-21", "currency": "CNY",
    "in_currency": "EUR", "rate": "0.125",
}  # fmt: skip


def name_of(case: Any) -> str:
    return case[1].__name__ if isinstance(case, tuple) else str(case)


def filled(name: str, hint: Any, text: str) -> Any:
    """A value of a field in which each text that may hold anything is `text`."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if Holds.CLOSED in hint.__metadata__:
            return CLOSED[name]
        return f"crm:our:{text}" if Holds.IDENTIFIER in hint.__metadata__ else filled(name, inner[0], text)
    if origin is Literal:
        return inner[0]
    if origin in (Union, UnionType):
        return filled(name, next(each for each in inner if each is not NoneType), text)
    if origin is tuple:
        return (filled(name, inner[0], text),)
    if origin is dict:
        return {text: text, "Phone": "4155552671"}
    return {str: text, int: 1, bool: True}[hint]


def full_of(kind: type[Fact], text: str) -> Fact:
    hints = get_type_hints(kind, include_extras=True)
    told = {name: filled(name, hints[name], text) for name in kind.model_fields}
    return kind(**told | {"source": text[:64]})


@pytest.mark.parametrize("case", FACTS, ids=name_of)
@pytest.mark.parametrize(
    "text", [CANARY, ADDRESS, "+86 139 1234 5678", "Canary <canary@acme.cn>", "canary%2540acme.cn"]
)
def test_whatever_stands_in_any_field_of_a_fact_its_record_holds_none_of_it(
    case: tuple[str, type[Fact]], text: str
) -> None:
    topic, kind = case
    record = record_of(full_of(kind, text), topic, TOKENISER)
    stood = (record.key + b"|" + record.value).decode()
    assert not [each for each in (*SECRET, "4155552671") if each in stood.lower()]


@pytest.mark.parametrize("case", FACTS, ids=name_of)
def test_a_fact_without_personal_data_stays_the_very_same(case: tuple[str, type[Fact]]) -> None:
    fact = full_of(case[1], "plain 2026-11-21")
    fact = fact.model_copy(update={"attributes": {"a": "b"}} if "attributes" in case[1].model_fields else {})
    fact = fact.model_copy(update={"tags": {"a": "b"}} if isinstance(getattr(fact, "tags", 0), dict) else {})
    assert scrubbed(fact, TOKENISER) is fact


def test_a_field_of_a_new_type_can_not_pass_by_unseen() -> None:
    kind = create_model("Noted", __base__=Fact, notes=(list[str], []))
    with pytest.raises(TypeError, match="nothing says how"):
        treatment_of(kind)
    marked = create_model("Marked", __base__=Fact, note=(str, ""))
    assert "note" in treatment_of(marked)[0]


@pytest.mark.parametrize("case", FACTS, ids=name_of)
def test_what_is_closed_has_no_room_for_personal_data(case: tuple[str, type[Fact]]) -> None:
    """A field without a treatment is a number, one of few words, or has a pattern that no canary fits."""
    texts, rules = treatment_of(case[1])
    for name in {*case[1].model_fields} - {*texts} - {name for name, _ in rules}:
        for text in (ADDRESS, "13912345678", "王先生", "Canary Person"):
            with pytest.raises(ValueError, match=name):
                case[1].model_validate({"event_id": natural_id("x"), name: text})


def test_the_same_fact_gets_the_same_new_id_and_the_old_one_can_not_be_found_from_it() -> None:
    told = f.stage("crm:hubspot:17", 0, "13912345678")
    clean = scrubbed(told, TOKENISER)
    assert clean.event_id != told.event_id
    assert clean.event_id == scrubbed(told, TOKENISER).event_id
    assert clean.event_id != scrubbed(told, Tokeniser("another key of the tests")).event_id
    assert scrubbed(clean, TOKENISER) is clean


def test_the_key_of_a_row_of_a_report_holds_no_name_that_was_taken_out() -> None:
    report = full_of(AdPerformanceReported, "plain").model_copy(
        update={
            "campaign": "张 13912345678",
            "subject": "ad:baidu|a|张 13912345678|||",
            "keyword_id": "13812345678",
        }
    )
    clean = scrubbed(report, TOKENISER)
    assert clean.subject.startswith("ad:baidu#")
    assert clean.subject == scrubbed(report, TOKENISER).subject
    assert clean.keyword_id == "13812345678"


def test_names_stay_readable_unless_the_settings_say_that_they_become_tokens() -> None:
    attended = EventAttended(
        event_id=natural_id("x"), occurred_at=1, received_at=1, source="x", subject="email:" + "0" * 64,
        event="Salon", company="Canary Ltd",
    )  # fmt: skip
    lead = f.lead("crm:our:1", 0, owner="王小明", attributes={"company": "Canary Ltd"})
    assert (scrubbed(lead, TOKENISER), scrubbed(attended, TOKENISER)) == (lead, attended)
    strict = Tokeniser(KEY, whole=("owner", "company"))
    clean = scrubbed(lead, strict)
    assert re.fullmatch("owner:[0-9a-f]{12}", clean.owner)
    assert re.fullmatch("company:[0-9a-f]{12}", clean.attributes["company"])
    assert scrubbed(attended, strict).company == clean.attributes["company"]
    assert scrubbed(f.lead("crm:our:2", 0, owner=" 王小明"), strict).owner == clean.owner


def test_an_owner_who_is_an_address_is_one_token_everywhere() -> None:
    spelt = ("Wang@Acme.cn", "wang@acme.cn")
    owners = {scrubbed(f.lead("crm:our:1", 0, owner=name), TOKENISER).owner for name in spelt}
    assert len(owners) == 1
    assert re.fullmatch("email:[0-9a-f]{12}", owners.pop())


def test_digits_of_a_crm_stay_where_the_settings_say_that_they_are_its_ids() -> None:
    told = f.deal("deal:hubspot:1", 0, "13912345678", owner="13812345678")
    clean = scrubbed(told, TOKENISER)
    assert (clean.stage[:6], clean.owner[:6]) == ("phone:", "phone:")
    assert scrubbed(told, Tokeniser(KEY, numbers_are_ids=("crm:hubspot",))) is told


def test_the_settings_name_the_fields_that_may_become_tokens() -> None:
    marked = {
        mark.name
        for _, kind in FACTS
        for hint in get_type_hints(kind, include_extras=True).values()
        for mark in getattr(hint, "__metadata__", ())
        if isinstance(mark, Readable) and mark.may_be_token
    }
    told = get_args(get_args(Settings.model_fields["tokenised_fields"].annotation)[0])
    assert marked == {*told}


def test_nothing_but_the_one_function_makes_records_of_facts() -> None:
    makers = set()
    for path in sorted(path for folder in ("producers", "cli") for path in Path(folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "schemas.codec":
                taken = {each.name for each in node.names}
                makers |= {str(path)} if taken & {"record_of", "encode", "output_record"} else set()
            if isinstance(node, ast.ImportFrom) and node.module == "schemas":
                makers |= {str(path)} if "codec" in {each.name for each in node.names} else set()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Encoded":
                makers |= {str(path)}
    # The vault makes those of contacts: no facts, but what is sealed, under a token.
    assert makers == {"producers/privacy/facts.py", "producers/privacy/vault.py"}
    topics = re.findall(r"Encoded\((\w+)\.name", Path("producers/privacy/vault.py").read_text("utf-8"))
    assert topics == ["CONTACTS"]
