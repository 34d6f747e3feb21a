"""The states of one partition in a database of their own on the worker's disk: RocksDB."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TypeVar

import orjson
from rocksdict import (
    BlockBasedOptions,
    Cache,
    DbClosedError,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
)

from ending import GAVE_UP, stop_at_once
from streams.checkpoints import dump_checkpoint, load_checkpoint
from streams.states import Checkpoint, States

# States stand under their keys with this before them, so that no key can be that of the checkpoint.
_STATE = b"."
_CHECKPOINT = b"checkpoint"
_ORIGIN = b"origin"
# A file that no RocksDB has: why the next process must not go on from these states.
_REFUSED = "REFUSED"

# Of all partitions together, in bytes.
BLOCK_CACHE = 64 << 20
WRITE_BUFFERS = 64 << 20
WRITE_BUFFER = 16 << 20
# Each database takes at least one, also where hardly anything is written.
ARENA_BLOCK = 128 << 10
OPEN_FILES = 32

# What the operating system says when the place is at fault, not what stands there.
OF_THE_PLACE = (
    "No space left on device", "File too large", "Disk quota exceeded", "Read-only file system",
    "Permission denied", "Too many open files", "Cannot allocate memory", "lock hold by",
    "Resource temporarily unavailable", "No locks available",
)  # fmt: skip

T = TypeVar("T")


class DamagedStatesError(Exception):
    """A folder holds no states that can be gone on from; the text says why."""


class Origin(dict[str, str]):
    """Which partition of which topic the states come from, as it was when the database was made."""

    @classmethod
    def of(cls, topic: str, partition: int, topic_id: str) -> "Origin":
        """`topic_id` is what the brokers gave the topic when it was created; '' if they don't say."""
        return cls(topic=topic, partition=str(partition), topic_id=topic_id)


class Budget:
    """The memory that all databases of a process share."""

    def __init__(self) -> None:
        self._cache = Cache(BLOCK_CACHE)
        self._buffers = WriteBufferManager(WRITE_BUFFERS, False)

    def options(self) -> Options:
        """The options of one database."""
        blocks = BlockBasedOptions()
        blocks.set_block_cache(self._cache)
        blocks.set_cache_index_and_filter_blocks(True)
        blocks.set_bloom_filter(10, False)
        blocks.set_block_size(16 << 10)
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_manager(self._buffers)
        options.set_write_buffer_size(WRITE_BUFFER)
        options.set_arena_block_size(ARENA_BLOCK)
        options.set_compression_type(DBCompressionType.lz4())
        options.set_bottommost_compression_type(DBCompressionType.zstd())
        options.set_level_compaction_dynamic_level_bytes(True)
        options.set_max_open_files(OPEN_FILES)
        options.set_max_background_jobs(2)
        options.set_keep_log_file_num(2)
        options.set_max_log_file_size(1 << 20)
        options.set_stats_dump_period_sec(0)
        options.set_stats_persist_period_sec(0)
        return options


