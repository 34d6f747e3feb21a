"""Who is meant and what may be kept, read from the loosely typed fields of trackers and forms."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from producers.cells.json_values import text_of
from producers.privacy.addresses import normalised_address
from producers.privacy.own_fields import Contact, is_own_path, letters_of, number_of, own_contact
from producers.privacy.personal_data import Tokeniser
from producers.privacy.regions import region_told
from schemas.contacts import ContactField
from schemas.terms import Identifier

LONGEST_ID: Final = 200
MOST_OTHERS: Final = 16
MOST_CONTACTS: Final = 16  # filled fields of one form that are read as an address or a number
_DEEPEST: Final = 3
_MOST_FIELDS: Final = 200  # of a form, among which its country is looked for
_LONGEST_NAME: Final = 200  # of a field; what we know is shorter, and normalising more may take long

_CHINESE_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
# What is kept of a form or of traits: what says something about a company or a wish, and nothing of a person.
_KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "company": ("company", "companyname", "organization", "organisation", "公司", "公司名称", "企业",
                "企业名称", "单位", "单位名称"),
    "industry": ("industry", "行业", "所属行业"),
    "city": ("city", "城市", "所在城市"),
    "province": ("province", "region", "省份", "省", "所在省份"),
    "country": ("country", "国家"),
    "job_title": ("jobtitle", "position", "职位", "职务", "岗位"),
    "department": ("department", "部门"),
    "employees": ("employees", "companysize", "teamsize", "规模", "公司规模", "企业规模", "人数"),
    "product": ("product", "productname", "产品", "感兴趣的产品", "意向产品"),
    "interest": ("interest", "interests", "需求类型", "兴趣", "应用场景", "使用场景", "scenario", "usecase"),
    "budget": ("budget", "预算"),
    "plan": ("plan", "版本", "edition"),
    "website": ("website", "companywebsite", "网站", "官网", "公司网站"),
    "heard_from": ("heardfrom", "howdidyouhear", "howdidyouhearaboutus", "来源渠道", "了解渠道"),
    "language": ("language", "locale", "语言"),
}  # fmt: skip
_CANONICAL: Final = {name: canonical for canonical, names in _KEPT.items() for name in names}
_TRACKED: Final = frozenset({
    "action", "button", "category", "document", "duration", "file", "label", "section", "value", "variant",
    "video",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What fields say about a visitor: e-mail and phone tokens, and the attributes that are kept."""

    identifiers: tuple[Identifier, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)


def plain_name(name: str) -> str:
    """Return the name of a field without case, spaces, underscores, hyphens and colons; "" if too long."""
    if len(name) > _LONGEST_NAME:
        return ""
    return re.sub(r"[\s_\-:：*]", "", unicodedata.normalize("NFKC", name)).casefold()


def device_of(value: Any, tokeniser: Tokeniser) -> Identifier | None:
    """Return "anon:<id>" of an anonymous id, None if it names nobody."""
    text = _id_text("anon", value, tokeniser)
    return f"anon:{tokeniser.scrub(text)}" if text else None


def user_of(value: Any, tokeniser: Tokeniser) -> Identifier | None:
    """Return the identifier of a user id, None if it names nobody.

    Many sites use the e-mail address or the phone number as the user's id: it becomes a token then.
    """
    text = _id_text("user", value, tokeniser)
    if not text:
        return None
    if "@" in text:
        return tokeniser.email(text)
    if _CHINESE_MOBILE.fullmatch(text) or text.startswith("+"):
        if tokeniser.names_nobody("phone", re.sub(r"^\+?(86)?", "", text)):
            return None
        return tokeniser.phone(text) or f"user:{tokeniser.scrub(text)}"
    return f"user:{tokeniser.scrub(text)}"


def known_from(sources: Iterable[Any], tokeniser: Tokeniser, tracked: bool = False) -> Known:
    """Read contact data and kept attributes from several objects; what comes first wins.

    An address or a number counts if name and path of its field say that it is the visitor's own, and of
    fields that differ by a number only (email, email_2) the first. `tracked` keeps the usual properties of
    custom events too. Of more contact fields than any form has, the first are read.
    """
    found: dict[Identifier, None] = {}
    attributes: dict[str, str] = {}
    fields = [*_fields(sources)]
    first = _first_numbers(fields)
    region = _region_told(fields) if first else ""
    given: dict[ContactField, str] = {}
    read = 0
    for field_ in fields:
        if kind := own_contact(field_.name, field_.path):
            text = text_of(field_.value)
            if (
                text
                and read < MOST_CONTACTS
                and number_of(field_.name) == first[kind, letters_of(field_.name)]
            ):
                read += 1
                _read_contact(kind, text, tokeniser, region, found, attributes)
                if tokeniser.vault is not None:
                    _keep_contact(text, tokeniser, region, given)
            continue
        plain = plain_name(field_.name)
        kept = _CANONICAL.get(plain) or (plain if tracked and plain in _TRACKED else "")
        text = _value_text(field_.value)
        if kept and text and kept not in attributes:
            attributes[kept] = tokeniser.scrub_to(text, 512)
    if tokeniser.vault is not None and found:
        tokeniser.vault.keep(found, {**given, **_names(fields), **_company(fields)})
    return Known(tuple(found), attributes)


