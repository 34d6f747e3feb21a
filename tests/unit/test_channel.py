"""The channel table: GA4's default groups row by row, and what is added to them."""

from pathlib import Path

import pytest

from attribution.channel import Signals, channel_of, describe_source, is_paid_medium
from attribution.origin import origin_of
from attribution.policy import parse_policy

POLICY = parse_policy(Path("attribution/policies/default.toml").read_text(encoding="utf-8"))


def _tagged(source: str, medium: str, campaign: str) -> str:
    query = f"utm_source={source}&utm_medium={medium}&utm_campaign={campaign}"
    return origin_of(f"https://a.cn/?{query}", "", POLICY).channel


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel"),
    [
        ("(direct)", "(none)", "", "direct"),
        ("(direct)", "(not set)", "", "direct"),
        ("", "", "", "direct"),
        ("google", "cpc", "pmax Cross-Network 1", "cross_network"),
        ("amazon", "cpc", "", "paid_shopping"),
        ("google", "cpc", "summer-shopping", "paid_shopping"),
        ("google", "ppc", "shop-deals", "paid_shopping"),
        ("baidu", "cpc", "", "paid_search"),
        ("google", "CPC", "", "paid_search"),
        ("bing", "ppc", "", "paid_search"),
        ("yahoo", "paid-search", "", "paid_search"),
        ("sogou", "retargeting", "", "paid_search"),
        ("google", "cpm", "", "paid_search"),
        ("google", "cpc", "eshop sale", "paid_shopping"),
        ("google", "cpc", "workshop", "paid_search"),
        ("facebook", "paid_social", "", "paid_social"),
        ("linkedin", "cpc", "", "paid_social"),
        ("zhihu", "cpc", "", "paid_social"),
        ("youtube", "cpv-cpc", "", "paid_video"),
        ("bilibili", "cpc", "", "paid_video"),
        ("somewhere", "display", "", "display"),
        ("somewhere", "banner", "", "display"),
        ("somewhere", "interstitial", "", "display"),
        ("somewhere", "expandable", "", "display"),
        ("somewhere", "cpm", "", "display"),
        ("somewhere", "cpc", "", "paid_other"),
        ("taobao", "", "", "organic_shopping"),
        ("somewhere", "", "spring shopping", "organic_shopping"),
        ("wechat", "article", "", "organic_social"),
        ("somewhere", "social", "", "organic_social"),
        ("somewhere", "sm", "", "organic_social"),
        ("somewhere", "social network", "", "organic_social"),
        ("youtube", "", "", "organic_video"),
        ("somewhere", "in-video", "", "organic_video"),
        ("baidu", "", "", "organic_search"),
        ("somewhere", "organic", "", "organic_search"),
        ("partner.com", "referral", "", "referral"),
        ("somewhere", "app", "", "referral"),
        ("somewhere", "link", "", "referral"),
        ("email", "", "", "email"),
        ("somewhere", "e-mail", "", "email"),
        ("email", "referral", "", "email"),
        ("somewhere", "noemail", "", "unassigned"),
        ("somewhere", "affiliate", "", "affiliates"),
        ("somewhere", "audio", "", "audio"),
        ("sms", "", "", "sms"),
        ("somewhere", "sms", "", "sms"),
        ("somewhere", "webpush", "", "mobile_push"),
        ("somewhere", "mobile-app", "", "mobile_push"),
        ("firebase", "x", "", "mobile_push"),
        ("chatgpt.com", "", "", "ai_assistant"),
        ("chatgpt.com", "referral", "", "ai_assistant"),
        ("somewhere", "ai-assistant", "", "ai_assistant"),
        ("somewhere", "leaflet", "", "unassigned"),
    ],
)
def test_the_default_channel_groups(source: str, medium: str, campaign: str, channel: str):
    assert _tagged(source, medium, campaign) == channel


@pytest.mark.parametrize(
    ("source", "medium", "channel", "platform"),
    [
        ("百度", "竞价", "paid_search", "baidu"),
        ("bdcl-WD", "cpc", "paid_search", "baidu"),
        ("baidu_pc_01", "sem", "paid_search", "baidu"),
        ("baidusem", "cpc", "paid_search", "baidu"),
        ("360搜索", "cpc", "paid_search", "360"),
        ("so.com", "cpc", "paid_search", "360"),
        ("www.baidu.com", "cpc", "paid_search", "baidu"),
        ("sm.cn", "cpc", "paid_search", "shenma"),
        ("toutiao", "信息流", "paid_social", "oceanengine"),
        ("公众号", "article", "organic_social", "tencent"),
        ("mp.weixin.qq.com", "", "organic_social", "tencent"),
        ("csdn", "", "organic_social", ""),
        ("豆包", "", "ai_assistant", ""),
        ("kimi", "", "ai_assistant", ""),
        ("bing", "cpc", "paid_search", "microsoft"),
    ],
)
def test_chinese_sources_and_spellings(source: str, medium: str, channel: str, platform: str):
    origin = origin_of(f"https://a.cn/?utm_source={source}&utm_medium={medium}", "", POLICY)
    assert (origin.channel, origin.platform) == (channel, platform)


