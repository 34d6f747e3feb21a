"""Trackers' own SDKs, as they are published, send to our collector: `make contract`.

Each is run twice: with a collector that answers, and with one that has stored what came first, and says 503.
Both times each event is a fact.
"""

import asyncio
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest
from browser.chromium import find
from contract.sending import EMAIL, QUERY, Outcome, Sdk, people_in, sending, types_of
from tokens import TOKENISER

ONE_OF_EACH = {"page_viewed": 1, "form_submitted": 1, "visitor_identified": 1, "custom_tracked": 1}
# Of trackers that say who somebody is beside any event.
THREE = {"page_viewed": 1, "form_submitted": 1, "custom_tracked": 1}
LEFT = {"page_engaged": 1}

SDKS = (
    Sdk("segment-analytics-python", "python", "segment_server.py", "segment", 4, ONE_OF_EACH),
    Sdk("@segment/analytics-node", "node", "segment_node.js", "segment", 4, ONE_OF_EACH),
    Sdk("@segment/analytics-next", "browser", "segment_browser.html", "segment", 4, ONE_OF_EACH),
    Sdk("rudder-sdk-python", "python", "rudderstack_server.py", "rudderstack", 4, ONE_OF_EACH),
    Sdk("@rudderstack/rudder-sdk-node", "node", "rudderstack_node.js", "rudderstack", 4, ONE_OF_EACH),
    Sdk("@rudderstack/analytics-js", "browser", "rudderstack_browser.html", "rudderstack", 4, ONE_OF_EACH),
    Sdk("@rudderstack/analytics-js", "browser", "rudderstack_beacon.html", "rudderstack", 5,
        ONE_OF_EACH, again=False, by_leaving=LEFT, way="by beacons"),
    Sdk("@jitsu/js", "node", "jitsu_node.js", "jitsu", 4, ONE_OF_EACH, again=False),
    Sdk("@jitsu/js", "browser", "jitsu_browser.html", "jitsu", 4, ONE_OF_EACH, again=False),
    Sdk("posthog", "python", "posthog_server.py", "posthog", 4, ONE_OF_EACH),
    Sdk("posthog-node", "node", "posthog_node.js", "posthog", 4, ONE_OF_EACH),
    Sdk("posthog-js", "browser", "posthog_browser.html", "posthog", 5, ONE_OF_EACH, by_leaving=LEFT),
    Sdk("snowplow-tracker", "python", "snowplow_server.py", "snowplow", 3, THREE),
    Sdk("@snowplow/node-tracker", "node", "snowplow_node.js", "snowplow", 3, THREE),
    Sdk("@snowplow/browser-tracker", "browser", "snowplow_browser.html", "snowplow", 5,
        THREE | {"custom_tracked": 2, "page_engaged": 1}),
    Sdk("matomo-tracker", "node", "matomo_node.js", "matomo", 4, THREE | {"page_engaged": 1}, again=False),
    Sdk("SensorsAnalyticsSDK", "python", "sensors_server.py", "sensors", 5,
        ONE_OF_EACH | {"visitor_identified": 2}),
    # Beside these, it sends the profile of a first visit and the scroll map's time, which say nothing new.
    Sdk("sa-sdk-javascript", "browser", "sensors_image.html", "sensors", 6,
        ONE_OF_EACH | {"visitor_identified": 2}, again=False, by_leaving=LEFT),
    # What happens as the page is left, it keeps for the next one.
    Sdk("sa-sdk-javascript", "browser", "sensors_batch.html", "sensors", 5,
        ONE_OF_EACH | {"visitor_identified": 2}, way="in batches"),
)  # fmt: skip

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(
        "SDKS" not in os.environ, reason="it needs SDKs from npm and pip: run it by `make contract`"
    ),
]


def run(sdk: Sdk, unsure: int = 0) -> tuple[str, Outcome]:
    """Run an SDK, or skip with what is missing; return its version and what came of it."""
    folder = Path(os.environ["SDKS"]).absolute()
    version = sdk.version(folder)
    if version is None:
        pytest.skip(f"{sdk.package} is not installed in {folder}")
    chromium = find() if sdk.runs_in == "browser" else None
    if sdk.runs_in == "browser" and chromium is None:
        pytest.skip("there is no Chromium here: install Debian's package chromium")
    if sdk.runs_in == "node" and shutil.which("node") is None:
        pytest.skip("there is no Node.js here: install Debian's package nodejs")
    return version, asyncio.run(sending(sdk, folder, chromium, unsure))


def named(sdk: Sdk) -> str:
    return f"{sdk.package} in {sdk.runs_in} {sdk.way}".rstrip()


@pytest.mark.parametrize("sdk", SDKS, ids=named)
def test_each_event_is_a_fact_of_one_visitor_and_none_comes_twice(sdk: Sdk) -> None:
    version, outcome = run(sdk)
    _, again = run(sdk, unsure=1)
    for told in (outcome, again):
        assert types_of(told) == Counter(sdk.facts) + Counter(sdk.by_leaving), told.complaints
        assert {fact.source for fact in told.facts} == {sdk.source}
        assert len(people_in(told)) == 1
        assert TOKENISER.email(EMAIL) in people_in(told)[0]
        page = next(fact for fact in told.facts if fact.type == "page_viewed")
        assert unquote(QUERY) in unquote(page.url)  # some SDKs send it readable
        assert next(fact.form for fact in told.facts if fact.type == "form_submitted") == "trial"
        assert not [each for each in told.complaints if "CORS" in each or "blocked" in each]
    assert outcome.records == len(outcome.facts)
    assert (again.records > len(again.facts)) is sdk.again
    if report := os.environ.get("SDK_REPORT"):
        line = {
            "package": sdk.package, "version": version, "runs_in": sdk.runs_in, "way": sdk.way,
            "source": sdk.source, "sent": sdk.sent, "facts": len(outcome.facts), "types": types_of(outcome),
            "sent_again": again.records - len(again.facts), "facts_again": len(again.facts),
        }  # fmt: skip
        with Path(report).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
