"""Worker and loader as processes over topics and tables of a test's own, and waiting until they are done."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from cli.processes import programs
from cli.topic_plan import wanted_topics
from producers.publishing.lag import lag_of
from producers.publishing.publisher import Publisher
from producers.publishing.topics import create_topics
from schemas.codec import Encoded
from schemas.topics import LINKS, TOPICS
from settings import Settings
from sinks.clickhouse import ClickHouse, connect_server
from sinks.migrations import migrate
from stack.processes import Supervisor
from stack.programs import Program
from streams.app import app_id
from streams.handlers import JOURNEY_TOPICS

AGENT_TOPICS = (*JOURNEY_TOPICS, LINKS.name, "sem.events", "click.mentions")


def beside(site: Settings, name: str) -> Settings:
    """Another site on the same servers; its topics fall under the prefix that the fixture cleans up."""
    return site.model_copy(
        update={
            "topic_prefix": f"{site.topic_prefix}{name}.",
            "clickhouse_database": f"{site.clickhouse_database}_{name}",
            "data_dir": site.data_dir / name,
        }
    )


@contextmanager
def pipeline(
    site: Settings, changed: Callable[[Program], Program] = lambda usual: usual
) -> Iterator[Supervisor]:
    """Worker and loader as processes, `changed` if need be, over topics and tables made for them."""
    site.data_dir.mkdir(parents=True, exist_ok=True)
    create_topics(site, wanted_topics(site))
    with connected(connect_server(site)) as client:
        migrate(client, site)
    with Supervisor(site.data_dir / "logs", lambda _: None) as running:
        running.start(*(changed(program) for program in programs(site) if program.name != "collector"))
        yield running


def publish(site: Settings, records: Sequence[Encoded]) -> None:
    publisher = Publisher(site)
    try:
        publisher.publish(records)
    finally:
        publisher.close()


def settle(site: Settings, within: float = 150) -> None:
    """Wait until worker and loader have committed every record that there is."""
    groups = groups_of(site)
    until = time.monotonic() + within
    calm = 0
    while calm < 3:
        lag = lag_of(site, groups)
        calm = calm + 1 if not any(lag.values()) else 0
        assert time.monotonic() < until, f"not settled: {lag}"
        time.sleep(0.5)


def groups_of(site: Settings) -> dict[str, list[str]]:
    """The consumer groups of worker and loader, with the full names of what each reads."""
    name = app_id(site)
    return {
        name: [site.topic_prefix + topic for topic in AGENT_TOPICS],
        f"{name}-loader": [
            site.topic_prefix + topic.name
            for topic in TOPICS
            if topic.name not in ("identity.assignments", "click.mentions", "journey.facts")
        ],
    }


@contextmanager
def connected(client: ClickHouse) -> Iterator[ClickHouse]:
    try:
        yield client
    finally:
        client.close()
