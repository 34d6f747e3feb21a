"""How a lead came is a touchpoint where the CRM tells it and nobody saw it, and is credited once."""

from typing import Any

import facts as f
import pytest
from played import people, play
from tokens import TOKENISER

from attribution.policy import Policy
from attribution.told_sources import told_url
from producers.crm.export import CrmOptions
from producers.crm.shipped import shipped_mapping
from producers.crm.told_sources import meaning_of, told_fields
from producers.imports import plan_crm
from schemas.crm import SourceTold
from schemas.envelope import Fact
from schemas.journey import Touchpoint

LEAD = "crm:crm:1"
GOOGLE = {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "Brand"}
SITE = "https://www.site.example/"


def told(at: int, said_at: int = 0, **more: Any) -> SourceTold:
    return SourceTold(**f.given(LEAD, said_at or at, touched_at=f.START + at, **more))


def touches(policy: Policy, *known: Fact) -> tuple[Touchpoint, ...]:
    (journey,) = people(policy, *known).values()
    return journey.touchpoints


def test_tags_in_the_crm_are_a_touchpoint_that_says_who_told_it(policy: Policy) -> None:
    (touch,) = touches(policy, f.lead(LEAD, 0), told(f.HOUR, tags=GOOGLE))
    assert (touch.kind, touch.channel, touch.platform, touch.campaign, touch.at) == (
        "told_by_crm", "paid_search", "google", "Brand", f.START + f.HOUR,
    )  # fmt: skip
    assert touch.landing_url == ""


def test_a_click_id_alone_is_enough_and_is_explained_by_the_platform(policy: Policy) -> None:
    (touch,) = touches(
        policy,
        f.lead(LEAD, 0),
        told(0, tags={"gclid": "g1"}),
        f.click("g1", f.DAY, campaign="c", keyword="k"),
    )
    assert (touch.channel, touch.campaign, touch.keyword) == ("paid_search", "c", "k")


def test_a_landing_page_speaks_by_its_own_tags_and_those_beside_it_fill_in(policy: Policy) -> None:
    page = SITE + "?utm_source=linkedin&utm_medium=paid#top"
    fact = told(0, landing_url=page, tags={"utm_source": "other", "utm_campaign": "abm"})
    assert told_url(fact) == SITE + "?utm_source=linkedin&utm_medium=paid&utm_campaign=abm#top"
    (touch,) = touches(policy, f.lead(LEAD, 0), fact)
    assert (touch.channel, touch.campaign, touch.landing_url) == ("paid_social", "abm", page)


def test_a_bare_page_is_no_touchpoint(policy: Policy) -> None:
    assert touches(policy, f.lead(LEAD, 0), told(0, landing_url=SITE)) == ()


@pytest.mark.parametrize(
    ("seen", "tags"),
    [
        ("?gclid=g1&utm_source=google&utm_campaign=x", {"gclid": "g1"}),
        ("?utm_source=google&utm_medium=cpc&utm_campaign=brand", GOOGLE),
        ("?gclid=g2&utm_campaign=brand", {"utm_source": "google", "utm_medium": "cpc"}),
    ],
)
def test_what_the_website_saw_itself_earns_credit_once(
    policy: Policy, seen: str, tags: dict[str, str]
) -> None:
    visit = f.page("anon:v", 0, SITE + seen)
    known = [visit, f.lead(LEAD, f.HOUR, "anon:v"), told(f.HOUR, tags=tags)]
    assert [touch.kind for touch in touches(policy, *known)] == ["visit"]
    assert [touch.kind for touch in touches(policy, *reversed(known))] == ["visit"]


def test_another_campaign_or_a_visit_long_after_is_another_touchpoint(policy: Policy) -> None:
    lead = f.lead(LEAD, f.HOUR, "anon:v")
    other = f.page("anon:v", 0, SITE + "?utm_source=google&utm_medium=cpc&utm_campaign=generic")
    later = f.page("anon:v", 3 * f.DAY, SITE + "?utm_source=google&utm_medium=cpc&utm_campaign=brand")
    for visit in (other, later):
        assert len(touches(policy, visit, lead, told(f.HOUR, tags=GOOGLE))) == 2


def test_the_newest_word_of_the_crm_counts(policy: Policy) -> None:
    first = told(f.HOUR, tags={"utm_source": "bing", "utm_medium": "cpc"})
    corrected = told(f.HOUR, 5 * f.DAY, tags=GOOGLE)
    for order in ([first, corrected], [corrected, first]):
        (touch,) = touches(policy, f.lead(LEAD, 0), *order)
        assert touch.platform == "google"


def test_first_and_last_are_two_touchpoints_and_one_if_they_say_the_same(policy: Policy) -> None:
    lead, last = f.lead(LEAD, 0), told(f.HOUR, tags=GOOGLE)
    first = told(f.HOUR - 1, which="first", tags={"utm_source": "linkedin", "utm_medium": "social"})
    assert [touch.channel for touch in touches(policy, lead, last, first)] == [
        "organic_social",
        "paid_search",
    ]
    same = told(f.HOUR - 1, which="first", tags=GOOGLE)
    assert len(touches(policy, lead, last, same)) == 1


