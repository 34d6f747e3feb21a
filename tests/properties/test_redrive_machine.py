"""Whatever fails, is sent again, fails again and is sent again: the end is as if it never had failed.

Workers of different versions understand different things; what one does not is a dead letter. Letters are
sent again at any moment, also too early, and the command crashes anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any
from unittest.mock import patch

import facts as f
from cluster import Cluster, oracle, tight_policy
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from letters_site import Site

from schemas.codec import DecodeError, Encoded, decode
from schemas.envelope import Fact
from schemas.redriven import Outcome
from sinks.lookups import Letters
from sinks.records import Record
from sinks.redrive import Result, redrive
from streams import handlers
from streams.batches import Batch, Effects

DEVICES = st.sampled_from(("anon:1", "anon:2", "anon:3"))
NAMES = st.sampled_from(("email:a", "email:b", "phone:c"))
LEADS = st.sampled_from(("crm:crm:1", "crm:crm:2"))
TIMES = st.integers(0, 40 * f.DAY)
RUN = st.integers(1, 6)
TYPES = (
    *("page_viewed", "form_submitted", "lead_recorded", "deal_recorded", "ad_keyword_listed"),
    *("identity_linked", "identity_split", "identity_assigned", "member_joined", "member_left"),
    *("facts_shared", "click_mentioned"),
)
UNKNOWN = st.sets(st.sampled_from(TYPES), max_size=4)
POLICY = tight_policy()


class Letterbox(Site):
    """The dead letters of a cluster in memory; what is sent again stands in its logs."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self.cluster = cluster
        self.tries: dict[tuple[str, int], int] = {}

    def at(self, topic: str, partition: int, offset: int) -> Record | None:
        kept = self.cluster.logs[topic][offset]
        return Record(topic, partition, offset, 0, kept.key, kept.value)

    def superseded(self, topic: str, partition: int, keys: Mapping[bytes, int]) -> set[bytes]:
        log = enumerate(self.cluster.logs[topic])
        return {each.key for offset, each in log if offset > keys.get(each.key, offset)}

    def send(self, records: Sequence[Record]) -> list[tuple[int, int] | None]:
        stand: list[tuple[int, int] | None] = []
        for each in records:
            self.maybe_crash("send")
            self.sent.append(each)
            assert each.key is not None
            assert each.value is not None
            self.cluster.publish([Encoded(each.topic, each.key, each.value)])
            stand.append((0, len(self.cluster.logs[each.topic]) - 1))
        return stand


class Failing(Cluster):
    """A cluster whose workers put aside what they don't understand."""

    def __init__(self) -> None:
        super().__init__(POLICY)
        self.letters = Letterbox(self)
        self.topic = ""

    def take(self, topic: str, most: int) -> tuple[Batch, Effects]:
        self.topic = topic
        return super().take(topic, most)

    def send(self, name: str, effects: Effects, first: int | None = None) -> None:
        if first is None or first > 4:
            known = {(row["topic"], row["offset"]) for row in self.letters.rows}
            for letter in effects.dead_letters:
                stood = letter.record
                if (self.topic, stood.offset) not in known:
                    self.letters.put_aside(
                        Record(self.topic, 0, stood.offset, 0, stood.key, stood.value), letter.reason
                    )
        super().send(name, replace(effects, dead_letters=()), first)


class FailAndComeBack(RuleBasedStateMachine):
    """Deliver, break, repair, send again, crash, in any interleaving."""

    @initialize(types=UNKNOWN)
    def start(self, types: set[str]) -> None:
        self.cluster = Failing()
        self.known: list[Encoded] = []
        self.unknown = types
        self.breaking = patch.object(handlers, "decode", self.decode)
        self.breaking.start()

    def decode(self, topic: str, value: bytes | None) -> Any:
        found = decode(topic, value)
        if found.type in self.unknown:
            raise DecodeError("unknown_type", "type: a type of event that this topic does not hold")
        return found

    def record(self, *facts: Fact) -> None:
        self.known.extend(f.records(*facts))
        self.cluster.publish(f.records(*facts))

    @rule(types=UNKNOWN)
    def run_another_version(self, types: set[str]) -> None:
        self.unknown = types

    @rule(device=DEVICES, name=NAMES, at=TIMES)
    def submit_a_form(self, device: str, name: str, at: int) -> None:
        landing = "https://www.site.example/?utm_medium=cpc&e_keywordid=k1&bd_vid=v1"
        self.record(f.page(device, at, landing), f.form(device, at + 1, name))

    @rule(at=TIMES, unit=st.sampled_from(("old", "new")))
    def list_the_keyword(self, at: int, unit: str) -> None:
        self.record(f.listed("baidu", "k1", at, keyword="k", ad_group=unit))

    @rule(lead=LEADS, other=st.one_of(NAMES, DEVICES), at=TIMES)
    def record_a_lead_and_a_deal(self, lead: str, other: str, at: int) -> None:
        self.record(f.lead(lead, at, other), f.deal("deal:crm:1", at, "opportunity", lead))

    @rule(one=DEVICES, other=st.one_of(NAMES, LEADS))
    def split(self, one: str, other: str) -> None:
        self.record(f.split(one, other))

    @precondition(lambda self: self.cluster.waiting())
    @rule(most=RUN)
    def deliver_all(self, most: int) -> None:
        self.cluster.drain(most)

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN)
    def deliver(self, data: Any, most: int) -> None:
        self.cluster.step(data.draw(st.sampled_from(self.cluster.waiting())), most)

    @precondition(lambda self: self.cluster.waiting())
    @rule(data=st.data(), most=RUN, sent=st.integers(0, 8))
    def crash_while_sending(self, data: Any, most: int, sent: int) -> None:
        topic = data.draw(st.sampled_from(self.cluster.waiting()))
        _, effects = self.cluster.take(topic, most)
        self.cluster.send(self.cluster.agents[topic].table, effects, sent)
        self.cluster.start_anew()

    @rule()
    def send_again(self) -> None:
        self.redrive()

    @rule(before=st.sampled_from(("send", "note")), sent=st.integers(0, 4))
    def crash_while_sending_again(self, before: str, sent: int) -> None:
        self.cluster.letters.crash_at[before] = len(self.cluster.letters.sent) + sent
        try:
            self.redrive()
        except KeyboardInterrupt:
            pass
        finally:
            self.cluster.letters.crash_at.clear()

    def redrive(self) -> Result:
        letters: Any = self.cluster.letters
        return redrive(letters, letters, letters, Letters(), UTC)

    def teardown(self) -> None:
        if not hasattr(self, "cluster"):
            return
        try:
            self.unknown.clear()
            self.cluster.drain()
            assert not self.redrive().left
            self.cluster.drain()
            assert self.redrive() == Result(), "what was sent again after the repair fails no more"
        finally:
            self.breaking.stop()
        assert all(each.outcome in (Outcome.SENT, Outcome.SUPERSEDED) for each in self.cluster.letters.noted)
        calm = oracle(POLICY, self.known)
        expected = {person: replace(journey, version=0) for person, journey in calm.living().items()}
        found = {person: replace(journey, version=0) for person, journey in self.cluster.journeys().items()}
        assert found == expected
        assert self.cluster.contents_of_newest_versions() == len(self.cluster.persons())
        deals = {key: replace(deal, version=0) for key, deal in calm.opportunities.items()}
        assert {key: replace(deal, version=0) for key, deal in self.cluster.opportunities().items()} == deals


TestFailAndComeBack = FailAndComeBack.TestCase
