"""Texts that somebody made up to keep us busy: whatever stands in a field is read in next to no time."""

import time
from contextlib import suppress
from typing import Any

import pytest
from tokens import TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import known_from
from producers.privacy.own_fields import own_contact
from producers.privacy.phones import numbers_in
from producers.website.facts import Reception
from producers.website.native import fact_of_event

LENGTH = 30_000
PATIENCE = 1.0  # seconds of CPU time; what is bounded takes a few hundredths, what isn't takes minutes
RECEPTION = Reception(TOKENISER, 1_795_299_200_000)


@pytest.mark.parametrize(
    "name", ["phone" + "你的" * 27 + "q", "maila" + "你的a" * 17 + "q", "mobil你的" * 9 + "q"]
)
def test_a_name_that_can_be_cut_into_words_in_many_ways_is_looked_at_once(name: str) -> None:
    began = time.thread_time()
    assert own_contact(name) is None
    assert time.thread_time() - began < PATIENCE


PIECES = {
    "labels that end in a dot of either kind": "a@" + "1。1．" * 40,
    "escaped dots before an at sign": "%2E",
    "escaped letters before an at sign": "%E4%BD",
    "at signs of both widths": "＠a",
    "names of parameters like ids": "_campaign",
    "numbers": "13812345678,",
    "numbers from abroad": "+86 138 1234 5678 ",
    "parameters with numbers": "&tel=13812345678",
    "addresses": "a@b.cc ",
    "accents in the wrong order": "\u0323\u0300",
    "letters that unfold": "ﷺ",
    "brackets": "((((1",
}


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
@pytest.mark.parametrize("place", ["url", "title", "name", "email", "phone", "attributes"])
def test_a_field_full_of_what_takes_time_takes_none(place: str, piece: str) -> None:
    text = (piece * LENGTH)[: LENGTH // len(piece.encode()) * len(piece)] + "@-="
    event: dict[str, Any] = {"type": "custom_tracked", "anonymous_id": "a", "name": "x", place: text}
    if place == "attributes":
        event |= {"attributes": {"company": text, text: "x", f"phone {text}": text}}
    began = time.thread_time()
    with suppress(UnusableError):  # refused at once is as good
        fact_of_event(event, RECEPTION)
    assert time.thread_time() - began < PATIENCE


def test_a_form_of_nothing_but_telephones_is_read_as_far_as_forms_go() -> None:
    began = time.thread_time()
    numbers = dict.fromkeys(("phone", "tel", "mobile"), "13812345678 13912345678")
    numbers |= {f"your phone {'please ' * each}": "12," * 100 for each in range(20)}
    assert len(known_from((numbers,), TOKENISER).identifiers) == 2
    assert time.thread_time() - began < PATIENCE


def test_a_cell_holds_as_many_numbers_as_people_have() -> None:
    assert len(numbers_in(" ".join(f"1381234{each:04}" for each in range(30)), "CN")) == 8


def test_every_address_and_number_of_a_long_text_is_replaced() -> None:
    text = " ".join(f"person{each}@acme.cn 1381234{each:04} +8613912{each:06}" for each in range(100))
    scrubbed = TOKENISER.scrub(text)
    assert (scrubbed.count("email:"), scrubbed.count("phone:")) == (100, 200)
    assert not any(canary in scrubbed for canary in ("person", "acme", "1381234", "13912"))


@pytest.mark.parametrize("before", range(480, 920, 13))
def test_an_address_at_the_place_where_a_text_is_cut_does_not_show(before: int) -> None:
    title = (
        "canary.person@acme.cn " * (before // 22)
        + "x" * (before % 22)
        + " canary.person@acme.cn"
        + "y" * 2000
    )
    fact = fact_of_event({"type": "page_viewed", "anonymous_id": "a", "title": title}, RECEPTION)
    assert "canary" not in str(fact)
