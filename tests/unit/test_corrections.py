"""A correction is a fact that says who made it, whichever way it came."""

import pytest

from producers.corrections import Correction, CorrectionError, Kind, fact_of
from schemas.identity import IdentityBlocked, IdentityLinked, IdentitySplit

AT = 1_790_000_000_000


def test_a_correction_in_the_cockpit_names_its_user_and_the_reason() -> None:
    split = fact_of(Correction(Kind.SPLIT, "anon:a", "crm:s:1", "a shared desk", by="anna"), AT)
    assert isinstance(split, IdentitySplit)
    assert (split.source, split.reason) == ("cockpit", "anna: a shared desk")
    merge = fact_of(Correction(Kind.MERGE, "anon:a", "crm:s:1", by="anna"), AT)
    assert isinstance(merge, IdentityLinked)
    assert merge.rule == "by hand: anna"
    block = fact_of(Correction(Kind.BLOCK, "anon:kiosk", reason="a kiosk", by="anna"), AT)
    assert isinstance(block, IdentityBlocked)
    assert block.reason == "anna: a kiosk"


def test_a_correction_at_the_terminal_is_the_fact_that_it_always_was() -> None:
    merge = fact_of(Correction(Kind.MERGE, "anon:a", "crm:s:1", "same desk"), AT)
    assert isinstance(merge, IdentityLinked)
    assert (merge.source, merge.rule) == ("cli", "by hand: same desk")
    assert merge.event_id == "bc5e396c-15f3-5320-b326-c7247f639146"


def test_said_twice_at_the_same_time_it_is_one_fact_and_later_another() -> None:
    said = Correction(Kind.BLOCK, "anon:kiosk", by="anna")
    assert fact_of(said, AT) == fact_of(said, AT)
    assert fact_of(said, AT).event_id != fact_of(said, AT + 1).event_id


@pytest.mark.parametrize(
    ("correction", "says"),
    [
        (Correction(Kind.SPLIT, "anon:a", "anon:a"), "both are the same identifier"),
        (Correction(Kind.MERGE, "anon:a", ""), "right"),
        (Correction(Kind.BLOCK, "anon:a\n"), "identifier"),
        (Correction(Kind.SPLIT, "anon:a", "anon:b", reason="x" * 600), "reason"),
    ],
)
def test_what_cannot_be_said_is_a_sentence(correction: Correction, says: str) -> None:
    with pytest.raises(CorrectionError, match=says):
        fact_of(correction, AT)
