"""What a publisher promises, kept by the real one and by the one in memory alike."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from memory_publisher import MemoryPublisher

from producers.publishing.publisher import Publisher, PublishError
from schemas.codec import Encoded
from settings import Settings

TOPIC = "website.events"
Held = Callable[[], list[tuple[bytes, bytes]]]


def numbered(first: int, count: int) -> list[Encoded]:
    return [Encoded(TOPIC, f"anon:{n % 7}".encode(), str(n).encode()) for n in range(first, first + count)]


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.servers)])
def published(request: pytest.FixtureRequest) -> Iterator[tuple[Publisher | MemoryPublisher, Held]]:
    """A publisher with one topic, and what that topic holds."""
    if request.param == "memory":
        memory = MemoryPublisher([TOPIC])
        yield memory, lambda: [(record.key, record.value) for record in memory.records]
        return
    broker = request.getfixturevalue("broker")
    broker.create({TOPIC: 4})
    real = Publisher(broker.site, patience=8)
    yield real, lambda: [(record.key, record.value) for record in broker.records(TOPIC)]
    real.close()


def as_pairs(records: list[Encoded]) -> list[tuple[bytes, bytes]]:
    return sorted((record.key, record.value) for record in records)


def test_what_is_published_is_on_the_topic_when_publish_returns(
    published: tuple[Publisher | MemoryPublisher, Held],
) -> None:
    publisher, held = published
    publisher.publish(iter(numbered(0, 500)))
    assert sorted(held()) == as_pairs(numbered(0, 500))
    publisher.publish([])


def test_requests_at_once_are_each_confirmed(published: tuple[Publisher | MemoryPublisher, Held]) -> None:
    publisher, held = published

    async def at_once() -> None:
        await asyncio.gather(*(publisher.apublish(numbered(n * 10, 10)) for n in range(50)))

    asyncio.run(at_once())
    asyncio.run(publisher.apublish([]))
    assert sorted(held()) == as_pairs(numbered(0, 500))


def test_a_topic_that_is_not_there_is_an_error_with_its_name(
    published: tuple[Publisher | MemoryPublisher, Held],
) -> None:
    publisher, held = published
    publisher.require([TOPIC])
    lost = Encoded("no.such.topic", b"k", b"v")
    with pytest.raises(PublishError, match=r"no\.such\.topic"):
        publisher.require(["no.such.topic"])
    with pytest.raises(PublishError, match=r"no\.such\.topic"):
        publisher.publish([lost])
    with pytest.raises(PublishError, match=r"no\.such\.topic"):
        asyncio.run(publisher.apublish([lost]))
    asyncio.run(publisher.apublish(numbered(0, 1)))
    assert held() == as_pairs(numbered(0, 1))


def test_a_publisher_whose_broker_is_there_says_so(
    published: tuple[Publisher | MemoryPublisher, Held],
) -> None:
    assert published[0].answers()
    assert published[0].answers()


@pytest.mark.servers
def test_more_than_may_be_on_the_way_at_once_arrives_whole(
    published: tuple[Publisher | MemoryPublisher, Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.publishing.publisher.UNCONFIRMED", 20)
    publisher, held = published
    publisher.publish(numbered(0, 500))
    assert sorted(held()) == as_pairs(numbered(0, 500))


@pytest.mark.enable_socket
def test_a_broker_that_is_not_there_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(PublishError, match=r"127\.0\.0\.1:1 .*LEADTRACE_KAFKA"):
        Publisher(Settings(kafka="127.0.0.1:1"), patience=2)


def test_no_broker_at_all_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(PublishError, match="leadtrace up"):
        Publisher(Settings())


@pytest.mark.servers
def test_a_record_that_no_broker_takes_is_an_error(servers: Settings) -> None:
    publisher = Publisher(servers, patience=5)
    with pytest.raises(PublishError):
        publisher.publish([Encoded(TOPIC, b"k", bytes(5 << 20))])
    publisher.close()
