"""Only what is done without a gap may be committed."""

import pytest

from streams.progress import OffsetsWentBackError, Progress


def test_a_batch_that_is_done_moves_the_position_behind_it() -> None:
    progress: Progress[str] = Progress()
    batch = progress.hand_out("p", 0, 9)
    assert progress.to_commit("p") is None
    assert progress.done("p", batch)
    assert progress.to_commit("p") == 10


def test_nothing_is_committed_past_a_batch_in_flight() -> None:
    progress: Progress[str] = Progress()
    first, second, third = (progress.hand_out("p", start, start + 9) for start in (0, 10, 20))
    progress.done("p", second)
    progress.done("p", third)
    assert progress.to_commit("p") is None
    progress.done("p", first)
    assert progress.to_commit("p") == 30


def test_the_very_first_batch_counts_like_any_other() -> None:
    progress: Progress[str] = Progress()
    progress.hand_out("p", 0, 4)
    progress.done("p", progress.hand_out("p", 5, 9))
    assert progress.to_commit("p") is None


def test_a_position_is_due_until_its_commit_has_succeeded() -> None:
    progress: Progress[str] = Progress()
    progress.done("p", progress.hand_out("p", 0, 4))
    assert progress.to_commit("p") == progress.to_commit("p") == 5
    progress.committed("p", 5)
    assert progress.to_commit("p") is None
    assert progress.partitions() == ()


@pytest.mark.parametrize(
    "holes", [((3, 3), (7, 7), (100, 105)), ((1_000_000, 1_000_000), (1_000_001, 1_000_007))]
)
def test_offsets_that_compaction_removed_neither_block_nor_hide(holes: tuple[tuple[int, int], ...]) -> None:
    progress: Progress[str] = Progress()
    batches = [progress.hand_out("p", first, last) for first, last in holes]
    progress.done("p", batches[-1])
    assert progress.to_commit("p") is None
    for batch in batches[:-1]:
        progress.done("p", batch)
    assert progress.to_commit("p") == holes[-1][1] + 1


def test_done_twice_is_done_once() -> None:
    progress: Progress[str] = Progress()
    first = progress.hand_out("p", 0, 4)
    progress.hand_out("p", 5, 9)
    assert progress.done("p", first)
    assert not progress.done("p", first)
    assert progress.to_commit("p") == 5


def test_a_batch_from_before_a_rebalance_no_longer_counts() -> None:
    progress: Progress[str] = Progress()
    old = progress.hand_out("p", 0, 9)
    progress.clear()
    again = progress.hand_out("p", 0, 9)
    assert not progress.done("p", old), "its partition may have gone to another worker and come back"
    assert progress.to_commit("p") is None
    assert progress.done("p", again)


def test_partitions_do_not_wait_for_each_other() -> None:
    progress: Progress[str] = Progress()
    progress.hand_out("slow", 0, 9)
    progress.done("fast", progress.hand_out("fast", 0, 2))
    assert progress.partitions() == ("fast",)
    assert progress.busy()
    assert progress.next_offsets() == {"slow": 10, "fast": 3}


def test_a_batch_is_on_its_way_until_it_and_all_before_it_are_done() -> None:
    progress: Progress[str] = Progress()
    assert progress.on_their_way("p") == 0
    first, second = progress.hand_out("p", 0, 9), progress.hand_out("p", 10, 19)
    progress.hand_out("q", 0, 9)
    assert progress.on_their_way("p") == 2
    progress.done("p", second)
    assert progress.on_their_way("p") == 2
    progress.done("p", first)
    assert (progress.on_their_way("p"), progress.on_their_way("q")) == (0, 1)


def test_after_a_rebalance_nothing_is_on_its_way() -> None:
    progress: Progress[str] = Progress()
    old = progress.hand_out("p", 0, 9)
    progress.hand_out("p", 10, 19)
    progress.clear()
    assert progress.on_their_way("p") == 0
    progress.hand_out("p", 0, 9)
    progress.done("p", old)
    assert progress.on_their_way("p") == 1, "only what this assignment handed out counts"


def test_offsets_given_out_twice_are_an_error() -> None:
    progress: Progress[str] = Progress()
    progress.hand_out("p", 5, 9)
    with pytest.raises(OffsetsWentBackError):
        progress.hand_out("p", 9, 12)
