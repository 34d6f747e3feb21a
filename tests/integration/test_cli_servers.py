"""The commands that prepare and correct, on real servers."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

import settings
from cli.main import main
from cli.topic_plan import wanted_topics
from cli.variables import environment
from producers.publishing.lag import lag_of
from producers.publishing.topics import problems
from schemas.codec import decode
from schemas.identity import LINKS_KEY, IdentityBlocked, IdentityLinked, IdentitySplit
from schemas.topics import LINKS, SEM, WEBSITE

pytestmark = pytest.mark.servers

REPORT = "日期,账户,推广计划,推广单元,关键词,展现,点击,消费\n2026-03-01,a,计划,单元,词,10,2,3.50\n"


def run(site: settings.Settings, *words: str, **more: str) -> Result:
    given = {**environment(site), "LEADTRACE_TOKEN_KEY": "a secret of tests only", **more}
    return CliRunner().invoke(main, words, env=given, prog_name="leadtrace")


def values(site: settings.Settings, topic: str, partitions: int) -> list[bytes]:
    """What stands in a topic."""
    consumer = KafkaConsumer(**site.kafka_options())
    places = [TopicPartition(site.topic_prefix + topic, number) for number in range(partitions)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(places)
    found: list[bytes] = []
    while any(consumer.position(place) < ends[place] for place in places):
        found += [record.value for batch in consumer.poll(500).values() for record in batch]
    consumer.close()
    return found


def test_topics_are_created_once_and_never_changed(site: settings.Settings) -> None:
    first = json.loads(run(site, "topics", "--json").output)
    assert len(first["created"]) == 16
    assert site.topic_prefix + WEBSITE.name in first["created"]
    again = json.loads(run(site, "topics", "--json").output)
    assert again == {"created": [], "existed": first["created"], "adjusted": []}

    more = run(site, "topics", LEADTRACE_PARTITIONS="6")
    assert more.exit_code == 1
    assert "has 4 partitions, not 6: set LEADTRACE_PARTITIONS" in more.stderr
    assert more.stderr.count("\n") == 1


def test_a_topic_that_would_lose_state_is_an_error(site: settings.Settings) -> None:
    admin = KafkaAdminClient(**site.kafka_options())
    changelog = f"{site.topic_prefix}leadtrace-clicks-changelog"
    admin.create_topics({changelog: {"num_partitions": site.partitions, "replication_factor": 1}})
    admin.close()
    done = run(site, "topics")
    assert done.exit_code == 1
    assert f"topic {changelog} has cleanup.policy=delete, which loses data" in done.stderr


def test_changelogs_of_an_earlier_version_get_the_settings_that_they_need(site: settings.Settings) -> None:
    changelog = f"{site.topic_prefix}leadtrace-clicks-changelog"
    tuned = {"cleanup.policy": "compact", "min.compaction.lag.ms": "60000", "segment.ms": "3600000"}
    admin = KafkaAdminClient(**site.kafka_options())
    admin.create_topics({changelog: {"num_partitions": site.partitions, "configs": tuned}})
    admin.wait_for_topics([changelog])
    admin.close()
    needed = f"topic {changelog} needs min.compaction.lag.ms=900000: run `leadtrace topics`"
    assert needed in problems(site, wanted_topics(site))
    done = run(site, "topics")
    assert f"set {changelog}: min.compaction.lag.ms=900000" in done.output
    assert f"set {changelog}: message.timestamp.type=LogAppendTime" in done.output
    assert "segment.ms" not in done.output
    until = time.monotonic() + 20
    while problems(site, wanted_topics(site)):  # the broker answers before it has done it
        assert time.monotonic() < until


def test_more_copies_than_brokers_are_refused_in_a_sentence(site: settings.Settings) -> None:
    done = run(site, "topics", LEADTRACE_REPLICATION="9")
    assert done.exit_code == 1
    assert "LEADTRACE_REPLICATION" in done.stderr
    assert done.stderr.count("\n") == 1


def test_migrations_are_applied_once(site: settings.Settings) -> None:
    def migrated(*more: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            run(site, "migrate", "--json", *more, LEADTRACE_BI_REFRESH="0").output
        )
        return told

    planned = migrated("--dry-run")
    assert not planned["applied"]
    assert migrated()["names"] == planned["names"] != []
    assert migrated()["names"] == []


def test_the_doctor_finds_what_is_missing_and_then_nothing(site: settings.Settings) -> None:
    before = json.loads(run(site, "doctor", "--json").output)
    problems = [problem for each in before for problem in each["problems"]]
    assert any("run `leadtrace topics`" in problem for problem in problems)
    assert any("run `leadtrace migrate`" in problem for problem in problems)
    run(site, "topics")
    run(site, "migrate")
    after = run(site, "doctor")
    assert after.exit_code == 0, after.output
    assert "no dead letter waits" in after.output


def test_a_topic_that_is_missing_is_named_by_who_needs_it(site: settings.Settings, tmp_path: Path) -> None:
    report = tmp_path / "baidu.csv"
    report.write_text(REPORT, encoding="utf-8")
    done = run(site, "import", "sem", str(report), "--engine", "baidu")
    assert done.exit_code == 1
    assert "create it with `leadtrace topics`" in done.stderr


def test_a_report_is_imported_and_again_it_is_the_same_fact(site: settings.Settings, tmp_path: Path) -> None:
    run(site, "topics")
    report = tmp_path / "baidu.csv"
    report.write_text(REPORT, encoding="utf-8")
    for _ in range(2):
        assert run(site, "import", "sem", str(report), "--engine", "baidu").exit_code == 0
    facts = [decode(SEM.name, value) for value in values(site, SEM.name, site.partitions)]
    assert len(facts) == 2
    assert len({fact.event_id for fact in facts}) == 1
    assert facts[0].keyword == "词"


def test_corrections_of_identity_are_facts(site: settings.Settings) -> None:
    run(site, "topics")
    assert run(site, "identity", "split", "anon:a", "someone@site.example", "--reason", "two").exit_code == 0
    assert run(site, "identity", "merge", "crm:s:1", "anon:b").exit_code == 0
    assert run(site, "identity", "block", "13912345678").exit_code == 0
    split, link, block = (decode(LINKS.name, value) for value in values(site, LINKS.name, 1))
    assert isinstance(split, IdentitySplit)
    assert (split.left, split.reason, split.subject) == ("anon:a", "two", LINKS_KEY)
    assert split.right.startswith("email:")
    assert "someone" not in split.right
    assert isinstance(link, IdentityLinked)
    assert (link.left, link.right, link.rule) == ("crm:s:1", "anon:b", "by hand")
    assert isinstance(block, IdentityBlocked)
    assert block.identifier.startswith("phone:")


def test_lag_counts_what_a_group_has_not_committed(site: settings.Settings) -> None:
    run(site, "topics")
    topic, group = site.topic_prefix + WEBSITE.name, f"{site.topic_prefix}readers"
    assert lag_of(site, {group: [topic]}) == {group: 0}
    producer = KafkaProducer(**site.kafka_options())
    for number in range(5):
        producer.send(topic, key=b"k", value=b"%d" % number)
    producer.close()
    assert lag_of(site, {group: [topic], f"{group}-2": [topic]}) == {group: 5, f"{group}-2": 5}
    consumer = KafkaConsumer(
        topic, **site.kafka_options(), group_id=group, auto_offset_reset="earliest", max_poll_records=3
    )
    while not consumer.poll(500):
        pass
    consumer.commit()
    consumer.close(autocommit=False)
    assert lag_of(site, {group: [topic]}) == {group: 2}
