"""What the pages of corrections and dead letters look up, as ClickHouse stores it."""

import pytest
from snapshots import journey, put

from cockpit.access.corrections import looking_up
from cockpit.access.letters import all_letters, one_letter
from producers.corrections import Correction, Kind, fact_of
from sinks.clickhouse import ClickHouse
from sinks.rows import COLUMNS, event_row

pytestmark = [pytest.mark.servers, pytest.mark.answers]


def test_who_is_meant_is_shown_with_what_was_said_before(client: ClickHouse) -> None:
    put(client, journey("crm:s:1", identifiers=("crm:s:1", "anon:a", "email:" + "5f" * 32)))
    said = fact_of(Correction(Kind.SPLIT, "anon:a", "anon:b", "a desk", by="adam"), 1_790_000_000_000)
    client.insert("events", COLUMNS["events"], [event_row(said, 1)])
    found = looking_up("anon:a")(client)
    assert (found.person, found.beside) == ("crm:s:1", ("crm:s:1", "email:5f5f5f5f…"))
    assert found.said == (("split", "anon:a", "anon:b", "adam: a desk"),)
    nobody = looking_up("anon:nobody")(client)
    assert (nobody.person, nobody.beside, nobody.said) == ("", (), ())


def test_letters_are_counted_listed_and_read(client: ClickHouse) -> None:
    letter = ("crm.events", 2, 17, "schema_invalid", "stage: too long", b"\xff", b"\xfe{", {})
    letter += ([], [], [], 2, "", 1, 2, "1.0")
    client.insert("dead_letters", COLUMNS["dead_letters"], [letter])
    counts, newest = all_letters(client)
    assert [(row["topic"], row["reason"], row["waiting"]) for row in counts] == [
        ("crm.events", "schema_invalid", 1)
    ]
    assert [(row["partition"], row["offset"], row["state"]) for row in newest] == [(2, 17, "waiting")]
    found = one_letter("crm.events", 2, 17, client)
    assert found is not None
    assert found["error"] == "stage: too long"
    assert {"key", "value", "headers"} <= found.keys(), "which the page shows by themselves"
    assert one_letter("crm.events", 2, 18, client) is None
