"""What was said about identifiers is told in words."""

import pytest

from answers.identifiers import what_was_said


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (
            {"type": "identity_linked", "left": "anon:a", "right": "crm:s:1", "rule": "form_submitted"},
            ("linked", "anon:a", "crm:s:1", "form_submitted"),
        ),
        (
            {"type": "identity_split", "left": "anon:a", "right": "email:" + "5f" * 32, "reason": "two"},
            ("split", "anon:a", "email:5f5f5f5f…", "two"),
        ),
        (
            {"type": "identity_blocked", "identifier": "anon:kiosk", "reason": ""},
            ("blocked", "anon:kiosk", "", ""),
        ),
    ],
)
def test_each_kind_of_fact_in_words(fact: dict[str, str], words: tuple[str, ...]) -> None:
    assert what_was_said(fact) == words
