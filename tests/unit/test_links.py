"""What a fact says about who is who, emitted once for each pair however often it is said."""

from itertools import permutations

import facts as f
import pytest

from attribution.links import MAX_EMITTED, links_of, pairs_in
from attribution.state import EmittedLink
from schemas.handover import AnyFact

DEVICE, OTHER_DEVICE = "anon:1", "anon:2"
LEAD, OTHER_LEAD = "crm:crm:1", "crm:crm:2"


@pytest.mark.parametrize(
    ("fact", "pairs"),
    [
        (f.page(DEVICE, 0), []),
        (f.page(DEVICE, 0, others=("user:d",)), [(DEVICE, "user:d")]),
        (f.form(DEVICE, 0, DEVICE), []),
        (f.form(DEVICE, 0, "email:a", DEVICE), [(DEVICE, "email:a")]),
        (
            f.form(DEVICE, 0, "phone:c", "email:a"),
            [(DEVICE, "email:a"), (DEVICE, "phone:c"), ("email:a", "phone:c")],
        ),
        (
            f.form(DEVICE, 0, "email:a", OTHER_DEVICE),
            [(DEVICE, OTHER_DEVICE), (DEVICE, "email:a")],
        ),
        (
            f.lead(LEAD, 0, "phone:c", "email:a", DEVICE),
            [(DEVICE, LEAD), (LEAD, "email:a"), (LEAD, "phone:c")],
        ),
        (f.merged(LEAD, 0, OTHER_LEAD, LEAD), [(LEAD, OTHER_LEAD)]),
        (f.merged(OTHER_LEAD, 0, LEAD), [(LEAD, OTHER_LEAD)]),
        (f.attended("phone:c", 0, "email:a"), [("email:a", "phone:c")]),
        (f.link_click("email:a", 0, "https://www.site.example/", DEVICE), [(DEVICE, "email:a")]),
        (f.deal("deal:crm:9", 0, "", LEAD, OTHER_LEAD), []),
        (f.stage(LEAD, 0, "MQL"), []),
    ],
)
def test_a_fact_ties_its_subject_to_those_it_names(fact: AnyFact, pairs: list[tuple[str, str]]) -> None:
    """The smaller one stands left; people on one deal, or two devices of one form, are not tied directly."""
    assert sorted(pairs_in(fact)) == pairs


def test_each_pair_has_one_link_with_the_fact_received_first_as_evidence() -> None:
    forms = [f.form(DEVICE, 0, "email:a", received_at=f.START + late) for late in (7, 3, 5)]
    for order in permutations(forms):
        said: dict[str, str] = {}
        emitted: dict[str, EmittedLink] = {}
        for form in order:
            links, emitted = links_of([form], emitted)
            said.update({link.event_id: link.evidence for link in links})
        assert list(said.values()) == [forms[1].event_id]


def test_a_repetition_says_nothing() -> None:
    form = f.form(DEVICE, 0, "email:a")
    _, emitted = links_of([form], {})
    assert links_of([form], emitted) == ([], emitted)


def test_pairs_that_only_look_alike_are_two() -> None:
    """Identifiers may have spaces in them."""
    one = f.form("anon:x email:y", 0, "email:z")
    other = f.form("anon:x", 5, "email:y email:z")
    _, emitted = links_of([one], {})
    links, _ = links_of([other], emitted)
    assert len(links) == 1


def test_what_is_remembered_is_bounded_and_what_was_remembered_can_still_be_corrected() -> None:
    many = [f.lead(LEAD, n, f"email:{n:04}", received_at=f.START + 1000 + n) for n in range(MAX_EMITTED + 9)]
    links, emitted = links_of(many, {})
    assert (len(links), len(emitted)) == (MAX_EMITTED + 9, MAX_EMITTED)
    earlier = f.lead(LEAD, 0, "email:0000", received_at=f.START)
    again, corrected = links_of([earlier], emitted)
    assert [link.evidence for link in again] == [earlier.event_id]
    assert links_of([earlier], corrected)[0] == []
    beyond, _ = links_of(many[-1:], emitted)
    assert len(beyond) == 1, "what was not remembered is said again"
