"""Records are worked on from the end of a recovery to the next rebalance, and never beyond."""

from streams.generation import OpenGeneration


def open_in(number: int) -> OpenGeneration:
    generation = OpenGeneration()
    generation.sought(number)
    generation.recovered()
    return generation


def test_it_opens_when_positions_are_sought_and_tables_are_whole() -> None:
    generation = OpenGeneration()
    assert not generation.is_open(1)
    generation.recovered()
    assert not generation.is_open(1), "no position is sought yet"
    generation.sought(1)
    assert not generation.is_open(1), "the tables are not whole yet"
    generation.recovered()
    assert (generation.is_open(1), generation.is_open(2)) == (True, False)


def test_a_rebalance_ends_it() -> None:
    generation = open_in(1)
    generation.end(1)
    assert not generation.is_open(1)


def test_a_recovery_that_comes_to_its_end_after_that_does_not_open_it_again() -> None:
    generation = OpenGeneration()
    generation.sought(1)
    generation.end(1)
    generation.sought(1)
    generation.recovered()
    assert not generation.is_open(1)


def test_what_was_dropped_closes_it_until_positions_are_sought_anew() -> None:
    generation = open_in(1)
    generation.close()
    assert not generation.is_open(1)
    generation.forget()
    generation.recovered()
    assert not generation.is_open(1)
    generation.sought(2)
    generation.recovered()
    assert generation.is_open(2)
