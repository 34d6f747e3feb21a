"""URLs as they are in the wild."""

from time import perf_counter
from urllib.parse import quote

import pytest

from attribution.escapes import clean_text, decode_text, repaired
from attribution.placeholders import is_macro
from attribution.url import MAX_LENGTH, page_of, site_of, split_url


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("brand", "brand"),
        ("cloud+drive", "cloud drive"),
        ("C%2B%2B", "C++"),
        ("%E5%85%83%E6%95%B0%E6%8D%AE", "元数据"),
        ("%e5%85%83%e6%95%b0%e6%8d%ae", "元数据"),
        ("%C6%F3%D2%B5%CD%C6%B9%E3", "企业推广"),  # GBK, as older landing pages have it
        ("G-%D4%AA%CA%FD%BE%DD%B9%DC%C0%ED", "G-元数据管理"),
        ("%u5143%u6570%u636E", "元数据"),  # JavaScript's escape()
        ("%uD83D%uDE00", "😀"),
        ("%u5143%20data", "元 data"),
        ("%25E5%2585%2583%25E6%2595%25B0", "元数"),  # escaped twice
        ("%2525E5%252585%252583", "元"),  # and thrice
        ("元数据%B9%DC%C0%ED", "元数据管理"),  # half of it unescaped on the way
        ("元数据管理", "元数据管理"),
        ("100%25", "100%"),
        ("100%", "100%"),
        ("50%zz", "50%zz"),
        ("M%C3%BCnchen", "München"),
        ("M%FCnchen%20caf%E9", "München café"),  # a Western page in its old encoding
        ("%E5%85%83%2520%E6%95%B0", "元 数"),  # a part of it escaped twice
        ("%25u5143%25u6570", "元数"),
        ("%E5%85%83%E6%95%B0%E6%8D", "元数"),  # cut at a byte limit
        ("", ""),
    ],
)
def test_values_are_decoded_whatever_escaped_them(raw: str, text: str):
    assert decode_text(raw) == text


@pytest.mark.parametrize("raw", ["%FF%FE%FF", "%81", "%80%80%80"])
def test_what_no_encoding_makes_sense_of_is_not_guessed(raw: str):
    assert decode_text(raw) is None