def test_a_lead_whose_source_is_told_afterwards_is_no_visitor_again(policy: Policy) -> None:
    (journey,) = people(policy, f.form("anon:v", 0, "email:a"), f.lead(LEAD, f.DAY, "email:a"),
                        told(f.DAY, tags=GOOGLE)).values()  # fmt: skip
    assert [entry.stage.value for entry in journey.stages] == ["lead"]


def test_a_deleted_lead_takes_its_source_with_it(policy: Policy) -> None:
    assert play(policy, f.lead(LEAD, 0), told(0, tags=GOOGLE), f.deleted(LEAD, f.DAY)).living() == {}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("UTM Source", ("utm_source", "")),
        ("utm_campaign__c", ("utm_campaign", "")),
        ("properties.utm_medium.value", ("utm_medium", "")),
        ("First UTM Source", ("utm_source", "first")),
        ("utm_source_first", ("utm_source", "first")),
        ("Last Touch UTM Campaign", ("utm_campaign", "last")),
        ("Latest UTM Medium", ("utm_medium", "last")),
        ("Original UTM Source", ("utm_source", "first")),
        ("Google Click ID", ("gclid", "")),
        ("GCLID__c", ("gclid", "")),
        ("Landing Page URL", ("landing_url", "")),
        ("First Page Seen", ("landing_url", "")),
        ("落地页", ("landing_url", "")),
        ("Source", ("", "")),
        ("Medium", ("", "")),
        ("First Name", ("", "")),
        ("Campaign", ("", "")),
    ],
)
def test_columns_are_known_by_their_names(name: str, meant: tuple[str, str]) -> None:
    assert meaning_of(name) == meant


def test_who_recommended_us_and_the_title_of_a_page_are_no_addresses() -> None:
    assert told_fields({"Referrer": "Somebody Else", "Landing Page": "Request a demo"}, TOKENISER) == {}


def test_addresses_of_people_in_a_landing_page_are_replaced() -> None:
    page = told_fields({"Landing Page": SITE + "?utm_source=a&email=wang@acme.cn"}, TOKENISER)[""].landing_url
    assert "wang" not in page


@pytest.mark.parametrize(
    ("row", "tags"),
    [
        (
            {"Original Source": "Paid Search", "Original Source Drill-Down 1": "brand",
             "Original Source Drill-Down 2": "etl tool"},
            {"utm_medium": "cpc", "utm_campaign": "brand", "utm_term": "etl tool"},
        ),
        (
            {"hs_analytics_source": "PAID_SOCIAL", "hs_analytics_source_data_1": "LinkedIn",
             "hs_analytics_source_data_2": "abm"},
            {"utm_medium": "paid_social", "utm_source": "LinkedIn", "utm_campaign": "abm"},
        ),
        ({"Original Source": "Offline Sources", "Original Source Drill-Down 1": "IMPORT"}, {}),
        (
            {"platform": "ig", "campaign_name": "Q4", "adset_name": "Set", "is_organic": "true"},
            {"utm_source": "instagram", "utm_medium": "social", "utm_campaign": "Q4", "adset_name": "Set"},
        ),
        ({"platform": "Windows", "campaign_name": "Q4", "adset_name": "Set"}, {}),
    ],
)  # fmt: skip
def test_layouts_that_tell_by_several_columns(row: dict[str, str], tags: dict[str, str]) -> None:
    found = told_fields(row, TOKENISER)
    assert (found[""].tags if found else {}) == tags


def imported(mapping: str, *lines: str) -> tuple[list[SourceTold], tuple[str, ...]]:
    text = mapping if "\n" in mapping else shipped_mapping(mapping)
    plan = plan_crm("\n".join(lines).encode(), "crm.csv", text, CrmOptions(received_at=f.START), TOKENISER)
    assert not plan.rejects
    return [fact for fact in plan.facts if isinstance(fact, SourceTold)], plan.understood


def test_an_export_with_such_columns_tells_the_source_at_the_creation_and_the_dry_run_says_so() -> None:
    (fact,), understood = imported(
        "generic", "Lead ID,Created At,Updated At,UTM Source,GCLID",
        "A,2025-03-01 10:00,2025-04-01 10:00,google,abc",
    )  # fmt: skip
    assert (fact.subject, fact.tags) == ("crm:crm:A", {"utm_source": "google", "gclid": "abc"})
    assert fact.touched_at == 1_740_794_400_000
    assert fact.occurred_at > fact.touched_at
    assert "how a lead came: columns “UTM Source”, “GCLID”" in understood


def test_a_mapping_may_name_the_columns_and_what_all_rows_have_in_common() -> None:
    mapping = (
        'system="c"\nobject="lead"\n[lead]\nid="ID"\ncreated_at="At"\ntouched_at="Seen"\n'
        '[lead.touch]\nutm_campaign="Kampagne"\n[lead.touch_always]\nutm_source="linkedin"\nutm_medium="paid"\n'
        '[lead.values.utm_campaign]\n"x1"="abm"\n'
    )
    (fact,), _ = imported(mapping, "ID,At,Seen,Kampagne", "1,2025-03-05,2025-03-01,x1")
    assert fact.tags == {"utm_campaign": "abm", "utm_source": "linkedin", "utm_medium": "paid"}
    assert fact.touched_at < fact.occurred_at
