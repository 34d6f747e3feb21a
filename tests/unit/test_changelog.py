"""What comes late to a changelog never counts: not from a worker that was superseded, not twice."""

from collections.abc import Mapping
from copy import deepcopy

from compacted_log import CompactedLog

from streams.batches import Output
from streams.changelog import CLAIM, Changelog
from streams.states import Checkpoint, StatesInMemory

STATES = dict[bytes, bytes]


class Kept(StatesInMemory):
    """States that outlive the process that wrote them."""

    kept: Checkpoint | None = None

    def checkpoint(self) -> Checkpoint | None:  # type: ignore[override]  # these have one
        return self.kept

    def write(self, changes: Mapping[bytes, bytes | None], checkpoint: Checkpoint, /) -> None:
        super().write(changes, checkpoint)
        self.kept = checkpoint


class Owner:
    """A worker with its view of one partition; what it sends may be held back."""

    def __init__(self, name: str, log: CompactedLog, kept: Kept | None = None) -> None:
        self.name = name
        self.log = log
        self.changelog = Changelog(kept)
        self.changelog.read(log.read(self.changelog.end))

    def bid(self) -> Output:
        return self.changelog.bid(self.name, "a worker")

    def take(self, bid: Output | None = None) -> bool:
        bid = bid or self.bid()
        self.log.append([bid])
        self.changelog.read(self.log.read(self.changelog.end))
        return self.changelog.take(bid)

    def begin(self, changes: Mapping[bytes, bytes | None]) -> tuple[Output, ...]:
        return self.changelog.next_write(changes)

    def end(self, records: tuple[Output, ...]) -> bool:
        """The records arrive and are acknowledged; whether the partition was ours until then."""
        first, number = self.log.append(records)
        if first == self.changelog.end:
            self.changelog.wrote(records, first + number)
        else:
            self.changelog.read(self.log.read(self.changelog.end))
        return self.changelog.is_ours

    def write(self, changes: Mapping[bytes, bytes | None]) -> bool:
        return self.end(self.begin(changes))


def owner(name: str, log: CompactedLog, kept: Kept | None = None) -> Owner:
    found = Owner(name, log, kept)
    assert found.take()
    return found


def restored(log: CompactedLog) -> STATES:
    return dict(Owner("reader", log).changelog.states)


def test_what_an_owner_writes_is_what_the_next_one_reads() -> None:
    log = CompactedLog()
    first = owner("a", log)
    assert first.write({b"k": b"1", b"l": b"1"})
    assert first.write({b"k": b"2", b"l": None})
    assert restored(log) == {b"k": b"2"}
    assert owner("b", log).changelog.states == {b"k": b"2"}


def test_records_of_before_there_were_claims_count_as_they_stand() -> None:
    log = CompactedLog()
    log.append([Output("", b"k", b"1"), Output("", b"k", b"2"), Output("", b"l", b"1")])
    log.append([Output("", b"l", None)])
    assert owner("a", log).changelog.states == {b"k": b"2"}


def test_who_goes_back_to_a_version_without_claims_and_forth_again_loses_nothing() -> None:
    log = CompactedLog()
    owner("a", log).write({b"k": b"1"})
    log.append([Output("", b"k", b"2 of the older version")])
    second = owner("b", log)
    assert second.changelog.states == {b"k": b"2 of the older version"}
    log.append([Output("", b"k", b"of a worker of that version that was superseded")])
    assert second.write({b"m": b"1"})
    assert second.write({})
    assert restored(log) == {b"k": b"2 of the older version", b"m": b"1"}


def test_a_late_write_of_who_was_superseded_is_void_and_put_right_by_the_next_write() -> None:
    log = CompactedLog()
    old = owner("a", log)
    old.write({b"k": b"1"})
    late = old.begin({b"k": b"late", b"n": b"late"})
    new = owner("b", log)
    new.write({b"k": b"2"})
    assert not old.end(late), "its ack shows a hole, and there the other's claim"
    assert restored(log) == {b"k": b"2"}
    assert new.write({b"l": b"1"}), "a hole without a claim leaves the owner in its right"
    assert new.changelog.void() == {b"k", b"n"}
    assert new.write({}), "and the next write says again what counts"
    assert not new.changelog.void()
    log.compact(log.end)
    assert restored(log) == {b"k": b"2", b"l": b"1"}


