"""A template of a body or an address: JSON in which {fact} stands for what is known of a lead."""

import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any, Final

from outbox.orders import FACTS

Facts = Mapping[str, str | int | float]
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


def problems_of(template: str) -> list[str]:
    """What is wrong with the template of a body, in sentences."""
    try:
        content = json.loads(template)
    except ValueError:
        example = '{"name": "{name}", "keyword": "{last_keyword}"}'
        return [f"options.template is no JSON; it is written like {example!r}"]
    return unknown_in(" ".join(_texts(content)), "template")


def unknown_in(text: str, what: str) -> list[str]:
    """The placeholders that are no facts, as sentences."""
    return [
        f"options.{what}: {{{name}}} is no fact; facts are {', '.join(FACTS)}"
        for name in sorted(facts_in(text) - set(FACTS))
    ]


def facts_in(text: str) -> set[str]:
    """The names of facts that a template uses."""
    return set(_PLACE.findall(text))


def filled(template: str, facts: Facts) -> Any:
    """The content of a body. A text that is one placeholder becomes the fact itself, null if nobody knows it;
    within a longer text an unknown fact is nothing."""
    return _filled(json.loads(template), facts)


def filled_url(template: str, facts: Facts) -> str:
    """An address with facts in it, escaped."""
    return _PLACE.sub(lambda found: urllib.parse.quote(str(facts.get(found[1], "")), safe=""), template)


def _filled(content: Any, facts: Facts) -> Any:
    match content:
        case str():
            whole = _PLACE.fullmatch(content)
            if whole:
                return facts.get(whole[1])
            return _PLACE.sub(lambda found: str(facts.get(found[1], "")), content)
        case list():
            return [_filled(each, facts) for each in content]
        case dict():
            return {name: _filled(each, facts) for name, each in content.items()}
    return content


def _texts(content: Any) -> Iterator[str]:
    match content:
        case str():
            yield content
        case list():
            for each in content:
                yield from _texts(each)
        case dict():
            for each in content.values():
                yield from _texts(each)
