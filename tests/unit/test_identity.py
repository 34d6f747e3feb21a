"""Who is who: a pure function of links, splits and blocks, with guards against those who stand for many."""

import json
from itertools import pairwise, permutations
from random import Random

import facts as f
import pytest
from hypothesis import given
from hypothesis import strategies as st
from played import people, play

from attribution.identity import (
    Belonging,
    Node,
    cap_of,
    dump_node,
    group_of,
    linked,
    load_node,
    person_id,
)
from attribution.linking import IdentityFact, resolve_again, resolve_links
from attribution.persons import Persons
from attribution.policy import Policy
from attribution.versions import version_of

A, B = "email:a", "email:b"
PHONE = "phone:c"
DEVICE, OTHER_DEVICE = "anon:1", "anon:2"
LEAD, OTHER_LEAD = "crm:crm:1", "crm:crm:2"
BLOCKED, OVER, SHARED = "blocked_identifier", "over_degree_cap", "shared_device"
CROWD = "over_person_cap"


def who(policy: Policy, *said: IdentityFact) -> dict[str, Belonging]:
    """Whom every identifier belongs to after all that was said about it."""
    nodes = resolve_links(said, 0, lambda _: Node(), policy).nodes
    persons = Persons(lambda name: nodes.get(name, Node()), policy)
    return {name: persons.belonging(name) for name in nodes}


def persons(policy: Policy, *said: IdentityFact) -> dict[str, str]:
    return {name: belonging.person for name, belonging in who(policy, *said).items()}


def test_a_chain_of_links_is_one_person(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(DEVICE, A), f.linked(A, PHONE), f.linked(PHONE, "user:d")]
    assert set(persons(policy, *said).values()) == {DEVICE}


def test_a_person_is_called_by_the_smallest_crm_identifier_else_the_smallest(policy: Policy) -> None:
    assert person_id({"email:a", "anon:9", "user:1"}) == "anon:9"
    assert person_id({"anon:9", "crm:hubspot:7", "crm:crm:8", "email:a"}) == "crm:crm:8"
    said: list[IdentityFact] = [f.linked(DEVICE, A), f.linked(A, OTHER_LEAD), f.linked(A, LEAD)]
    assert set(persons(policy, *said).values()) == {LEAD}


def test_a_ring_a_link_to_itself_and_a_doubled_link_are_just_links(policy: Policy) -> None:
    said: list[IdentityFact] = [
        f.linked(A, PHONE),
        f.linked(PHONE, "user:d"),
        f.linked("user:d", A),
        f.linked(A, A),
        f.linked(A, PHONE),
    ]
    assert set(persons(policy, *said).values()) == {A}
    assert who(policy, f.linked(A, A)) == {A: Belonging(A)}


def test_a_merge_of_a_record_that_was_never_seen_joins_a_name_without_facts(policy: Policy) -> None:
    known = people(policy, f.lead(OTHER_LEAD, 0), f.merged(OTHER_LEAD, f.DAY, LEAD))
    assert set(known) == {LEAD}
    assert known[LEAD].identifiers == (LEAD, OTHER_LEAD)


def test_an_identifier_is_grouped_by_its_kind_and_in_the_crm_by_the_system() -> None:
    assert [group_of(name) for name in (A, LEAD, "crm:hubspot:1", DEVICE)] == [
        "email",
        "crm:crm",
        "crm:hubspot",
        "anon",
    ]


@given(seed=st.integers(0, 1 << 30))
def test_the_order_of_what_is_said_does_not_matter(policy: Policy, seed: int) -> None:
    said: list[IdentityFact] = [
        f.linked(DEVICE, A),
        f.linked(OTHER_DEVICE, A),
        f.linked(OTHER_DEVICE, B),
        f.linked(LEAD, B),
        f.linked(LEAD, PHONE),
        f.split(DEVICE, A),
        f.blocked(PHONE),
        *(f.linked("phone:switchboard", f"crm:crm:{n}") for n in range(12)),
    ]
    shuffled = [*said, *said]
    Random(seed).shuffle(shuffled)
    assert who(policy, *shuffled) == who(policy, *said)


