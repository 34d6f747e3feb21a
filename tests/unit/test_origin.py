"""Origins of real-world visits, from the landing URL and the referrer together."""

from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import pytest

from attribution.origin import Origin, is_direct, origin_of
from attribution.policy import parse_policy

POLICY = parse_policy(Path("attribution/policies/default.toml").read_text(encoding="utf-8"))


def _told(url: str, referrer: str = "") -> dict[str, object]:
    """All that is known of the origin, without what is empty."""
    return {name: value for name, value in asdict(origin_of(url, referrer, POLICY)).items() if value}


def test_a_baidu_ad_shows_plan_unit_keyword_and_what_was_typed():
    url = (
        "https://www.firm.cn/?utm_source=baidu&utm_medium=cpc&plan=功能-元数据管理&unit=G-元数据管理"
        "&keyword=元数据管理&e_keywordid=101045415224&bd_vid=8899"
    )
    assert _told(url, "https://www.baidu.com/s?wd=%D4%AA%CA%FD%BE%DD%CA%C7%CA%B2%C3%B4") == {
        "channel": "paid_search",
        "platform": "baidu",
        "source": "baidu",
        "medium": "cpc",
        "campaign": "功能-元数据管理",
        "ad_group": "G-元数据管理",
        "keyword": "元数据管理",
        "search_term": "元数据是什么",
        "keyword_id": "101045415224",
        "click_ids": (("bd_vid", "8899"),),
        "click_network": "baidu",
        "paid": True,
        "rule": "paid_search:utm_source",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_the_same_ad_with_escaped_names_and_no_tags(encoding: str):
    names = "&".join(
        f"{name}={quote(value, encoding=encoding)}"
        for name, value in (("plan", "功能-元数据管理"), ("unit", "G-元数据管理"), ("keyword", "元数据管理"))
    )
    url = (
        f"https://www.firm.cn/?source=baidu&{names}&e_creative=24659987438&e_adposition=cl1&e_matchtype=2"
        "&e_keywordid=101045415224&e_keywordid2=101045415224"
    )
    origin = origin_of(url, "", POLICY)
    assert (origin.channel, origin.platform) == ("paid_search", "baidu")
    assert (origin.campaign, origin.ad_group, origin.keyword) == (
        "功能-元数据管理",
        "G-元数据管理",
        "元数据管理",
    )
    assert (origin.keyword_id, origin.creative_id, origin.match_type) == (
        "101045415224",
        "24659987438",
        "phrase",
    )
    assert origin.issues == ()


def test_utm_tags_fill_in_where_the_ad_has_no_parameters_of_its_own():
    url = (
        "https://www.example.cn/demo?utm_source=baidu&utm_medium=cpc&utm_campaign=%E5%93%81%E7%89%8C%E8%AF%8D"
        "&utm_term=%E4%BC%81%E4%B8%9A%E4%BA%91%E7%9B%98&utm_content=ad-1&bd_vid=1234567890&e_keywordid=480876014216"
    )
    origin = origin_of(url, "http://www.baidu.com/s?wd=%C6%F3%D2%B5%CD%C6%B9%E3", POLICY)
    assert (origin.campaign, origin.keyword, origin.content) == ("品牌词", "企业云盘", "ad-1")
    assert (origin.keyword_id, origin.search_term) == ("480876014216", "企业推广")


def test_tags_win_over_words_of_the_sites_own():
    origin = origin_of(
        "https://a.cn/?utm_source=baidu&utm_medium=cpc&utm_campaign=brand&campaign=A7&utm_term=crm&keyword=home&plan=pro",
        "",
        POLICY,
    )
    assert (origin.campaign, origin.keyword, origin.ad_group) == ("brand", "crm", "")


def test_the_tags_of_baidu_tongji():
    url = "https://a.cn/?hmsr=baidu&hmmd=cpc&hmpl=品牌&hmcu=G-crm&hmkw=crm系统&hmci=ad-1"
    origin = origin_of(url, "", POLICY)
    assert (origin.channel, origin.source, origin.medium) == ("paid_search", "baidu", "cpc")
    assert (origin.campaign, origin.ad_group, origin.keyword) == ("品牌", "G-crm", "crm系统")
    assert origin.content == "ad-1"
    assert origin_of("https://a.cn/?hmsr=zhihu&hmpl=answer&hmkw=crm", "", POLICY).keyword == ""


@pytest.mark.parametrize(
    ("query", "keyword", "keyword_id"),
    [
        ("utm_keyword=1184102226&utm_term=crm", "crm", "1184102226"),
        ("utm_term=1184102226", "", "1184102226"),
        ("utm_term=kwd-298:aud-11&keyword=crm", "crm", "298"),
        ("keyword=-7673596383444204148", "", "-7673596383444204148"),
        ("utm_term=1184102226&utm_keywordid=5", "", "5"),
        ("utm_term=crm+2026", "crm 2026", ""),
        ("utm_term=4s店", "4s店", ""),
    ],
)
def test_a_keyword_of_digits_alone_is_an_id(query: str, keyword: str, keyword_id: str):
    origin = origin_of(f"https://a.cn/?utm_source=sogou&utm_medium=cpc&{query}", "", POLICY)
    assert (origin.keyword, origin.keyword_id) == (keyword, keyword_id)


@pytest.mark.parametrize(
    "query",
    [
        "utm_campaignid=7&utm_adgroupid=8&utm_keywordid=9&utm_creativeid=10",
        "utm_campaign_id=7&utm_adgroup_id=8&utm_keyword_id=9&utm_creative_id=10",
        "UTM_CampaignId=7&utm_AdGroupId=8&Utm_KeywordID=9&UTM_ADID=10",
        "utm-campaign-id=7&utm-adgroup-id=8&utm-keyword-id=9&utm-ad-id=10",
        "utm_id=7&utm_adset_id=8&utm_target_id=kwd-9&utm_ad_id=10",
    ],
)
def test_ids_in_tags_are_read_however_they_are_spelt(query: str):
    origin = origin_of(f"https://a.cn/?utm_source=google&utm_medium=cpc&{query}", "", POLICY)
    assert (origin.campaign_id, origin.ad_group_id) == ("7", "8")
    assert (origin.keyword_id, origin.creative_id) == ("9", "10")


def test_the_id_of_a_campaign_that_is_no_ad_is_kept_too():
    origin = origin_of("https://a.cn/?utm_source=edm&utm_medium=email&utm_id=nov.7", "", POLICY)
    assert (origin.channel, origin.campaign_id) == ("email", "nov.7")


@pytest.mark.parametrize(
    ("query", "referrer", "channel"),
    [
        ("gclid=1", "https://www.youtube.com/", "paid_video"),
        ("gclid=1", "https://m.youtube.com/", "paid_video"),
        ("gbraid=1", "android-app://com.google.android.youtube/", "paid_video"),
        ("utm_source=google&utm_medium=cpc&gclid=1", "https://www.youtube.com/", "paid_video"),
        ("gad_source=1", "https://www.youtube.com/", "paid_video"),
        ("gclid=1", "https://x1.safeframe.googlesyndication.com/", "display"),
        ("gclid=1", "https://googleads.g.doubleclick.net/", "display"),
        ("gclid=1&network=g", "https://www.youtube.com/", "paid_search"),
        ("gclid=1", "https://www.google.com/", "paid_search"),
        ("gclid=1", "https://www.bilibili.com/", "paid_search"),
        ("gclid=1", "", "paid_search"),
        ("bd_vid=1", "https://cpro.baidu.com/", "display"),
        ("fbclid=1", "https://www.youtube.com/", "organic_video"),
    ],
)
def test_an_ad_is_where_the_referrer_shows_that_it_stood(query: str, referrer: str, channel: str):
    assert origin_of(f"https://a.cn/?{query}", referrer, POLICY).channel == channel


def test_specific_parameters_win_over_utm_tags():
    origin = origin_of(
        "https://a.cn/?utm_campaign=spring&utm_term=t&plan=p&unit=u&keyword=k&gclid=1", "", POLICY
    )
    assert (origin.campaign, origin.ad_group, origin.keyword) == ("p", "u", "k")


def test_on_unpaid_visits_common_words_are_not_an_ads():
    url = "https://a.cn/pricing?utm_source=newsletter&utm_medium=email&utm_campaign=may&plan=pro&unit=&keyword=x"
    origin = origin_of(url, "", POLICY)
    assert (origin.channel, origin.campaign, origin.keyword, origin.paid) == ("email", "may", "", False)


def test_utm_term_is_a_keyword_in_paid_search_only():
    assert origin_of("https://a.cn/?utm_source=bing&utm_medium=cpc&utm_term=crm", "", POLICY).keyword == "crm"
    assert origin_of("https://a.cn/?utm_source=facebook&utm_medium=paid&utm_term=a", "", POLICY).keyword == ""
    assert origin_of("https://a.cn/?utm_source=x&utm_medium=email&utm_term=crm", "", POLICY).keyword == ""


def test_google_value_track():
    url = (
        "https://a.cn/?gclid=Cj0&campaignid=22&adgroupid=33&creative=44&keyword=data%20catalog&matchtype=e&network=g"
        "&targetid=kwd-298:aud-11"
    )
    assert _told(url, "https://www.google.com/") == {
        "channel": "paid_search",
        "platform": "google",
        "source": "google",
        "medium": "cpc",
        "keyword": "data catalog",
        "keyword_id": "298",
        "campaign_id": "22",
        "ad_group_id": "33",
        "creative_id": "44",
        "match_type": "exact",
        "click_ids": (("gclid", "Cj0"),),
        "click_network": "google_ads",
        "paid": True,
        "rule": "paid_search:gclid",
    }


def test_microsoft_tells_the_search_itself():
    url = "https://a.cn/?msclkid=M&TargetId=aud-5:kwd-77&QueryString=metadata+tool&MatchType=p&Campaign=Brand&AdGroup=Core"
    origin = origin_of(url, "", POLICY)
    assert (origin.source, origin.platform) == ("bing", "microsoft")
    assert (origin.campaign, origin.ad_group, origin.search_term) == ("Brand", "Core", "metadata tool")
    assert (origin.keyword_id, origin.match_type) == ("77", "phrase")


def test_360_ids():
    url = "https://a.cn/?qh_keywordid=-7673596383444204148&qh_creative=11&qh_planid=35&qh_unitid=31&qhclickid=q1"
    origin = origin_of(url, "https://www.so.com/s?q=crm", POLICY)
    assert (origin.platform, origin.channel) == ("360", "paid_search")
    assert (origin.keyword_id, origin.creative_id) == ("-7673596383444204148", "11")
    assert (origin.campaign_id, origin.ad_group_id, origin.search_term) == ("35", "31", "crm")


def test_a_keyword_id_of_zero_is_none():
    assert origin_of("https://a.cn/?e_keywordid=0&e_creative=1", "", POLICY).keyword_id == ""


def test_an_article_with_its_author_and_day():
    url = (
        "https://a.cn/?utm_source=wechat&utm_medium=article&utm_campaign=spring&author=%E6%9D%8E%E9%9B%B7"
        "&published=2026-03-05"
    )
    origin = origin_of(url, "", POLICY)
    assert (origin.channel, origin.platform, origin.campaign) == ("organic_social", "tencent", "spring")
    assert (origin.author, origin.published) == ("李雷", "2026-03-05")
    assert origin_of("https://a.cn/blog?author=me", "", POLICY).author == ""


@pytest.mark.parametrize(
    ("url", "referrer", "rule"),
    [
        ("https://a.cn/x", "", "direct"),
        ("https://a.cn/x", "null", "direct"),
        ("https://www.a.cn/x", "https://blog.a.cn/", "internal"),
        ("https://a.cn/x", "https://accounts.google.com/", "ignored_referrer"),
        ("https://a.cn/?from=wechat", "https://a.cn/", "internal"),
        ("", "", "direct"),
    ],
)
def test_a_direct_visit_says_why_it_is_one(url: str, referrer: str, rule: str):
    origin = origin_of(url, referrer, POLICY)
    assert is_direct(origin)
    inside = {"inside": True} if rule == "internal" else {}
    assert _told(url, referrer) == {"channel": "direct", "rule": rule, **inside}


@pytest.mark.parametrize(
    ("url", "referrer", "source", "medium", "rule"),
    [
        (
            "https://a.cn/?utm_source=news&utm_medium=email",
            "https://www.baidu.com/",
            "news",
            "email",
            "email:utm_source",
        ),
        ("https://a.cn/?utm_source=News", "https://a.cn/", "news", "", "unassigned:utm_source"),
        ("https://a.cn/", "https://www.baidu.com/", "baidu", "organic", "organic_search:referrer"),
        ("https://a.cn/", "https://www.partner.com/x", "partner.com", "referral", "referral:referrer"),
        ("https://a.cn/", "https://chat.deepseek.com/", "deepseek", "ai-assistant", "ai_assistant:referrer"),
        ("https://a.cn/", "https://mail.qq.com/", "qq_mail", "email", "email:referrer"),
        ("https://a.cn/?utm_medium=cpc", "https://www.baidu.com/", "baidu", "cpc", "paid_search:referrer"),
        ("https://a.cn/?utm_medium=email", "", "", "email", "email:utm_medium"),
        ("https://a.cn/?utm_campaign=may", "", "", "", "unassigned:campaign"),
        ("https://a.cn/?from=singlemessage", "", "singlemessage", "", "organic_social:from"),
        ("https://a.cn/?from=menu", "", "", "", "direct"),
        ("https://a.cn/?bd_vid=1", "https://www.partner.com/", "baidu", "cpc", "paid_search:bd_vid"),
        ("https://a.cn/?e_creative=1", "", "baidu", "cpc", "paid_search:baidu_creative"),
        ("https://a.cn/?utm_source=firm-x&bd_vid=1", "", "firm-x", "cpc", "paid_search:utm_source"),
    ],
)
def test_tags_win_over_the_click_and_the_click_over_the_referrer(
    url: str, referrer: str, source: str, medium: str, rule: str
):
    origin = origin_of(url, referrer, POLICY)
    assert (origin.source, origin.medium, origin.rule) == (source, medium, rule)


@pytest.mark.parametrize(
    ("query", "issues"),
    [
        ("keyword={keyword}&bd_vid=1", ("unexpanded_macro:keyword",)),
        ("keyword=%7Bkeyword%7D&bd_vid=1", ("unexpanded_macro:keyword",)),
        ("keyword=%257Bkeyword%257D&bd_vid=1", ("unexpanded_macro:keyword",)),
        ("keyword={keyword:crm}&bd_vid=1", ("unexpanded_macro:keyword",)),
        ("keyword=%5BKEYWORD%5D&bd_vid=1", ("unexpanded_macro:keyword",)),
        ("utm_source=&utm_source=baidu&bd_vid=1", ("repeated_parameter:utm_source",)),
        ("bd_vid=1&bd_vid=2", ("repeated_parameter:bd_vid",)),
        ("bd_vid=1&gclid=__CLICKID__", ("unexpanded_macro:gclid",)),
        ("x=1&x=2&bd_vid=1", ()),
    ],
)
def test_what_is_wrong_with_a_url_is_reported_and_not_guessed(query: str, issues: tuple[str, ...]):
    origin = origin_of(f"https://a.cn/?{query}", "", POLICY)
    assert origin.issues == issues
    assert origin.keyword == ""
    assert origin.click_ids == (("bd_vid", "1"),)


def test_a_broken_macro_leaves_the_next_name_its_chance():
    origin = origin_of("https://a.cn/?plan={plan}&campaign=spring&bd_vid=1", "", POLICY)
    assert (origin.campaign, origin.issues) == ("spring", ("unexpanded_macro:plan",))


def test_a_value_that_no_encoding_reads_is_reported_and_kept_as_it_was_escaped():
    origin = origin_of("https://a.cn/?keyword=%FF%FE%FF&utm_campaign=%81&bd_vid=1", "", POLICY)
    assert (origin.keyword, origin.campaign) == ("%FF%FE%FF", "%81")
    assert origin.issues == ("undecodable:utm_campaign", "undecodable:keyword")


@pytest.mark.parametrize(
    "url",
    [
        "https://a.cn/?utm_source=baidu&amp;utm_medium=cpc&amp;utm_campaign=%u54C1%u724C",
        "https://a.cn/#/demo?utm_source=baidu&utm_medium=cpc&utm_campaign=%C6%B7%C5%C6",
        "https://a.cn/#utm_source=baidu&utm_medium=cpc&utm_campaign=%25E5%2593%2581%25E7%2589%258C",
        "https://a.cn/?utm_source%3Dbaidu%26utm_medium%3Dcpc%26utm_campaign%3D%25E5%2593%2581%25E7%2589%258C",
        "https://a.cn/?id=7?utm_source=baidu&utm_medium=cpc&utm_campaign=品牌",
        "https://a.cn/?UTM_SOURCE=Baidu&Utm_Medium=CPC&utm_campaign=%20品牌%20",
    ],
)
def test_mangled_urls_say_the_same(url: str):
    origin = origin_of(url, "", POLICY)
    assert (origin.source, origin.medium, origin.campaign) == ("baidu", "cpc", "品牌")
    assert (origin.channel, origin.issues) == ("paid_search", ())


def test_long_values_are_cut_and_a_long_url_too():
    origin = origin_of(f"https://a.cn/?utm_source=baidu&utm_campaign={'c' * 700}&x={'y' * 9000}", "", POLICY)
    assert origin.campaign == "c" * POLICY.bounds.value_length
    assert origin.issues == ("truncated:url", "too_long:utm_campaign")


def test_another_policy_gives_another_origin_for_the_same_visit():
    engines = POLICY.engines.model_copy(update={"known": ()})
    policy = POLICY.model_copy(update={"engines": engines})
    visit = ("https://a.cn/", "https://www.baidu.com/s?wd=crm")
    assert origin_of(*visit, POLICY).channel == "organic_search"
    assert origin_of(*visit, policy) == Origin(
        channel="referral", source="baidu.com", medium="referral", rule="referral:referrer"
    )


@pytest.mark.parametrize(
    ("query", "channel", "platform"),
    [
        ("utm_source=fb&utm_medium=Facebook_Mobile_Feed", "paid_social", "meta"),
        ("utm_source=ig&utm_medium=Instagram_Stories", "paid_social", "meta"),
        ("utm_source=facebook&utm_medium=Facebook_Right_Column", "paid_social", "meta"),
        ("utm_source=msg&utm_medium=Messenger_Inbox", "paid_social", "meta"),
        ("utm_source=an&utm_medium=an&fbclid=1", "organic_social", "meta"),
        ("utm_source=facebook&utm_medium=ad", "paid_social", "meta"),
        ("utm_source=linkedin&utm_medium=sponsored", "paid_social", "linkedin"),
        ("utm_source=instagram&utm_medium=story", "organic_social", "meta"),
        ("utm_source=naver&utm_medium=ad_keyword&NaPm=ct%3Dx%7Ctr%3Dsa%7Chk%3Dy", "paid_search", "naver"),
        ("NaPm=ct%3Dlx%7Cci%3D0z%7Ctr%3Dsa%7Chk%3Dabc", "paid_search", "naver"),
        ("NaPm=ct%3Dlx%7Cci%3D0z%7Ctr%3Dslsl%7Chk%3Dabc", "direct", ""),
        ("n_media=27758&n_query=a&n_rank=1&n_ad_group=grp-1&n_ad=nad-1", "paid_search", "naver"),
        ("n_campaign_type=1&n_keyword=a", "paid_search", "naver"),
        ("igsh=abc", "organic_social", "meta"),
    ],
)
def test_what_only_the_templates_of_ads_write_is_paid(query: str, channel: str, platform: str):
    origin = origin_of(f"https://www.firm.kr/?{query}", "", POLICY)
    assert (origin.channel, origin.platform) == (channel, platform)


def test_naver_s_tagging_tells_keyword_search_term_and_ids():
    words = "n_query=데이터%20카탈로그%20가격&n_keyword=데이터%20카탈로그"
    tags = f"n_media=1&{words}&n_keyword_id=nkw-1&n_ad_group=grp-2&n_ad=nad-3"
    origin = origin_of(
        f"https://www.firm.kr/?{tags}", "https://search.naver.com/search.naver?query=x", POLICY
    )
    assert (origin.keyword, origin.search_term) == ("데이터 카탈로그", "데이터 카탈로그 가격")
    assert (origin.keyword_id, origin.ad_group_id, origin.creative_id) == ("nkw-1", "grp-2", "nad-3")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.firm.cn/&utm_source=google&utm_medium=cpc&utm_campaign=c",
        "https://www.firm.cn/offer%3Futm_source=google&utm_medium=cpc&utm_campaign=c",
        "https://www.firm.cn/?utm_source=google?utm_medium=cpc?utm_campaign=c",
    ],
)
def test_tags_count_whatever_sign_stands_before_them_and_whoever_led_there(url: str):
    for referrer in ("", "https://www.firm.cn/", "https://other.cn/"):
        origin = origin_of(url, referrer, POLICY)
        assert (origin.channel, origin.source, origin.campaign) == ("paid_search", "google", "c")


def test_the_cache_of_bing_is_bing():
    origin = origin_of("https://www.firm.cn/", "https://cc.bingj.com/cache.aspx?q=data&d=1&w=2", POLICY)
    assert (origin.channel, origin.source) == ("organic_search", "bing")
