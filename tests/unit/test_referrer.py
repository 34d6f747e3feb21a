"""Referrers: which engine, and what was typed there."""

from pathlib import Path
from urllib.parse import quote

import pytest

from attribution.engines import engine_of
from attribution.policy import parse_policy
from attribution.referrer import read_referrer

POLICY = parse_policy(Path("attribution/policies/default.toml").read_text(encoding="utf-8"))
PAGE = "www.firm.cn"


@pytest.mark.parametrize(
    ("referrer", "source", "category", "term"),
    [
        ("http://www.baidu.com/s?wd=%C6%F3%D2%B5%CD%C6%B9%E3", "baidu", "search", "企业推广"),
        ("https://www.baidu.com/s?ie=utf-8&wd=%E5%85%83%E6%95%B0%E6%8D%AE", "baidu", "search", "元数据"),
        ("https://www.baidu.com/s?ie=gb2312&wd=%D4%AA%CA%FD%BE%DD", "baidu", "search", "元数据"),
        (
            "https://m.baidu.com/from=844b/s?word=%E5%85%83%E6%95%B0%E6%8D%AE&sa=tb",
            "baidu",
            "search",
            "元数据",
        ),
        ("http://www.baidu.com/s?wd=&bs=%D4%AA%CA%FD%BE%DD", "baidu", "search", "元数据"),
        ("https://www.baidu.com/s?wd=%D2%B5", "baidu", "search", "业"),
        ("https://www.baidu.com/link?url=xyz&wd=&eqid=9f", "baidu", "search", ""),
        ("https://www.so.com/s?q=%E5%85%83%E6%95%B0%E6%8D%AE&ie=utf-8", "360", "search", "元数据"),
        ("http://www.haosou.com/s?q=%D4%AA%CA%FD%BE%DD&ie=gbk", "360", "search", "元数据"),
        ("https://m.so.com/s?q=abc", "360", "search", "abc"),
        ("http://www.sogou.com/web?query=%D4%AA%CA%FD%BE%DD", "sogou", "search", "元数据"),
        (
            "https://wap.sogou.com/web/searchList.jsp?keyword=%E5%85%83%E6%95%B0%E6%8D%AE",
            "sogou",
            "search",
            "元数据",
        ),
        ("https://www.sogou.com/web?ie=utf8&query=%E5%85%83", "sogou", "search", "元"),
        ("https://m.sm.cn/s?q=%E5%85%83%E6%95%B0%E6%8D%AE&from=wm", "shenma", "search", "元数据"),
        ("https://quark.sm.cn/s?q=crm", "shenma", "search", "crm"),
        ("https://so.toutiao.com/search?keyword=%E5%85%83", "toutiao_search", "search", "元"),
        ("https://cn.bing.com/search?q=data+catalog", "bing", "search", "data catalog"),
        ("https://www.google.com/", "google", "search", ""),
        ("https://www.google.com.hk/url?q=metadata&sa=t", "google", "search", "metadata"),
        ("http://www.google.co.uk/#q=data+catalog", "google", "search", "data catalog"),
        ("android-app://com.google.android.googlequicksearchbox/", "google", "search", ""),
        ("https://yandex.ru/search/?text=%EC%E5%F2%E0%E4%E0%ED%ED%FB%E5", "yandex", "search", "метаданные"),
        ("https://search.naver.com/search.naver?query=%B5%A5%C0%CC%C5%CD", "naver", "search", "데이터"),
        ("https://duckduckgo.com/?q=crm", "duckduckgo", "search", "crm"),
        ("https://r.search.yahoo.com/?p=crm", "yahoo", "search", "crm"),
        ("https://search.yahoo.co.jp/search?p=%A5%C7%A1%BC%A5%BF&ei=EUC-JP", "yahoo", "search", "データ"),
        ("https://chatgpt.com/", "chatgpt", "ai_assistant", ""),
        ("https://gemini.google.com/app", "gemini", "ai_assistant", ""),
        ("https://copilot.microsoft.com/", "copilot", "ai_assistant", ""),
        ("https://www.perplexity.ai/search?q=x", "perplexity", "ai_assistant", ""),
        ("https://chat.deepseek.com/", "deepseek", "ai_assistant", ""),
        ("https://www.doubao.com/chat/", "doubao", "ai_assistant", ""),
        ("https://yuanbao.tencent.com/", "yuanbao", "ai_assistant", ""),
        ("https://www.kimi.com/", "kimi", "ai_assistant", ""),
        ("https://yiyan.baidu.com/", "yiyan", "ai_assistant", ""),
        ("https://mp.weixin.qq.com/s/abc", "wechat", "social", ""),
        ("https://servicewechat.com/wx1/1/page-frame.html", "wechat", "social", ""),
        ("https://link.zhihu.com/?target=https%3A//www.firm.cn", "zhihu", "social", ""),
        ("https://blog.csdn.net/x/article/1", "csdn", "social", ""),
        ("https://juejin.cn/post/1", "juejin", "social", ""),
        ("https://www.xiaohongshu.com/", "xiaohongshu", "social", ""),
        ("https://tieba.baidu.com/p/1", "baidu_tieba", "social", ""),
        ("https://www.linkedin.com/feed/", "linkedin", "social", ""),
        ("https://t.co/abc", "twitter", "social", ""),
        ("https://www.bilibili.com/video/BV1", "bilibili.com", "video", ""),
        ("https://mail.qq.com/", "qq_mail", "email", ""),
        ("https://mail.google.com/mail/u/0/", "gmail", "email", ""),
        ("https://zhidao.baidu.com/question/1.html", "zhidao.baidu.com", "referral", ""),
        ("https://docs.google.com/document/d/1", "docs.google.com", "referral", ""),
        ("https://www.partner.com/blog", "partner.com", "", ""),
        ("https://notbaidu.com/s?wd=x", "notbaidu.com", "", ""),
        ("https://baidu.com.evil.cn/s?wd=x", "baidu.com.evil.cn", "", ""),
        ("https://google.evil.cn/?q=x", "google.evil.cn", "", ""),
    ],
)
def test_engines_and_what_was_typed(referrer: str, source: str, category: str, term: str):
    came = read_referrer(referrer, PAGE, POLICY)
    assert came.kind == "external"
    assert (came.source, came.category, came.search_term) == (source, category, term)


