"""One's own people are kept, and told apart: by mail domain, by host, by identifier."""

from typing import Any

import facts as f
import pytest
from played import people

from attribution.policy import Policy
from schemas.handover import AnyFact

LEAD = "crm:crm:1"


def told(policy: Policy, *known: AnyFact, **own: Any) -> dict[str, bool]:
    """Who is internal under a policy that names these as one's own."""
    mine = policy.model_copy(update={"internal": policy.internal.model_copy(update=own)})
    return {person: journey.is_internal for person, journey in people(mine, *known).items()}


@pytest.mark.parametrize(
    "fact",
    [
        f.lead(LEAD, 0, email_domain="Own.example"),
        f.form(LEAD, 0, attributes={"email_domain": "OWN.example"}),
        f.identified(LEAD, 0).model_copy(update={"attributes": {"email_domain": "own.example"}}),
    ],
    ids=lambda fact: fact.type,
)
def test_whoever_has_an_address_of_the_company_is_internal(policy: Policy, fact: AnyFact) -> None:
    assert told(policy, fact, email_domains={"own.example"}) == {LEAD: True}
    assert told(policy, fact, email_domains={"other.example"}) == {LEAD: False}
    assert told(policy, fact, hosts={"own.example"}) == {LEAD: False}


def test_whoever_visits_a_host_that_only_they_see_is_internal(policy: Policy) -> None:
    views = [f.page("anon:1", 0), f.page("anon:1", 5, "https://staging.site.example/x")]
    assert told(policy, *views, hosts={"staging.site.example"}) == {"anon:1": True}
    assert told(policy, views[0], hosts={"staging.site.example"}) == {"anon:1": False}


def test_whoever_has_an_internal_identifier_is_internal_with_all_the_others(policy: Policy) -> None:
    story: list[AnyFact] = [f.page("anon:1", 0), f.identified("anon:1", 5, "user:admin"), f.page("anon:2", 0)]
    assert told(policy, *story, identifiers={"user:admin"}) == {"anon:1": True, "anon:2": False}


def test_nobody_is_internal_where_the_policy_names_none(policy: Policy) -> None:
    story: list[AnyFact] = [
        f.lead(LEAD, 0, email_domain="own.example"),
        f.page("anon:1", 0),
        f.form("anon:2", 0),
    ]
    assert told(policy, *story) == {LEAD: False, "anon:1": False, "anon:2": False}
