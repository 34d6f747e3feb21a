"""A mapping file says which column is what; a mistake in it is a sentence that names the key."""

import re
from pathlib import Path

import pytest

from attribution.policy import Policy
from producers.cells.tabular import column_key
from producers.crm.mapping import (
    CrmMapping,
    DealColumns,
    FollowUpColumns,
    LeadColumns,
    MappingFaultError,
    PocColumns,
    parse_mapping,
)
from producers.crm.shipped import shipped_mapping, shipped_mappings

SMALL = 'system = "crm"\nobject = "lead"\n[lead]\nid = "ID"\ncreated_at = ["Created", "创建时间"]\n'


def test_a_field_takes_one_column_or_several() -> None:
    mapping = parse_mapping(SMALL)

    assert dict(mapping.fields()) == {"lead.id": ("ID",), "lead.created_at": ("Created", "创建时间")}


@pytest.mark.parametrize("name", shipped_mappings())
def test_shipped_mappings_are_sound_and_say_what_they_are_for(name: str) -> None:
    mapping = parse_mapping(shipped_mapping(name))

    assert mapping.description
    assert mapping.columns_of(f"{mapping.object}.id")


def test_leads_and_deals_of_one_crm_share_its_name() -> None:
    systems = {name: parse_mapping(shipped_mapping(name)).system for name in shipped_mappings()}

    assert systems["hubspot-export"] == systems["hubspot-deals"]
    assert systems["salesforce-export"] == systems["salesforce-deals"]
    assert systems["generic"] == systems["generic-deals"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("system = ", "not valid TOML"),
        (SMALL.replace('system = "crm"\n', ""), "system: Field required"),
        (SMALL.replace('"crm"', '"My CRM"'), "system:"),
        (SMALL + 'emial = "E-mail"\n', "lead.emial: is not a field of a mapping"),
        (SMALL.replace('id = "ID"\n', ""), "lead.id must name the column"),
        ('system = "c"\nobject = "lead"\n[lead]\nid = "ID"\n', "lead needs a date"),
        ('timezone = "Mars/Base"\n' + SMALL, "'Mars/Base' is not a time zone"),
        ('required = ["lead.stage"]\n' + SMALL, "required names 'lead.stage'"),
        (SMALL + "stage = 7\n", "lead.stage"),
    ],
)
def test_a_mistake_is_named(text: str, sentence: str) -> None:
    with pytest.raises(MappingFaultError) as caught:
        parse_mapping(text)

    assert sentence in str(caught.value)


def test_columns_are_found_whatever_their_case_and_width() -> None:
    assert column_key(" Create Date ") == column_key("CREATEDATE")
    assert column_key("金额（万元）") == column_key("金额(万元)")


def test_the_page_on_importing_shows_a_mapping_that_works_and_names_each_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```toml")[1:]]
    example = parse_mapping(next(block for block in blocks if "[lead]" in block))

    assert example.columns_of("lead.stage_dates.MQL") == ("MQL date",)
    sections = (LeadColumns, FollowUpColumns, DealColumns, PocColumns)
    fields = {name for section in sections for name in section.model_fields} | set(CrmMapping.model_fields)
    missing = {name for name in fields - {"description"} if not re.search(rf"\b{name}\b", page)}
    assert not missing
    assert all(f"`{name}`" in page for name in shipped_mappings())


LEADS = [name for name in shipped_mappings() if parse_mapping(shipped_mapping(name)).object == "lead"]


@pytest.mark.parametrize("name", LEADS)
def test_each_crm_s_leads_may_say_themselves_how_they_heard_of_us(name: str, policy: Policy) -> None:
    lead = parse_mapping(shipped_mapping(name)).lead
    known = {attribute.casefold() for attribute in policy.reports.sources.attributes}
    assert lead.heard_from or {column.casefold() for column in lead.attributes} & known