@pytest.mark.parametrize(
    "referrer", ["", "null", "undefined", "about:blank", "https://", "(direct)", "/path", "://", "%"]
)
def test_no_referrer(referrer: str):
    assert read_referrer(referrer, PAGE, POLICY).kind == "none"


@pytest.mark.parametrize(
    ("referrer", "page"),
    [
        ("https://www.firm.cn/a", "www.firm.cn"),
        ("https://blog.firm.com.cn/a", "www.firm.com.cn"),
        ("http://203.0.113.9/a", "203.0.113.9"),
        ("http://localhost:3000/a", "localhost"),
    ],
)
def test_ones_own_site_is_internal(referrer: str, page: str):
    assert read_referrer(referrer, page, POLICY).kind == "internal"


@pytest.mark.parametrize(
    ("referrer", "page"),
    [
        ("https://one.github.io/", "other.github.io"),
        ("https://b.com.cn/", "a.com.cn"),
        ("http://203.0.113.8/", "203.0.113.9"),
    ],
)
def test_a_shared_ending_is_not_ones_own_site(referrer: str, page: str):
    assert read_referrer(referrer, page, POLICY).kind == "external"


def test_further_sites_of_ones_own_come_from_the_policy():
    channels = POLICY.channels.model_copy(update={"own_sites": frozenset({"firm.io"})})
    policy = POLICY.model_copy(update={"channels": channels})
    assert read_referrer("https://app.firm.io/", PAGE, POLICY).kind == "external"
    assert read_referrer("https://app.firm.io/", PAGE, policy).kind == "internal"