def test_several_phones_and_addresses_of_one_lead_are_fine(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(LEAD, name) for name in (A, B, PHONE, "phone:d", "phone:e")]
    assert set(persons(policy, *said).values()) == {LEAD}


# --- splits and blocks


def test_a_split_undoes_the_link_whichever_came_first(policy: Policy) -> None:
    both: tuple[IdentityFact, ...] = (f.linked(A, PHONE), f.split(PHONE, A))
    for said in permutations(both):
        assert persons(policy, *said) == {A: A, PHONE: PHONE}


def test_a_split_is_for_good(policy: Policy) -> None:
    """The same form sent again must not undo what somebody found out."""
    said: list[IdentityFact] = [f.linked(A, PHONE), f.split(A, PHONE), f.linked(A, PHONE, f.DAY)]
    assert persons(policy, *said) == {A: A, PHONE: PHONE}


def test_a_split_is_between_two_names_and_another_way_still_joins_them(policy: Policy) -> None:
    said: list[IdentityFact] = [
        f.linked(A, PHONE),
        f.linked(A, LEAD),
        f.linked(PHONE, LEAD),
        f.split(A, PHONE),
    ]
    assert set(persons(policy, *said).values()) == {LEAD}


def test_a_split_in_the_middle_leaves_two_persons(policy: Policy) -> None:
    said: list[IdentityFact] = [
        f.linked(LEAD, A),
        f.linked(A, PHONE),
        f.linked(PHONE, OTHER_LEAD),
        f.split(A, PHONE),
    ]
    assert persons(policy, *said) == {LEAD: LEAD, A: LEAD, PHONE: OTHER_LEAD, OTHER_LEAD: OTHER_LEAD}


def test_a_blocked_identifier_joins_nobody_and_says_so(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(LEAD, A), f.linked(OTHER_LEAD, A), f.blocked(A)]
    assert who(policy, *said) == {
        LEAD: Belonging(LEAD),
        OTHER_LEAD: Belonging(OTHER_LEAD),
        A: Belonging(A, issue=BLOCKED),
    }


# --- caps


def test_a_switchboard_number_joins_nobody_and_is_reported(policy: Policy) -> None:
    cap = policy.identity.degree_caps["phone"]
    leads = [f"crm:crm:{n}" for n in range(cap + 1)]
    said: list[IdentityFact] = [f.linked(lead, "phone:switchboard") for lead in leads]
    assert set(persons(policy, *said[:-1]).values()) == {"crm:crm:0"}
    belongings = who(policy, *said)
    assert {lead: belongings[lead].person for lead in leads} == {lead: lead for lead in leads}
    assert belongings["phone:switchboard"] == Belonging("phone:switchboard", issue=OVER)


def test_a_cap_counts_each_kind_for_itself(policy: Policy) -> None:
    """Someone with six addresses, six phones and six devices is still one person."""
    cap = policy.identity.degree_caps["email"]
    kinds = ("phone", "user", "crm:crm")
    said: list[IdentityFact] = [f.linked(A, f"{kind}:{n}") for kind in kinds for n in range(cap)]
    assert set(persons(policy, *said).values()) == {"crm:crm:0"}


def test_too_many_of_one_kind_are_enough(policy: Policy) -> None:
    """That the switchboard's number is also somebody's only address's number changes nothing."""
    cap = policy.identity.degree_caps["phone"]
    said: list[IdentityFact] = [f.linked(PHONE, f"crm:crm:{n}") for n in range(cap + 1)]
    assert who(policy, *said, f.linked(PHONE, A))[PHONE].issue == OVER


def test_a_kind_without_a_cap_has_the_smallest_of_all(policy: Policy) -> None:
    assert cap_of("wecom:1", "email", policy) == min(policy.identity.degree_caps.values())
    assert cap_of(LEAD, "email", policy) == policy.identity.degree_caps["crm"]


