"""Nobody's address or number survives, and no id of an ad is taken for one."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokens import KEY, TOKENISER

from attribution.policy import Policy
from producers.privacy.personal_data import Tokeniser


def test_a_short_key_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        Tokeniser("fifteen letters")


@pytest.mark.parametrize(
    "spelling",
    ["wang@acme.cn", " Wang@ACME.cn ", "mailto:wang@acme.cn?subject=hi", "W <wang@acme.cn>",
     "ｗａｎｇ＠ａｃｍｅ．ｃｎ", "wang@acme.cn;", "wang%40acme.cn", "wang@acme。cn",
     "\u202awang@acme.cn\u202c",
     "wa\u00adng@acme.cn", "\u200bwang@acme.cn", "'wang@acme.cn'", "wang@acme.cn.", "“wang@acme.cn”",
     "wang @acme.cn", "wang@ acme.cn"],
)  # fmt: skip
def test_every_spelling_of_an_address_is_one_token(spelling: str) -> None:
    assert TOKENISER.email(spelling) == TOKENISER.email("wang@acme.cn")
    assert TOKENISER.email_domain(spelling) == "acme.cn"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Jane.Doe+salon@gmail.com", "janedoe@googlemail.com", True),
        ("jane+a@outlook.com", "jane@outlook.com", True),
        ("jane.doe@outlook.com", "janedoe@outlook.com", False),
        ("jane@outlook.com", "jane@hotmail.com", False),
        ("li.si@acme.cn", "lisi@acme.cn", False),
        ("li+a@acme.cn", "li@acme.cn", False),
        ("+tag@gmail.com", "tag@gmail.com", False),
    ],
)
def test_the_policy_says_which_addresses_are_one_mailbox(
    policy: Policy, one: str, other: str, same: bool
) -> None:
    tokeniser = Tokeniser(KEY, mailbox=policy.identity.mailbox)
    assert (tokeniser.email(one) == tokeniser.email(other)) is same
    assert (tokeniser.scrub(one) == tokeniser.scrub(other)) is same


def test_a_token_is_the_kind_and_64_hex_digits_that_depend_on_the_key() -> None:
    token = TOKENISER.email("wang@acme.cn")
    assert token is not None
    kind, _, digits = token.partition(":")
    assert kind == "email"
    assert len(digits) == 64
    assert set(digits) <= set(string.hexdigits.lower())
    assert token != Tokeniser("another key of the tests").email("wang@acme.cn")


def test_a_domain_in_unicode_is_the_one_in_ascii() -> None:
    assert TOKENISER.email("li@bücher.de") == TOKENISER.email("li@xn--bcher-kva.de")


@pytest.mark.parametrize(
    "text", ["", "wang", "wang@", "@acme.cn", "wang@acme", "a b@acme.cn", "wang@-.cn", "无"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert TOKENISER.email(text) is None
    assert TOKENISER.email_domain(text) == ""


def test_an_address_of_nobody_in_particular_is_no_identifier_but_has_a_domain() -> None:
    assert TOKENISER.email("INFO@acme.cn") is None
    assert TOKENISER.email_domain("INFO@acme.cn") == "acme.cn"


@pytest.mark.parametrize(
    "spelling",
    ["13912345678", "139-1234-5678", "139 1234 5678", "+86 139 1234 5678", "0086 13912345678",
     "8613912345678", "１３９１２３４５６７８", "13912345678.0", "1.3912345678E+10", "'13912345678",
     "电话：13912345678"],
)  # fmt: skip
def test_every_spelling_of_a_number_is_one_token(spelling: str) -> None:
    assert TOKENISER.phone(spelling) == TOKENISER.phone("+8613912345678")
    assert TOKENISER.phone(spelling) is not None


@pytest.mark.parametrize(
    "text", ["", "无", "123", "13888888888", "00000000000", "139****5678", "99913912345678"]
)
def test_what_nobody_can_call_is_none(text: str) -> None:
    assert TOKENISER.phone(text) is None


def test_several_numbers_of_one_cell_are_several_tokens() -> None:
    both = (TOKENISER.phone("13912345678"), TOKENISER.phone("13712345678"))
    for cell in (
        "13912345678;13712345678",
        "13912345678 / 13712345678",
        "13912345678、13712345678、13912345678",
    ):
        assert TOKENISER.phones(cell) == both


def test_an_extension_is_one_desk_and_the_switchboard_another() -> None:
    desk = TOKENISER.phone("010-85551234-8001")
    assert desk == TOKENISER.phone("010-85551234转8001") == TOKENISER.phone("+86 10 8555 1234 ext. 8001")
    assert desk != TOKENISER.phone("010-85551234")


def test_a_number_without_a_country_is_of_the_region() -> None:
    american = Tokeniser(KEY, region="US")
    assert american.phone("(415) 555-2671") == TOKENISER.phone("+1 415-555-2671") is not None


SURVIVES = [
    "https://www.site.cn/demo?utm_source=baidu&e_keywordid=101045415224&bd_vid=13812345678&e_creative=13912345678",
    "https://www.site.cn/?campaignid=17890123456&adgroupid=138765432101&gclid=EAIaIQobChMI13912345678",
    "https://www.site.cn/?utm_id=17890123456&utm_campaign=17890123456&gclid=abc&adgroupid=13712345678",
    "https://www.site.cn/?hsa_cam=17890123456&hsa_kw=x&msclkid=13912345678abcdef&qhclickid=13912345678",
    "http://www.baidu.com/s?wd=%C6%F3%D2%B5%CD%C6%B9%E3&rsv_t=13912345678901&oq=101045415224",
    "https://www.site.cn/a/101045415224?t=1712345678901&kw=abc+101045415224",
    "https://www.site.cn/@somebody/logo@2x.png",
    "会议 2026-11-21 12:00 共1234567890123人",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0",
]


@pytest.mark.parametrize("text", SURVIVES)
def test_ids_of_clicks_and_ads_survive(text: str) -> None:
    assert TOKENISER.scrub(text) == text


LEAKS = [
    ("https://x.cn/?email=wang.li%40acme.cn&a=1", "wang.li", "a=1"),
    ("https://x.cn/?email=wang.li%2540acme.cn&a=1", "wang.li", "a=1"),
    ("https://x.cn/?next=%2Fok%3Fmail%3Dwang.li%40acme.cn%26a%3D1", "wang.li", "%26a%3D1"),
    ("https://wang.li:secret@x.cn/?a=1", "wang.li", "https://x.cn/?a=1"),
    ("https://x.cn/unsubscribe/wang.li@acme.cn/now", "wang.li", "/now"),
    ("请联系邮箱wang.li@acme.cn谢谢", "wang.li", "谢谢"),
    ("张三丰@公司.中国 来信", "张三丰", "来信"),
    ("ｗａｎｇ＠ａｃｍｅ．ｃｎ", "ｗａｎｇ", ""),
    ("wang.li&#64;acme.cn", "wang.li", ""),
    ("https://x.cn/?phone=13912345678&campaignid=17890123456", "13912345678", "campaignid=17890123456"),
    ("https://x.cn/?tel=%2B86%20139%201234%205678&a=1", "1234%205678", "a=1"),
    ("https://x.cn/?%E6%89%8B%E6%9C%BA=139-1234-5678", "1234-5678", ""),
    ("https://x.cn/?r=https%3A%2F%2Fy.cn%3Fmobile%3D13912345678%26gclid%3Dabc", "13912345678", "gclid%3Dabc"),
    ("https://x.cn/?q=foo+13912345678&gclid=abc", "13912345678", "gclid=abc"),
    ("https://x.cn/?q=foo%2013912345678", "13912345678", ""),
    ("https://x.cn/?user_id=13912345678", "13912345678", ""),
    ("https://x.cn/users/13912345678/edit", "13912345678", "/edit"),
    ("王先生 139 1234 5678 或 010-85551234", "1234", "或"),
    ("call +1 415 555 2671 now", "2671", "now"),
    ("https://x.cn/?phone=0812345", "0812345", ""),
]


@pytest.mark.parametrize(("text", "secret", "rest"), LEAKS)
def test_addresses_and_numbers_are_replaced_and_the_rest_stays(text: str, secret: str, rest: str) -> None:
    scrubbed = TOKENISER.scrub(text)
    assert secret not in scrubbed
    assert rest in scrubbed
    assert "email:" in scrubbed or "phone:" in scrubbed or scrubbed == rest


def test_what_replaces_them_begins_like_the_token() -> None:
    email, phone = TOKENISER.email("wang@acme.cn"), TOKENISER.phone("13912345678")
    assert email is not None
    assert phone is not None
    assert TOKENISER.scrub("?next=%3Fm%3DWang%40acme.cn") == f"?next=%3Fm%3D{email[:18]}"
    assert TOKENISER.scrub("13912345678") == phone[:18]


words = st.sampled_from(
    [
        "wang@acme.cn",
        "wang%40acme.cn",
        "13912345678",
        "+86 139 1234 5678",
        "phone",
        "id",
        "张",
        "a.b",
        "1",
        "",
    ]
)
between = st.sampled_from(["=", "%3D", "&", "%26", "?", " ", "/", "，", "@ ", "%40 ", ";"])


@given(st.lists(st.tuples(words, between), max_size=10))
def test_scrubbing_twice_is_scrubbing_once(pairs: list[tuple[str, str]]) -> None:
    once = TOKENISER.scrub("".join(word + separator for word, separator in pairs))
    assert TOKENISER.scrub(once) == once
    assert "wang" not in once


@given(st.text(max_size=200), st.sampled_from([" ", "&", "?x=", "/", "，", "%3D", "(", "<"]))
def test_an_address_is_found_in_any_surroundings(noise: str, before: str) -> None:
    assert "liu.qiang@" not in TOKENISER.scrub(f"{noise}{before}liu.qiang@acme.cn {noise}")


@pytest.mark.parametrize(
    "evil", ["a", "a@", "1 ", "%40", "+1", "a.", "张", "1", "a.b", ";=", "%25", "x@a.", "86 1", "%e5", "@"]
)
def test_no_text_makes_scrubbing_slow(evil: str) -> None:
    text = (evil * 32_768)[:32_768]
    began = time.process_time()
    TOKENISER.scrub(text)
    assert time.process_time() - began < 1.0
