"""docs/sizing.md has the figures that were measured, for the topics that there are."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from bench.live_loads import visitors
from bench.sizing import paced, spread
from cli.topic_plan import wanted_topics
from schemas.codec import Encoded
from settings import Settings

POINTS = [json.loads(line) for line in Path("docs/sizing.jsonl").read_text("utf-8").splitlines()]


def test_the_page_is_what_was_measured() -> None:
    asked = [sys.executable, "docs/generate_sizing.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_two_sizes_of_a_market_were_measured_with_all_topics_that_there_are() -> None:
    assert len(POINTS) >= 2
    for point in POINTS:
        # Of the way back nothing is measured: a market tells nobody what became of it.
        assert set(point["topics"]) == set(wanted_topics(Settings())) - {"outbox", "contacts"}


def test_facts_of_a_journey_keep_their_order_and_their_distance() -> None:
    records = list(visitors(40, 15))
    sent = spread(records)
    assert sorted(map(id, sent)) == sorted(map(id, records))
    for key in {record.key for record in records}:
        mine = [place for place, record in enumerate(sent) if record.key == key]
        assert [sent[place] for place in mine] == [record for record in records if record.key == key]
        assert min(later - sooner for sooner, later in pairwise(mine)) > 20


def test_records_are_sent_at_the_rate_that_was_asked_for() -> None:
    records = [Encoded("website.events", b"a", b"{}")] * 40
    assert list(paced(records, 10_000)) == records
