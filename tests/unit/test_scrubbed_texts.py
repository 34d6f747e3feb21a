"""What counts as personal data inside a text, a URL or a parameter, and what only looks like it."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokens import KEY, TOKENISER

from producers.crm.told_sources import told_fields
from producers.privacy.masking import masked
from producers.privacy.personal_data import Tokeniser

MAIL, PHONE, CARD = "wang.li@acme.cn", "13912345678", "11010519491231002X"
PACKED_MAIL = base64.b64encode(MAIL.encode()).decode()
PACKED_BOTH = base64.urlsafe_b64encode(f'{{"email":"{MAIL}","tel":"{PHONE}"}}'.encode()).decode()
EACH_DIGIT = "".join(f"%{ord(digit):02X}" for digit in PHONE)

FOUND = [
    # Addresses, however they are escaped.
    ("https://x.cn/?e=wang.li%252540acme.cn", "wang.li"),
    ("https://x.cn/?e=%77ang.li%40acme.cn", "ang.li"),
    ("https://x.cn/?e=wang.li%EF%BC%A0acme.cn", "wang.li"),
    ("https://x.cn/#/u/wang.li@acme.cn", "wang.li"),
    ('{"user":{"email":"wang.li@acme.cn"}}', "wang.li"),
    ('{"user":{"email":"wang.li\\u0040acme.cn"}}', "wang.li"),
    ("wang.li&#x40;acme.cn", "wang.li"),
    ("Wang Li <wang.li@acme.cn>", "wang.li"),
    ('"wang.li boss"@acme.cn', "wang.li"),
    ("o'wang.li@acme.cn", "wang.li"),
    ("Wang Li <wang.li@acme.cn>", "Wang Li"),
    ("王小明<wang.li@acme.cn>", "王小明"),
    ("mailto:wang.li@acme.cn?subject=x", "wang.li"),
    ("wang.li@公司.中国", "wang.li"),
    (f"https://x.cn/?d={PACKED_MAIL}", PACKED_MAIL),
    (f"https://x.cn/?d={PACKED_MAIL.replace('=', '%3D')}&a=1", PACKED_MAIL.rstrip("=")),
    (f"https://x.cn/?d={PACKED_BOTH}", PACKED_BOTH[:20]),
    # Phone numbers, in tags and parameters of one's own too.
    (f"?utm_term={PHONE}", PHONE),
    (f"?utm_content=%E5%BC%A0%E4%B8%89_{PHONE}", PHONE),
    (f"?utm_campaign={PHONE}&utm_source=wechat", PHONE),
    (f"?utm_source={PHONE}", PHONE),
    (f"?salesman={PHONE}&gclid=abc", PHONE),
    (f"?keyword={PHONE}", PHONE),
    (f"?x={EACH_DIGIT}", EACH_DIGIT),
    ("?x=139%201234%205678", "1234%205678"),
    ("?x=139+1234+5678", "1234+5678"),
    ("?x=008613912345678", "3912345678"),
    (f"?data=%7B%22phone%22%3A%22{PHONE}%22%7D", PHONE),
    ("１３９１２３４５６７８", "１２３４５６７８"),
    ("139－1234－5678", "1234"),
    ("139\u200b1234\u200b5678", "5678"),
    ("139 - 1234 - 5678", "5678"),
    ("139.1234.5678", "5678"),
    ("139-12345678", "12345678"),
    ("1391234 5678", "5678"),
    (f"tel:{PHONE}", PHONE),
    (f"联系-{PHONE}", PHONE),
    (f"wx{PHONE}", PHONE),
    (f"张三_{PHONE}", PHONE),
    (f"zhang_{PHONE}", PHONE),
    ("(010) 62345678", "62345678"),
    ("0571 8888 1234", "8888"),
    ("01062345678", "62345678"),
    ("电话：62345678", "62345678"),
    (f"客户 {PHONE} 万先生", PHONE),
    ('{"phone": "4155552671"}', "4155552671"),
    ("+1 (415) 555-2671", "2671"),
    ("%2B14155552671", "4155552671"),
    # Identity cards, names that are called so.
    (f"身份证 {CARD}", CARD),
    (f"https://x.cn/?idcard={CARD}", CARD),
    ("https://x.cn/?first_name=Canary&a=1", "Canary"),
    ("https://x.cn/?contact%5Blast_name%5D=Canary", "Canary"),
    ("https://x.cn/?%E5%A7%93%E5%90%8D=%E7%8E%8B%E6%9F%90", "%E7%8E%8B"),
]

SURVIVES = [
    # Ids of ads and clicks.
    "https://x.cn/?utm_id=13812345678&campaignid=13812345678&adgroupid=13912345678&creative=13712345678",
    "https://x.cn/?utm_campaign=17890123456&gclid=EAIaIQobChMI13912345678abcd_EwE",
    "https://x.cn/?utm_source=baidu&utm_campaign=13812345678&e_keywordid=13912345678&bd_vid=13812345678",
    "https://x.cn/?utm_campaign_id=13812345678&hsa_cam=13812345678&hsa_ad=13912345678",
    "https://x.cn/?order_no=13812345678&invoice=13812345678&t=1381234567890&rand=13812345678",
    "kwd-13912345678",
    "fb.1.1712345678901.1391234567",
    "GA1.2.1391234567.1712345678",
    # Versions, dates, sums, orders, telephones that everybody calls.
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/139.0.7258.128 Safari/537.36",
    "v13.9.12345678",
    "2026-11-21 12:00:00",
    "20261121 120000 139",
    "1712345678901",
    "¥13912345678",
    "13912345678元",
    "13912345678.00",
    "13,912,345,678",
    "订单 2026112113912345678901",
    "400电话 怎么申请",
    "咨询电话：400-820-8820",
    "iPhone: 13 128 256 512",
    "mobile: 2026-11-21 10:00",
    "手机价格：1999-2999元",
    "Phone systems: 2025 - 2026 compared",
    "电话营销趋势：2025-2026年",
    "https://x.cn/img_13912345678_1.html",
    "https://x.cn/a/logo@2x.png?v=3",
    "123-456-7890",
    "110105194912310021",
    "Q3-2026 预算 1,200,000.00",
    "base64 of nobody: QmFzZTY0T2ZOb2JvZHlBdEFsbA==",
    "a=b&name=Metagraph&product_name=Graph",
]


@pytest.mark.parametrize(("text", "secret"), FOUND)
def test_personal_data_is_found_however_it_is_written(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in TOKENISER.scrub(text)


@pytest.mark.parametrize("text", SURVIVES)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert TOKENISER.scrub(text) == text


def test_a_number_in_utm_campaign_is_a_phone_unless_an_ad_platform_speaks_beside_it() -> None:
    alone = "?utm_source=wechat&utm_medium=cpc&utm_campaign=13812345678"
    assert "13812345678" not in TOKENISER.scrub(alone)
    assert "13812345678" in TOKENISER.scrub(f"{alone}&gclid=abc")
    told = Tokeniser(KEY, numbers_are_ids=("utm_campaign",))
    assert "13812345678" in told.scrub(alone)


def test_of_fields_beside_one_another_the_names_count() -> None:
    scrub = TOKENISER.scrub_field
    assert PHONE not in scrub("utm_campaign", PHONE, ("utm_campaign", "utm_source"))
    assert scrub("utm_campaign", PHONE, ("gclid", "utm_campaign")) == PHONE
    assert scrub("utm_id", PHONE) == scrub("Order number", PHONE) == PHONE
    assert "4155552671" not in scrub("Mobile of the boss", "4155552671")
    assert scrub("Contact name", "Canary Person").startswith("name:")
    assert scrub("Company name", "Canary Ltd") == "Canary Ltd"


def test_numbers_of_the_installations_country_are_found_as_people_there_group_them() -> None:
    american = Tokeniser(KEY, region="US")
    assert "2671" not in american.scrub("call (415) 555-2671 now")
    assert "2671" not in american.scrub("415-555-2671")
    assert american.scrub("order 4155552671 of 2026-11-21") == "order 4155552671 of 2026-11-21"


def test_an_address_is_recognised_before_the_text_is_cut() -> None:
    text = "x" * 505 + " " + MAIL
    assert "wang" not in TOKENISER.scrub_to(text, 512)
    assert len(TOKENISER.scrub_to(text, 512)) == 512


def test_half_an_address_at_the_end_is_not_shown_where_those_before_it_became_short() -> None:
    others = f"{'somebody.else' * 6}@a.cn " * 8
    for gap in (0, 168, 230):
        text = f"{others}{'x' * gap} wang.li.{'x' * 300}@acme.cn"
        assert "wang" not in TOKENISER.scrub_to(text, 512)
        assert "wang" not in TOKENISER.scrub_field("utm_content", text)
        assert "wang" not in told_fields({"UTM Content": text}, TOKENISER)[""].tags["utm_content"]


def test_a_sentence_for_people_is_masked_without_a_key() -> None:
    assert (
        masked(f"“{MAIL}” and {PHONE} say nothing")
        == "“(an e-mail address)” and (a phone number) say nothing"
    )
    assert masked("column “Lead ID”: is empty") == "column “Lead ID”: is empty"


around = st.sampled_from([" ", "，", "?x=", "&y=", "/", "%20", "“", "(", ": ", ";", "\n"])
signs = st.sampled_from(["@", "%40", "%2540", "＠"])


@given(st.lists(st.tuples(around, st.sampled_from([MAIL, PHONE, "+86 139 1234 5678"]), signs), max_size=6))
def test_scrubbed_once_is_scrubbed_for_good(parts: list) -> None:
    text = "".join(before + secret.replace("@", sign) for before, secret, sign in parts)
    once = TOKENISER.scrub(text)
    assert TOKENISER.scrub(once) == once
    assert "wang.li" not in once


@pytest.mark.parametrize(
    "evil",
    ["1", "1 ", "+", "(0", "86 ", "139-", "phone: 1", "电话：", "Abcd", "Ab%3D", "name=", "\"a", "&#",
     "\\u0040", "Ab <", "13912345678", "１", "%31", "a'", "%EF%BC", "?a=1&", "0571-"],
)  # fmt: skip
def test_no_text_makes_it_slow(evil: str) -> None:
    text = (evil * 32_768)[:32_768]
    began = time.process_time()
    TOKENISER.scrub(text)
    assert time.process_time() - began < 3.0
