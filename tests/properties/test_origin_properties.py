"""What must hold for any URL and any referrer."""

from dataclasses import astuple
from pathlib import Path
from urllib.parse import quote

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from attribution import origin as origins
from attribution.accounts import company_domain
from attribution.origin import origin_of
from attribution.policy import parse_policy
from attribution.url import decode_text, page_of, site_of

TEXT = Path("attribution/policies/default.toml").read_text(encoding="utf-8")
POLICY = parse_policy(TEXT)
SAME_POLICY = parse_policy(TEXT)
CHANNELS = {rule.channel for rule in POLICY.channels.rules} | {"unassigned"}

anything = st.text(st.characters(exclude_categories=()), max_size=200)
names = st.sampled_from(
    sorted(
        {
            *POLICY.click_ids,
            *POLICY.parameters.source,
            *POLICY.parameters.medium,
            "utm_campaign",
            "plan",
            "unit",
            "keyword",
        }
    )
)
shards = st.sampled_from(
    [
        *"%&=#?@:[元",
        "%u",
        "%E5%85",
        "%C6%F3",
        "&amp;",
        "{keyword}",
        "__X__",
        "//",
        "http://",
        "baidu",
        "cpc",
        "\ud800",
        "\x00",
        "%00",
    ]
)
mangled = st.lists(st.one_of(shards, names, st.text(max_size=5)), max_size=30).map("".join)
urls = st.one_of(
    anything,
    mangled,
    mangled.map(lambda tail: f"https://www.firm.cn/?{tail}"),
    st.dictionaries(names, st.one_of(mangled, anything), max_size=6).map(
        lambda pairs: "https://www.firm.cn/?" + "&".join(f"{name}={value}" for name, value in pairs.items())
    ),
)
chinese = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12)
readable = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="%+"), min_size=1, max_size=40
)


@settings(max_examples=400, deadline=None)
@given(url=urls, referrer=urls)
@example(url="https://a.cn/?utm_source=\ud800", referrer="//\udfff")
@example(url="http://[", referrer="http://a..b")
def test_any_two_strings_have_an_origin_that_can_be_stored(url: str, referrer: str):
    origin = origin_of(url, referrer, POLICY)
    assert origin.channel in CHANNELS
    assert origin.rule
    for value in astuple(origin):
        for text in _texts(value):
            text.encode("utf-8")
            assert "\x00" not in text
            assert len(text) <= POLICY.bounds.value_length


@settings(max_examples=200, deadline=None)
@given(url=urls, referrer=urls)
def test_the_origin_depends_on_nothing_but_its_arguments(url: str, referrer: str):
    first = origin_of(url, referrer, POLICY)
    origins._origin.cache_clear()
    assert origin_of(url, referrer, SAME_POLICY) == first


@settings(max_examples=200, deadline=None)
@given(text=urls)
def test_pages_sites_and_accounts_of_any_string(text: str):
    host, path = page_of(text)
    assert path
    assert len(host) <= 253
    (host + path).encode("utf-8")
    assert isinstance(site_of(text), str)
    assert " " not in company_domain(text, text, POLICY)


@settings(max_examples=300, deadline=None)
@given(text=readable)
def test_utf8_escapes_are_read_back(text: str):
    assert decode_text(quote(text, safe="")) == text


@settings(max_examples=300, deadline=None)
@given(text=chinese)
def test_gbk_escapes_of_common_words_are_read_back(text: str):
    data = text.encode("gb2312", "ignore")
    word = data.decode("gb2312")
    assume(len(word) >= 2)
    # A few pairs of characters are good UTF-8 by chance: nothing in the bytes tells the two apart.
    assume(_is_not_utf8(data))
    assert decode_text(quote(data)) == word
    referrer = f"http://www.baidu.com/s?wd={quote(data)}"
    assert origin_of("https://a.cn/", referrer, POLICY).search_term == word


@settings(max_examples=200, deadline=None)
@given(campaign=readable, encoding=st.sampled_from(["utf-8", "gb18030"]))
def test_a_campaign_is_read_as_it_was_written(campaign: str, encoding: str):
    assume(campaign.lower() not in POLICY.parameters.empty_values)
    assume(not set(campaign) & set("{}[]_"))
    if encoding == "gb18030":
        campaign = "品牌"
    url = f"https://a.cn/?utm_source=baidu&utm_campaign={quote(campaign, safe='', encoding=encoding)}"
    assert origin_of(url, "", POLICY).campaign == campaign


def _is_not_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"
    return False


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for item in value for text in _texts(item)] if isinstance(value, (list, tuple)) else []
