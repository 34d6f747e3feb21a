"""Whose address a form holds: only a field whose name and path say so ties the visitor to it."""

from typing import Any

import pytest

from producers.privacy.contacts import known_from
from producers.privacy.own_fields import Contact, own_contact
from producers.privacy.personal_data import Tokeniser

TOKENS = Tokeniser("a key for tests, long enough")
MINE, THEIRS = "wang@kunde-eins.example.cn", "chef@kunde-zwei.example.cn"

EMAILS = (
    "email", "E-Mail", "user_email", "workEmail", "Business email", "your-email", "email-551",
    "form_fields[email]",
    "mce-EMAIL", "0-1/email", "Email Address*", "What is your work email?", "confirm_email", "邮箱",
    "公司邮箱",
    "企业邮箱", "您的邮箱", "联系人邮箱", "请填写您的邮箱", "电子邮箱地址（必填）",
    "Geschäftliche E-Mail-Adresse",
    "Adresse e-mail professionnelle", "Correo electrónico", "メールアドレス", "이메일", "邮\u200b箱",
    "ｅｍａｉｌ",
)  # fmt: skip
PHONES = (
    "phone", "Mobile Phone", "phone_number", "contact_phone", "tel", "Telefonnummer", "Numéro de téléphone",
    "手机",
    "您的手机号", "手机号码", "联系电话", "联系人手机", "办公电话", "電話番号", "전화번호", "shouji",
)  # fmt: skip
SOMEBODY_ELSES = (
    "referrer_phone", "referrer_email", "recommender_email", "推荐人邮箱", "推荐人手机", "被推荐人手机",
    "同事邮箱",
    "抄送邮箱", "cc_email", "紧急联系人电话", "emergency_contact_phone", "invoice_email", "billing phone",
    "财务邮箱", "colleague_email", "manager_email", "accountManagerEmail", "经理手机", "invitee_email",
    "friend_email",
    "sales_rep_email", "owner_email", "assistant phone", "公司电话", "company phone", "总机", "fax number",
    "客服电话",
    "收货人电话", "secondary contact phone", "介绍人电话",
)  # fmt: skip
NEITHER = (
    "email_consent", "email subject", "邮件主题", "phone model", "手机型号", "电话沟通时间", "address",
    "地址", "number",
    "号码", "订单号", "phone_type", "name", "telegram", "", "e" * 9000,
)  # fmt: skip


@pytest.mark.parametrize("name", EMAILS)
def test_words_for_one_s_own_address_are_known(name: str) -> None:
    assert own_contact(name) is Contact.EMAIL


@pytest.mark.parametrize("name", PHONES)
def test_words_for_one_s_own_number_are_known(name: str) -> None:
    assert own_contact(name) is Contact.PHONE


@pytest.mark.parametrize("name", ["联系方式", "手机/邮箱", "手机号或邮箱", "phone or email", "contact"])
def test_a_field_may_take_either(name: str) -> None:
    assert own_contact(name) is Contact.EITHER


@pytest.mark.parametrize("name", [*SOMEBODY_ELSES, *NEITHER])
def test_any_other_word_in_the_name_makes_it_nobody_s(name: str) -> None:
    assert own_contact(name) is None


@pytest.mark.parametrize(
    "other",
    [
        {"account_manager": {"name": "x", "email": THEIRS}},
        {"manager": {"email": THEIRS, "company": "Andere GmbH"}},
        {"attendees": [{"email": THEIRS}, {"email": "gast@kunde-drei.example.cn"}]},
        {"referred_by": {"contact": {"email": THEIRS}}},
        {"deal": {"owner": {"email": THEIRS}}},
        {"推荐人": {"邮箱": THEIRS, "手机": "13812345678"}},
        {"fields": [{"name": "colleague_email", "value": THEIRS}]},
        {"email_2": THEIRS},
    ],
    ids=lambda other: next(iter(other)),
)
def test_who_is_only_mentioned_is_not_the_visitor(other: dict[str, Any]) -> None:
    known = known_from(({"email": MINE, "company": "Eins AG", **other},), TOKENS)
    assert known.identifiers == (TOKENS.email(MINE),)
    assert known.attributes == {"company": "Eins AG", "email_domain": "kunde-eins.example.cn"}


@pytest.mark.parametrize(
    "own",
    [
        {"form": {"fields": [{"name": "Work email", "value": MINE}]}},
        {"answers": [{"type": "email", "email": MINE}]},
        {"data": {"user": {"email": MINE}}},
        {"contact": {"email": MINE}},
        {"email_2": MINE},
    ],
    ids=lambda own: next(iter(own)),
)
def test_forms_keep_the_visitor_s_own_fields_in_objects_and_lists(own: dict[str, Any]) -> None:
    assert known_from((own,), TOKENS).identifiers == (TOKENS.email(MINE),)


def test_an_address_in_a_field_for_either_is_an_address_and_a_number_a_number() -> None:
    assert known_from(({"联系方式": MINE},), TOKENS).identifiers == (TOKENS.email(MINE),)
    assert known_from(({"联系方式": "13812345678"},), TOKENS).identifiers == (TOKENS.phone("13812345678"),)
