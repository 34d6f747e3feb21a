"""Facts change hands between persons while anything crashes: the end is what the batch oracle says.

`HYPOTHESIS_PROFILE=nightly` makes it 2,000 runs of 50 steps.
"""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import facts as f
from cluster import Cluster, SupersededError, oracle, tight_policy
from disks import Disks
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from late_writes import Past

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


def until_superseded(work: Callable[..., None]) -> Callable[..., None]:
    """A process whose write shows it a claim above its own ends, and whoever follows goes on from there."""

    @wraps(work)
    def tried(*arguments: Any, **more: Any) -> None:
        with suppress(SupersededError):
            work(*arguments, **more)

    return tried


class HandOver(RuleBasedStateMachine):
    """Deliver, duplicate, crash, split, block and merge, in any interleaving."""

    def disks(self) -> Disks | None:
        """Where processes keep their states beyond their end."""
        return None

    @initialize()
    def start(self) -> None:
        self.cluster = Cluster(POLICY, self.disks())
        self.past = Past(self.cluster)
        self.known: list[Encoded] = []
        self.unread = 0

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
    @until_superseded
    def deliver(self, data: Any, most: int) -> None:
        self.cluster.step(data.draw(st.sampled_from(self.cluster.waiting())), most)

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN, sent=st.integers(0, 8))
    @until_superseded
    def crash_while_sending(self, data: Any, most: int, sent: int) -> None:
        topic = data.draw(st.sampled_from(self.cluster.waiting()))
        _, effects = self.cluster.take(topic, most)
        self.cluster.send(self.cluster.agents[topic].table, effects, sent)
        self.cluster.start_anew()

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN)
    @until_superseded
    def crash_before_commit(self, data: Any, most: int) -> None:
        topic = data.draw(st.sampled_from(self.cluster.waiting()))
        _, effects = self.cluster.take(topic, most)
        self.cluster.send(self.cluster.agents[topic].table, effects)
        self.cluster.remember(topic, effects)
        self.cluster.start_anew()

    @rule(policy=st.sampled_from((POLICY, OTHER)))
    def change_the_policy(self, policy: Policy) -> None:
        self.cluster.come_under(policy)

    @precondition(lambda self: self.cluster.due())
    @rule(data=st.data(), most=RUN)
    @until_superseded
    def look_through_states(self, data: Any, most: int) -> None:
        self.cluster.look_through(data.draw(st.sampled_from(self.cluster.due())), most)

    @precondition(lambda self: self.cluster.due())
    @rule(data=st.data(), most=RUN, sent=st.integers(0, 8))
    @until_superseded
    def crash_while_looking(self, data: Any, most: int, sent: int) -> None:
        self.cluster.look_through(data.draw(st.sampled_from(self.cluster.due())), most, sent)

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN, sent=st.integers(0, 8))
    @until_superseded
    def stand_still_while_delivering(self, data: Any, most: int, sent: int) -> None:
        self.past.stop_in(data.draw(st.sampled_from(self.cluster.waiting())), most, sent)

    @precondition(lambda self: self.cluster.owns)
    @rule()
    def be_superseded(self) -> None:
        self.past.supersede()

    @precondition(lambda self: self.past.can_work_on())
    @rule(data=st.data(), most=RUN, sent=st.integers(0, 8))
    def work_on_though_superseded(self, data: Any, most: int, sent: int) -> None:
        could = self.past.can_work_on()
        worker, topic = could[data.draw(st.integers(0, len(could) - 1))]
        self.past.work_on(worker, topic, most, sent)

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN)
    @until_superseded
    def deliver_by_requests_that_come_twice(self, data: Any, most: int) -> None:
        self.past.step_twice(data.draw(st.sampled_from(self.cluster.waiting())), most)

    @precondition(lambda self: self.cluster.changelogs)
    @rule(data=st.data())
    def claim_a_table_late(self, data: Any) -> None:
        self.past.claim_late(data.draw(st.sampled_from(sorted(self.cluster.changelogs))))

    @precondition(lambda self: self.cluster.changelogs)
    @rule(data=st.data())
    @until_superseded
    def look_at_what_others_sent(self, data: Any) -> None:
        self.cluster.send_again(data.draw(st.sampled_from(sorted(self.cluster.changelogs))))

    @precondition(lambda self: self.cluster.changelogs)
    @rule(data=st.data())
    def read_a_table_back_and_wait(self, data: Any) -> None:
        self.cluster.start_anew()
        self.cluster.read_back(data.draw(st.sampled_from(sorted(self.cluster.changelogs))))

    @precondition(lambda self: self.past.late)
    @rule(data=st.data(), number=st.integers(0, 8))
    def a_write_of_the_past_arrives_now(self, data: Any, number: int) -> None:
        self.past.arrives(data.draw(st.sampled_from(self.past.kinds())), number)

    @precondition(lambda self: self.cluster.changelogs)
    @rule(data=st.data())
    @until_superseded
    def compact_a_changelog(self, data: Any) -> None:
        self.cluster.compact(data.draw(st.sampled_from(sorted(self.cluster.changelogs))))

    @rule(device=DEVICES)
    def record_what_nobody_can_read(self, device: str) -> None:
        self.unread += 1
        self.cluster.publish([Encoded("website.events", device.encode(), b"{no fact")])

    def teardown(self) -> None:
        if hasattr(self, "cluster"):
            self.check()

    def check(self) -> None:
        self.cluster.drain()
        self.past.all_arrive()
        self.cluster.drain()
        calm = oracle(self.cluster.policy, self.known)
        expected = {person: replace(journey, version=0) for person, journey in calm.living().items()}
        found = {person: replace(journey, version=0) for person, journey in self.cluster.journeys().items()}
        assert found == expected
        assert self.cluster.contents_of_newest_versions() == len(self.cluster.persons())
        assert self.cluster.assignments() == self.cluster.belongings()
        for table in self.cluster.changelogs:
            self.cluster.send_again(table)
        assert self.cluster.last_in_compacted_topics() == []
        self.cluster.drain()
        assert len(set(self.cluster.dead_letters)) == self.unread
        for table in self.cluster.changelogs:
            with suppress(SupersededError):
                self.cluster.compact(table)
            self.cluster.compact(table)
            assert self.cluster.restored(table) == self.cluster.table(table)
        deals = {key: replace(deal, version=0) for key, deal in calm.opportunities.items()}
        assert {key: replace(deal, version=0) for key, deal in self.cluster.opportunities().items()} == deals


class HandOverOnDisk(HandOver):
    """The same, and each process goes on from what the one before the last left on that machine's disk."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="leadtrace-disks-")
        self.opened = Disks(Path(self.folder.name))

    def disks(self) -> Disks:
        return self.opened

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            if hasattr(self, "cluster"):
                self.cluster.start_anew()
            self.opened.close()
            self.folder.cleanup()


TestHandOver = HandOver.TestCase
TestHandOverOnDisk = HandOverOnDisk.TestCase
# Its runs take several times as long.
TestHandOverOnDisk.settings = settings(max_examples=settings().max_examples // 6)
