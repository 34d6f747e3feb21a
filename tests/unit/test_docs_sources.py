"""docs/sources.md has what the SDKs' tests wrote, of the versions that are pinned, and no other figures."""

import json
import re
import subprocess
import sys
from pathlib import Path

from contract.test_sdks import SDKS

LINES = [json.loads(line) for line in Path("docs/sources.jsonl").read_text("utf-8").splitlines()]
CONTRACT = Path("tests/contract")


def pinned() -> dict[str, str]:
    """The version of each package that `make contract` installs."""
    npm = json.loads((CONTRACT / "package.json").read_text("utf-8"))["dependencies"]
    pip = re.findall(r"^([A-Za-z][\w-]*)==(\S+)$", (CONTRACT / "sdks.txt").read_text("utf-8"), re.MULTILINE)
    return {**npm, **dict(pip)}


def test_the_page_is_what_the_tests_wrote() -> None:
    asked = [sys.executable, "docs/generate_sources.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_sdk_that_is_tried_stands_there_and_no_other() -> None:
    tried = {(sdk.package, sdk.runs_in, sdk.way) for sdk in SDKS}
    assert {(line["package"], line["runs_in"], line["way"]) for line in LINES} == tried


def test_the_versions_are_those_that_are_pinned() -> None:
    versions = pinned()
    assert {line["package"] for line in LINES if versions[line["package"]] != line["version"]} == set()


def test_each_event_was_a_fact_also_when_it_came_twice() -> None:
    counts = {line["package"]: (line["sent"], line["facts"], line["facts_again"]) for line in LINES}
    assert {package for package, told in counts.items() if len(set(told)) > 1} == set()