def test_a_short_gbk_word_that_looks_like_cyrillic_is_chinese_where_chinese_is_likelier():
    raw = quote("业".encode("gbk"))
    assert decode_text(raw) == "ҵ"
    assert decode_text(raw, ("gb18030", "utf-8")) == "业"
    assert decode_text("%E4%B8%9A", ("gb18030", "utf-8")) == "业"


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        ("https://a.cn/?utm_source=baidu&utm_medium=cpc", {"utm_source": "baidu", "utm_medium": "cpc"}),
        ("https://a.cn/?utm_source=baidu&amp;utm_medium=cpc", {"utm_source": "baidu", "utm_medium": "cpc"}),
        ("https://a.cn/?a=1&amp;amp;utm_medium=cpc", {"a": "1", "utm_medium": "cpc"}),
        ("https://a.cn/#/demo?utm_source=baidu", {"utm_source": "baidu"}),
        ("https://a.cn/#utm_source=baidu&utm_medium=cpc", {"utm_source": "baidu", "utm_medium": "cpc"}),
        ("https://a.cn/#top&plan=1&unit=2", {"plan": "1", "unit": "2"}),
        ("https://a.cn/?utm_source=a#utm_medium=b", {"utm_source": "a", "utm_medium": "b"}),
        ("https://a.cn/?a=1?utm_source=baidu", {"a": "1", "utm_source": "baidu"}),
        ("https://a.cn/?to=https://b.cn/?utm_source=x", {"to": "https://b.cn/?utm_source=x"}),
        (
            "https://a.cn/?utm_source%3Dbaidu%26utm_term%3D%25E5%2585%2583",
            {"utm_source": "baidu", "utm_term": "%E5%85%83"},
        ),
        ("https://a.cn/?UTM_Source=Baidu", {"utm_source": "Baidu"}),
        ("https://a.cn/?utm-source=baidu&utm.Medium=cpc", {"utm_source": "baidu", "utm_medium": "cpc"}),
        ("https://a.cn/?utm_source[]=baidu", {"utm_source": "baidu"}),
        ("https://a.cn/??utm_source=baidu", {"utm_source": "baidu"}),
        ("https://a.cn/?a=1&%61mp;utm_source=baidu", {"a": "1", "utm_source": "baidu"}),
        ("https://a.cn/?a=1&amp%3Butm_source=baidu", {"a": "1", "utm_source": "baidu"}),
        ("https://a.cn/?a=1&amputm_source=baidu", {"a": "1", "utm_source": "baidu"}),
        ("https://a.cn/?a=1&#38;utm_source=baidu", {"a": "1", "utm_source": "baidu"}),
        (
            "https://a.cn/?a=1;utm_source=baidu;utm_medium=cpc",
            {"a": "1", "utm_source": "baidu", "utm_medium": "cpc"},
        ),
        ("https://a.cn/?utm_source=baidu%26utm_medium=cpc", {"utm_source": "baidu", "utm_medium": "cpc"}),
        ("https://a.cn/?utm_source=baidu%26utm_medium%3Dcpc", {"utm_source": "baidu", "utm_medium": "cpc"}),
        (
            "https://a.cn/?utm_source=baidu%2526utm_medium%253Dcpc",
            {"utm_source": "baidu", "utm_medium": "cpc"},
        ),
        ("https://a.cn/?utm_source=3Dbaidu&utm_medium=3Dcpc", {"utm_source": "baidu", "utm_medium": "cpc"}),
        (
            "https://a.cn/?utm_source=baidu&utm_campaign=3Dprint",
            {"utm_source": "baidu", "utm_campaign": "3Dprint"},
        ),
        ("https://a.cn/offer&utm_source=baidu&utm_medium=cpc", {"utm_source": "baidu", "utm_medium": "cpc"}),
        (
            "https://a.cn/offer%3Futm_source%3Dbaidu%26utm_medium%3Dcpc",
            {"utm_source": "baidu", "utm_medium": "cpc"},
        ),
        (
            "https://a.cn/?a=1;b=2&to=https%3A%2F%2Fb.cn%3Fx%26utm_source%3Dy",
            {"a": "1;b=2", "to": "https%3A%2F%2Fb.cn%3Fx%26utm_source%3Dy"},
        ),
        ("https://a.cn/?utm%5Fsource=baidu", {"utm_source": "baidu"}),
        ("//a.cn/?x=1", {"x": "1"}),
        ("a.cn?x=1", {"x": "1"}),
        ("/only/a/path?x=1", {"x": "1"}),
        ("https://a.cn/?flag&&=&x=", {"": "", "x": ""}),
        ("https://a.cn/", {}),
        ("", {}),
    ],
)
def test_parameters_are_found_wherever_they_stand(url: str, parameters: dict[str, str]):
    assert dict(split_url(url).parameters) == parameters


def test_a_parameter_that_is_repeated_with_one_value_is_that_value():
    url = split_url("https://a.cn/?utm_source=baidu&utm_source=baidu")
    assert (url.parameters["utm_source"], url.repeated) == ("baidu", ())


def test_of_repeated_parameters_a_placeholder_says_nothing():
    for nothing in ("{source}", "null", "%7B%7Bsource%7D%7D", "undefined"):
        url = f"https://a.cn/?utm_source={nothing}&utm_source=baidu"
        assert split_url(url).parameters["utm_source"] == "baidu"