def others_of(subject: Identifier, *groups: Iterable[Identifier | None]) -> tuple[Identifier, ...]:
    """Return all identifiers but the subject, each once, in order."""
    found = dict.fromkeys(name for group in groups for name in group if name and name != subject)
    return tuple(found)[:MOST_OTHERS]


def _id_text(kind: str, value: Any, tokeniser: Tokeniser) -> str:
    text = text_of(value)
    if isinstance(value, bool | float) or not text or len(text) > LONGEST_ID:
        return ""
    return "" if tokeniser.names_nobody(kind, text) else text


def _read_contact(
    kind: Contact,
    text: str,
    tokeniser: Tokeniser,
    region: str,
    found: dict[Identifier, None],
    attributes: dict[str, str],
) -> None:
    if domain := tokeniser.email_domain(text):
        attributes.setdefault("email_domain", domain)
        if email := tokeniser.email(text):
            found[email] = None
    elif kind is not Contact.EMAIL:
        found.update(dict.fromkeys(tokeniser.phones(text, region)))


@dataclass(frozen=True, slots=True)
class _Field:
    """A field with the names of the objects and lists that it stands in."""

    path: tuple[str, ...]
    name: str
    value: Any


def _first_numbers(fields: Iterable[_Field]) -> dict[tuple[Contact, str], int]:
    first: dict[tuple[Contact, str], int] = {}
    for each in fields:
        if kind := own_contact(each.name, each.path):
            key, number = (kind, letters_of(each.name)), number_of(each.name)
            first[key] = min(first.get(key, number), number)
    return first


def _region_told(fields: Iterable[_Field]) -> str:
    told = (each for each in fields if len(each.name) <= _LONGEST_NAME and is_own_path(each.path))
    return region_told({each.name: text_of(each.value) for each in islice(told, _MOST_FIELDS)})


def _is_somebody_else(source: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """Whether an object is another person: it has an address where nothing is the visitor's."""
    return not is_own_path(path) and any(own_contact(name) for name in source)


def _fields(sources: Iterable[Any], path: tuple[str, ...] = ()) -> Iterator[_Field]:
    """Yield each field; forms nest them in objects, or list them as name and value."""
    for source in sources:
        if isinstance(source, list) and len(path) < _DEEPEST:
            yield from _fields(source[:200], path)
        if not isinstance(source, dict) or _is_somebody_else(source, path):
            continue
        label = next((source[key] for key in ("name", "key", "label", "field") if key in source), None)
        if isinstance(label, str) and "value" in source and path:
            yield _Field(path, label, source["value"])
            continue
        for name, value in source.items():
            known = plain_name(name) in _CANONICAL
            if known and isinstance(value, dict) and "name" in value:
                yield _Field(path, name, value["name"])
            elif isinstance(value, dict | list) and len(path) < _DEEPEST and not known:
                yield from _fields([value], (*path, name))
            else:
                yield _Field(path, name, value)


def _value_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, (text_of(part) for part in value[:50])))
    return text_of(value)


_WHOLE_NAMES: Final = frozenset(
    {"name", "fullname", "yourname", "contactname", "realname", "姓名", "您的姓名", "联系人"}
)
_GIVEN_NAMES: Final = frozenset({"firstname", "givenname", "名"})
_FAMILY_NAMES: Final = frozenset({"lastname", "familyname", "surname", "姓"})


def _keep_contact(text: str, tokeniser: Tokeniser, region: str, given: dict[ContactField, str]) -> None:
    """Note an address or a number for the vault, the first of each, as it is written everywhere."""
    address = normalised_address(text)
    if address and tokeniser.email(text):
        given.setdefault("email", address)
    elif not address and (numbers := tokeniser.plain_numbers(text, region)):
        given.setdefault("phone", numbers[0].partition(";")[0])


def _names(fields: Iterable[_Field]) -> dict[ContactField, str]:
    """The visitor's own name, if a field of a form is named like one."""
    told: dict[str, str] = {}
    for each in fields:
        plain = plain_name(each.name)
        for kind, names in (("whole", _WHOLE_NAMES), ("given", _GIVEN_NAMES), ("family", _FAMILY_NAMES)):
            if plain in names and is_own_path(each.path) and (text := text_of(each.value)):
                told.setdefault(kind, text)
    name = told.get("whole") or " ".join(filter(None, (told.get("given"), told.get("family"))))
    return {"name": name} if name else {}


def _company(fields: Iterable[_Field]) -> dict[ContactField, str]:
    told = (_value_text(each.value) for each in fields if _CANONICAL.get(plain_name(each.name)) == "company")
    company = next(filter(None, told), "")
    return {"company": company} if company else {}