def test_an_owner_that_dies_before_it_has_put_that_right_leaves_it_to_the_next() -> None:
    log = CompactedLog()
    old = owner("a", log)
    old.write({b"k": b"1", b"gone": b"1"})
    old.write({b"gone": None})
    late = old.begin({b"k": b"late", b"gone": b"late", b"n": b"late"})
    owner("b", log)
    old.end(late)
    third = owner("c", log)
    assert third.changelog.void() == {b"k", b"gone", b"n"}
    assert third.changelog.without_state() == {b"n"}, "of the others it is known what counts"
    third.write({b"l": b"1"})
    log.compact(log.end)
    assert restored(log) == {b"k": b"1", b"l": b"1"}


def test_what_comes_late_for_a_key_that_an_owner_has_no_state_of_is_no_loss() -> None:
    """Who owns a partition has read all of it, and knows that there is nothing."""
    log = CompactedLog()
    old = owner("a", log)
    late = old.begin({b"n": b"late"})
    new = owner("b", log)
    old.end(late)
    new.changelog.read(log.read(new.changelog.end))
    assert (new.changelog.void(), new.changelog.without_state()) == (frozenset({b"n"}), frozenset())


def test_a_worker_that_goes_back_to_reading_takes_what_has_no_stamp_as_it_stands() -> None:
    """While the group settles, the partition may be that of a worker of an older version."""
    log = CompactedLog()
    owned = owner("a", log)
    owned.write({b"k": b"1"})
    owned.changelog.let_go()
    log.append([Output("", b"k", b"2 of the older version")])
    owned.changelog.read(log.read(owned.changelog.end))
    assert not owned.changelog.is_ours
    assert owned.changelog.states == {b"k": b"2 of the older version"}


def test_of_a_key_of_which_only_a_void_record_is_left_one_hears() -> None:
    log = CompactedLog()
    old = owner("a", log)
    old.write({b"k": b"1"})
    late = old.begin({b"k": b"late"})
    owner("b", log)
    old.end(late)
    log.compact(log.end)  # which must not happen so early
    third = owner("c", log)
    assert (third.changelog.states, third.changelog.without_state()) == ({}, {b"k"})


def test_an_own_request_that_is_applied_again_later_is_void() -> None:
    log = CompactedLog()
    first = owner("a", log)
    once = first.begin({b"k": b"1", b"l": b"1"})
    assert first.end(once)
    assert first.write({b"k": b"2"})
    log.append(once)
    assert restored(log) == {b"k": b"2", b"l": b"1"}
    assert first.write({b"m": b"1"})
    assert first.write({})
    log.compact(log.end)
    assert restored(log) == {b"k": b"2", b"l": b"1", b"m": b"1"}


def test_a_request_that_is_repeated_at_once_may_stand_twice() -> None:
    log = CompactedLog()
    first = owner("a", log)
    once = first.begin({b"k": b"1"})
    log.append(once)
    assert first.end(once)
    assert not first.changelog.void()
    assert restored(log) == {b"k": b"1"}


def test_of_two_claims_of_one_number_the_first_in_the_log_counts() -> None:
    log = CompactedLog()
    one, other = Owner("a", log), Owner("b", log)
    bids = one.bid(), other.bid()
    assert one.take(bids[0])
    assert not other.take(bids[1])
    assert one.write({b"k": b"1"})
    assert other.take(), "with the next number"
    assert not one.write({b"k": b"2"})
    assert restored(log) == {b"k": b"1"}


def test_a_claim_that_comes_late_supersedes_nobody() -> None:
    log = CompactedLog()
    late = Owner("a", log).bid()
    new = owner("b", log)
    new.write({b"k": b"1"})
    log.append([late])
    assert new.write({b"k": b"2"})
    assert restored(log) == {b"k": b"2"}
    assert owner("c", log).changelog.claim == 2


def test_a_claim_that_is_applied_twice_is_one() -> None:
    log = CompactedLog()
    first = Owner("a", log)
    bid = first.bid()
    log.append([bid])
    assert first.take(bid)
    assert first.write({b"k": b"1"})
    log.append([bid])
    assert first.write({b"k": b"2"})
    assert restored(log) == {b"k": b"2"}


def test_what_a_claim_finds_before_it_in_the_log_counts_too() -> None:
    log = CompactedLog()
    old = owner("a", log)
    new = Owner("b", log)
    old.write({b"k": b"written after the other had read"})
    assert new.take()
    assert new.changelog.states == {b"k": b"written after the other had read"}


