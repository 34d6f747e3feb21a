"""Invented people through every entrance of the whole pipeline: nothing of them stands anywhere after it."""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import canaries
import psutil
import pytest
from click.testing import CliRunner
from kafka import KafkaConsumer, TopicPartition
from pydantic import SecretStr
from running import connected, settle

from cli.main import main
from cli.processes import programs
from cli.topic_plan import wanted_topics
from cli.variables import environment
from producers.publishing.topics import create_topics
from settings import Settings
from sinks.clickhouse import connect, connect_server
from sinks.migrations import migrate
from stack.processes import Supervisor

pytestmark = [pytest.mark.servers, pytest.mark.slow]

TOKEN_KEY, WEBHOOK_KEY = "zq7-the-token-key-of-canaries", "zq7-the-webhook-key-of-canaries"


def prepared(site: Settings) -> Settings:
    """The site with secrets that can be looked for, a port for its collector, topics, tables, a mapping."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mine = site.model_copy(
        update={
            "token_key": SecretStr(TOKEN_KEY),
            "webhook_key": SecretStr(WEBHOOK_KEY),
            "collector_admin_keys": (SecretStr(canaries.KEY),),
            "collector_port": port,
            "installation": "of-canaries",
        }
    )
    (mine.data_dir / "mappings").mkdir()
    (mine.data_dir / "mappings" / "our.toml").write_text(canaries.MAPPING, "utf-8")
    create_topics(mine, wanted_topics(mine))
    with connected(connect_server(mine)) as client:
        migrate(client, mine)
    return mine


def posted(site: Settings) -> Iterator[tuple[str, bytes]]:
    """Send all requests, with the right key and a wrong one; yields path and answer."""
    for path, body in canaries.requests():
        for key in (canaries.KEY, "canary.zq7-no-key"):
            connection = http.client.HTTPConnection("127.0.0.1", site.collector_port, timeout=30)
            data = body if isinstance(body, str) else json.dumps(body)
            headers = {"Authorization": f"Bearer {key}", "User-Agent": f"Mozilla/5.0 {canaries.MAIL}"}
            connection.request("POST", path, data.encode(), headers)
            answer = connection.getresponse()
            yield path, answer.read()
            assert answer.status < 500
            connection.close()


def commands(site: Settings, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Run imports and corrections; yields command and what it says."""
    env = environment(site)
    words = [("import", *each) for each in canaries.files(folder)]
    words.append(("identity", "block", canaries.MAIL, "--reason", f"see {canaries.MAIL} {canaries.PHONE}"))
    words.append(("identity", "merge", canaries.PHONE, f"crm:our:{canaries.MAIL}", "--reason", canaries.MAIL))
    for each in words:
        done = CliRunner().invoke(main, each, env=env, prog_name="leadtrace")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        yield " ".join(each[:2]), done.output.replace(str(folder), "").encode()


def records(site: Settings) -> Iterator[tuple[str, bytes]]:
    """Every record of every topic, also those that the worker keeps for itself: key, value and headers."""
    consumer = KafkaConsumer(**site.kafka_options())
    for topic in sorted(name for name in consumer.topics() if site.topic_prefix in name):
        places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(places)
        while any(consumer.position(place) < ends[place] for place in places):
            for record in (each for batch in consumer.poll(500).values() for each in batch):
                headers = b"|".join(name.encode() + b"=" + (value or b"") for name, value in record.headers)
                yield topic, b"|".join((record.key or b"", record.value or b"", headers))
    consumer.close()


def rows(site: Settings) -> Iterator[tuple[str, bytes]]:
    """Every row of every table and view that can be read without parameters, as text.

    Of attribution, one model stands for all: their rows differ in weights.
    """
    models = "name NOT LIKE 'attribution\\_%' OR name IN ('attribution_linear', 'attribution_models')"
    with connected(connect(site)) as client:
        found = client.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase()"
            " AND create_table_query NOT LIKE '%{%:%}%'"
            f" AND ({models}) ORDER BY name"
        )
        for (name,) in found.rows:
            for row in client.query(f"SELECT * FROM {name}").rows:
                yield name, repr(row).encode()


def logs(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that a process wrote for people to read."""
    for path in sorted({path for folder in folders for path in folder.rglob("*.log*")}):
        yield str(path), path.read_bytes()


def command_lines() -> Iterator[tuple[str, bytes]]:
    """What anybody sees in the list of processes, but of this one."""
    for process in psutil.process_iter(["pid", "cmdline"]):
        if process.pid != os.getpid():
            yield str(process.pid), " ".join(process.info["cmdline"] or ()).encode()


def test_nothing_of_anybody_stands_anywhere(site: Settings, servers: Settings, tmp_path: Path) -> None:
    mine = prepared(site)
    with Supervisor(mine.data_dir / "logs", lambda _: None) as running:
        running.start(*programs(mine))
        answers = [*posted(mine)]
        said = [*commands(mine, tmp_path / "files")]
        settle(mine)
        lines = [*command_lines()]
    stored = [*records(mine)]
    written = {"topic": stored, "table": [*rows(mine)], "log": [*logs(mine.data_dir, servers.data_dir)],
               "answer": answers, "command": said, "process list": lines}  # fmt: skip

    topics = {topic.removeprefix(mine.topic_prefix) for topic, _ in stored}
    assert {
        "website.events",
        "utm.events",
        "crm.events",
        "sem.events",
        "identity.links",
        "journeys",
    } <= topics
    assert "dead.letters" not in topics, "what is refused is answered, and becomes no letter"
    assert {"events", "journeys", "ad_performance", "persons"} <= {table for table, _ in written["table"]}
    assert any(name.endswith("collector.log") for name, _ in written["log"])
    traces = {
        (kind, where, *canaries.traces_in(data))
        for kind, places in written.items()
        for where, data in places
        if canaries.traces_in(data)
    }
    assert traces == set()
    secrets = [TOKEN_KEY, WEBHOOK_KEY, *passwords(mine)]
    told = {
        (kind, where)
        for kind, places in written.items()
        for where, data in places
        if any(secret.encode() in data for secret in secrets)
    }
    assert told == set()


def passwords(site: Settings) -> list[str]:
    both = (site.kafka_password.get_secret_value(), site.clickhouse_password.get_secret_value())
    return [each for each in both if each]
