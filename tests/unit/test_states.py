"""States in memory and on a disk answer alike; those on a disk are refused whenever they may be wrong."""

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams import state_folder, states_on_disk
from streams.checkpoints import OLDEST_MS, contradiction, dump_checkpoint, is_too_old, load_checkpoint
from streams.state_folder import MARKER, SET_ASIDE, StateFolder, StateFolderError, what_is_wrong_with
from streams.states import Checkpoint, States, StatesInMemory
from streams.states_on_disk import StatesOnDisk

TOPIC = "leadtrace-states-changelog"
FULL = Checkpoint(
    end=7, last=99, highest=b"\x00\xff" * 8, claimed_by=b"\x1fclaim \xfe", claims=frozenset({b"\x1fclaim a"}),
    void={b"k\x80": True, b"l": False}, is_whole=True, note=b"[]",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[StateFolder]:
    taken = StateFolder.take(tmp_path / "states")
    yield taken
    taken.close()


def on_disk(folder: StateFolder, partition: int = 3, topic_id: str = "one") -> StatesOnDisk:
    return folder.states(TOPIC, partition, topic_id)


def place(tmp_path: Path, partition: int = 3) -> Path:
    return tmp_path / "states" / TOPIC / str(partition)


@pytest.fixture(params=["memory", "disk"])
def states(request: pytest.FixtureRequest, folder: StateFolder) -> Iterator[States]:
    opened: States = StatesInMemory() if request.param == "memory" else on_disk(folder)
    yield opened
    opened.close()


# -- what both do


def test_states_are_read_as_they_were_written(states: States) -> None:
    assert states.is_empty()
    states.write({b"k": b"1", b"": b"of no key", b"checkpoint": b"2", b"gone": b"3"}, Checkpoint(end=1))
    states.write({b"k": b"4", b"gone": None, b"never": None}, Checkpoint(end=2))
    assert dict(states) == {b"": b"of no key", b"checkpoint": b"2", b"k": b"4"}
    assert (len(states), states.is_empty(), states.read(b"gone"), b"k" in states) == (3, False, None, True)


def test_keys_are_gone_through_in_order_a_few_at_a_time(states: States) -> None:
    """A journey's records follow one another: its head, then its parts."""
    keys = [b"a", b"a\n1", b"a\n2", b"a.b", b"b", b"b\xff", b"b\xff\xff", b"c"]
    states.write(dict.fromkeys(reversed(keys), b"1"), Checkpoint())
    assert [list(chunk) for chunk in states.in_chunks(3)] == [keys[:3], keys[3:6], keys[6:]]


def test_what_is_deleted_between_two_chunks_is_not_among_the_next(states: States) -> None:
    states.write(dict.fromkeys((b"a", b"b", b"c", b"d"), b"1"), Checkpoint())
    chunks = states.in_chunks(2)
    assert list(next(chunks)) == [b"a", b"b"]
    states.write({b"b": None, b"c": None}, Checkpoint())
    assert [key for chunk in chunks for key in chunk] == [b"d"]


# -- what a disk keeps


def test_the_next_process_finds_states_and_their_checkpoint(folder: StateFolder) -> None:
    first = on_disk(folder)
    assert first.checkpoint() is None
    first.write({b"k": b"1"}, FULL)
    first.close()
    second = on_disk(folder)
    assert (dict(second), second.checkpoint()) == ({b"k": b"1"}, FULL)
    assert on_disk(folder, partition=4).is_empty(), "partitions are apart"


def test_a_power_cut_takes_back_whole_writes_with_their_checkpoints(
    folder: StateFolder, tmp_path: Path
) -> None:
    first = on_disk(folder)
    for number in range(50):
        first.write({b"k": b"%d" % number, b"k%d" % number: b"x" * 200}, Checkpoint(end=number))
    shutil.copytree(place(tmp_path), place(tmp_path, 9), ignore=shutil.ignore_patterns("LOCK"))
    (log,) = place(tmp_path, 9).glob("*.log")
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size * 2 // 3)
    found = StatesOnDisk(place(tmp_path, 9), first.origin, states_on_disk.Budget().options())
    kept = found.checkpoint()
    assert kept is not None
    assert kept.end is not None
    assert 0 < kept.end < 49
    assert found.read(b"k") == b"%d" % kept.end
    assert len(found) == kept.end + 2


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    assert load_checkpoint(dump_checkpoint(FULL, 5)) == (5, FULL)
    for wrong in (b"", b"[]", b"{}", dump_checkpoint(FULL, 5)[:-9]):
        with pytest.raises(ValueError, match=r".*"):
            load_checkpoint(wrong)


# -- what is refused


def refused(folder: StateFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture, **other: Any) -> str:
    """What the log says of states that are not gone on from; they begin anew, and stand aside."""
    with caplog.at_level(logging.ERROR):
        states = on_disk(folder, **other)
    assert states.is_empty()
    assert states.checkpoint() is None
    assert (
        tmp_path / "states" / SET_ASIDE / f"{TOPIC}-3" / "CURRENT"
    ).exists() or "no database" in caplog.text
    states.write({b"k": b"anew"}, Checkpoint(end=1))
    states.close()
    return caplog.text


def written(folder: StateFolder, number: int = 20_000) -> None:
    """States that fill more than what is read at once."""
    states = on_disk(folder)
    states.write({b"k%06d" % each: b"%d" % each * 20 for each in range(number)}, FULL)
    states.close()


def strike(path: Path, at: float = 0.4) -> None:
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * at))
        file.write(b"\xff" * 500)