class StatesOnDisk(States):
    """States that outlive the process.

    A write is one batch in the log of the database, handed over to the operating system: what a process has
    written is there after its end, and a power cut may take back the last writes, each of them whole, with
    its checkpoint. What can't be read or written ends the process.
    """

    def __init__(self, folder: Path, origin: Origin, options: Options) -> None:
        """Open the database, or make one. Raises DamagedStatesError if it holds no states of this origin, or
        can't be read; ends the process if the place doesn't let it."""
        self._folder = folder
        self.origin = origin
        self.written_at = 0
        self._kept: Checkpoint | None = None
        with suppress(FileNotFoundError):
            raise DamagedStatesError((folder / _REFUSED).read_text(encoding="utf-8"))
        self._db = self._opened(options)
        try:
            self._begin(origin)
        except BaseException:
            self._db.close()
            raise

    def _opened(self, options: Options) -> Rdict:
        try:
            return Rdict(str(self._folder), options)
        except Exception as error:
            if _is_of_the_place(error):
                self._end(error)
            raise DamagedStatesError("it is damaged, or no database of states") from error

    def _begin(self, origin: Origin) -> None:
        try:
            found, kept = self._db.get(_ORIGIN), self._db.get(_CHECKPOINT)
            is_empty = not self._db.latest_sequence_number()
        except Exception as error:
            if _is_of_the_place(error):
                self._end(error)
            raise DamagedStatesError("it is damaged") from error
        if found is None and is_empty:
            batch = WriteBatch(raw_mode=True)
            batch.put(_ORIGIN, orjson.dumps(origin))
            self._guarded(lambda: self._db.write(batch))
            return
        _compare(found, origin)
        if kept is not None:
            try:
                self.written_at, self._kept = load_checkpoint(kept)
            except ValueError as error:
                raise DamagedStatesError("its checkpoint can't be read") from error

    def checkpoint(self) -> Checkpoint | None:
        """What was written together with the newest states, by this process or one before it."""
        return self._kept

    def write(self, changes: Mapping[bytes, bytes | None], checkpoint: Checkpoint, /) -> None:
        """Take over changes and the checkpoint that belongs to them: all of it, or nothing."""
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(_STATE + key)
            else:
                batch.put(_STATE + key, value)
        self.written_at = time.time_ns() // 1_000_000
        batch.put(_CHECKPOINT, dump_checkpoint(checkpoint, self.written_at))
        self._guarded(lambda: self._db.write(batch))
        self._kept = checkpoint

    def read(self, key: bytes) -> bytes | None:
        """The state of a key, or None."""
        try:
            found: bytes | None = self._db.get(_STATE + key)
        except Exception as error:
            self._end(error)
        return found

    def in_chunks(self, most: int) -> Iterator[Sequence[bytes]]:
        """All keys in order; none of them is held between two chunks."""
        start = _STATE
        while keys := self._guarded(lambda: self._keys_from(start, most)):  # noqa: B023 - called at once
            yield keys
            start = _STATE + keys[-1] + b"\0"

    def _keys_from(self, start: bytes, most: int) -> list[bytes]:
        walk = self._db.iter()
        walk.seek(start)
        keys: list[bytes] = []
        while len(keys) < most and walk.valid() and (key := walk.key()).startswith(_STATE):
            keys.append(key[1:])
            walk.next()
        # Behind a damaged block it only says that there is nothing more.
        walk.status()
        return keys

    def is_empty(self) -> bool:
        """Whether there is no state."""
        return not self._guarded(lambda: self._keys_from(_STATE, 1))

    def refuse(self, why: str) -> None:
        """Write down that no process may go on from them."""
        # On a disk that takes nothing the next process finds it out as this one did.
        with suppress(OSError):
            (self._folder / _REFUSED).write_text(why, encoding="utf-8")

    def close(self) -> None:
        """Write out what is in memory, and let go of the folder."""
        self._guarded(self._db.close)

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except Exception as error:
            self._end(error)

    def _end(self, error: Exception) -> NoReturn:
        """End the process, since its states can't be read or written: nothing is committed that is not in the
        changelog, which came first."""
        if isinstance(error, DbClosedError):
            raise error
        text = str(error)
        told = next((each for each in OF_THE_PLACE if each in text), None)
        if told is not None:
            end_for_the_place(self._folder, told)
        self.refuse("it is damaged")
        kind = text.partition(":")[0] if text.startswith(("Corruption", "IO error")) else type(error).__name__
        stop_at_once(
            GAVE_UP,
            f"the states in {self._folder} are damaged ({kind}): the next start sets them aside, and reads "
            "them anew from the changelog",
        )


def end_for_the_place(folder: Path, told: str) -> NoReturn:
    """End the process, since the operating system doesn't let it keep states in a folder."""
    stop_at_once(
        GAVE_UP,
        f"the states in {folder} can't be read or written ({told}): make room, or set LEADTRACE_STATE_DIR "
        "to a folder on another disk. Nothing is lost: what is committed stands in the changelog",
    )


def _is_of_the_place(error: Exception) -> bool:
    return any(each in str(error) for each in OF_THE_PLACE)


def _compare(found: bytes | None, origin: Origin) -> None:
    """Raises DamagedStatesError if states have another origin."""
    try:
        told = orjson.loads(found or b"{}")
    except ValueError:
        told = {}
    if not isinstance(told, dict) or told.keys() != origin.keys():
        raise DamagedStatesError("it holds no states of Leadtrace")
    if (told["topic"], told["partition"]) != (origin["topic"], origin["partition"]):
        raise DamagedStatesError(f"it holds the states of {told['topic']}-{told['partition']}")
    if origin["topic_id"] and told["topic_id"] and origin["topic_id"] != told["topic_id"]:
        raise DamagedStatesError("the topic is another one, though it has the same name")
