"""The one way of a fact into a record: every text in it is scrubbed first, as its schema says."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from producers.privacy.identifiers import scrubbed_identifier, scrubbed_record_id
from producers.privacy.personal_data import Tokeniser
from schemas import codec
from schemas.codec import Encoded
from schemas.envelope import Fact, natural_id
from schemas.terms import CRM_WORDS, Holds, Readable, kind_of, system_of

AnyFact = TypeVar("AnyFact", bound=Fact)
Rule = Callable[[Any, Tokeniser, Fact], Any]

_WITHOUT_TEXT: Final = (int, bool, float, NoneType)
_LONGEST_TEXT: Final = 512


def record_of(fact: Fact, topic: str, tokeniser: Tokeniser) -> Encoded:
    """Make the record of a fact for the topic that holds such facts, without personal data.

    Nothing else in the producers and commands makes records of facts.
    """
    return codec.record_of(scrubbed(fact, tokeniser), topic)


def scrubbed(fact: AnyFact, tokeniser: Tokeniser) -> AnyFact:
    """Return a fact in which no text holds personal data: mostly the very same.

    If something was taken out, its id may have been made of that: then it gets another one, which nobody can
    trace back without the key, and which is the same for the same fact.
    """
    changed: dict[str, Any] = {}
    texts, rules = treatment_of(type(fact))
    for name in texts:
        value = getattr(fact, name)
        if value and (clean := tokeniser.scrub(value)) is not value and clean != value:
            changed[name] = _fitting(clean, value)
    for name, rule in rules:
        value = getattr(fact, name)
        if value and (clean := rule(value, tokeniser, fact)) != value:
            changed[name] = clean
    if not changed:
        return fact
    if kind_of(fact.subject) == "ad":
        # It is put together of names, some of which are not what they were.
        changed["subject"] = f"{fact.subject.partition('|')[0][:64]}#{tokeniser.unlinked(fact.subject)}"
    changed["event_id"] = natural_id("scrubbed", tokeniser.unlinked(fact.event_id))
    content = {name: getattr(fact, name) for name in type(fact).model_fields}
    return type(fact)(**content | changed)


@lru_cache(maxsize=256)
def treatment_of(kind: type[Fact]) -> tuple[tuple[str, ...], tuple[tuple[str, Rule], ...]]:
    """Return the fields of a kind of fact that are texts, and all others that hold some, each with its rule.

    Raises TypeError for a field of a type that nobody has thought of yet: it must not pass by unseen.
    """
    hints = get_type_hints(kind, include_extras=True)
    rules = [(name, rule) for name in kind.model_fields if (rule := _rule(hints[name])) is not None]
    texts = tuple(name for name, rule in rules if rule is _text)
    return texts, tuple((name, rule) for name, rule in rules if rule is not _text)


def _rule(hint: Any, marks: tuple[Any, ...] = ()) -> Rule | None:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _rule(inner[0], (*hint.__metadata__, *marks))
    if hint is str:
        return _rule_of_text(marks)
    if hint in _WITHOUT_TEXT or origin is Literal:
        return None
    if origin in (Union, UnionType):
        rules = [rule for each in inner if (rule := _rule(each, marks)) is not None]
        if len(rules) <= 1:
            return rules[0] if rules else None
    if origin is tuple and inner[1:] == (...,):
        rule = _rule(inner[0], marks)
        return rule and _of_each(rule)
    if origin is dict and _rule(inner[0]) and _rule(inner[1]):
        return _named_texts
    raise TypeError(f"nothing says how personal data is taken out of {hint}")


def _rule_of_text(marks: tuple[Any, ...]) -> Rule | None:
    holds = next((mark for mark in marks if isinstance(mark, Holds)), Holds.TEXT)
    readable = next((mark for mark in marks if isinstance(mark, Readable)), None)
    match holds:
        case Holds.CLOSED:
            return None
        case Holds.IDENTIFIER:
            return lambda value, tokeniser, _: scrubbed_identifier(value, tokeniser)
        case Holds.GIVEN_ID:
            return _given_id
        case Holds.RECORD_ID:
            return lambda value, tokeniser, fact: scrubbed_record_id(
                value, system_of(fact.subject), tokeniser
            )[:_LONGEST_TEXT]
    if readable is not None and readable.may_be_token:
        return _of_names(readable.name)
    return _words_of_a_crm if CRM_WORDS in marks else _text


def _text(value: str, tokeniser: Tokeniser, _: Fact) -> str:
    return _fitting(tokeniser.scrub(value), value)


def _given_id(value: str, tokeniser: Tokeniser, _: Fact) -> str:
    return value if value.isalnum() else tokeniser.scrub_id(value)[:_LONGEST_TEXT]


def _words_of_a_crm(value: str, tokeniser: Tokeniser, fact: Fact) -> str:
    """Scrub a stage or an owner; in some CRMs these are ids, and the settings may say so."""
    if value.isdigit() and tokeniser.has_own_ids(system_of(fact.subject)):
        return value
    return _text(value, tokeniser, fact)


def _of_names(name: str) -> Rule:
    def clean(value: str, tokeniser: Tokeniser, fact: Fact) -> str:
        if name in tokeniser.whole:
            return tokeniser.whole_token(name, value)
        return _words_of_a_crm(value, tokeniser, fact)

    return clean


def _of_each(rule: Rule) -> Rule:
    def clean(values: tuple[str, ...], tokeniser: Tokeniser, fact: Fact) -> tuple[str, ...]:
        return tuple(rule(value, tokeniser, fact) for value in values)

    return clean


def _named_texts(fields: Mapping[str, str], tokeniser: Tokeniser, _: Fact) -> dict[str, str]:
    """Scrub names and values; what a name says of its value counts."""
    clean = {}
    for name, value in fields.items():
        if name.lower() in tokeniser.whole:
            told = tokeniser.whole_token(name.lower(), value) if value else value
        else:
            told = tokeniser.scrub_field(name, value, fields)
        clean[tokeniser.scrub(name)[:128]] = told
    return clean


def _fitting(clean: str, text: str) -> str:
    """Cut a text that tokens have made too long for its field."""
    longest = _LONGEST_TEXT if len(text) <= _LONGEST_TEXT else 8192
    return clean if len(clean) <= longest else clean[:longest]
