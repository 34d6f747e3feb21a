"""What values of the data are called by people."""

from answers.words import translations
from attribution.policy import Policy
from cockpit.names import NAMES, named
from schemas.terms import Grade, Stage, TouchKind


def test_every_stage_grade_kind_and_channel_has_a_name(policy: Policy) -> None:
    channels = {rule.channel for rule in policy.channels.rules}
    assert {*Stage, *Grade, *TouchKind, *channels} <= NAMES.keys()


def test_a_value_is_called_by_its_name_in_the_language_of_the_reader() -> None:
    assert named(translations("zh", "cockpit"), "marketing_qualified") == "MQL 营销合格线索"
    assert named(translations("en", "cockpit"), "paid_search") == "Paid search"


def test_what_has_no_name_stands_as_in_the_data() -> None:
    assert named(translations("zh", "cockpit"), "<b>own</b>") == "<b>own</b>"
    assert named(translations("zh", "cockpit"), None) == ""
