"""Every click id that ad platforms append, and what it says of the visit."""

from pathlib import Path

import pytest

from attribution.click_id import find_clicks
from attribution.origin import origin_of
from attribution.policy import parse_policy

POLICY = parse_policy(Path("attribution/policies/default.toml").read_text(encoding="utf-8"))

PAID = [
    ("gclid", "google_ads", "google", "paid_search"),
    ("gbraid", "google_ads", "google", "paid_search"),
    ("wbraid", "google_ads", "google", "paid_search"),
    ("msclkid", "microsoft_ads", "microsoft", "paid_search"),
    ("bd_vid", "baidu", "baidu", "paid_search"),
    ("qhclickid", "360", "360", "paid_search"),
    ("sg_vid", "sogou", "sogou", "paid_search"),
    ("uctrackid", "shenma", "shenma", "paid_search"),
    ("yclid", "yandex_direct", "yandex", "paid_search"),
    ("dclid", "campaign_manager", "google", "display"),
    ("qz_gdt", "tencent_ads", "tencent", "paid_social"),
    ("gdt_vid", "tencent_ads", "tencent", "paid_social"),
    ("clue_token", "oceanengine", "oceanengine", "paid_social"),
    ("ttclid", "tiktok", "tiktok", "paid_video"),
    ("twclid", "x_ads", "x", "paid_social"),
    ("li_fat_id", "linkedin_ads", "linkedin", "paid_social"),
    ("rdt_cid", "reddit_ads", "reddit", "paid_social"),
    ("epik", "pinterest_ads", "pinterest", "paid_social"),
    ("ScCid", "snapchat_ads", "snapchat", "paid_social"),
    ("qclid", "quora_ads", "quora", "paid_social"),
    ("irclickid", "impact", "impact", "paid_other"),
    ("irclid", "impact", "impact", "paid_other"),
    ("dicbo", "outbrain", "outbrain", "display"),
    ("tblci", "taboola", "taboola", "display"),
]
UNPAID = [
    ("fbclid", "meta", "meta", "organic_social"),
    ("igshid", "instagram", "meta", "organic_social"),
    ("igsh", "instagram", "meta", "organic_social"),
    ("srsltid", "google_listings", "google", "organic_search"),
    ("mc_cid", "mailchimp", "mailchimp", "email"),
    ("mc_eid", "mailchimp", "mailchimp", "email"),
    ("_kx", "klaviyo", "klaviyo", "email"),
    ("mkt_tok", "marketo", "marketo", "email"),
    ("_hsenc", "hubspot_email", "hubspot", "email"),
    ("_hsmi", "hubspot_email", "hubspot", "email"),
]


@pytest.mark.parametrize(("parameter", "network", "platform", "channel"), PAID + UNPAID)
def test_a_click_id_alone_names_network_platform_and_channel(
    parameter: str, network: str, platform: str, channel: str
):
    origin = origin_of(f"https://a.cn/?{parameter}=Ab-9_Z", "", POLICY)
    assert origin.click_ids == ((parameter.lower(), "Ab-9_Z"),)
    assert (origin.click_network, origin.platform, origin.channel) == (network, platform, channel)
    assert origin.paid is ((parameter, network, platform, channel) in PAID)
    assert origin.rule.endswith(f":{parameter.lower()}")


def test_every_click_id_of_the_policy_is_tested():
    confirmed = {"sourceid", "clickid", "cb", "mark_id", "track_id", "click_id"}
    assert {name.lower() for name, *_ in PAID + UNPAID} | confirmed == set(POLICY.click_ids)


