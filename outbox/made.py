"""The processes of the way back made of settings: who reads, writes, speaks, and what the time is."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import time

import settings
from attribution.policy import parse_policy
from outbox.allowed import Policy, read_policy
from outbox.contacts import KeptContacts
from outbox.kafka_store import KafkaStore
from outbox.kinds import DESTINATIONS
from outbox.policy_file import OutboxError
from outbox.running import Planner
from producers.privacy.sealing import sealer_of
from schemas.topics import CONTACTS, OUTBOX, Topic
from settings import Settings


def clock() -> int:
    """The time in milliseconds."""
    return int(time() * 1000)


def planner_of(given: Settings, policy: Policy) -> Planner:
    """What finds out what is new. Raises SettingsError and PolicyError."""
    return Planner(given, policy, parse_policy(settings.policy_text(given)), clock)


def whole_policy(given: Settings) -> Policy:
    """The policy file with all its credentials. Raises OutboxError."""
    policy = read_policy(given, DESTINATIONS)
    if policy.needed:
        names = ", ".join(policy.needed)
        raise OutboxError(f"the policy file names variables that are not set: {names}")
    return policy


@contextmanager
def store_of(given: Settings, topic: Topic = OUTBOX) -> Iterator[KafkaStore]:
    """The log, or the topic of contacts, until the block is left. Raises KafkaAwayError."""
    store = KafkaStore(given, topic)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def contacts_of(given: Settings) -> Iterator[KeptContacts | None]:
    """What leads gave of themselves, until the block is left; None without a key.

    Raises SettingsError and KafkaAwayError.
    """
    sealer = sealer_of(given)
    if sealer is None:
        yield None
        return
    with store_of(given, CONTACTS) as store:
        yield KeptContacts(store, sealer)