def test_many_cookies_are_still_one_person(policy: Policy) -> None:
    """In a sales cycle of a year somebody loses cookies every few weeks, and signs in again."""
    said: list[IdentityFact] = [f.linked(A, f"anon:{n:02}") for n in range(60)]
    assert set(persons(policy, *said, f.linked(LEAD, A)).values()) == {LEAD}
    crowd: list[IdentityFact] = [f.linked(A, f"anon:{n:03}") for n in range(101)]
    assert who(policy, *crowd)[A].issue == OVER


def test_past_the_cap_of_one_kind_links_to_others_stay(policy: Policy) -> None:
    tight = policy.identity.model_copy(update={"degree_caps": {"user": 1}})
    capped = policy.model_copy(update={"identity": tight})
    node = Node(links=frozenset({"email:a", "email:b", "phone:a", "phone:b"}))
    assert linked("user:u", node, "phone:c", capped).links == {"email:a", "email:b", "phone:a", "phone:b"}
    assert linked("user:u", node, "crm:crm:1", capped).links == {*node.links, "crm:crm:1"}


def test_past_the_cap_a_node_grows_no_more(policy: Policy) -> None:
    """Ten thousand leads with one number cost as much as a few."""
    said: list[IdentityFact] = [f.linked(f"crm:crm:{n:05}", "phone:switchboard") for n in range(500)]
    Random(3).shuffle(said)
    node = resolve_links(said, 0, lambda _: Node(), policy).nodes["phone:switchboard"]
    assert sorted(node.links) == [f"crm:crm:{n:05}" for n in range(policy.identity.degree_caps["phone"] + 1)]


def test_whoever_is_reached_only_by_a_switchboard_is_not_reassigned(policy: Policy) -> None:
    """A hub's own neighbours are told nothing when its thousandth neighbour comes."""
    nodes: dict[str, Node] = {}
    for n in range(40):
        link = f.linked(f"crm:crm:{n:02}", "phone:switchboard")
        step = resolve_links([link], n, lambda name: nodes.get(name, Node()), policy)
        nodes.update(step.nodes)
    told = {assigned.identifier for assigned in step.assignments}
    assert len(told) <= policy.identity.degree_caps["phone"] + 3
    assert {"crm:crm:39", "phone:switchboard"} <= told


def test_a_device_past_its_cap_keeps_its_facts_to_itself(policy: Policy) -> None:
    cap = policy.identity.degree_caps["anon"]
    said: list[IdentityFact] = [f.linked("anon:kiosk", f"email:{n}") for n in range(cap + 1)]
    assert who(policy, *said)["anon:kiosk"] == Belonging("anon:kiosk", issue=OVER)


# --- shared devices


def test_a_device_of_two_people_joins_neither(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(DEVICE, A), f.linked(DEVICE, B)]
    assert who(policy, *said) == {
        A: Belonging(A),
        B: Belonging(B),
        DEVICE: Belonging(DEVICE, ((A, A), (B, B)), SHARED),
    }


def test_its_shares_name_the_persons_that_the_addresses_belong_to(policy: Policy) -> None:
    said: list[IdentityFact] = [
        f.linked(DEVICE, A),
        f.linked(DEVICE, B),
        f.linked(LEAD, A),
        f.linked(OTHER_LEAD, B),
    ]
    assert who(policy, *said)[DEVICE].shared == ((A, LEAD), (B, OTHER_LEAD))


def test_two_addresses_that_are_known_to_be_one_person_s_do_not_make_a_device_shared(policy: Policy) -> None:
    said: list[IdentityFact] = [
        f.linked(DEVICE, A),
        f.linked(DEVICE, B),
        f.linked(LEAD, A),
        f.linked(LEAD, B),
    ]
    assert set(persons(policy, *said).values()) == {LEAD}
    assert who(policy, *said)[DEVICE] == Belonging(LEAD)