def test_states_of_a_topic_that_was_created_anew_are_refused(
    folder: StateFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(folder)
    assert "another one, though it has the same name" in refused(folder, tmp_path, caplog, topic_id="two")


def test_brokers_that_know_no_ids_of_topics_refuse_nothing(folder: StateFolder) -> None:
    written(folder)
    states = on_disk(folder, topic_id="")
    assert not states.is_empty()


def test_states_of_another_partition_are_refused(
    folder: StateFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    on_disk(folder, partition=4).close()
    place(tmp_path, 4).rename(place(tmp_path, 3))
    assert f"it holds the states of {TOPIC}-4" in refused(folder, tmp_path, caplog)


def test_another_programs_database_is_refused(
    folder: StateFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place(tmp_path).mkdir(parents=True)
    other = states_on_disk.Rdict(str(place(tmp_path)), states_on_disk.Budget().options())
    other[b"a"] = b"1"
    other.close()
    assert "it holds no states of Leadtrace" in refused(folder, tmp_path, caplog)


@pytest.mark.parametrize("name", ["CURRENT", "MANIFEST-*"])
def test_a_database_that_can_not_be_opened_is_refused(
    name: str, folder: StateFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(folder)
    for path in place(tmp_path).glob(name):
        strike(path)
    assert "it is damaged" in refused(folder, tmp_path, caplog)


def test_a_file_that_is_missing_is_noticed(
    folder: StateFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(folder)
    for path in place(tmp_path).glob("*.sst"):
        path.unlink()
    assert "it is damaged" in refused(folder, tmp_path, caplog)


def test_damage_that_is_found_while_reading_ends_the_process_and_the_next_one_begins_anew(
    folder: StateFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states_on_disk, "stop_at_once", ended)
    written(folder)
    for path in place(tmp_path).glob("*.sst"):
        strike(path)
    states = on_disk(folder)
    with pytest.raises(SystemExit, match=r"are damaged \(Corruption\): the next start sets them aside"):
        len(states)
    states.close()
    assert "it is damaged" in refused(folder, tmp_path, caplog)


def ended(status: int, sentence: str) -> None:
    raise SystemExit(status, sentence)


FILLS = """
import resource, signal
from pathlib import Path
from streams.state_folder import StateFolder
from streams.states import Checkpoint
states = StateFolder.take(Path({folder!r})).states("t", 0, "")
states.write({{b"k": b"1"}}, Checkpoint(end=1))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
for number in range(2, 100):
    states.write({{b"k": b"%d" % number, b"k%d" % number: b"x" * 20_000}}, Checkpoint(end=number))
"""


def test_a_disk_that_takes_no_more_ends_the_process_and_what_was_written_stays(tmp_path: Path) -> None:
    """No file may grow beyond a size here, as none can on a full disk."""
    path = tmp_path / "states"
    script = FILLS.format(folder=str(path))
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 70
    assert "can't be read or written (File too large): make room" in ran.stderr
    assert "what is committed stands in the changelog" in ran.stderr
    folder = StateFolder.take(path)
    states = folder.states("t", 0, "")
    kept = states.checkpoint()
    assert kept is not None
    assert states.read(b"k") == b"%d" % (kept.end or 0)
    assert 1 < (kept.end or 0) < 99
    folder.close()


def test_a_place_that_can_not_be_written_ends_the_process(
    folder: StateFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states_on_disk, "stop_at_once", ended)
    (tmp_path / "states" / TOPIC).write_text("no folder")
    with pytest.raises(SystemExit, match=r"can't be read or written \((Not a directory|File exists)\)"):
        on_disk(folder)


# -- the folder


def test_one_folder_is_for_one_worker(folder: StateFolder, tmp_path: Path) -> None:
    with pytest.raises(StateFolderError, match="another worker keeps its states in"):
        StateFolder.take(tmp_path / "states")
    folder.close()
    again = StateFolder.take(tmp_path / "states")
    folder._lock = again._lock


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StateFolderError, match="files that are no states of Leadtrace"):
        StateFolder.take(tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == {"thesis.txt"}


def test_an_empty_disk_has_a_folder_of_its_file_system(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    StateFolder.take(tmp_path).close()


def test_the_doctor_says_so_and_changes_nothing(tmp_path: Path) -> None:
    assert what_is_wrong_with(tmp_path / "later" / "states") == ()
    (tmp_path / "thesis.txt").write_text("mine")
    (wrong,) = what_is_wrong_with(tmp_path)
    assert "files that are no states of Leadtrace" in wrong
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_in_another_layout_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text(json.dumps({"layout": 2}))
    with pytest.raises(StateFolderError, match="in layout 2, and this version knows layout 1: empty it"):
        StateFolder.take(tmp_path)


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateFolderError, match=r"can't be kept in .*file/states \(Not a directory\)"):
        StateFolder.take(tmp_path / "file" / "states")


def test_a_full_disk_is_named_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=5 << 20)
    monkeypatch.setattr(state_folder.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StateFolderError, match="has 5 MB left, and states need at least 64"):
        StateFolder.take(tmp_path)


# -- what the changelog says


def test_a_changelog_that_ends_before_the_checkpoint_speaks_against_it() -> None:
    assert "ends at offset 6, before 7" in (contradiction(FULL, 6, None) or "")
    assert contradiction(FULL, 7, 99) is None


def test_another_record_before_the_checkpoint_speaks_against_it() -> None:
    assert "another record than they were written from at offset 6" in (contradiction(FULL, 9, 98) or "")
    assert contradiction(FULL, 9, None) is None, "it was compacted, and says nothing"


def test_old_states_are_gone_on_from_only_if_nothing_was_written_since() -> None:
    """Deletions of which nothing is left in the changelog would be missed."""
    assert not is_too_old(FULL, 0, OLDEST_MS, 9)
    assert is_too_old(FULL, 0, OLDEST_MS + 1, 9)
    assert not is_too_old(FULL, 0, 100 * OLDEST_MS, 7)


def test_states_that_are_too_old_are_deleted(folder: StateFolder, tmp_path: Path) -> None:
    written(folder)
    states = folder.delete(on_disk(folder), TOPIC, 3)
    assert states.is_empty()
    assert not (tmp_path / "states" / SET_ASIDE).exists()
