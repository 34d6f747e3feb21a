"""Whatever stands in a tracker's event, it becomes facts, nothing, or a sentence about what is wrong."""

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tokens import TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.website import ga4, matomo, sensors, snowplow
from producers.website.facts import Reception

RECEPTION = Reception(TOKENISER, 1_795_300_000_000)
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["1", "0", "1795299000000", "2026-01-01", "https://x.cn/?a=b", "13912345678", "a@b.cn", "\x00"]
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXTS
WORDS = st.sampled_from(["schema", "data", "name", "value", "elements", "email", "userId", "formId"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | TEXTS, inner, max_size=3),
    max_leaves=8,
)


def objects(names: str, values: st.SearchStrategy[Any] = VALUES) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these fields, separated by blanks, and others."""
    return st.dictionaries(st.sampled_from(names.split()) | TEXTS, values, max_size=10)


def understood(translate: Callable[..., Any], *told: Any) -> None:
    with suppress(UnusableError):
        translate(*told)


@given(objects("e eid duid uid nuid url page dtm stm ttm se_ca se_ac se_la ue_pr ue_px co cx"), VALUES)
def test_snowplows(event: dict[str, Any], value: Any) -> None:
    inner = {"schema": "iglu:a/submit_form/jsonschema/1-0-0", "data": value}
    packed = b64encode(json.dumps({"data": inner}).encode()).decode()
    plain = json.dumps({"data": [inner, value]})
    for more in ({}, {"e": "se"}, {"e": "ue", "ue_px": packed}, {"e": "pv", "duid": None, "co": plain}):
        understood(snowplow.fact_of_event, event | more, RECEPTION, 1000)


@given(
    objects("_id uid url ping e_c e_a e_n idgoal link search c_i ca fa_su cdt r", TEXTS),
)
def test_matomos(hit: dict[str, str]) -> None:
    for more in ({}, {"rec": "1"}):
        understood(matomo.fact_of_hit, hit | more, RECEPTION, 1000)


@given(
    objects("type event time _flush_time distinct_id anonymous_id login_id original_id identities"),
    objects("$url $title $referrer $utm_source $latest_utm_source event_duration $is_login_id form_id email"),
    st.sampled_from(["$pageview", "$WebPageLeave", "SubmitForm", "x"]),
)
def test_sensors(event: dict[str, Any], properties: dict[str, Any], name: str) -> None:
    tracked = {"type": "track", "event": name, "properties": properties, "distinct_id": "d"}
    for more in ({}, tracked, tracked | {"type": "profile_set"}, tracked | {"type": "track_signup"}):
        understood(sensors.fact_of_event, event | more, RECEPTION)


@given(
    objects("client_id user_id timestamp_micros user_properties app_instance_id device"),
    objects("page_location engagement_time_msec source medium campaign form_id email transaction_id"),
    st.sampled_from(["page_view", "user_engagement", "generate_lead", "purchase", "x"]),
)
def test_ga4s(sender: dict[str, Any], params: dict[str, Any], name: str) -> None:
    for more in ({}, {"client_id": "c"}):
        understood(ga4.facts_of_event, {"name": name, "params": params}, sender | more, RECEPTION)
        understood(ga4.fact_of_properties, sender | more, RECEPTION)