def test_names_of_different_kinds_on_one_device_are_one_person(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(DEVICE, A), f.linked(DEVICE, PHONE), f.linked(DEVICE, "user:d")]
    assert set(persons(policy, *said).values()) == {DEVICE}


def test_a_shared_device_does_not_tie_the_own_devices_of_its_people(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(DEVICE, A), f.linked(DEVICE, B), f.linked(OTHER_DEVICE, A)]
    assert persons(policy, *said) == {A: OTHER_DEVICE, OTHER_DEVICE: OTHER_DEVICE, B: B, DEVICE: DEVICE}


def test_two_linked_browsers_with_one_person_each_join_them_no_more_than_one_browser_would(
    policy: Policy,
) -> None:
    said: list[IdentityFact] = [
        f.linked(DEVICE, OTHER_DEVICE),
        f.linked(DEVICE, A),
        f.linked(OTHER_DEVICE, B),
    ]
    belongings = who(policy, *said)
    assert {name: belonging.person for name, belonging in belongings.items()} == {
        name: name for name in (DEVICE, OTHER_DEVICE, A, B)
    }
    assert belongings[DEVICE] == Belonging(DEVICE, ((A, A),), SHARED)
    assert belongings[OTHER_DEVICE] == Belonging(OTHER_DEVICE, ((B, B),), SHARED)


def test_two_linked_browsers_of_one_person_are_that_person_s(policy: Policy) -> None:
    said: list[IdentityFact] = [
        f.linked(DEVICE, OTHER_DEVICE),
        f.linked(DEVICE, A),
        f.linked(OTHER_DEVICE, PHONE),
    ]
    assert set(persons(policy, *said).values()) == {DEVICE}


def test_a_split_makes_a_shared_device_somebody_s_own_again(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(DEVICE, A), f.linked(DEVICE, B), f.split(DEVICE, B)]
    assert persons(policy, *said) == {A: DEVICE, DEVICE: DEVICE, B: B}


# --- persons that are too large


def small(policy: Policy, largest: int, room: int = 8) -> Policy:
    """The policy with another limit for how many identifiers make a person, and fill a whole journey each."""
    return policy.model_copy(
        update={
            "identity": policy.identity.model_copy(update={"largest_person": largest}),
            "bounds": policy.bounds.model_copy(update={"full_members": room}),
        }
    )


def test_a_chain_that_is_too_long_joins_nobody_and_says_so(policy: Policy) -> None:
    """Each of its links may look fine; that all of them are one person can't be true."""
    chain = ("email:1", "phone:1", "email:2", "phone:2", "email:3")
    said: list[IdentityFact] = [f.linked(*pair) for pair in pairwise(chain)]
    assert set(persons(small(policy, 5), *said).values()) == {"email:1"}
    assert who(small(policy, 4), *said) == {name: Belonging(name, issue=CROWD) for name in chain}


def test_a_person_that_many_devices_make_too_large_keeps_what_else_it_is(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(LEAD, A), *(f.linked(A, f"anon:{n}") for n in range(5))]
    found = who(small(policy, 5), *said)
    assert found[LEAD] == found[A] == Belonging(LEAD, issue=CROWD)
    assert {found[f"anon:{n}"] for n in range(5)} == {Belonging(f"anon:{n}", issue=CROWD) for n in range(5)}


def test_a_split_makes_two_persons_of_what_was_too_large(policy: Policy) -> None:
    chain = ("email:1", "phone:1", "email:2", "phone:2", "email:3")
    said: list[IdentityFact] = [f.linked(*pair) for pair in pairwise(chain)]
    found = persons(small(policy, 4), *said, f.split("phone:1", "email:2"))
    assert found == {"email:1": "email:1", "phone:1": "email:1"} | dict.fromkeys(chain[2:], "email:2")