@pytest.mark.parametrize(
    ("query", "channel", "rule"),
    [
        ("gclid=1&network=g", "paid_search", "paid_search:gclid"),
        ("gclid=1&network=d", "display", "display_network:gclid"),
        ("gclid=1&network=ytv", "paid_video", "video_network:gclid"),
        ("gclid=1&network=x", "cross_network", "cross_network:gclid"),
        ("bd_vid=1&mediatype=2", "display", "display_network:bd_vid"),
        ("utm_source=partner&network=d", "unassigned", "unassigned:utm_source"),
    ],
)
def test_the_ads_own_network_parameter_beats_the_guess_by_source(query: str, channel: str, rule: str):
    origin = origin_of(f"https://a.cn/?{query}", "", POLICY)
    assert (origin.channel, origin.rule) == (channel, rule)


def test_the_first_rule_that_matches_wins():
    signals = Signals(source="shop", medium="email", campaign="shopping", category="social", paid=True)
    assert channel_of(signals, POLICY) == ("paid_shopping", "paid_shopping")
    rules = [rule for rule in POLICY.channels.rules if rule.id != "paid_shopping"]
    channels = POLICY.channels.model_copy(update={"rules": tuple(rules)})
    assert channel_of(signals, POLICY.model_copy(update={"channels": channels}))[0] == "paid_social"


def test_paid_mediums():
    paid = ("cpc", "CPC", "oCPC", "cpm", "ppc", "retargeting", "paid", "paid-social", "sem", "信息流")
    free = ("", "organic", "unpaid", "email", "referral", "semi", "ppcx")
    assert all(is_paid_medium(medium, POLICY) for medium in paid)
    assert not any(is_paid_medium(medium, POLICY) for medium in free)


@pytest.mark.parametrize(
    ("source", "medium", "channel"),
    [
        ("xing", "", "organic_social"),
        ("xing.com", "", "organic_social"),
        ("digg", "", "organic_social"),
        ("ravelry", "cpc", "paid_social"),
        ("crackle", "", "organic_video"),
        ("walmart.com", "", "organic_shopping"),
        ("startsiden", "", "organic_search"),
        ("go.mail.ru", "", "organic_search"),
        ("mail.yandex.ru", "", "email"),
        ("com.linkedin.android", "", "organic_social"),
        ("duck.ai", "", "ai_assistant"),
        # Names of small engines are common words, and no source of anything.
        ("orange", "", "unassigned"),
        ("free", "", "unassigned"),
    ],
)
def test_sources_of_the_public_lists(source: str, medium: str, channel: str):
    assert _tagged(source, medium, "") == channel


@pytest.mark.parametrize(
    ("source", "medium", "channel"),
    [
        ("Facebook_Ads", "paid", "paid_social"),
        ("fb-ads", "cpc", "paid_social"),
        ("ig_story", "", "organic_social"),
        ("facebook_mobile_feed", "paid", "paid_social"),
        ("gads", "cpc", "paid_search"),
        ("google_search", "cpc", "paid_search"),
        ("bing_ads", "cpc", "paid_search"),
        ("tik_tok", "paid", "paid_video"),
        ("tiktokads", "cpc", "paid_video"),
        ("YouTube-Ads", "cpc", "paid_video"),
        ("reddit-ads", "cpc", "paid_social"),
        ("linkedin_sponsored", "cpc", "paid_social"),
        ("zhihu-answer", "", "organic_social"),
        ("chatgpt-search", "", "ai_assistant"),
        ("light", "", "unassigned"),
        ("figma", "", "unassigned"),
        ("msadvisor", "", "unassigned"),
        ("limited", "cpc", "paid_other"),
        ("metabase", "cpc", "paid_other"),
        ("googler", "", "unassigned"),
    ],
)
def test_spellings_of_networks_and_what_only_begins_like_one(source: str, medium: str, channel: str):
    assert _tagged(source, medium, "") == channel


def test_a_spelling_keeps_the_platform():
    for source, platform in (
        ("linkedin_sponsored", "linkedin"),
        ("tiktok-ads", "tiktok"),
        ("fb_ads", "meta"),
    ):
        assert describe_source(source, POLICY).platform == platform


def test_names_of_the_public_lists_are_no_hints():
    """`from=toolbox` names a page's tool sooner than a network of that name."""
    assert origin_of("https://a.cn/?from=toolbox", "", POLICY).channel == "direct"
    assert origin_of("https://a.cn/?utm_source=toolbox", "", POLICY).channel == "organic_social"


def test_an_unknown_source_has_no_category():
    facts = describe_source("somewhere", POLICY)
    assert (facts.category, facts.platform) == ("", "")
    assert describe_source("baiducom", POLICY).category == ""