@pytest.mark.parametrize(
    ("parameter", "confirmation", "network"),
    [
        ("sourceid", "qh_keywordid=5", "360"),
        ("clickid", "adid=5&creativeid=6", "oceanengine"),
        ("clickid", "utm_source=toutiao", "oceanengine"),
        ("cb", "utm_source=zhihu", "zhihu"),
        ("mark_id", "utm_source=weibo", "weibo"),
        ("track_id", "utm_source=bilibili", "bilibili"),
        ("click_id", "utm_source=xiaohongshu", "xiaohongshu"),
    ],
)
def test_a_common_name_is_a_click_id_only_if_something_confirms_it(
    parameter: str, confirmation: str, network: str
):
    bare = origin_of(f"https://a.cn/?{parameter}=77", "", POLICY)
    assert (bare.channel, bare.click_ids) == ("direct", ())
    confirmed = origin_of(f"https://a.cn/?{parameter}=77&{confirmation}", "", POLICY)
    assert (parameter, "77") in confirmed.click_ids
    assert confirmed.click_network == network
    assert confirmed.paid


def test_the_referrer_confirms_too():
    assert origin_of("https://a.cn/?cb=77", "https://www.zhihu.com/", POLICY).click_network == "zhihu"


def test_all_click_ids_are_kept_and_the_highest_priority_names_the_network():
    url = "https://a.cn/?fbclid=F&mc_cid=M&gbraid=B&gclid=G&bd_vid=V"
    origin = origin_of(url, "", POLICY)
    assert origin.click_ids == (
        ("gclid", "G"),
        ("gbraid", "B"),
        ("bd_vid", "V"),
        ("fbclid", "F"),
        ("mc_cid", "M"),
    )
    assert origin.click_network == "google_ads"


def test_ids_keep_case_and_plus_signs():
    clicks = find_clicks({"gclid": "aB+c%2Fd%3D%3D"}, frozenset(), POLICY)
    assert clicks.ids == (("gclid", "aB+c/d=="),)


@pytest.mark.parametrize(
    ("raw", "issue"),
    [
        ("__CLICKID__", "unexpanded_macro:gclid"),
        ("%7Bgclid%7D", "unexpanded_macro:gclid"),
        ("%FF%FE", "undecodable:gclid"),
        ("x" * 600, "too_long:gclid"),
    ],
)
def test_a_broken_id_is_no_id_and_is_reported(raw: str, issue: str):
    clicks = find_clicks({"gclid": raw}, frozenset(), POLICY)
    assert (clicks.ids, clicks.paid, clicks.issues) == ((), False, (issue,))


@pytest.mark.parametrize("raw", ["", "null", "undefined", "%20"])
def test_an_empty_id_is_no_id(raw: str):
    assert origin_of(f"https://a.cn/?gclid={raw}", "", POLICY).channel == "direct"


def test_fbclid_does_not_make_a_visit_paid_and_gives_way_to_the_referrer():
    origin = origin_of("https://a.cn/?fbclid=F", "https://www.google.com/", POLICY)
    assert (origin.source, origin.channel, origin.paid) == ("google", "organic_search", False)
    assert origin.click_ids == (("fbclid", "F"),)
    paid = origin_of("https://a.cn/?utm_source=facebook&utm_medium=paid&fbclid=F", "", POLICY)
    assert (paid.channel, paid.paid) == ("paid_social", True)


@pytest.mark.parametrize(
    ("query", "platform", "channel"),
    [
        ("e_keywordid=0&e_creative=24659987438", "baidu", "paid_search"),
        ("e_creative=24659987438&e_adposition=cl1", "baidu", "paid_search"),
        ("qh_keywordid=1&qh_planid=2", "360", "paid_search"),
        ("gad_source=1&gad_campaignid=22", "google", "paid_search"),
        ("gclsrc=aw.ds", "google", "paid_search"),
        ("hsa_cam=1&hsa_grp=2&hsa_net=linkedin", "linkedin", "paid_social"),
        ("source=360&plan=a&unit=b", "360", "paid_search"),
        ("weixinadinfo=1.2.3", "tencent", "paid_social"),
    ],
)
def test_ad_parameters_alone_show_a_paid_click(query: str, platform: str, channel: str):
    origin = origin_of(f"https://a.cn/?{query}", "", POLICY)
    assert (origin.platform, origin.channel, origin.paid) == (platform, channel, True)


def test_a_plan_without_a_unit_is_a_price_plan():
    assert origin_of("https://a.cn/pricing?plan=enterprise", "", POLICY).channel == "direct"