def test_those_who_were_one_are_told_when_they_become_too_many(policy: Policy) -> None:
    """Also those whom the link that is too much does not name."""
    tight = small(policy, 3)
    nodes = resolve_links([f.linked(A, PHONE), f.linked(PHONE, B)], 1, lambda _: Node(), tight).nodes
    step = resolve_links([f.linked(B, LEAD)], 2, lambda name: nodes.get(name, Node()), tight)
    assert {each.identifier: each.person for each in step.assignments} == {
        name: name for name in (A, PHONE, B, LEAD)
    }


def test_the_more_identifiers_a_person_has_the_less_room_each_gets(policy: Policy) -> None:
    said: list[IdentityFact] = [f.linked(A, f"anon:{n}") for n in range(20)]
    divisors = {
        count: who(small(policy, 256, room=2), *said[: count - 1])[A].divisor
        for count in (2, 3, 4, 5, 8, 9, 17)
    }
    assert divisors == {2: 1, 3: 2, 4: 2, 5: 4, 8: 4, 9: 8, 17: 16}


# --- assignments


def test_a_shared_device_hears_of_a_name_that_a_person_got_far_from_it(policy: Policy) -> None:
    """From the laptop to the lead who is merged, it goes over two browsers of one person."""
    said: list[IdentityFact] = [
        f.linked("anon:laptop", "user:d"),
        f.linked("anon:laptop", "user:e"),
        f.linked("anon:phone", "user:d"),
        f.linked("anon:phone", A),
        f.linked("anon:own", A),
        f.linked("anon:own", OTHER_LEAD),
    ]
    nodes = resolve_links(said, 3, lambda _: Node(), policy).nodes
    step = resolve_links([f.linked(LEAD, OTHER_LEAD)], 4, lambda name: nodes.get(name, Node()), policy)
    told = {each.identifier: each for each in step.assignments}
    assert told["anon:laptop"].shared == (("user:d", LEAD), ("user:e", "user:e"))


def test_everybody_in_reach_is_told_with_the_offset_as_version(policy: Policy) -> None:
    step = resolve_links([f.linked(DEVICE, A)], 41, lambda _: Node(), policy)
    assert [(each.identifier, each.person, each.version) for each in step.assignments] == [
        (DEVICE, DEVICE, version_of(policy.epoch, 84)),
        (A, DEVICE, version_of(policy.epoch, 84)),
    ]


def test_a_raised_cap_brings_back_the_links_that_the_lower_one_left_out(policy: Policy) -> None:
    """Past its cap a number no longer knows who has it; those who have it do."""
    said: list[IdentityFact] = [f.linked(PHONE, f"crm:crm:{n}") for n in range(14)]
    nodes = resolve_links(said, 13, lambda _: Node(), policy).nodes
    caps = {**policy.identity.degree_caps, "crm": 20, "phone": 20}
    raised = policy.model_copy(update={"identity": policy.identity.model_copy(update={"degree_caps": caps})})
    for name in sorted(nodes):
        nodes.update(resolve_again([name], nodes.__getitem__, raised, 2).nodes)
    found = Persons(nodes.__getitem__, raised)
    assert {found.belonging(name).person for name in nodes} == {"crm:crm:0"}


def test_whoever_a_split_parts_is_told_on_both_sides(policy: Policy) -> None:
    nodes = resolve_links([f.linked(LEAD, A), f.linked(A, PHONE)], 1, lambda _: Node(), policy).nodes
    step = resolve_links([f.split(A, PHONE)], 2, lambda name: nodes.get(name, Node()), policy)
    assert {each.identifier: each.person for each in step.assignments} == {LEAD: LEAD, A: LEAD, PHONE: PHONE}


def test_whoever_a_block_parts_is_told_too(policy: Policy) -> None:
    nodes = resolve_links([f.linked(LEAD, A), f.linked(A, PHONE)], 1, lambda _: Node(), policy).nodes
    step = resolve_links([f.blocked(A)], 2, lambda name: nodes.get(name, Node()), policy)
    assert {each.identifier: each.person for each in step.assignments} == {LEAD: LEAD, A: A, PHONE: PHONE}


