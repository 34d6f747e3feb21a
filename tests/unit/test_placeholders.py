"""Placeholders that nobody filled are told from names that people give."""

import pytest

from attribution.origin import origin_of
from attribution.placeholders import is_macro
from attribution.policy import Policy


@pytest.mark.parametrize(
    "value",
    [
        # Ad platforms
        "{keyword}", "{keyword:default}", "{KeyWord: cloud drive}", "{lpurl+2}", "{_campaign}",
        "{ifmobile:m}", "{关键词}",
        "{{campaign.name}}", "{{CAMPAIGN_NAME}}", "__CLICKID__", "__CAMPAIGN_NAME__", "search-__KEYWORD__",
        "[KEYWORD]",
        "[CREATIVE_ID]", "%%KEYWORD%%", "%%TTD_CAMPAIGNID%%", "${advertisement}", "${keyword}",
        "brand-{network}",
        "%ebuy!", "%pSITE=!;",
        # Mail systems
        "*|CAMPAIGN_UID|*", "*|FNAME|*", "{{contact.firstname}}", "{{ content.name }}", "{{lead.First Name}}",
        "{{company.Name:default=there}}", "{{my.utm-campaign}}", "%%first_name%%", "%%=v(@campaign)=%%",
        "{{${first_name}}}",
        '{{ person.first_name|default:"there" }}', "{% if x %}", "<span class=eloquaemail>FirstName</span>",
        "~~eloqua..type--emailfield..syntax--C_City~~", "%name%", "%FIRST_NAME%", "{$customer_name}",
        "{!firstname_fix}",
        "[firstname,fallback=there]", "[fullname]", "[email]", "[[firstname]]", "[%name%]", "$[FNAME]$",
        "$First Name$",
        "@FIRSTNAME@", "~Contact.FirstName~", "##name##", "##邮件名称##", "#Email#", "{LB_CAMPAIGN}",
        "{lbcampaign}", "{campaign",
        # Templates and programs
        "#{campaign}", "<%= campaign %>", "<campaign>", "$utm_campaign", "$campaign_name", "$keyword", "{0}",
        "%s", "nov_%s", "%1$s",
        "%(campaign)s",
    ],
)  # fmt: skip
def test_placeholders_are_recognised(value: str):
    assert is_macro(value)


@pytest.mark.parametrize(
    "value",
    [
        "[品牌]-词", "{}", '{"a":1}', "a__b__c", "__init__", "(brand)", "100%", "[brand]", "[data catalog]",
        "[DE] Brand",
        "[Email] November", "#双十一#", "#abm", "$100", "100$ off $200", "50%s", "50% off 20%", "a*b|c",
        "R&D", "C#", "@acme", "$A00", "$aver", "$tartup",
        "~50~", "<50k", "a < b > c", "1_2__3", "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "crm~erp",
    ],
)  # fmt: skip
def test_names_that_people_give_are_no_placeholders(value: str):
    assert not is_macro(value)


@pytest.mark.parametrize(
    "nothing",
    [
        "null", "undefined", "None", "NaN", "(not set)", "(none)", "%28not%20set%29", "null/null",
        "undefined,undefined",
        "%5Bobject+Object%5D", "{}", "-", "%s", "%name%", "%25name%25", "%7B%7Bcampaign.name%7D%7D",
        "%257Bkeyword%257D", "__X__",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "parameter",
    [
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "hmsr",
        "gclid",
        "fbclid",
        "bd_vid",
        "gad_source",
        "e_keywordid",
    ],
)
def test_what_says_nothing_counts_nowhere(policy: Policy, parameter: str, nothing: str):
    origin = origin_of(f"https://a.cn/?{parameter}={nothing}", "", policy)
    assert (origin.channel, origin.source, origin.medium, origin.campaign) == ("direct", "", "", "")
    assert (origin.paid, origin.click_ids) == (False, ())


def test_a_placeholder_that_looks_like_an_escape_is_none(policy: Policy):
    """%ca and %da are escapes, and %campaign% is what a mail system should have filled."""
    for raw in ("%campaign%", "%date%", "%ad_id%"):
        origin = origin_of(f"https://a.cn/?utm_medium=email&utm_campaign={raw}", "", policy)
        assert (origin.campaign, origin.issues) == ("", ("unexpanded_macro:utm_campaign",))
