"""Which fields hold the visitor's own address or number: their name and their path must say so."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Final

from producers.cells.invisible import visible


class Contact(StrEnum):
    """What a field of the visitor's own holds; `EITHER` may be an address or a number."""

    EMAIL = "email"
    PHONE = "phone"
    EITHER = "either"


# A name is the visitor's own if nothing is in it but words for an address or a number and these. With any
# other word (manager, colleague, invoice, 推荐人, 紧急) it may be somebody else's, and then it ties nobody.
_OWN: Final = (
    "your|my|you|work|business|office|personal|private|contact|user|customer|lead|visitor|applicant|primary|preferred"
    "|login|account|register|registration|signup|subscribe|subscriber|newsletter|confirm|confirmation|verify"
    "|repeat|retype|new|current|valid|direct|home|form|forms|field|fields|input|text|txt|mce|hs|wpforms|what|is|are"
    "|please|enter|provide|us|we|can|reach|at|the|a|an|which|where|required|optional|id|de"
    "|ihr|ihre|dein|deine|geschäftliche|geschaeftliche|berufliche|dienstliche|privat|private|votre"
    "|professionnel|professionnelle"
    "|您的|你的|我的|您|你|的|是|本人|个人|個人|工作|办公|辦公|商务|商務|职场|用户|联系人|聯繫人|联系|聯繫|联络|聯絡|常用|有效"
    "|注册|註冊|登录|登入|绑定|填写|输入|填寫|輸入|留下|请|請|接收|收件|必填|选填|必須|什么|多少"
)
_OWN_EMAIL: Final = "company|corporate|公司|企业|企業|单位|單位|会社"
_EMAIL: Final = (
    "mail|mails|email|emails|mailaddr|mailaddress|emailaddr|emailaddress|mailadresse|mailadress|emailadresse"
    "|emailadress|address|adresse|courriel|correo|electronico|electrónico"
    "|邮箱|郵箱|邮件|郵件|邮件地址|电邮|電郵|电子|電子|地址|メールアドレス|メール|이메일|почта|電子メール"
)
_PHONE: Final = (
    "phone|phones|telephone|tel|mobil|mobile|cell|cellular|cellphone|msisdn|whatsapp|handy|handynummer|telefon|nummer"
    "|telefonnummer|rufnummer|telefono|teléfono|telefone|téléphone|telephon|portable|numero|número|numéro"
    "|number|num|no|nr|shoujihao|shouji|dianhua"
    "|手机|手機|电话|電話|座机|座機|固话|固定|移动|移動|号码|號碼|号|號|携帯|番号|전화번호|전화|휴대폰|телефон|номер"
)
_NEEDED_EMAIL: Final = re.compile(r"mail|邮|郵|courriel|correo|メール|이메일|почта")
_NEEDED_PHONE: Final = re.compile(
    r"phone|mobil|cell|tel|msisdn|whatsapp|handy|rufnummer|portable|shouji|dianhua"
    r"|手机|手機|电话|電話|座机|座機|固话|携帯|전화|휴대폰|телефон"
)
_BARE: Final = frozenset(
    {"contact", "contactinfo", "联系方式", "聯繫方式", "账号", "帳號", "username", "login", "account"}
)
_Words = Mapping[str, Sequence[str]]


def _by_initial(*words: str) -> _Words:
    ordered = sorted(set("|".join(words).split("|")))
    return {initial: tuple(found) for initial, found in groupby(ordered, itemgetter(0))}


_EMAIL_WORDS: Final = _by_initial(_OWN, _OWN_EMAIL, _EMAIL)
_PHONE_WORDS: Final = _by_initial(_OWN, _PHONE)
_EITHER_WORDS: Final = _by_initial(_OWN, _EMAIL, _PHONE, "or|或")

# Objects and lists in which a form or a tracker keeps what the visitor said of himself.
_CONTAINERS: Final = frozenset({
    "properties", "traits", "attributes", "form", "formdata", "formfields", "formvalues", "formresponse",
    "fields", "field", "data", "values", "answers", "responses", "response", "submission", "submissions",
    "elements", "inputs", "payload", "body", "user", "usertraits", "userinfo", "customer", "profile",
    "contact", "contactinfo", "contactdetails", "person", "visitor", "lead", "me", "details", "info",
    "表单", "表单数据", "联系方式", "联系信息", "个人信息", "用户信息", "基本信息",
})  # fmt: skip
_LONGEST: Final = 60  # letters of a name that says only whose it is
_LONGEST_NAME: Final = 200  # characters; a longer name says nothing, and normalising it may take long
_NO_LETTER: Final = re.compile(r"[\W\d_]+")
_NUMBER: Final = re.compile(r"\d+")


def letters_of(name: str) -> str:
    """Return a field's name as it is compared: letters only, plain and small; "" of one that is too long."""
    return _letters_of(name) if len(name) <= _LONGEST_NAME else ""


@lru_cache(maxsize=4096)
def _letters_of(name: str) -> str:
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", visible(name))).casefold()


def number_of(name: str) -> int:
    """Return the number in a field's name, 0 if there is none, as in email and email_2."""
    found = _NUMBER.findall(name)
    return int(found[-1][:9]) if found else 0


def is_own_path(path: Sequence[str]) -> bool:
    """Tell whether objects and lists of these names hold what the visitor said of himself."""
    return all(letters_of(each) in _CONTAINERS for each in path)


def own_contact(name: str, path: Sequence[str] = ()) -> Contact | None:
    """Return what a field holds of the visitor's own, None if its name or its path doesn't say that it does.

    `path` are the names of the objects and lists that the field stands in, the outermost first.
    """
    if not is_own_path(path):
        return None
    return _contact_of(letters_of(name))


# Forms have few names; a sender who makes thousands of them up waits for each only once.
@lru_cache(maxsize=4096)
def _contact_of(letters: str) -> Contact | None:
    if len(letters) > _LONGEST:
        return None
    email, phone = _NEEDED_EMAIL.search(letters), _NEEDED_PHONE.search(letters)
    if email and _is_made_of(letters, _EMAIL_WORDS):
        return Contact.EMAIL
    if phone and _is_made_of(letters, _PHONE_WORDS):
        return Contact.PHONE
    if letters in _BARE or (email and phone and _is_made_of(letters, _EITHER_WORDS)):
        return Contact.EITHER
    return None


def _is_made_of(letters: str, words: _Words) -> bool:
    """Tell whether letters are nothing but words.

    Each place is looked at once, however many ways there are to cut the letters: a regular expression tries
    them all, and the name of one field would stop everything for minutes.
    """
    reached = {0}
    for start, initial in enumerate(letters):
        if start in reached:
            found = (word for word in words.get(initial, ()) if letters.startswith(word, start))
            reached.update(start + len(word) for word in found)
    return len(letters) in reached
