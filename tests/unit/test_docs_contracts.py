"""What other programs read of the collector, the topics and the views is what the code says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from producers.collector.spoken import spoken
from schemas.topics import TOPICS
from settings import Settings

FOLDER = Path("docs/contracts")


def test_they_are_what_the_code_says() -> None:
    asked = [sys.executable, "docs/generate_contracts.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_collectors_document_has_every_path_of_every_protocol() -> None:
    paths = json.loads((FOLDER / "collector.openapi.json").read_text("utf-8"))["paths"]
    spoken_here = {(re.sub(r":[^}]*", "", route.path), route.method.lower()) for route in spoken(Settings())}
    assert spoken_here <= {(path, method) for path, methods in paths.items() for method in methods}


def test_the_topics_document_has_every_topic_and_the_schema_of_each_of_its_messages() -> None:
    told = json.loads((FOLDER / "topics.asyncapi.json").read_text("utf-8"))
    assert {channel["address"] for channel in told["channels"].values()} == {topic.name for topic in TOPICS}
    payloads = [each["payload"]["schema"]["$ref"] for each in told["components"]["messages"].values()]
    assert payloads
    assert [path for path in payloads if not (FOLDER / path).exists()] == []


@pytest.mark.parametrize(
    ("kind", "logical"),
    [
        ("String", "string"),
        ("Nullable(DateTime64(3, 'UTC'))", "timestamp"),
        ("Nullable(Date)", "date"),
        ("UInt64", "integer"),
        ("Nullable(Int64)", "integer"),
        ("Nullable(Decimal(38, 2))", "number"),
        ("Bool", "boolean"),
        ("Map(String, String)", "object"),
    ],
)
def test_a_column_of_the_views_has_the_type_that_the_standard_gives_it(kind: str, logical: str) -> None:
    views = yaml.safe_load((FOLDER / "views.odcs.yaml").read_text("utf-8"))["schema"]
    columns = {each["physicalType"]: each for view in views for each in view["properties"]}
    assert columns[kind]["logicalType"] == logical
    assert columns[kind]["required"] == ("Nullable" not in kind)