def test_sign_in_and_payment_pages_are_ignored():
    assert read_referrer("https://accounts.google.com/o/oauth2", PAGE, POLICY).kind == "ignored"
    assert read_referrer("https://open.weixin.qq.com/connect/qrconnect", PAGE, POLICY).kind == "ignored"


def test_a_search_that_no_encoding_reads_is_reported():
    came = read_referrer("https://www.baidu.com/s?wd=%FF%FE%FF", PAGE, POLICY)
    assert (came.source, came.search_term, came.issues) == ("baidu", "", ("undecodable:search_term",))


def test_a_long_search_is_cut():
    term = read_referrer(f"https://www.baidu.com/s?wd={quote('数' * 800)}", PAGE, POLICY).search_term
    assert term == "数" * POLICY.bounds.value_length


def test_every_listed_host_is_found():
    for engine in POLICY.engines.known:
        for host in engine.hosts:
            found = engine_of(host.replace(".*", ".com"), POLICY)
            assert found == engine, (host, found and found.name)


def test_every_host_of_the_public_lists_is_found_unless_the_policys_own_lists_know_better():
    tail = POLICY.engines.further
    assert len(tail.known) > 200
    for engine in tail.known:
        for host in engine.hosts:
            found = engine_of(host.replace(".*", ".com"), POLICY)
            assert found is not None, host
            assert found.category == engine.category, host


@pytest.mark.parametrize(
    ("host", "category"),
    [
        ("www.google.com.hk", "search"),
        ("images.google.de", "search"),
        ("news.google.com", "search"),
        ("maps.google.com", "referral"),
        ("docs.google.com", "referral"),
        ("developers.google.com", "referral"),
        ("colab.research.google.com", "referral"),
        ("mail.google.com", "email"),
        ("messages.google.com", "social"),
        ("gemini.google.com", "ai_assistant"),
        ("m.baidu.com", "search"),
        ("wap1.baidu.com", "search"),
        ("image.baidu.com", "search"),
        ("tongji.baidu.com", "referral"),
        ("pan.baidu.com", "referral"),
        ("fanyi.baidu.com", "referral"),
        ("tieba.baidu.com", "social"),
        ("weixin.sogou.com", "search"),
        ("pinyin.sogou.com", "referral"),
        ("hao.so.com", "referral"),
        ("quark.sm.cn", "search"),
        ("note.youdao.com", "referral"),
        ("search.yahoo.co.jp", "search"),
        ("yahoo.co.jp", "search"),
        ("uk.yahoo.com", "search"),
        ("finance.yahoo.com", "referral"),
        ("mail.yahoo.com", "email"),
        ("mail.yandex.ru", "email"),
        ("an.yandex.ru", "display"),
        ("metrika.yandex.ru", "referral"),
        ("email.seznam.cz", "email"),
        ("go.mail.ru", "search"),
        ("e.mail.ru", "email"),
        ("my.mail.ru", "social"),
        ("blog.naver.com", "social"),
        ("m.search.naver.com", "search"),
        ("ntp.msn.com", "search"),
        ("www.xing.com", "social"),
        ("github.com", "social"),
        ("fosstodon.org", "social"),
        ("duck.ai", "ai_assistant"),
        ("suche.t-online.de", "search"),
        ("webmail.firm.example", "email"),
        ("e-mail.firm.example", "email"),
        ("owa.firm.example", "email"),
        ("l.facebook.com", "social"),
        ("statics.teams.cdn.office.net", "social"),
    ],
)
def test_a_host_is_a_search_and_its_neighbours_are_what_they_are(host: str, category: str):
    came = read_referrer(f"https://{host}/", PAGE, POLICY)
    assert (came.kind, came.category) == ("external", category)