def test_of_repeated_parameters_the_first_that_says_something_wins():
    url = split_url("https://a.cn/?utm_source=&utm_source=baidu&utm_source=google&utm_medium=cpc")
    assert url.parameters["utm_source"] == "baidu"
    assert url.repeated == ("utm_source",)


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://www.example.cn/demo?utm_source=baidu#form", ("www.example.cn", "/demo")),
        ("https://WWW.Example.cn:8443/Demo/", ("www.example.cn", "/Demo/")),
        ("https://user:secret@a.cn/x", ("a.cn", "/x")),
        ("https://a.cn", ("a.cn", "/")),
        ("https://a.cn?x=1", ("a.cn", "/")),
        ("https://a.cn/%E4%BA%A7%E5%93%81/a+b", ("a.cn", "/产品/a+b")),
        ("https://a.cn/%B2%FA%C6%B7", ("a.cn", "/产品")),
        ("https://a.cn/#/pricing?x=1", ("a.cn", "/#/pricing")),
        ("https://a.cn/app#!/pricing", ("a.cn", "/app#!/pricing")),
        ("https://a.cn/docs#install", ("a.cn", "/docs")),
        ("https://a.cn/docs&utm_source=x", ("a.cn", "/docs")),
        ("https://a.cn/#/docs&utm_source=x", ("a.cn", "/#/docs")),
        ("http://[2001:db8::1]:80/x", ("2001:db8::1", "/x")),
        ("a.cn/x", ("a.cn", "/x")),
        ("/x", ("", "/x")),
        ("about:blank", ("", "about:blank")),
        ("", ("", "/")),
    ],
)
def test_pages_are_named_by_host_and_path(url: str, page: tuple[str, str]):
    assert page_of(url) == page


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.example.com.cn/x", "example.com.cn"),
        ("https://m.shop.example.co.uk/", "example.co.uk"),
        ("https://例子.中国/", "例子.中国"),
        ("https://someone.github.io/", "someone.github.io"),
        ("http://203.0.113.9/x", "203.0.113.9"),
        ("http://localhost:8000/", "localhost"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("www.example.cn", "example.cn"),
        ("https://www.example.cn./", "example.cn"),
        ("", ""),
        ("null", "null"),
    ],
)
def test_sites_are_registrable_domains(url: str, site: str):
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("å\x9b¾ç\x89\x87", "图片"),
        ("å›¾ç‰‡", "图片"),
        ("GroÃŸe FrÃ¼hlingsaktion", "Große Frühlingsaktion"),
        ("Â¡", "Â¡"),
        ("R&amp;D", "R&D"),
        ("&#25968;&#25454;", "数据"),
        (r"\u6570\u636e", "数据"),
        ("Größe & Co", "Größe & Co"),
        ("a&b;c", "a&b;c"),
        ("数据", "数据"),
    ],
)
def test_what_else_was_done_to_a_text_is_undone(text: str, right: str):
    assert repaired(text) == right


def test_invisible_characters_and_runs_of_spaces_go():
    assert clean_text("\ufeff 品牌\u200b词 \t\x00 A\u3000B ") == "品牌 词 A B"


def test_a_long_url_is_cut_between_parameters():
    url = split_url("https://a.cn/?utm_source=baidu&gclid=" + "x" * MAX_LENGTH)
    assert url.truncated
    assert dict(url.parameters) == {"utm_source": "baidu"}


@pytest.mark.parametrize(
    "hostile",
    [
        "%",
        "&",
        "?",
        "=",
        "#",
        "{",
        "__A",
        "amp;",
        "%25",
        "%u00",
        "a.",
        "a=1&",
        "?a=",
        "%3d",
        "%E5",
        "\ud800",
        "//",
        "@:",
    ],
)
def test_no_input_makes_parsing_slow(hostile: str):
    query = hostile * (4 * MAX_LENGTH)
    started = perf_counter()
    for url in (f"https://a.cn/?x={query}", f"https://{query}", query, f"https://a.cn/#{query}"):
        for value in split_url(url).parameters.values():
            is_macro(clean_text(decode_text(value) or ""))
        page_of(url)
        site_of(url)
    assert perf_counter() - started < 1.0
