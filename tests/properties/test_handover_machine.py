"""Facts change hands between persons while anything crashes: the end is what the batch oracle says.

`HYPOTHESIS_PROFILE=nightly` makes it 2,000 runs of 50 steps.
"""

from dataclasses import replace
from typing import Any

import facts as f
from cluster import Cluster, oracle, tight_policy
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from attribution.policy import Policy
from schemas.codec import Encoded
from schemas.envelope import Fact

DEVICES = st.sampled_from(("anon:1", "anon:2", "anon:3"))
NAMES = st.sampled_from(("email:a", "email:b", "phone:c", "user:d"))
LEADS = st.sampled_from(("crm:crm:1", "crm:crm:2", "crm:crm:3"))
ANYBODY = st.one_of(DEVICES, NAMES, LEADS)
TIMES = st.integers(0, 40 * f.DAY)
RUN = st.integers(1, 6)


POLICY = tight_policy()
# Another one, by which visits, persons and their room are others.
OTHER = POLICY.model_copy(
    update={
        "sessions": POLICY.sessions.model_copy(update={"timeout_minutes": 3 * 24 * 60}),
        "identity": POLICY.identity.model_copy(update={"largest_person": 3}),
        "bounds": POLICY.bounds.model_copy(update={"full_members": 1}),
    }
)


class HandOver(RuleBasedStateMachine):
    """Deliver, duplicate, crash, split, block and merge, in any interleaving."""

    @initialize()
    def start(self) -> None:
        self.cluster = Cluster(POLICY)
        self.known: list[Encoded] = []

    def record(self, *facts: Fact) -> None:
        self.known.extend(f.records(*facts))
        self.cluster.publish(f.records(*facts))

    @rule(device=DEVICES, at=TIMES)
    def view_a_page(self, device: str, at: int) -> None:
        self.record(f.page(device, at))

    @rule(device=DEVICES, at=TIMES)
    def land_with_the_id_of_a_keyword(self, device: str, at: int) -> None:
        self.record(f.page(device, at, "https://www.site.example/?utm_medium=cpc&e_keywordid=k1&bd_vid=v1"))

    @rule(at=TIMES, unit=st.sampled_from(("old", "new")))
    def list_the_keyword(self, at: int, unit: str) -> None:
        self.record(f.listed("baidu", "k1", at, keyword="k", ad_group=unit))

    @rule(device=DEVICES, name=NAMES, at=TIMES)
    def submit_a_form(self, device: str, name: str, at: int) -> None:
        self.record(f.page(device, at), f.form(device, at + 1, name))

    @rule(lead=LEADS, other=st.one_of(NAMES, DEVICES), at=TIMES)
    def record_a_lead(self, lead: str, other: str, at: int) -> None:
        self.record(f.lead(lead, at, other))

    @rule(lead=LEADS, other=LEADS, at=TIMES)
    def record_a_deal(self, lead: str, other: str, at: int) -> None:
        self.record(f.deal("deal:crm:1", at, "opportunity", lead, other))

    @rule(one=ANYBODY, other=ANYBODY)
    def merge(self, one: str, other: str) -> None:
        self.record(f.linked(one, other))

    @rule(one=ANYBODY, other=ANYBODY)
    def split(self, one: str, other: str) -> None:
        self.record(f.split(one, other))

    @rule(who=ANYBODY)
    def block(self, who: str) -> None:
        self.record(f.blocked(who))

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def duplicate(self, data: Any) -> None:
        """A producer sends again what it got no answer for; only topics of facts have such producers."""
        self.cluster.publish([data.draw(st.sampled_from(self.known))])

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN)
    def deliver(self, data: Any, most: int) -> None:
        self.cluster.step(data.draw(st.sampled_from(self.cluster.waiting())), most)

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN, sent=st.integers(0, 8))
    def crash_while_sending(self, data: Any, most: int, sent: int) -> None:
        _, effects = self.cluster.take(data.draw(st.sampled_from(self.cluster.waiting())), most)
        self.cluster.send(effects, sent)

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN)
    def crash_before_commit(self, data: Any, most: int) -> None:
        topic = data.draw(st.sampled_from(self.cluster.waiting()))
        _, effects = self.cluster.take(topic, most)
        self.cluster.send(effects)
        self.cluster.remember(topic, effects)

    @rule(policy=st.sampled_from((POLICY, OTHER)))
    def change_the_policy(self, policy: Policy) -> None:
        self.cluster.come_under(policy)

    @precondition(lambda self: self.cluster.due())
    @rule(data=st.data(), most=RUN)
    def look_through_states(self, data: Any, most: int) -> None:
        self.cluster.look_through(data.draw(st.sampled_from(self.cluster.due())), most)

    @precondition(lambda self: self.cluster.due())
    @rule(data=st.data(), most=RUN, sent=st.integers(0, 8))
    def crash_while_looking(self, data: Any, most: int, sent: int) -> None:
        self.cluster.look_through(data.draw(st.sampled_from(self.cluster.due())), most, sent)

    def teardown(self) -> None:
        if not hasattr(self, "cluster"):
            return
        self.cluster.drain()
        calm = oracle(self.cluster.policy, self.known)
        expected = {person: replace(journey, version=0) for person, journey in calm.living().items()}
        found = {person: replace(journey, version=0) for person, journey in self.cluster.journeys().items()}
        assert found == expected
        assert self.cluster.contents_of_newest_versions() == len(self.cluster.persons())
        assert self.cluster.assignments() == self.cluster.belongings()
        deals = {key: replace(deal, version=0) for key, deal in calm.opportunities.items()}
        assert {key: replace(deal, version=0) for key, deal in self.cluster.opportunities().items()} == deals


TestHandOver = HandOver.TestCase
