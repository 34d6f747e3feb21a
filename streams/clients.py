"""Looks whether the tasks still run in which aiokafka's clients do their work: nobody else would notice."""

import asyncio
from collections.abc import Mapping
from typing import Any

from ending import cause_of


def ended_in_consumer(consumer: Any) -> str | None:
    """A sentence about a task of a consumer that has ended or waits for ever; None if all run."""
    coordinator = None if consumer is None else consumer._coordinator
    if coordinator is None or consumer._closed:
        return None
    if coordinator._pending_exception is not None:
        # It goes no further until somebody has taken note.
        return f"the coordination of the group ended: {cause_of(coordinator._pending_exception)}"
    return _ended(
        {
            "the coordination of the group": coordinator._coordination_task,
            "fetching": consumer._fetcher._fetch_task,
            "the look for brokers": consumer._client._sync_task,
        }
    )


def ended_in_producer(producer: Any) -> str | None:
    """A sentence about a task of a producer that has ended; None if all run."""
    if producer is None or producer._closed:
        return None
    looking = producer.client._sync_task
    return _ended({"sending": producer._sender._sender_task, "the producer's look for brokers": looking})


def _ended(tasks: Mapping[str, "asyncio.Task[Any] | None"]) -> str | None:
    for name, task in tasks.items():
        if task is not None and task.done():
            error = None if task.cancelled() else task.exception()
            return f"{name} ended: {cause_of(error) if error is not None else 'nobody knows why'}"
    return None
