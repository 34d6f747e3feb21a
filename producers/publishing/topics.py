"""Creates the topics with their settings, and finds those that are not as they must be."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError

from settings import Settings

EXISTS: Final = 36
UNKNOWN: Final = 3


class TopicsError(RuntimeError):
    """The topics can't be created or are not as they must be; the text is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How one topic must be: partitions, and the broker's settings of it; those that are `required` an
    existing topic must have, too. A required number may be higher."""

    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@contextmanager
def administration(settings: Settings) -> Iterator[Any]:
    """A client that may ask and tell the broker anything. Raises TopicsError when none answers."""
    client = None
    try:
        client = KafkaAdminClient(
            **settings.kafka_options(), request_timeout_ms=30_000, bootstrap_timeout_ms=20_000
        )
        yield client
    except (KafkaError, OSError, ValueError) as error:
        raise TopicsError(
            f"the Kafka broker at {settings.kafka} does not do as asked ({type(error).__name__}): "
            "check that it runs, and that the LEADTRACE_KAFKA settings are right"
        ) from error
    finally:
        if client is not None:
            client.close()


def create_topics(settings: Settings, wanted: Mapping[str, Wanted]) -> list[str]:
    """Create the topics (full names) that don't exist, and return their names; TopicsError if one is wrong.

    May be repeated, and run twice at once. Topics that exist keep their settings, which may have been tuned.
    """
    with administration(settings) as admin:
        found = _partitions(admin, wanted)
        _demand(_wrong(admin, found, wanted))
        missing = {name: topic for name, topic in wanted.items() if name not in found}
        if missing:
            _create(admin, settings, missing)
            # Somebody else may have created them in the meantime, in another way.
            _demand(_wrong(admin, _partitions(admin, missing), missing))
        return list(missing)


def adjust_topics(settings: Settings, wanted: Mapping[str, Wanted]) -> list[str]:
    """Give existing topics the settings that are required of them, and say which. Raises TopicsError."""
    with administration(settings) as admin:
        lacking = _lacking(admin, wanted)
        resources = [ConfigResource(ConfigResourceType.TOPIC, name, configs) for name, configs in lacking]
        for name, result in admin.alter_configs(resources)["topic"].items() if resources else ():
            if result != "OK":
                raise TopicsError(
                    f"the broker does not change the settings of topic {name} ({result.partition(']')[0]}]): "
                    "see the rights of LEADTRACE_KAFKA_USER"
                )
        return [
            f"{name}: {setting}={value}" for name, configs in lacking for setting, value in configs.items()
        ]


def problems(settings: Settings, wanted: Mapping[str, Wanted]) -> list[str]:
    """Say in sentences what is wrong with the topics; empty if nothing is. Raises TopicsError."""
    with administration(settings) as admin:
        found = _partitions(admin, wanted)
        missing = [name for name in wanted if name not in found]
        lacking = [f"topic {name} does not exist: run `leadtrace topics`" for name in missing]
        outdated = [
            f"topic {name} needs {setting}={value}: run `leadtrace topics`"
            for name, configs in _lacking(admin, {name: wanted[name] for name in found})
            for setting, value in configs.items()
        ]
        return lacking + _wrong(admin, found, wanted) + outdated


def _create(admin: Any, settings: Settings, missing: Mapping[str, Wanted]) -> None:
    new = {
        name: {
            "num_partitions": topic.partitions,
            "replication_factor": settings.replication,
            "configs": dict(topic.config),
        }
        for name, topic in missing.items()
    }
    answer = admin.create_topics(new, raise_errors=False)
    for topic in answer["topics"]:
        if topic["error_code"] not in (0, EXISTS):
            raise TopicsError(
                f"the broker does not create topic {topic['name']}: {topic['error_message']} "
                "(see LEADTRACE_REPLICATION, LEADTRACE_PARTITIONS and the rights of LEADTRACE_KAFKA_USER)"
            )
    admin.wait_for_topics(list(missing))


def _partitions(admin: Any, wanted: Mapping[str, Wanted]) -> dict[str, int]:
    return {
        topic["name"]: len(topic["partitions"])
        for topic in admin.describe_topics(list(wanted))
        if topic["error_code"] != UNKNOWN
    }


def _demand(wrong: list[str]) -> None:
    if wrong:
        raise TopicsError(wrong[0])


def _wrong(admin: Any, found: Mapping[str, int], wanted: Mapping[str, Wanted]) -> list[str]:
    return _wrong_counts(found, wanted) + _wrong_policies(admin, found, wanted)


def _wrong_counts(found: Mapping[str, int], wanted: Mapping[str, Wanted]) -> list[str]:
    return [
        f"topic {name} has {count} partitions, not {wanted[name].partitions}: set LEADTRACE_PARTITIONS to "
        "what it was created with (a topic's count never changes), or use another LEADTRACE_TOPIC_PREFIX"
        for name, count in found.items()
        if count != wanted[name].partitions
    ]


def _lacking(admin: Any, wanted: Mapping[str, Wanted]) -> list[tuple[str, dict[str, str]]]:
    """The settings that topics require and don't have."""
    asked = [
        ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(topic.required))
        for name, topic in wanted.items()
        if topic.required
    ]
    if not asked:
        return []
    told = admin.describe_configs(asked, config_filter="all")["topic"]
    lacking = {
        name: {
            setting: wanted[name].config[setting]
            for setting in wanted[name].required
            if not _meets(config[setting]["value"], wanted[name].config[setting])
        }
        for name, config in told.items()
    }
    return [(name, configs) for name, configs in lacking.items() if configs]


def _meets(found: str, required: str) -> bool:
    return int(found) >= int(required) if required.isdigit() else found == required


def _wrong_policies(admin: Any, found: Mapping[str, int], wanted: Mapping[str, Wanted]) -> list[str]:
    """A compacted topic that deletes loses state; one that should delete and is compacted loses facts."""
    if not found:
        return []
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, {"cleanup.policy": None}) for name in found]
    told = admin.describe_configs(asked, config_filter="all")["topic"]
    wrong = []
    for name, config in told.items():
        right = wanted[name].config["cleanup.policy"]
        policy = config["cleanup.policy"]["value"] if "cleanup.policy" in config else right
        if policy != right:
            wrong.append(f"topic {name} has cleanup.policy={policy}, which loses data: set it to {right}")
    return wrong
