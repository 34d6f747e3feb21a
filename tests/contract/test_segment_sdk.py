"""The unmodified Segment SDK for Python sends to a live collector, as it does in a user's program."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from collector_process import CollectorProcess, collector
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from producers.privacy.personal_data import Tokeniser
from schemas.codec import decode
from schemas.topics import CRM, LINKS, UTM, WEBSITE
from schemas.website import FormSubmitted, PageViewed, VisitorIdentified
from settings import Settings

pytestmark = pytest.mark.servers

PROGRAM = """
import sys
from segment.analytics.client import Client

gzip = sys.argv[2] == "gzip"
errors = []
failed = lambda *told: errors.append(told)
client = Client("wk-sdk", host=sys.argv[1], gzip=gzip, on_error=failed, max_retries=0)
client.page(user_id="u1", anonymous_id="a1", name="Demo",
            properties={"url": "https://www.site.cn/demo?bd_vid=123&utm_term=%D4%AA", "title": "申请试用"})
client.track(user_id="u1", anonymous_id="a1", event="Form Submitted",
             properties={"form_id": "trial", "email": "wang@acme.cn", "company": "某某科技"})
client.identify(user_id="u1", anonymous_id="a1", traits={"email": "wang@acme.cn", "phone": "139 1234 5678"})
for number in range(250):
    client.page(anonymous_id=f"visitor-{number}", properties={"url": f"https://www.site.cn/{number}"})
client.flush()
client.shutdown()
sys.exit(repr(errors) if errors else 0)
"""


@pytest.fixture
def running(site: Settings) -> Iterator[CollectorProcess]:
    admin = KafkaAdminClient(**site.kafka_options())
    topics = {WEBSITE: 4, UTM: 4, CRM: 4, LINKS: 1}
    admin.create_topics([NewTopic(site.topic_prefix + topic.name, many, 1) for topic, many in topics.items()])
    admin.close()
    with collector(site, collector_write_keys="wk-sdk") as process:
        yield process


def held(site: Settings) -> list[Any]:
    """The facts on the topic of the website."""
    name = site.topic_prefix + WEBSITE.name
    partitions = [TopicPartition(name, number) for number in range(4)]
    consumer = KafkaConsumer(**site.kafka_options(), enable_auto_commit=False)
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    facts: list[Any] = []
    while any(consumer.position(each) < ends[each] for each in partitions):
        for batch in consumer.poll(500).values():
            facts += [decode(WEBSITE.name, record.value) for record in batch]
    consumer.close()
    return facts


@pytest.mark.parametrize("packing", ["plain", "gzip"])
def test_each_event_of_the_sdk_is_on_the_topic(
    site: Settings, running: CollectorProcess, packing: str, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    subprocess.run([sys.executable, str(program), running.url, packing], check=True, timeout=60)
    facts = held(site)
    own = {type(fact): fact for fact in facts if fact.subject == "anon:a1"}
    tokeniser = Tokeniser("a key that only tests use")
    email, phone = tokeniser.email("wang@acme.cn"), tokeniser.phone("13912345678")
    assert own[PageViewed].url == "https://www.site.cn/demo?bd_vid=123&utm_term=%D4%AA"
    assert (own[PageViewed].title, own[PageViewed].others) == ("申请试用", ("user:u1",))
    assert (own[FormSubmitted].form, own[FormSubmitted].others) == ("trial", ("user:u1", email))
    assert own[FormSubmitted].attributes == {"company": "某某科技", "email_domain": "acme.cn"}
    assert own[VisitorIdentified].others == ("user:u1", email, phone)
    visitors = {fact.subject for fact in facts} - {"anon:a1"}
    assert visitors == {f"anon:visitor-{number}" for number in range(250)}
    assert len(facts) == 253
    assert running.stop() == 0
