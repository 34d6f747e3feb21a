"""A changelog over states in memory and on disks, however processes end: the same states at any time.

`HYPOTHESIS_PROFILE=nightly` makes it 2,000 runs of 50 steps in memory, and a sixth of them on disks.
"""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from compacted_log import CompactedLog
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from rocksdict import Checkpoint

from streams.batches import Output
from streams.changelog import Changelog
from streams.state_folder import StateFolder
from streams.states import States

Changes = Mapping[bytes, bytes | None]
KEYS = st.sampled_from((b"a", b"a\n1", b"a\n2", b"b", b"\xff"))
CHANGES = st.dictionaries(KEYS, st.none() | st.sampled_from((b"1", b"2", b"3")), min_size=1, max_size=4)
TABLE = "table"


class InMemory(RuleBasedStateMachine):
    """One owner after the other; each reads back what its place has not kept."""

    def __init__(self) -> None:
        super().__init__()
        self.log = CompactedLog()
        self.counts: dict[bytes, bytes] = {}
        self.late: list[tuple[Output, ...]] = []
        self.bids = 0
        self.superseded: Changelog | None = None
        self.start()

    # -- places

    def kept(self) -> States | None:
        """What the place of the next process has kept; None if nothing is ever kept."""
        return None

    def change_place(self) -> None:
        """The next process is started elsewhere."""

    def compacted(self) -> None:
        """Deletions are gone from the log."""

    # -- processes

    def start(self) -> None:
        self.owner = Changelog(self.kept())
        self.read()
        self.take()

    def end(self) -> None:
        self.owner.states.close()

    def read(self) -> None:
        self.owner.read(self.log.read(self.owner.end))

    def take(self) -> None:
        self.bids += 1
        bid = self.owner.bid(str(self.bids), "a process")
        self.log.append([bid])
        self.read()
        assert self.owner.take(bid)
        assert self.owner.without_state() <= self.owner.void() - self.counts.keys()
        self.agrees()

    def send(self, writer: Changelog, records: tuple[Output, ...]) -> None:
        """Append a write, and take over what its acks and the log tell, as a worker does."""
        if not records:
            return
        first, number = self.log.append(records)
        if first == (writer.end or 0):
            writer.wrote(records, first + number)
        else:
            writer.read(self.log.read(writer.end))

    def agrees(self) -> None:
        """The owner knows what counts, and so does whoever reads the whole log."""
        anew = Changelog()
        anew.read(self.log.read(None))
        for each in (self.owner, anew):
            assert dict(each.states) == self.counts
            assert list(each.states.in_chunks(10)) == ([sorted(self.counts)] if self.counts else [])
        assert (self.owner.void(), self.owner.claim, self.owner.end) == (
            anew.void(),
            anew.claim,
            self.log.end,
        )

    # -- what happens

    @rule(changes=CHANGES)
    def write(self, changes: Changes) -> None:
        self.send(self.owner, self.owner.next_write(changes))
        assert self.owner.is_ours
        for key, value in changes.items():
            if value is None:
                self.counts.pop(key, None)
            else:
                self.counts[key] = value
        self.agrees()

    @rule()
    def end_and_come_back(self) -> None:
        self.end()
        self.start()

    @precondition(lambda self: self.superseded is None)
    @rule()
    def end_and_come_back_elsewhere(self) -> None:
        self.end()
        self.change_place()
        self.start()

    @rule(changes=CHANGES)
    def end_with_a_write_on_its_way(self, changes: Changes) -> None:
        self.late.append(self.owner.next_write(changes))
        self.end_and_come_back()

    @precondition(lambda self: self.superseded is None)
    @rule()
    def be_superseded_from_elsewhere(self) -> None:
        self.superseded = self.owner
        self.change_place()
        self.start()

    @precondition(lambda self: self.superseded is not None)
    @rule(changes=CHANGES)
    def write_though_superseded(self, changes: Changes) -> None:
        assert self.superseded is not None
        self.send(self.superseded, self.superseded.next_write(changes))
        assert not self.superseded.is_ours
        self.superseded.states.close()
        self.superseded = None

    @precondition(lambda self: self.late)
    @rule(number=st.integers(0, 5))
    def a_write_arrives_late(self, number: int) -> None:
        self.log.append(self.late.pop(number % len(self.late)))

    @rule()
    def look_at_the_end_and_put_right(self) -> None:
        self.read()
        assert self.owner.is_ours
        self.agrees()
        self.send(self.owner, self.owner.next_write({}))
        assert not self.owner.void()

    @rule()
    def compact(self) -> None:
        self.look_at_the_end_and_put_right()
        self.log.compact(self.log.end)
        self.compacted()
        self.agrees()

    def teardown(self) -> None:
        self.end()
        if self.superseded is not None:
            self.superseded.states.close()


class OnDisk(InMemory):
    """The same on the disks of two machines, and a power cut may take back what was written last."""

    def __init__(self) -> None:
        self.temporary = tempfile.TemporaryDirectory(prefix="leadtrace-disks-")
        self.path = Path(self.temporary.name)
        self.folders = [StateFolder.take(self.path / str(number)) for number in (0, 1)]
        self.at = 0
        self.too_old = [False, False]
        self.copied: int | None = None
        super().__init__()

    def kept(self) -> States:
        states = self.folders[self.at].states(TABLE, 0, "")
        if self.too_old[self.at]:
            states = self.folders[self.at].delete(states, TABLE, 0)
        self.too_old[self.at] = False
        return states

    def change_place(self) -> None:
        self.at = 1 - self.at

    def compacted(self) -> None:
        self.too_old[1 - self.at] = True
        self.copied = None

    def place(self, number: int) -> Path:
        return self.path / str(number) / TABLE / "0"

    @rule()
    def what_is_on_the_disk_now_will_outlast_a_power_cut(self) -> None:
        shutil.rmtree(self.path / "copy", ignore_errors=True)
        # A copy of its files would miss those that it removes meanwhile.
        Checkpoint(self.owner.states._db).create_checkpoint(str(self.path / "copy"))  # type: ignore[attr-defined]  # on disk
        self.copied = self.at

    @precondition(lambda self: self.copied == self.at)
    @rule()
    def lose_power_and_come_back(self) -> None:
        self.end()
        shutil.rmtree(self.place(self.at))
        shutil.copytree(self.path / "copy", self.place(self.at))
        self.start()

    def teardown(self) -> None:
        super().teardown()
        for folder in self.folders:
            folder.close()
        self.temporary.cleanup()


TestInMemory = InMemory.TestCase
TestOnDisk = OnDisk.TestCase
# Its runs take several times as long.
TestOnDisk.settings = settings(max_examples=settings().max_examples // 6)