@pytest.mark.parametrize("host", ["google.github.io", "google.example.com", "mail.ru", "notgoogle.com"])
def test_a_host_that_only_looks_like_an_engines_is_none(host: str):
    assert read_referrer(f"https://{host}/", PAGE, POLICY).category == ""


@pytest.mark.parametrize(
    ("referrer", "source", "category"),
    [
        ("android-app://com.linkedin.android/", "linkedin", "social"),
        ("ANDROID-APP://com.linkedin.android", "linkedin", "social"),
        ("android-app://com.google.android.gm/", "gmail", "email"),
        ("android-app://com.google.android.gm.lite/", "gmail", "email"),
        ("android-app://com.google.android.googlequicksearchbox/https/www.google.com", "google", "search"),
        ("android-app://com.google.android.youtube/", "youtube", "video"),
        ("android-app://com.Slack/", "slack", "social"),
        ("android-app://com.tencent.mm/", "wechat", "social"),
        ("android-app://com.tencent.mobileqq/", "qzone", "social"),
        ("android-app://com.facebook.lite/", "facebook", "social"),
        ("android-app://m.facebook.com/", "facebook", "social"),
        ("android-app://com.microsoft.office.outlook/", "outlook", "email"),
        ("android-app://com.openai.chatgpt/", "chatgpt", "ai_assistant"),
        ("android-app://com.zhihu.android/", "zhihu", "social"),
        ("android-app://com.ss.android.ugc.aweme/", "douyin.com", "video"),
        ("android-app://com.ss.android.article.news/", "toutiao", "social"),
        ("android-app:com.linkedin.android", "", ""),
        ("ios-app://com.linkedin.LinkedIn/", "linkedin", "social"),
        ("ios-app://288429040/", "linkedin", "social"),
        ("ios-app://544007664/vnd.youtube/www.youtube.com/watch", "youtube", "video"),
        ("com.linkedin.android", "linkedin", "social"),
        ("android-app://com.firm.intranet/", "com.firm.intranet", ""),
        ("android-app://com.firm.intranet/https/www.google.com", "com.firm.intranet", ""),
        ("ios-app://123456789/", "123456789", ""),
    ],
)
def test_apps_count_under_their_network_and_unknown_ones_under_their_name(
    referrer: str, source: str, category: str
):
    came = read_referrer(referrer, PAGE, POLICY)
    assert (came.source, came.category) == (source, category)


@pytest.mark.parametrize(
    ("referrer", "term"),
    [
        (
            "http://images.google.com/imgres?imgurl=http://a.example/x&prev=/images%3Fq%3Dmy%2Bquery%26hl%3Den",
            "my query",
        ),
        ("https://www.google.com/search?q=data+catalog&udm=2", "data catalog"),
        ("https://www.google.com/search?tbm=isch&q=data+catalog", "data catalog"),
        ("https://lens.google.com/search?q=data+catalog", "data catalog"),
        ("http://www.google.ca/search?as_q=web+analytics&as_epq=real+time", 'web analytics "real time"'),
        ("http://www.google.ca/search?q=&as_q=crm&as_oq=a+b&as_eq=free+cheap", "crm a OR b -free -cheap"),
        ("https://www.google.com/search?as_eq=free", ""),
        ("https://www.baidu.com/s?q1=%CA%FD%BE%DD&q2=%D6%CE%C0%ED", '数据 "治理"'),
        ("https://www.google.com/url?q=https://www.firm.cn/&sa=U", ""),
        ("https://image.baidu.com/search/index?tn=baiduimage&word=%E5%85%83", "元"),
        ("http://go.mail.ru/search?q=%F5%E8%EC%F1%EE%F1%F2%E0%E2", "химсостав"),
        ("https://yandex.ru/images/search?text=crm", "crm"),
    ],
)
def test_what_was_typed_is_read_from_images_and_from_forms_for_searches(referrer: str, term: str):
    assert read_referrer(referrer, PAGE, POLICY).search_term == term
