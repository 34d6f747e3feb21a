"""docs/identity.md names what a link passes, from the fact that makes it to the facts that change hands."""

import ast
import re
from pathlib import Path

import facts as f
import pytest
from followed import Passed, not_called_in_order, noting
from played import play

from attribution.policy import Policy

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "identity.md").read_text("utf-8")
NAMED = [
    (file, name)
    for file, names in re.findall(r"`([a-z_/]+\.py)` \(((?:`\w+`(?:, )?)+)\)", TEXT)
    for name in re.findall(r"\w+", names)
]
CORE = [each for each in NAMED if each[0].startswith("attribution/")]
LEAD, OTHER = "crm:s:1", "crm:s:2"
# What decides who is who, apart from what every fact passes (docs/one-event.md).
WHO_IS_WHO = {"links.py", "linking.py", "identity.py", "persons.py", "advance.py", "shared_devices.py"}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_function_stands_in_its_file(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    defined = ast.FunctionDef | ast.ClassDef
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, defined)}


def test_two_leads_on_one_browser_pass_them_in_this_order(policy: Policy) -> None:
    known = [
        f.form("anon:1", 0, "email:a"),
        f.lead(LEAD, 1, "email:a"),
        f.form("anon:1", 2, "email:b"),
        f.lead(OTHER, 3, "email:b"),
    ]
    passed = Passed()
    with noting(passed):
        play(policy, *known)
    assert not_called_in_order(CORE, passed.calls) is None
    assert {Path(file).name for file, _ in CORE} == WHO_IS_WHO
