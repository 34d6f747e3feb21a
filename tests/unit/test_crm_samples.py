"""What vendors of CRMs post is read as the expected output beside each stored sample says."""

import json
from pathlib import Path
from typing import Any

import pytest
from tokens import TOKENISER

from producers.crm.mapping import parse_mapping
from producers.crm.shipped import shipped_mapping, shipped_mappings
from producers.crm.webhook import VENDORS, facts_of_webhook
from schemas.codec import decode

NOW = 1_795_300_000_000
SAMPLES = Path(__file__).parents[1] / "samples/crm"
BODIES = sorted(path for path in SAMPLES.glob("*/*.json") if not path.name.endswith(".expected.json"))
MAPPINGS = tuple(parse_mapping(shipped_mapping(name)) for name in shipped_mappings())


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> dict[str, Any]:
    """What is made of a body: each fact without what follows from its content, and what has no effect."""
    system = path.parent.name
    mappings = {system: tuple(each for each in MAPPINGS if each.system == system)}
    told = facts_of_webhook(system, json.loads(path.read_text("utf-8")), mappings, TOKENISER, NOW)
    facts = [decode(record.topic, record.value) for record in told.records]
    return {
        "accepted": told.accepted,
        "facts": [
            {"topic": record.topic, "type": fact.type, "source": fact.source}
            | fact.model_dump(
                mode="json", exclude_defaults=True, exclude={"event_id", "received_at", "source"}
            )
            for record, fact in zip(told.records, facts, strict=True)
        ],
        "ignored": [[each.at, each.reason] for each in told.ignored],
        "rejected": [[each.at, each.reason] for each in told.rejected],
    }


@pytest.mark.parametrize("path", BODIES, ids=name_of)
def test_a_sample_is_read_as_its_expected_output_says(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    assert read(path) == expected


@pytest.mark.parametrize("path", BODIES, ids=name_of)
def test_only_its_own_vendor_takes_a_sample_for_its_own(path: Path) -> None:
    body = json.loads(path.read_text("utf-8"))
    for row in body if isinstance(body, list) else [body]:
        assert [vendor.system for vendor in VENDORS if vendor.is_mine(row)] == [path.parent.name]


@pytest.mark.parametrize("path", BODIES, ids=name_of)
def test_a_sample_sent_twice_is_the_same_facts(path: Path) -> None:
    system = path.parent.name
    body = json.loads(path.read_text("utf-8"))
    mappings = {system: tuple(each for each in MAPPINGS if each.system == system)}
    first, again = (facts_of_webhook(system, body, mappings, TOKENISER, NOW) for _ in range(2))
    assert first == again