def test_claims_that_are_over_do_not_stay() -> None:
    log = CompactedLog()
    for number in range(5):
        each = owner(f"owner {number}", log)
        each.write({b"k": b"%d" % number})
    log.compact(log.end)
    claims = [record.key for record in log.records if record.key and record.key.startswith(CLAIM)]
    assert claims == [CLAIM + b"owner 4"]
    assert restored(log) == {b"k": b"4"}
    assert owner("the next", log).changelog.claim == 6


def test_a_write_under_a_claim_proves_it_though_its_record_is_gone() -> None:
    log = CompactedLog()
    old = owner("a", log)
    late = old.begin({b"k": b"late"})
    new = owner("b", log)
    new.write({b"l": b"1"})
    log.records = [record for record in log.records if not (record.key or b"").startswith(CLAIM)]
    log.append(late)
    assert restored(log) == {b"l": b"1"}


def test_whoever_writes_again_what_is_void_writes_what_depends_on_nothing_last() -> None:
    log = CompactedLog()
    old = owner("a", log)
    old.write({b"k": b"1"})
    late = old.begin({b"k": b"late"})
    new = owner("b", log)
    old.end(late)
    assert new.write({b"l": b"1"})
    keys = [record.key for record in new.begin({b"bucket": b"1", b"click": b"1"})]
    assert keys == [b"bucket", b"click", b"k"]


# -- states that outlive their process


def test_who_goes_on_from_kept_states_takes_in_only_what_is_newer() -> None:
    log, kept = CompactedLog(), Kept()
    owner("a", log, kept).write({b"k": b"1", b"l": b"1"})
    owner("elsewhere", log).write({b"k": b"2", b"l": None})
    read = log.end
    log.records = [record for record in log.records if record.offset >= (kept.kept or Checkpoint()).end]
    again = owner("a again", log, kept)
    assert len(log.records) < read
    assert again.changelog.states == {b"k": b"2"}
    assert again.write({b"m": b"1"})
    assert again.changelog.claim == 3


def test_what_was_void_before_the_checkpoint_is_put_right_after_it() -> None:
    log, kept = CompactedLog(), Kept()
    old = owner("a", log)
    old.write({b"k": b"1"})
    late = old.begin({b"k": b"late"})
    new = owner("b", log, kept)
    old.end(late)
    new.changelog.read(log.read(new.changelog.end))
    next_one = owner("b again", log, kept)
    assert next_one.changelog.void() == {b"k"}
    assert next_one.changelog.without_state() == frozenset()
    assert next_one.write({})
    log.compact(log.end)
    assert restored(log) == {b"k": b"1"}


def test_of_a_void_record_behind_a_gap_it_is_not_known_what_it_hides() -> None:
    """The state on the disk may be older than one that was compacted."""
    log, kept = CompactedLog(), Kept()
    first = owner("a", log, kept)
    first.write({b"k": b"1", b"l": b"1"})
    elsewhere = owner("elsewhere", log)
    elsewhere.write({b"k": b"2"})
    late = elsewhere.begin({b"k": b"late", b"l": b"late"})
    third = owner("c", log)
    third.write({b"l": b"3"})
    elsewhere.end(late)
    assert Owner("at once", log, deepcopy(kept)).changelog.without_state() == frozenset()
    log.compact(log.end)  # which must not happen so early
    again = owner("a again", log, kept)
    assert again.changelog.void() == {b"k", b"l"}
    assert again.changelog.without_state() == {b"k", b"l"}
    assert again.changelog.states == {b"k": b"1", b"l": b"1"}, "which is more than nothing"


def test_what_a_claim_before_it_voids_is_never_taken_over() -> None:
    """A disk would keep it."""
    log, kept = CompactedLog(), Kept()
    first = owner("a", log, kept)
    first.write({b"k": b"1"})
    records = first.begin({b"k": b"late"})
    owner("b", log)
    assert not first.end(records)
    assert kept.read(b"k") == b"1"


def test_the_last_record_that_is_known_is_read_once_more() -> None:
    """Faust's recovery begins with it."""
    log, kept = CompactedLog(), Kept()
    owner("a", log, kept).write({b"k": b"1"})
    again = Changelog(kept)
    again.read(log.read((again.end or 0) - 1))
    assert (again.states, again.end) == ({b"k": b"1"}, log.end)
