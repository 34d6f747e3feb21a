"""The committed JSON Schemas and the page of events are what the classes say today."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from schemas.json_schema import json_schema_texts

FOLDER = Path("schemas/json")
TEXTS = json_schema_texts()


def test_the_folder_holds_them_all_and_nothing_else() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(TEXTS)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_it_is_current_and_a_schema(name: str) -> None:
    committed = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert committed == json.loads(TEXTS[name]), "run python docs/generate.py"
    Draft202012Validator.check_schema(committed)


def test_the_generator_finds_nothing_stale() -> None:
    asked = [sys.executable, "docs/generate.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_page_of_events_names_every_type() -> None:
    page = Path("docs/events.md").read_text(encoding="utf-8")
    assert [name for name in TEXTS if f"### {name.removesuffix('.v1.json')}\n" not in page] == []
