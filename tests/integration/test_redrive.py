"""A version that doesn't know everything puts much aside; after the upgrade, all of it is sent again.

Worker and loader run as processes of a broken Leadtrace, then as those of today. In the end the tables hold
what the pure core makes of all facts: as if nothing had ever failed.
"""

import hashlib
import json
import sys
from dataclasses import replace

import facts as f
import pytest
from click.testing import CliRunner, Result
from databases import drop_database
from running import beside, connected, pipeline, publish, settle
from stored import rows_by_table

from attribution.policy import Policy
from attribution.replay import Replay
from cli.main import main
from cli.variables import environment
from schemas.codec import Encoded, encode, record_of
from schemas.dead_letter import LetterRecord
from schemas.topics import CRM, JOURNEYS, LINKS, MAX_RECORD_BYTES, OPPORTUNITIES
from settings import Settings
from sinks.clickhouse import connect, connect_server
from sinks.exact_producer import exact_producer, send_exactly
from sinks.migrations import migrate
from sinks.proof import ContentHash, content_hash
from sinks.rows import COLUMNS
from stack.programs import Program

pytestmark = [pytest.mark.servers, pytest.mark.slow]

# What an earlier version may not know: types of facts, assignments, and the snapshots of leads.
BROKEN = """
import sys
import schemas.codec as codec

right = codec.decode

def decode(topic, value):
    known = right(topic, value)
    unknown = {"form_submitted", "deal_recorded", "identity_assigned", "ad_clicked"}
    if getattr(known, "type", "") in unknown or getattr(known, "is_lead", False):
        raise codec.DecodeError("unknown_type", "type: a type of event that this topic does not hold")
    return known

codec.decode = decode
from cli.main import main
main(sys.argv[1:])
"""
COMPARED = {"events": (), "journeys": ("version",), "opportunities": ("version",), "ad_performance": ()}
LARGE = b"x" * (MAX_RECORD_BYTES - 150)


def all_facts() -> list[Encoded]:
    """People who come by ads, fill in forms, become leads and buy."""
    landing = "https://www.site.example/?utm_source=baidu&utm_medium=cpc&gclid=click-{}"
    records: list[Encoded] = []
    for number in range(12):
        visitor, lead = f"anon:{number}", f"crm:crm:{number}"
        start = number * f.HOUR
        records += f.records(
            f.page(visitor, start, landing.format(number)),
            f.form(visitor, start + f.MINUTE, f"email:{number}"),
            f.click(f"click-{number}", start, keyword="crm", campaign="brand"),
            f.lead(lead, start + f.HOUR, f"email:{number}"),
            f.deal(f"deal:crm:{number}", start + f.DAY, "won", lead),
            f.ad_day("2026-01-02", f"keyword-{number}", number),
        )
    return records


def broken(usual: Program) -> Program:
    """Worker or loader of a version that knows less."""
    return replace(usual, argv=(sys.executable, "-c", BROKEN, usual.argv[-1]))


def run(site: Settings, line: str) -> Result:
    done = CliRunner().invoke(main, line.split(), env=environment(site), prog_name="leadtrace")
    assert done.exit_code == 0, done.output + done.stderr
    return done


def letters(site: Settings, state: str) -> dict[str, int]:
    with connected(connect(site)) as client:
        found = client.query(
            "SELECT topic, count() FROM dead_letter_states WHERE state = {state:String} GROUP BY topic",
            {"state": state},
        )
    return {str(topic): int(number) for topic, number in found.rows}


def hashes(site: Settings) -> dict[str, ContentHash]:
    with connected(connect(site)) as client:
        return {table: content_hash(client, table, without) for table, without in COMPARED.items()}


def never_failed(site: Settings, records: list[Encoded], policy: Policy) -> dict[str, ContentHash]:
    """The hashes of what the pure core makes of the records."""
    replay = Replay(policy)
    replay.feed(records)
    replay.drain(50)
    made = [record_of(link, LINKS.name) for link in replay.links.values()]
    made += [Encoded(JOURNEYS.name, b"", encode(each)) for each in replay.journeys.values()]
    made += [Encoded(OPPORTUNITIES.name, b"", encode(each)) for each in replay.opportunities.values()]
    pure = beside(site, "pure")
    try:
        with connected(connect_server(pure)) as client:
            migrate(client, pure)
            for table, some in rows_by_table([*records, *made]).items():
                client.insert(table, COLUMNS[table], some)
        return hashes(pure)
    finally:
        drop_database(pure)


def send(site: Settings, key: bytes | None, value: bytes | None) -> str:
    """Send a record that is no fact to the topic of the CRM; returns where it stands."""
    producer = exact_producer(site, "test")
    record = LetterRecord(key, value, (("h", b"\xff"), ("h", b"")))
    place = send_exactly(producer, site.topic_prefix + CRM.name, record).get(30)
    producer.close()
    return f"{CRM.name}/{place.partition}/{place.offset}"


def test_after_a_fix_everything_is_as_if_it_had_never_failed(site: Settings, policy: Policy) -> None:
    records = all_facts()
    expected = never_failed(site, records, policy)
    with pipeline(site, broken):
        publish(site, records)
        nonsense, large = send(site, b"k", b"no json"), send(site, b"k", LARGE)
        send(site, None, None)
        settle(site)
        assert {CRM.name, "website.events", "sem.events", "identity.assignments"} <= letters(
            site, "waiting"
        ).keys()
    with pipeline(site):
        settle(site)
        told = json.loads(run(site, "dead-letters redrive --dry-run --json").output)
        assert {each["reason"] for each in told["would_send"]} == {"unknown_type", "json_invalid", "empty"}
        first = json.loads(run(site, "dead-letters redrive --reason unknown_type --json").output)
        assert (first["left"], first["not_stored_yet"]) == ({}, 0)
        assert first["sent"]
        assert first["loaded"]
        settle(site)
        assert letters(site, "waiting") == {CRM.name: 3}
        assert hashes(site) == expected

        assert "Nothing like this waits" in run(site, "dead-letters redrive --reason unknown_type").output
        shown = json.loads(run(site, f"dead-letters {large}").output)
        assert hashlib.sha256(shown["value"].encode()).hexdigest() == shown["sha256"]
        assert shown["length"] == len(LARGE)

        again = run(site, "dead-letters redrive")
        assert "3 sent to their topics" in again.output
        settle(site)
        assert letters(site, "waiting") == {CRM.name: 3}
        with connected(connect(site)) as client:
            found = client.query(
                "SELECT attempts, sent_to, bytes FROM dead_letter_states WHERE reason = 'json_invalid'"
                " ORDER BY failed_at, bytes"
            ).rows
            sent_as = {row[1] for row in found if row[1]}
            assert sorted(row[0] for row in found) == [0, 0, 1, 1]
            assert sorted(row[2] for row in found) == [7, 7, len(LARGE), len(LARGE)]
            headers = client.query(
                "SELECT DISTINCT header_names, header_values FROM dead_letters FINAL"
                " WHERE reason IN ('json_invalid', 'empty')"
            ).rows
            assert headers == ((["h", "h"], [b"\xff", ""]),)
        assert len(sent_as) == 2
        assert not sent_as & {nonsense, large}
        assert (
            "3 left: they were sent again as often" in run(site, "dead-letters redrive --attempts 1").output
        )
        assert hashes(site) == expected
