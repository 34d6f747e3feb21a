"""A worker whose handler folds the ids of each key into a set; its faults are told by TOY_* variables.

Run as a process of its own by the delivery tests. TOY_FAULT is `<what>:<id>:<marker file>`: at the record
with this id, once (while the marker file is not there), `raise` an exception or `kill` this process with -9;
`always` raises each time.

With TOY_MAINTENANCE it looks through its states once: `again` publishes each anew, `forget` lets go of
those of less than three ids; the fault is that of the key `fault` then.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import settings
from streams.app import AgentSpec
from streams.batches import Batch, Effects, MaintenanceTask, Output, Read, Record
from streams.limits import Limits
from streams.worker import run_worker

PARTITIONS = 4
FOLDS = "folds"


def fold(batch: Batch, read: Read) -> Effects:
    """Each key's state is the sorted list of the ids seen with it; it is published and kept."""
    known: dict[bytes, set[int]] = {}
    for record in batch.records:
        assert record.key is not None
        number = identify(record)
        if number is None:
            continue
        if record.key not in known:
            known[record.key] = set(json.loads(read(record.key) or b"[]"))
        known[record.key].add(number)
    states = {key: json.dumps(sorted(ids)).encode() for key, ids in known.items()}
    return Effects(tuple(Output(FOLDS, key, state) for key, state in states.items()), states)


def identify(record: Record) -> int | None:
    """The id of a record; None for one that is to be ignored."""
    fact = json.loads(record.value or b"")
    number: int = fact["id"]
    fault(number)
    if "ignore" in fact:
        return None
    if "grow" in fact:
        digits = int(fact["grow"])
        return int(10**digits)
    return number


def fault(number: int) -> None:
    what, at, marker = os.environ.get("TOY_FAULT", "none:-1:").split(":", 2)
    if what == "none" or int(at) != number:
        return
    if what == "always":
        raise RuntimeError("a bug that stays; the text must not reach a log: geheim@example.com")
    if not Path(marker).exists():
        Path(marker).touch()
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise RuntimeError("a passing bug")


class Toy:
    """Maintenance that is due once in each partition."""

    metadata_key = b"metadata"

    def mend(self, _states: Mapping[bytes, bytes], _now: int) -> bytes | None:
        return None

    def open(self, _metadata: bytes | None, _states: Mapping[bytes, bytes], _now: int) -> bytes | None:
        return None

    def plan(self, metadata: bytes | None, _now: int) -> MaintenanceTask | None:
        what = os.environ.get("TOY_MAINTENANCE", "")
        if not what or metadata == b'"done"':
            return None
        return MaintenanceTask(b'"begun"', anew=what == "again", why=f"toy: {what}")

    def perform(self, task: MaintenanceTask, keys: Sequence[bytes], _now: int, read: Read) -> Effects:
        for key in keys:
            if key.startswith(b"fault"):
                fault(int(key.removeprefix(b"fault")))
        states = {key: read(key) or b"[]" for key in keys}
        if task.anew:
            return Effects(tuple(Output(FOLDS, key, state) for key, state in states.items()))
        few = (key for key, state in states.items() if len(json.loads(state)) < 3)
        return Effects(changes=dict.fromkeys(few))

    def again(self, keys: Sequence[bytes], read: Read) -> Effects:
        return Effects(tuple(Output(FOLDS, key, read(key)) for key in keys))

    def finish(self, _task: MaintenanceTask, _metadata: bytes, _now: int) -> bytes:
        return b'"done"'


AGENTS = (
    AgentSpec(
        "fold_facts", ("facts.a", "facts.b"), "facts", PARTITIONS, fold, max_batch=200, maintenance=Toy()
    ),
    AgentSpec("fold_links", ("links",), "links", 1, fold),
)

if __name__ == "__main__":
    chosen = json.loads(os.environ.get("TOY_LIMITS", "{}"))
    sys.exit(run_worker(settings.load(), AGENTS, Limits(**{"session_timeout": 6.0, **chosen})))
