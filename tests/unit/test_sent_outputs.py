"""An owner knows what others wrote to compacted topics between its outputs, and so does the next owner."""

from streams.changelog import Changelog
from streams.sent_outputs import Gap, Place, SentOutputs

JOURNEYS = Place("journeys", 3)


def test_outputs_that_follow_one_another_leave_no_gap() -> None:
    sent = SentOutputs()
    sent.acknowledged(JOURNEYS, [(100, 5), (105, 2)])
    sent.acknowledged(JOURNEYS, [(107, 1)])
    sent.seen(JOURNEYS, 108)
    assert sent.gaps() == ()


def test_what_stands_between_or_after_them_is_of_others() -> None:
    sent = SentOutputs()
    sent.acknowledged(JOURNEYS, [(100, 5)])
    sent.acknowledged(JOURNEYS, [(107, 1)])
    sent.seen(JOURNEYS, 110)
    assert sent.gaps() == (Gap(JOURNEYS, 105, 107), Gap(JOURNEYS, 108, 110))
    for gap in sent.gaps():
        sent.filled(gap)
    sent.seen(JOURNEYS, 110)
    assert sent.gaps() == ()


def test_an_end_that_was_asked_for_before_the_last_output_tells_nothing() -> None:
    sent = SentOutputs()
    sent.acknowledged(JOURNEYS, [(100, 5)])
    sent.seen(JOURNEYS, 103)
    assert sent.gaps() == ()


def test_topics_that_are_not_compacted_may_be_written_by_anybody() -> None:
    sent = SentOutputs()
    place = Place("journey.facts", 3)
    sent.acknowledged(place, [(100, 5)])
    sent.acknowledged(place, [(200, 5)])
    assert (sent.places(), sent.gaps()) == ((), ())


def test_the_next_owner_looks_at_what_came_after_the_last_write() -> None:
    sent = SentOutputs()
    sent.acknowledged(JOURNEYS, [(100, 5)])
    sent.acknowledged(JOURNEYS, [(107, 1)])
    following = SentOutputs(sent.note())
    following.acknowledged(JOURNEYS, [(120, 1)])
    assert following.gaps() == (Gap(JOURNEYS, 105, 120),), "also at the gap that nobody had filled"


def test_the_note_stands_in_the_changelog() -> None:
    owner = Changelog()
    (record,) = owner.next_write({b"k": b"1"}, b"a note")
    owner.wrote([record], 1)
    assert owner.note == b"a note"
    assert len(owner.next_write({b"k": b"2", b"l": b"2"})[0].headers) == 1