def test_a_replay_from_the_start_never_assigns_with_a_smaller_version(policy: Policy) -> None:
    nodes = resolve_links([f.linked(DEVICE, A)], 90, lambda _: Node(), policy).nodes
    again = resolve_links([f.linked(DEVICE, A)], 3, lambda name: nodes.get(name, Node()), policy)
    assert {each.version for each in again.assignments} == {version_of(policy.epoch, 182)}


def test_a_node_is_the_same_after_it_was_bytes() -> None:
    node = Node(links=frozenset({B, A, PHONE}), splits=frozenset({"user:d"}), blocked=True, version=7)
    assert load_node(dump_node(node)) == node
    assert json.loads(dump_node(node))["links"] == [A, B, PHONE]
    assert load_node(None) == Node()


# --- through the whole pipeline


def test_a_split_recomputes_both_journeys_exactly(policy: Policy) -> None:
    """What is left is what would be there, had the two never been tied together."""
    apart = [
        f.page(DEVICE, 0, "https://www.site.example/?gclid=1"),
        f.form(DEVICE, f.MINUTE, A),
        f.lead(LEAD, f.DAY, A),
        f.lead(OTHER_LEAD, 2 * f.DAY, PHONE),
        f.stage(OTHER_LEAD, 3 * f.DAY, "SQL"),
    ]
    tie, untie = f.linked(A, PHONE), f.split(A, PHONE)
    assert set(people(policy, *apart, tie)) == {LEAD}
    for order in ((*apart, tie, untie), (*apart, untie, tie), (tie, *apart, untie), (untie, tie, *apart)):
        assert people(policy, *order) == people(policy, *apart)


def test_a_block_recomputes_them_too(policy: Policy) -> None:
    shared_address = [f.lead(LEAD, 0, A), f.lead(OTHER_LEAD, f.DAY, A)]
    assert set(people(policy, *shared_address)) == {LEAD}
    apart = people(policy, *shared_address, f.blocked(A))
    assert {name for name, journey in apart.items() if journey.facts} == {LEAD, OTHER_LEAD}
    assert apart[A].issues == ("blocked_identifier",)


def test_a_switchboard_without_facts_of_its_own_is_reported_all_the_same(policy: Policy) -> None:
    """Nobody may look for the journey of a number; that it joins nobody must be seen somewhere."""
    leads = [f.lead(f"crm:crm:{n}", n * f.DAY, "phone:switchboard") for n in range(20)]
    reported = people(policy, *leads)["phone:switchboard"]
    assert (reported.issues, reported.facts, reported.is_lead) == ((OVER,), 0, False)


@pytest.mark.parametrize("number", ["phone:switchboard"])
def test_leads_with_the_number_of_a_switchboard_stay_apart(policy: Policy, number: str) -> None:
    leads = [f.lead(f"crm:crm:{n}", n * f.DAY, number, company=f"Firm {n}") for n in range(8)]
    known = people(policy, *leads, f.attended(number, 20 * f.DAY))
    assert {known[f"crm:crm:{n}"].company for n in range(8)} == {f"Firm {n}" for n in range(8)}
    assert (known[number].issues, len(known[number].touchpoints)) == ((OVER,), 1)


def test_a_crm_merge_is_one_person_with_the_facts_of_both(policy: Policy) -> None:
    facts = [f.lead(LEAD, 0, A), f.lead(OTHER_LEAD, f.DAY, B), f.stage(OTHER_LEAD, 2 * f.DAY, "MQL")]
    merged = people(policy, *facts, f.merged(LEAD, 3 * f.DAY, OTHER_LEAD))
    assert set(merged) == {LEAD}
    assert [entry.stage.value for entry in merged[LEAD].stages] == ["lead", "marketing_qualified"]
    replay = play(policy, *facts, f.merged(LEAD, 3 * f.DAY, OTHER_LEAD))
    assert replay.journeys[OTHER_LEAD].is_deleted
